"""Events, and where each must still be delivered. Works on the connection that it is handed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from gateway.changes import Changes
from gateway.model import Event, Trouble
from gateway.store.rows import cloud_event, dump

FORGET = (
    "DELETE FROM events WHERE (site, sequence) IN (SELECT site, sequence FROM events e WHERE e.at < ?"
    " AND e.sequence < (SELECT max(sequence) FROM events WHERE site = e.site) AND NOT EXISTS"
    " (SELECT 1 FROM outbox o WHERE o.site = e.site AND o.sequence = e.sequence)"
    " AND (e.type NOT IN ('touchpoint.clock.stepped.v1', 'touchpoint.gateway.started.v1') OR EXISTS"
    " (SELECT 1 FROM events later WHERE later.site = e.site AND later.sequence > e.sequence"
    " AND later.type IN ('touchpoint.clock.stepped.v1', 'touchpoint.gateway.started.v1'))) LIMIT ?)"
)
"""The last that tells by how much the clock on the wall is ahead stays: a start asks for it, however old it is."""


LONGEST_WAIT = 60.0
"""Seconds; nothing is postponed for longer: a later time is of a clock that was lost since."""


class OutboxRow(NamedTuple):
    """One delivery that waits: its stable key and the event as CloudEvents JSON."""

    id: int
    key: str
    event_json: str
    tries: int


class Waiting(NamedTuple):
    """How many events wait for an output, of when the oldest is (seconds since 1970), and how many it refused."""

    events: int
    oldest: float | None
    set_aside: int


def write(connection: sqlite3.Connection, changes: Changes) -> None:
    """Write what a tick told, and to whom it goes."""
    connection.executemany(
        "INSERT INTO events (site, sequence, at, type, subject, data) VALUES (?, ?, ?, ?, ?, ?)",
        [(e.site, e.sequence, e.at, e.type, e.subject, dump(dict(e.data))) for e in changes.events],
    )
    connection.executemany(
        "INSERT INTO outbox (site, output, sequence) VALUES (?, ?, ?)",
        [(event.site, output, event.sequence) for output, event in changes.outbox],
    )


def write_troubles(connection: sqlite3.Connection, site: str, changes: Changes) -> None:
    """Write of which outputs it was told that they take nothing, and of which that they do again."""
    for output, trouble in changes.troubles.items():
        connection.execute("DELETE FROM output_troubles WHERE site = ? AND output = ?", (site, output))
        if trouble:
            row = (site, output, trouble.since, trouble.error)
            connection.execute("INSERT INTO output_troubles (site, output, since, error) VALUES (?, ?, ?, ?)", row)


def troubles(connection: sqlite3.Connection, site: str) -> list[Trouble]:
    """The outputs of which it was told that they take nothing."""
    rows = connection.execute("SELECT output, since, error FROM output_troubles WHERE site = ?", (site,))
    return [Trouble(*row) for row in rows]


def forget(connection: sqlite3.Connection, before: float, at_most: int) -> int:
    """Delete up to ``at_most`` old deliveries that arrived, and old events that nothing waits for any more."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        delivered = connection.execute(
            "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o"
            " JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
            " WHERE o.state IN ('delivered', 'discarded') AND e.at < ? LIMIT ?)",
            (before, at_most),
        )
        events = connection.execute(FORGET, (before, at_most))
    return delivered.rowcount + events.rowcount


def due(connection: sqlite3.Connection, site: str, output: str, now: float, limit: int) -> list[OutboxRow]:
    """What waits for an output, in order; nothing while the first one waits for its next try."""
    rows = connection.execute(
        "SELECT o.id, o.not_before, o.tries, e.site, e.sequence, e.at, e.type, e.subject, e.data FROM outbox o"
        " JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
        " WHERE o.site = ? AND o.output = ? AND o.state = 'waiting' ORDER BY o.id LIMIT ?",
        (site, output, limit),
    ).fetchall()
    if not rows or now < rows[0][1] <= now + LONGEST_WAIT:
        return []
    return [_outbox_row(row) for row in rows]


def numbers(output: str, sequences: Sequence[int], connection: sqlite3.Connection, site: str) -> dict[int, int]:
    """Of each event that goes to an output: the number of its row."""
    asked = "SELECT id FROM outbox WHERE site = ? AND output = ? AND sequence = ?"
    found = {each: connection.execute(asked, (site, output, each)).fetchone() for each in sequences}
    return {each: row[0] for each, row in found.items() if row}


def move_on(
    connection: sqlite3.Connection, ids: Sequence[int], state: str, not_before: float = 0.0, error: str = "",
    at: float = 0.0,
) -> None:  # fmt: skip
    """Move deliveries on; every call counts as one try. ``at``: when they were set aside."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "UPDATE outbox SET state = ?, not_before = ?, error = ?, moved_at = ?, tries = tries + 1"
            " WHERE id = ? AND state = 'waiting'",
            [(state, not_before, error[:500], at, each) for each in ids],
        )


def waiting(connection: sqlite3.Connection, site: str, outputs: Sequence[str]) -> dict[str, Waiting]:
    """Of each output: what waits for it, and what it will never take. Looks at nothing that arrived."""
    found = {}
    for output in outputs:
        count, oldest = connection.execute(
            "SELECT count(*), min(e.at) FROM outbox o JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
            " WHERE o.site = ? AND o.output = ? AND o.state = 'waiting'",
            (site, output),
        ).fetchone()
        set_aside = connection.execute(
            "SELECT count(*) FROM outbox WHERE site = ? AND output = ? AND state = 'set-aside'", (site, output)
        ).fetchone()[0]
        found[output] = Waiting(count, oldest, set_aside)
    return found


def _outbox_row(row: tuple[Any, ...]) -> OutboxRow:
    number, _, tries, site, sequence, at, event_type, subject, data = row
    event = Event(site, sequence, event_type, subject, at, json.loads(data))
    return OutboxRow(number, event.id, dump(cloud_event(event)), tries)
