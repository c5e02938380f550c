"""What people are still to be told, as rows, and what became of a notice. Works on the connection that it is handed."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from gateway.routing.book import Row, Rows
from gateway.store.rows import dump


def write(connection: sqlite3.Connection, site: str, rows: Rows) -> None:
    """Write down what changed; None takes a row away."""
    connection.executemany(
        "DELETE FROM notices WHERE site = ? AND part = ? AND key = ?",
        [(site, *row) for row, body in rows.items() if body is None],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO notices (site, part, key, body) VALUES (?, ?, ?, ?)",
        [(site, *row, dump(body)) for row, body in rows.items() if body is not None],
    )


def load(connection: sqlite3.Connection, site: str) -> dict[Row, Any]:
    """Every row: of what has arrived meanwhile nothing is awaited, what was refused is not waited for any longer."""
    rows = connection.execute("SELECT part, key, body FROM notices WHERE site = ?", (site,))
    found = {(part, key): json.loads(body) for part, key, body in rows}
    for part, key in [row for row in found if row[0] == "sent"]:
        state, _ = delivery(connection, site, key)
        if state in ("delivered", ""):  # "": so long ago that it is not kept any more
            found[part, key]["entries"] = []
        elif state != "waiting":
            found[part, key]["until"] = 0.0
    return found


def delivery(connection: sqlite3.Connection, site: str, key: str) -> tuple[str, str]:
    """(state, error) of the event that goes to one output only, by its key; ``("", "")`` when it is not there."""
    sequence = int(key.rpartition("-")[2])
    row = connection.execute(
        "SELECT state, error FROM outbox WHERE site = ? AND sequence = ?", (site, sequence)
    ).fetchone()
    return (row[0], row[1]) if row else ("", "")
