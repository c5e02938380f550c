"""What derived points remember, by the rows of their points. Works on the connection it is handed; knows no function.

A point may leave the site's files and come back much later: until when it was listened to is kept with its memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.store.rows import dump

LEFT, MEMORY = "left_at", "memory"
EVERY = "SELECT point, body FROM memories JOIN points ON points.id = point WHERE site = ?"


def load(
    connection: sqlite3.Connection, site: str, row_of: Sequence[int], until: float | None
) -> tuple[dict[int, Any], dict[int, float]]:
    """Point id → memory, and, of those that come back, when they had left (seconds since 1970).

    ``until``: when the gateway last listened; what is no longer among the points left then.
    """
    place = {row: column for column, row in enumerate(row_of)}
    found = {row: json.loads(body) for row, body in connection.execute(EVERY, (site,))}
    _leave(connection, {row: body for row, body in found.items() if row not in place and not _has_left(body)}, until)
    here = {place[row]: body for row, body in found.items() if row in place}
    memories = {point: body[MEMORY] if _has_left(body) else body for point, body in here.items()}
    return memories, {point: body[LEFT] for point, body in here.items() if _has_left(body)}


def _has_left(body: Any) -> bool:
    return isinstance(body, dict) and body.keys() == {LEFT, MEMORY}


def _leave(connection: sqlite3.Connection, gone: Mapping[int, Any], until: float | None) -> None:
    _put(connection, ((row, {LEFT: until or 0.0, MEMORY: body}) for row, body in gone.items()))


def write(connection: sqlite3.Connection, row_of: Sequence[int], memories: Mapping[int, Any]) -> None:
    """Keep them; whoever has come back is here again."""
    _put(connection, ((row_of[point], memory) for point, memory in memories.items()))


def _put(connection: sqlite3.Connection, rows: Iterable[tuple[int, Any]]) -> None:
    bodies = [(row, dump(body)) for row, body in rows]
    connection.executemany("INSERT OR REPLACE INTO memories (point, body) VALUES (?, ?)", bodies)
