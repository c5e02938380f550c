"""Tickets of a running gateway, listed and shown; all of one on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.commands.running import RunningGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import language, line, local, short_time, table, whole_time
from gateway.outputs.wording import evidence_words

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def show_tickets(state: Path, everything: bool, as_json: bool) -> None:
    """Tickets that are not closed, the most urgent first; or all."""
    tickets = [
        each for each in RunningGateway(state).every("/api/v1/tickets") if everything or each["state"] != "closed"
    ]
    tickets.sort(key=lambda each: (each["priority"], each["id"]))
    if as_json:
        print_json(tickets)
        return
    rows = (
        [each["id"], each["priority"], each["state"], short_time(each["opened_at"]), _next_clock(each), _whose(each),
         each["asset"], f"{each['clause']}{_beside(each)}"]
        for each in tickets
    )  # fmt: skip
    columns = ["ticket", "", "state", "opened (UTC)", "time left", "whose", "asset", "clause"]
    table(columns, rows, "no ticket is open")


def show_ticket(state: Path, number: int, as_json: bool) -> None:
    """One ticket with all that is known of it."""
    print_ticket(RunningGateway(state).ask(f"/api/v1/tickets/{number}"), as_json)


def act_on_ticket(state: Path, number: int, verb: str, body: Mapping[str, Any], as_json: bool) -> None:
    """Have something done to a ticket, or written down on it; prints the ticket after it."""
    print_ticket(RunningGateway(state).ask(f"/api/v1/tickets/{number}/{verb}", body), as_json)


def print_ticket(ticket: Mapping[str, Any], as_json: bool) -> None:
    """What, where and whose; its clocks; what is missing or proven; its papers; its log."""
    if as_json:
        print_json(ticket)
        return
    title = local(ticket["title"]) or "the site's files no longer ask for this"
    line(f"ticket {ticket['id']} {ticket['priority']} {ticket['state']}: {title}")
    asset = ", ".join(filter(None, (ticket["asset"], local(ticket["place"]))))
    where = f"{asset}; {ticket['clause']}; {ticket['trade'] or 'no trade'}"
    line(f"{where}; for {ticket['assigned_to'] or 'nobody'}; owner {ticket['owner'] or 'nobody'}")
    for told in (*_standing(ticket), *_papers(ticket)):
        line(f"  {told}")
    for entry in ticket["log"]:
        line(f"  {whole_time(entry['at'])}  {entry['by']} {entry['what']}  {entry['text']}")


def _standing(ticket: Mapping[str, Any]) -> Iterator[str]:
    """What to do, why it waits, its clocks, and what proved it."""
    if ticket["action"] and ticket["state"] != "closed":
        yield f"do: {local(ticket['action'])}"
    if ticket["paused"]:
        yield f"paused: {ticket['paused_reason']}"
    if ticket["held_since"]:
        items = "; ".join(local(each) for each in ticket["missing"])
        yield f"proven since {whole_time(ticket['held_since'])}, waits for: {items}"
    if ticket["parent"]:
        yield f"cannot be proven before ticket {ticket['parent']} is: what tells of it is lost"
    if ticket["children"]:
        yield f"explains {len(ticket['children'])} tickets: {', '.join(map(str, ticket['children']))}"
    if ticket["flood"]:
        yield f"came in the flood of {whole_time(ticket['flood'])}"
    for clock in ticket["clocks"]:
        yield _clock_words(clock)
    if ticket["proof"]:
        yield f"proven by {_proof_words(ticket['proof'])}"


def _proof_words(proof: Mapping[str, Any]) -> str:
    seen = ", ".join(
        evidence_words(each, language()) + (f" at {whole_time(each['at'])}" if each["at"] else "")
        for each in proof["evidence"]
    )
    found = [seen, f"log book line {proof['log_book']}" if proof["log_book"] else ""]
    return "; ".join(filter(None, (*found, f"said to be done by {proof['said_by']}" if proof["said_by"] else "")))


def _papers(ticket: Mapping[str, Any]) -> Iterator[str]:
    """What people have written down."""
    yield from (f"{name}: {ticket[name]}" for name in ("cause", "remedy") if ticket[name])
    for item in ticket["checklist"]:
        ticked = f"{item['ticked_by']}, {whole_time(item['ticked_at'])}" if item["ticked_at"] else "not ticked"
        yield f"[{'x' if item['ticked_at'] else ' '}] {item['number']} {local(item['item'])}  {ticked}"
    yield from (f"part: {each['number']:g} × {each['what']}, {each['by']}" for each in ticket["parts"])
    yield from (f"photo: {each['where']}, {each['by']}" for each in ticket["photos"])
    yield from (f"{each['kind']}: ticket {each['ticket']}" for each in ticket["links"])


def _next_clock(ticket: Mapping[str, Any]) -> str:
    """What is left until the first of its clocks that run is due."""
    if ticket["state"] == "closed":
        return "-"
    if ticket["paused"]:
        return "paused"
    running = [each for each in ticket["clocks"] if not each["ended_at"] and each["due_at"]]
    if not running:
        return "-"
    left: float = min(running, key=lambda each: str(each["due_at"]))["remaining_s"]
    return short_span(left) if left >= 0 else f"{short_span(-left)} late"


def _whose(ticket: Mapping[str, Any]) -> str:
    return ticket["owner"] or ticket["assigned_to"] or "-"


def _beside(ticket: Mapping[str, Any]) -> str:
    """What else matters of it in a list."""
    found = [f"because of {ticket['parent']}" if ticket["parent"] else ""]
    found += [f"{len(ticket['missing'])} to tick" if ticket["held_since"] else "", "flood" if ticket["flood"] else ""]
    found = [each for each in found if each]
    return f" ({', '.join(found)})" if found else ""


def _clock_words(clock: Mapping[str, Any]) -> str:
    """One clock of a ticket: ``on_site within 10 min: 4 min left, due 2026-11-23 08:10 UTC``."""
    left = clock["remaining_s"]
    stands = f"{short_span(left)} left" if left >= 0 else f"{short_span(-left)} too late"
    if clock["ended_at"]:
        stands = f"ended {whole_time(clock['ended_at'])} after {short_span(clock['elapsed_s'])}"
        stands += "" if left >= 0 else f", {short_span(-left)} too late"
    elif clock["due_at"]:
        stands += f", due {whole_time(clock['due_at'])}"
    waited = clock["gross_s"] - clock["elapsed_s"]
    return f"{clock['clock']} within {short_span(clock['target_s'])}: {stands}" + (
        f", paused for {short_span(waited)}" if waited else ""
    )


def short_span(seconds: float) -> str:
    """``26 h`` and the like, no more exact than people need."""
    units = ((2 * DAY, DAY, "d"), (2 * HOUR, HOUR, "h"), (MINUTE, MINUTE, "min"))
    size, name = next(((size, name) for least, size, name in units if seconds >= least), (1.0, "s"))
    return f"{seconds / size:.0f} {name}"
