"""The log book's rows, and the discharges that are still to become some. Works on the connection that it is handed."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from gateway.changes import Changes
from gateway.proof_tests.entry import Entry, Outcome, Sample
from gateway.proof_tests.evidence import Run
from gateway.store.audit import BEGINNING, link
from gateway.store.rows import dump, dump_dataclass, load_entry, load_run, load_ticket
from gateway.tickets.ticket import Ticket

ADD = (
    "INSERT INTO log_book (site, id, asset, kind, outcome, started_at, ended_at, lasted, body, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ALL = "SELECT site, id, asset, kind, outcome, started_at, ended_at, lasted, body, hash FROM log_book ORDER BY rowid"

TICKETS_OF = (
    "SELECT body FROM tickets WHERE site = ? AND (asset, clause) IN"
    " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) ORDER BY id"
)
PASSED_OF = (
    "SELECT asset, kind, ended_at, id FROM log_book WHERE site = ? AND outcome = 'passed' AND (asset, kind) IN"
    " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)) ORDER BY ended_at"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: of an asset and a kind ("" for any), begun between two times (s since 1970), after a number."""

    asset: str = ""
    kind: str = ""
    since: float = -inf
    until: float = inf
    after: int = 0
    limit: int = 1000
    curves: bool = True
    """Whether their curves are asked for too, which are nearly all of what is stored."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What became of tests that failed: it is not in the book, which is never changed, but looked up beside it."""

    tickets: Mapping[tuple[str, str], Sequence[Ticket]] = field(default_factory=dict)
    """Those of an asset and a clause, in the order in which they were opened."""
    passed: Mapping[tuple[str, str], Sequence[tuple[float, int]]] = field(default_factory=dict)
    """When a test of an asset and a kind was passed, and the number of that line, oldest first."""


def last_hash(connection: sqlite3.Connection) -> str:
    """The hash of the last line, which the next one continues."""
    row = connection.execute("SELECT hash FROM log_book ORDER BY rowid DESC LIMIT 1").fetchone()
    return row[0] if row else BEGINNING


def last(connection: sqlite3.Connection, site: str) -> int:
    """The number of the site's last line; 0 when there is none."""
    asked = "SELECT coalesce(max(id), 0) FROM log_book WHERE site = ?"
    return int(connection.execute(asked, (site,)).fetchone()[0])


def tests(connection: sqlite3.Connection, site: str) -> dict[tuple[str, str], dict[str, tuple[float, float]]]:
    """As in Saved: when each kind of test last ended with which outcome."""
    asked = "SELECT asset, kind, outcome, max(ended_at), lasted FROM log_book WHERE site = ? GROUP BY 1, 2, 3"
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    for asset, kind, outcome, ended_at, lasted in connection.execute(asked, (site,)):
        found[asset, kind][outcome] = (ended_at, lasted)
    return dict(found)


def passes(connection: sqlite3.Connection, site: str) -> dict[tuple[str, str], tuple[float, int]]:
    """As in Saved: the last passed test of each kind."""
    asked = "SELECT asset, kind, max(ended_at), id FROM log_book WHERE site = ? AND outcome = 'passed' GROUP BY 1, 2"
    return {(asset, kind): (at, number) for asset, kind, at, number in connection.execute(asked, (site,))}


def runs(connection: sqlite3.Connection, site: str) -> list[tuple[Run, list[Sample]]]:
    """As in Saved: the discharges that go on."""
    rows = connection.execute("SELECT body FROM runs WHERE site = ? ORDER BY asset", (site,)).fetchall()
    return [(run, _samples(connection, site, run)) for run in (load_run(body) for (body,) in rows)]


def _samples(connection: sqlite3.Connection, site: str, run: Run) -> list[Sample]:
    asked = "SELECT at, body FROM samples WHERE site = ? AND asset = ? AND started_at = ? ORDER BY at"
    rows = connection.execute(asked, (site, run.asset, run.started_at))
    return [Sample(at, json.loads(body)) for at, body in rows]


