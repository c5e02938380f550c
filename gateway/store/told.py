"""What was told of alarms, and when nobody may have been there to tell it. Works on the connection it is handed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from gateway.alarms.alarm import Alarm
from gateway.store.rows import load_alarm

FIRST = "SELECT at FROM events WHERE site = ? ORDER BY sequence LIMIT 1"
MOVES = (
    "SELECT at, substr(type, 18, length(type) - 20), json_extract(data, '$.asset'), json_extract(data, '$.clause'),"
    " json_extract(data, '$.priority'), json_extract(data, '$.occurrences'), json_extract(data, '$.raised_at')"
    " FROM events WHERE site = ? AND at < ? AND type IN"
    " ('touchpoint.alarm.raised.v1', 'touchpoint.alarm.cleared.v1', 'touchpoint.alarm.hidden.v1') ORDER BY sequence"
)
AWAY = (
    "SELECT started.at, max(coalesce((SELECT at FROM events WHERE site = started.site"
    " AND sequence < started.sequence ORDER BY sequence DESC LIMIT 1), 0),"
    " coalesce((SELECT max(at) FROM history WHERE at < started.at), 0)) AS seen FROM events AS started"
    " WHERE site = ? AND type = 'touchpoint.gateway.started.v1' AND at >= ? AND at < ? ORDER BY sequence"
)


class Move(NamedTuple):
    """An event of an alarm; ``what``: raised, cleared or hidden."""

    at: float
    what: str
    asset: str
    clause: str
    priority: str | None
    occurrences: int
    raised_at: str | None
    """RFC 3339."""


def first(connection: sqlite3.Connection, site: str) -> float | None:
    """When the oldest event that is kept happened; None when there is none."""
    row = connection.execute(FIRST, (site,)).fetchone()
    return None if row is None else float(row[0])


def moves(connection: sqlite3.Connection, site: str, until: float) -> Iterator[Move]:
    """Everything told of alarms that is kept, before ``until``, in its order and one by one."""
    return map(Move._make, connection.execute(MOVES, (site, until)))


def standing(connection: sqlite3.Connection, site: str) -> list[Alarm]:
    """The alarms that stand now and are not hidden."""
    rows = connection.execute("SELECT body FROM alarms WHERE site = ? AND phase IN ('active', 'clearing')", (site,))
    return [alarm for alarm in (load_alarm(body) for (body,) in rows) if not alarm.hidden]


def away(connection: sqlite3.Connection, site: str, since: float, until: float) -> list[tuple[float, float]]:
    """(last sign of life, start) of every start in a time at which the gateway may have been away before."""
    rows = connection.execute(AWAY, (site, since, until))
    return [(seen, at) for at, seen in rows if 0 < seen < at]
