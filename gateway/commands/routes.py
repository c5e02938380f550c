"""``touchpoint routes explain``: who would be told of an event, and why; ``touchpoint notify test``: try a channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from gateway.assets.hours import hour_at
from gateway.assets.windows import Almanac
from gateway.clock import SystemClock, iso
from gateway.commands import DOES_NOT_HOLD, DONE, WrongUsage
from gateway.commands.moments import moment
from gateway.commands.running import OwnGateway
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, table
from gateway.documents import suggest
from gateway.estate import Estate
from gateway.model import noun_and_verb
from gateway.outputs.wording import known_events
from gateway.routing.explain import Explanation, Told, explain
from gateway.routing.routes import Facts, facts_in
from gateway.site import load_estate
from gateway.site.routing import facts_of

NEEDS = "name what it is about: --asset A --clause C"
AT_ONCE = "at once, or a minute after the last notice there"

REFUSED = "where the last channel of one of them refuses it for good, also told at once"
NOBODY = "where everybody's channels refuse it, every output is told: notice.undeliverable"


@dataclass(frozen=True, slots=True)
class Asked:
    """``event``: a file with an event as JSON, or what happened (``ticket.opened``) to an asset, by a clause."""

    event: str
    asset: str
    clause: str
    at: str


def explain_routes(folder: Path, asked: Asked, as_json: bool) -> int:
    """Print who would be told, and why; returns whether anybody would."""
    estate = load_estate(folder, now=SystemClock().now())
    at = moment("--at", asked.at, estate.timezone, SystemClock().now())
    facts = _in_file(estate, Path(asked.event)) if Path(asked.event).is_file() else _of(estate, asked)
    almanac = Almanac(estate.windows, estate.timezone, estate.location)
    routing = estate.routing
    found = explain(routing, facts, hour_at(almanac, routing.holidays, at))
    ends = almanac.tell(routing.quiet.during, at).again if routing.quiet else None
    told = [_told(estate, each, at, ends) for each in found.told]
    if as_json:
        routes = [{"route": name, "matches": not why, "why": why} for name, why in found.routes.items()]
        about = {"event": facts.what, "at": iso(at), "ends": found.ends, "instead": found.instead}
        print_json({**about, "routes": routes, "told": told})
    else:
        _show(facts, found, told)
    return DONE if told or found.ends else DOES_NOT_HOLD


def _in_file(estate: Estate, path: Path) -> Facts:
    """What an event says of itself, as it goes to outputs."""
    try:
        event = orjson.loads(path.read_bytes())
        what, data = noun_and_verb(event["type"]), event["data"]
        clause = estate.standard.clauses.get(data.get("clause", ""))
        return facts_in(what, data, clause.ticket.trade if clause else "")
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise WrongUsage(f"{path} holds no event with type and data: {error}") from error


def _of(estate: Estate, asked: Asked) -> Facts:
    known = known_events()
    if asked.event not in known:
        raise WrongUsage(f"no file, and no event {asked.event!r}{suggest(asked.event, known)}")
    asset, clause = estate.assets.get(asked.asset), estate.standard.clauses.get(asked.clause)
    if asked.asset and asset is None:
        raise WrongUsage(f"--asset: there is no asset {asked.asset!r}{suggest(asked.asset, estate.assets)}")
    if asked.clause and clause is None:
        near = suggest(asked.clause, estate.standard.clauses)
        raise WrongUsage(f"--clause: there is no clause {asked.clause!r}{near}")
    if asked.event.startswith(("ticket.", "alarm.")) and not (asset and clause):
        raise WrongUsage(NEEDS)
    facts = facts_of(asked.event, asset, asked.clause, clause)
    return facts if clause else replace(facts, priority=None)


def _told(estate: Estate, told: Told, at: float, ends: float | None) -> dict[str, Any]:
    """When: at once, after the wait for others, or when the quiet hours end if it still stands then."""
    first = ends if told.quiet and ends else at + told.wait
    when = AT_ONCE if not told.wait else f"within {told.wait:g} s, together with what else comes"
    if told.quiet:
        when = f"held back: quiet hours, until {iso(first)} or later, and only if it still stands then"
    return {
        "person": told.person, "language": estate.routing.people[told.person].language, "channel": told.channels[0],
        "then": list(told.channels[1:]), "because_of": list(told.routes), "when": when, "at": iso(first),
    }  # fmt: skip


def _show(facts: Facts, found: Explanation, told: list[dict[str, Any]]) -> None:
    about = " ".join(filter(None, (facts.what, facts.asset, facts.clause, facts.priority, facts.trade)))
    line(f"{about}: {_count(len(told))}")
    if told:
        table(["person", "channels", "routes", "when"], _rows(told), "")
    if told and found.instead is not None:
        line(f"{REFUSED}: {', '.join(found.instead) or 'nobody else'}")
        line(NOBODY)
    line("")
    rows = ([name, "fits" if not why else "does not fit", why] for name, why in found.routes.items())
    table(["route", "", "because"], rows, "the site's files have no routes: only outputs with events of their own tell")


def _count(count: int) -> str:
    return "nobody is told" if not count else f"{count} {'is' if count == 1 else 'are'} told"


def _rows(told: list[dict[str, Any]]) -> Iterator[list[str]]:
    for each in told:
        channels = ", then ".join((each["channel"], *each["then"]))
        yield [each["person"], channels, ", ".join(each["because_of"]), each["when"]]


def try_channel(state: Path, output: str, to: str, by: str, as_json: bool) -> int:
    """Have a running gateway send a test notice; prints what became of it, and returns whether it arrived."""
    told = OwnGateway(state, by).ask("/api/v1/notices/test", {"output": output, "to": to})
    if as_json:
        print_json(told)
    else:
        whom = f" to {to}" if to else ""
        line(f"{output}{whom}: {told['state']}" + (f": {told['error']}" if told["error"] else ""))
    return DONE if told["state"] == "delivered" else DOES_NOT_HOLD
