"""Rows of planned work. Works on the connection that it is handed."""

from __future__ import annotations

import json
import sqlite3

from gateway.changes import Changes
from gateway.store.rows import dump_dataclass
from gateway.tickets.planned import PlannedWork, WorkState


def to_come(connection: sqlite3.Connection, site: str) -> list[PlannedWork]:
    """As in Saved: to come and under way."""
    rows = connection.execute(
        "SELECT body FROM works WHERE site = ? AND state IN ('planned', 'begun') ORDER BY id", (site,)
    )
    return [load_work(body) for (body,) in rows]


def last(connection: sqlite3.Connection, site: str) -> int:
    """The number of the last one, 0 for none."""
    number: int = connection.execute("SELECT coalesce(max(id), 0) FROM works WHERE site = ?", (site,)).fetchone()[0]
    return number


def load_work(body: str) -> PlannedWork:
    """Fields that a newer version has added take their default."""
    data = json.loads(body)
    return PlannedWork(**data | {"state": WorkState(data["state"])})


def write(connection: sqlite3.Connection, site: str, changes: Changes) -> None:
    """Write what a tick changed."""
    connection.executemany(
        "INSERT OR REPLACE INTO works (site, id, asset, state, body) VALUES (?, ?, ?, ?, ?)",
        [(site, each.id, each.asset, each.state.value, dump_dataclass(each)) for each in changes.works.values()],
    )
