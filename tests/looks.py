"""What tests look up in a gateway's own file: handed its connection and the site's id, as by ``Store.read``."""

from __future__ import annotations

import sqlite3
from typing import Any

from gateway.store import audit
from gateway.store.sqlite import Database


def deliveries(file: sqlite3.Connection, site: str) -> dict[tuple[str, str], int]:
    """(output, state) → how many there are."""
    rows = file.execute("SELECT output, state, count(*) FROM outbox WHERE site = ? GROUP BY 1, 2", (site,))
    return {(output, state): count for output, state, count in rows}


def audit_broken_at(file: sqlite3.Connection, _: str = "") -> int | None:
    """The first row of the audit that does not follow from the one before."""
    rows = file.execute("SELECT * FROM audit ORDER BY sequence")
    return audit.broken_at(audit.AuditRow(*row) for row in rows)


def history(database: Database, point: int, since: float, until: float) -> list[tuple[float, Any, str | None]]:
    """(at, value, bad) of one point, oldest first, ``since`` ≤ at < ``until``."""
    found = "SELECT at, value, bad FROM history WHERE at >= ? AND at < ? AND point = ? ORDER BY at"
    return database.connection.execute(found, (since, until, database.rows()[point])).fetchall()
