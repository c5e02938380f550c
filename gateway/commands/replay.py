"""``touchpoint replay``: what the standard would have made of recorded readings, and what another one would have."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from rich.console import Console
from rich.progress import Progress

from gateway.clock import iso, monotonic
from gateway.commands import DONE, WrongUsage
from gateway.commands.moments import moment
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, short_time, table
from gateway.estate import Estate
from gateway.recordings import open_recording
from gateway.recordings.recording import Recording
from gateway.replay import Replayed, difference, replay
from gateway.report import report
from gateway.site import load_site
from gateway.tickets.ticket import Ticket

LONG = 20_000
"""Rows from which on a terminal is shown how far the replay is."""
HEADINGS = {
    "only_before": "only with the standard in force",
    "only_after": "only with the other standard",
    "another_time": "with both, at another time",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be replayed; times as they were written, "" for none."""

    site: Path
    file: Path
    standard: Path | None = None
    since: str = ""
    until: str = ""


def replay_file(asked: Asked, report_file: Path | None, as_json: bool) -> int:
    """Replay a recording, print what came of it, and write the report; returns the exit status."""
    estate = load_site(asked.site).estate
    if asked.standard and not asked.standard.is_file():
        raise WrongUsage(f"--standard: there is no file {asked.standard}")
    if report_file is not None:
        report_file.write_bytes(b"")  # told now if it cannot be, not after the replay
    recording = open_recording(asked.file, estate)
    try:
        since, until = _span(asked, recording, estate.timezone)
        results = _results(asked, recording, since, until)
    finally:
        recording.close()
    told = as_data(results, recording.strangers)
    if report_file is not None:
        report_file.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    print_json(told) if as_json else _show(told)
    return DONE


def _span(asked: Asked, recording: Recording, zone: ZoneInfo) -> tuple[float, float]:
    since = max(moment("--since", asked.since, zone, -inf), recording.first)
    until = min(moment("--until", asked.until, zone, inf), recording.last)
    if since > until:
        told = f"{iso(recording.first)} to {iso(recording.last)}"
        raise WrongUsage(f"nothing was recorded then: {asked.file} has {told}")
    return since, until


def _results(asked: Asked, recording: Recording, since: float, until: float) -> list[Replayed]:
    """With the standard in force, and with the other one if there is one; adjustments count as of the beginning."""
    standards = [None, asked.standard] if asked.standard else [None]
    estates = [load_site(asked.site, now=since, standard=standard).estate for standard in standards]
    return [_replayed(estate, recording, since, until) for estate in estates]


def _replayed(estate: Estate, recording: Recording, since: float, until: float) -> Replayed:
    begun = monotonic()
    with _shown(recording.count(since, until)) as progress:
        result = replay(estate, recording, since, until, progress)
    took = monotonic() - begun
    speed = f"{result.rows / took:,.0f}" if took > 0 else "countless"
    sys.stderr.write(
        f"standard {estate.standard.version or '-'}: {result.rows} readings of {(until - since) / 86400:.1f} days"
        f" in {took:.1f} s, {speed} readings/s\n"
    )
    return result


@contextmanager
def _shown(rows: int) -> Iterator[Callable[[int], None] | None]:
    if rows < LONG or not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replay", total=rows)
        yield lambda done: bar.update(task, completed=done)


def as_data(results: Sequence[Replayed], strangers: int = 0) -> dict[str, Any]:
    """The report of the first replay, and of a second one how it differs."""
    first = _report(results[0]) | {"points_left_out": strangers}
    if len(results) == 1:
        return first
    other = difference(results[0].tickets, results[1].tickets)
    counted = {"same": len(other.pop("same"))}
    differs = {name: [[_ticket(ticket) for ticket in each] for each in found] for name, found in other.items()}
    return first | {"with_other_standard": _report(results[1]), "difference": counted | differs}


def _report(result: Replayed) -> dict[str, Any]:
    return report(result.pipeline, result.entries) | {
        "standard": result.pipeline.estate.standard.version, "from": iso(result.since), "until": iso(result.until),
        "rows": result.rows, "raised": result.raised, "acts_left_out": result.unheeded,
    }  # fmt: skip


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "asset": ticket.asset, "clause": ticket.clause, "priority": ticket.priority.value,
        "opened_at": iso(ticket.opened_at), "closed_at": iso(ticket.closed_at) if ticket.closed_at else None,
    }  # fmt: skip


def _show(told: Mapping[str, Any]) -> None:
    line(
        f"{told['site']}: {short_time(told['from'])} to {short_time(told['until'])} UTC, {told['rows']} readings;"
        f" {len(told['raised'])} alarms raised, {len(told['tickets'])} tickets"
    )
    if told["points_left_out"]:
        line(f"{told['points_left_out']} points of the recording are not in this site, or are computed: left out")
    if told["acts_left_out"]:
        line(f"{told['acts_left_out']} acts of people had nothing to act on here")
    _show_tickets([each] for each in told["tickets"])
    for name, heading in HEADINGS.items() if "difference" in told else ():
        found = told["difference"][name]
        line(f"{heading}: {len(found)}")
        if found:
            _show_tickets(found)
    if "difference" in told:
        line(f"the same with both: {told['difference']['same']}")


def _show_tickets(found: Iterable[Sequence[Mapping[str, Any]]]) -> None:
    """A row a ticket; of two, when the first and the second opened and closed."""
    rows = (
        [
            " → ".join(short_time(each["opened_at"]) for each in pair),
            " → ".join(short_time(each["closed_at"]) for each in pair),
            pair[0]["priority"], pair[0]["asset"], pair[0]["clause"],
        ]
        for pair in found
    )  # fmt: skip
    table(["opened", "closed", "", "asset", "clause"], rows, "no tickets")
