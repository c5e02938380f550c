"""What derived points remember, by the rows of their points. Works on the connection it is handed; knows no function.

A point may leave the site's files and come back much later: until when it was listened to is kept with its memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.store.rows import dump

EVERY = "SELECT point, body, left_at FROM memories JOIN points ON points.id = point WHERE site = ?"
LEAVE = "UPDATE memories SET left_at = ? WHERE point = ?"
KEEP = "INSERT OR REPLACE INTO memories (point, body) VALUES (?, ?)"
"""Whoever has come back is here again: the whole row is new."""


def load(
    connection: sqlite3.Connection, site: str, row_of: Sequence[int], until: float | None
) -> tuple[dict[int, Any], dict[int, float]]:
    """Point id → memory, and, of those that come back, when they had left (seconds since 1970).

    ``until``: when the gateway last listened; what is no longer among the points left then.
    """
    place = {row: column for column, row in enumerate(row_of)}
    found = connection.execute(EVERY, (site,)).fetchall()
    gone = [row for row, _, left_at in found if row not in place and left_at is None]
    connection.executemany(LEAVE, ((until or 0.0, row) for row in gone))
    here = [(place[row], body, left_at) for row, body, left_at in found if row in place]
    left = {point: left_at for point, _, left_at in here if left_at is not None}
    return {point: json.loads(body) for point, body, _ in here}, left


def write(connection: sqlite3.Connection, row_of: Sequence[int], memories: Mapping[int, Any]) -> None:
    """Keep them."""
    connection.executemany(KEEP, ((row_of[point], dump(memory)) for point, memory in memories.items()))