def write(connection: sqlite3.Connection, site: str, changes: Changes, head: str) -> str:
    """Write what a tick changed; returns the hash of the last line, ``head`` when there is no new one."""
    connection.executemany(
        "INSERT OR REPLACE INTO samples (site, asset, started_at, at, body) VALUES (?, ?, ?, ?, ?)",
        [(site, asset, started_at, each.at, dump(each.values)) for asset, started_at, each in changes.samples],
    )
    for asset, run in changes.runs.items():
        _write_run(connection, site, asset, run)
    for entry in changes.entries:
        row = _row(site, entry)
        head = link(head, row)
        connection.execute(ADD, (*row, head))
    return head


def _write_run(connection: sqlite3.Connection, site: str, asset: str, run: Run | None) -> None:
    going_on = run is not None and not run.over
    connection.execute(
        "DELETE FROM samples WHERE site = ? AND asset = ? AND started_at IS NOT ?",
        (site, asset, run.started_at if run is not None and going_on else None),
    )
    if run is None:
        connection.execute("DELETE FROM runs WHERE site = ? AND asset = ?", (site, asset))
    else:
        write_it = "INSERT OR REPLACE INTO runs (site, asset, body) VALUES (?, ?, ?)"
        connection.execute(write_it, (site, asset, dump_dataclass(run)))


def _row(site: str, entry: Entry) -> tuple[str, int, str, str, str, float, float, float, str]:
    about = (entry.asset, entry.kind, entry.outcome.value)
    times = (float(entry.started_at), float(entry.ended_at), float(entry.lasted))
    return (site, entry.id, *about, *times, dump_dataclass(entry))


def read(connection: sqlite3.Connection, site: str, asked: Asked) -> list[Entry]:
    """Lines of the log book, in order."""
    rows = connection.execute(
        "SELECT CASE WHEN ? THEN body ELSE json_set(body, '$.curve', json('[]')) END FROM log_book"
        " WHERE site = ? AND (? = '' OR asset = ?) AND (? = '' OR kind = ?)"
        " AND started_at >= ? AND started_at <= ? AND id > ? ORDER BY id LIMIT ?",
        (asked.curves, site, asked.asset, asked.asset, asked.kind, asked.kind, asked.since, asked.until, asked.after,
         asked.limit),
    )  # fmt: skip
    return [load_entry(body) for (body,) in rows]


def behind(connection: sqlite3.Connection, site: str, entries: Iterable[Entry]) -> Behind:
    """The tickets that those of the entries may have that failed, and the tests that may have proven the repairs."""
    failed = [each for each in entries if each.outcome is Outcome.FAILED and each.clause]
    tickets: dict[tuple[str, str], list[Ticket]] = defaultdict(list)
    passed: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    if failed:
        about = dump(sorted({(each.asset, each.clause) for each in failed}))
        for ticket in (load_ticket(body) for (body,) in connection.execute(TICKETS_OF, (site, about))):
            tickets[ticket.asset, ticket.clause].append(ticket)
        about = dump(sorted({(each.asset, each.kind) for each in failed}))
        for asset, kind, ended_at, number in connection.execute(PASSED_OF, (site, about)):
            passed[asset, kind].append((ended_at, number))
    return Behind(tickets, passed)


def is_kept(connection: sqlite3.Connection) -> bool:
    """Whether the file is new enough to have a log book."""
    asked = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'log_book'"
    return bool(connection.execute(asked).fetchone()[0])


def broken_at(connection: sqlite3.Connection) -> int | None:
    """The number of the first line that does not follow from the one before, or None."""
    return _broken(connection.execute(ALL))


def _broken(rows: Iterable[tuple[str | int | float, ...]]) -> int | None:
    before = BEGINNING
    numbers: dict[object, int] = {}
    for *row, told in rows:
        site, number = row[0], int(row[1])
        if told != link(before, row) or number != numbers.get(site, 0) + 1:
            return number
        before, numbers[site] = str(told), number
    return None
