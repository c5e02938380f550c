"""The outbox as people look at it and set it right. Works on the connection that it is handed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection
from typing import Any, NamedTuple

from gateway.errors import Refused
from gateway.model import Event

OVERHEAD = 155
"""Bytes of the file that a delivery takes beside the texts of its event: its columns, its keys, its index entries."""
WAITING, ASIDE, DISCARDED = "waiting", "set-aside", "discarded"
ROW = (
    "SELECT o.id, o.output, o.state, o.tries, o.not_before, o.error, o.moved_at, e.sequence, e.type, e.subject, e.at,"
    " e.data FROM outbox o JOIN events e ON e.site = o.site AND e.sequence = o.sequence WHERE o.site = ?"
)
FIRST = f"{ROW} AND o.output = ? AND o.state = 'waiting' ORDER BY o.id LIMIT 1"
SET_ASIDE = f"{ROW} AND o.output = ? AND o.state = 'set-aside' AND o.id > ? ORDER BY o.id LIMIT ?"
ONE = f"{ROW} AND o.output = ? AND o.id = ?"
SIZE = (
    "SELECT count(*), coalesce(sum(length(CAST(e.data AS BLOB)) + length(e.type) + length(e.subject)), 0)"
    " FROM outbox o INDEXED BY {} JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
    " WHERE o.site = ? AND o.output = ? AND o.state = '{}'"
)
# By the small indexes of what is in those states: months of what was delivered lie beside it.
SIZE_WAITING, SIZE_ASIDE = SIZE.format("outbox_waiting", WAITING), SIZE.format("outbox_aside", ASIDE)
OUTPUTS = (
    "SELECT output FROM outbox INDEXED BY outbox_waiting WHERE site = ? AND state = 'waiting'"
    " UNION SELECT output FROM outbox INDEXED BY outbox_aside WHERE site = ? AND state = 'set-aside'"
)
GONE = (
    "WITH RECURSIVE kept (output) AS (SELECT min(output) FROM outbox INDEXED BY outbox_waiting WHERE state = 'waiting'"
    " UNION ALL SELECT (SELECT min(o.output) FROM outbox o INDEXED BY outbox_waiting WHERE o.state = 'waiting'"
    " AND o.output > kept.output) FROM kept WHERE kept.output IS NOT NULL)"
    " SELECT k.output, (SELECT count(*) FROM outbox o INDEXED BY outbox_waiting WHERE o.state = 'waiting'"
    " AND o.output = k.output AND o.site = ?) AS waiting FROM kept k"
    " WHERE k.output NOT IN (SELECT value FROM json_each(?)) AND waiting > 0"
)
"""From one output to the next: a channel that is down for weeks has many rows, and this is asked every few seconds."""
ASIDES = (
    "SELECT output, count(*) FROM outbox INDEXED BY outbox_aside WHERE site = ? AND state = 'set-aside' GROUP BY output"
)


class Kept(NamedTuple):
    """One delivery with its event. Times are seconds since 1970; ``moved_at``: when it was set aside or discarded."""

    id: int
    output: str
    state: str
    tries: int
    not_before: float
    error: str
    moved_at: float
    event: Event
    digest: str
    """SHA-256 of the event's data as it is kept."""


class Queue(NamedTuple):
    """What is kept for one output. ``size``: bytes that those that wait, or are set aside, take in the file."""

    output: str
    waiting: int
    aside: int
    size: int
    first: Kept | None
    """The one that is tried next."""


def queue(connection: sqlite3.Connection, site: str, output: str) -> Queue:
    """What is kept for an output."""
    waiting, texts = connection.execute(SIZE_WAITING, (site, output)).fetchone()
    aside, more = connection.execute(SIZE_ASIDE, (site, output)).fetchone()
    row = connection.execute(FIRST, (site, output)).fetchone()
    size = texts + more + OVERHEAD * (waiting + aside)
    return Queue(output, waiting, aside, size, _kept(site, row) if row else None)


def outputs(connection: sqlite3.Connection, site: str) -> list[str]:
    """Every output for which something waits or is set aside, also one that the site's files no longer have."""
    found = connection.execute(OUTPUTS, (site, site))
    return sorted(output for (output,) in found)


def gone(connection: sqlite3.Connection, site: str, known: Collection[str]) -> dict[str, int]:
    """Output → how many deliveries wait for it, of those that are not ``known``: they wait for nobody."""
    rows = connection.execute(GONE, (site, json.dumps([*known])))
    return dict(rows.fetchall())


def set_aside(connection: sqlite3.Connection, site: str, output: str, after: int, limit: int) -> list[Kept]:
    """What an output will not take, in order, from the row after ``after``."""
    return [_kept(site, row) for row in connection.execute(SET_ASIDE, (site, output, after, limit))]


def asides(connection: sqlite3.Connection, site: str) -> dict[str, int]:
    """Output → how many deliveries are set aside, where there are any."""
    rows = connection.execute(ASIDES, (site,))
    return dict(rows.fetchall())


def find(connection: sqlite3.Connection, site: str, output: str, number: int) -> Kept:
    """A delivery that waits or is set aside; raises Refused for any other."""
    row = connection.execute(ONE, (site, output, number)).fetchone()
    kept = _kept(site, row) if row else None
    if kept is None:
        raise Refused(f"there is no row {number} for {output}")
    if kept.state not in (WAITING, ASIDE):
        raise Refused(f"row {number} for {output} is {kept.state} already")
    return kept


def again(connection: sqlite3.Connection, site: str, output: str, number: int | None) -> int:
    """Have row ``number`` tried again, or with None all that is set aside; what waits is due at once. Tells how many.

    They keep their place in the order. Without a transaction of its own.
    """
    tried = connection.execute(
        "UPDATE outbox SET state = 'waiting', not_before = 0, moved_at = 0"
        " WHERE site = ? AND output = ? AND state = 'set-aside' AND ? IN (id, -1)",
        (site, output, -1 if number is None else number),
    ).rowcount
    soon(connection, site, output)
    return tried


def soon(connection: sqlite3.Connection, site: str, output: str) -> None:
    """What waits is due at once."""
    connection.execute(
        "UPDATE outbox SET not_before = 0 WHERE site = ? AND output = ? AND state = 'waiting' AND not_before > 0",
        (site, output),
    )


def discard(connection: sqlite3.Connection, kept: Kept, at: float) -> None:
    """It will not be delivered; its event stays. Without a transaction of its own."""
    connection.execute("UPDATE outbox SET state = ?, moved_at = ? WHERE id = ?", (DISCARDED, at, kept.id))


def _kept(site: str, row: tuple[Any, ...]) -> Kept:
    *own, sequence, event_type, subject, at, data = row
    digest = hashlib.sha256(data.encode()).hexdigest()
    return Kept._make((*own, Event(site, sequence, event_type, subject, at), digest))
