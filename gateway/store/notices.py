"""What people are still to be told, as rows, and what became of a notice. Works on the connection that it is handed."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from gateway.routing.book import Row, Rows, line_sent
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
        body = found[part, key]
        state = _became(connection, site, key, line_sent(body).channel)
        if state != "waiting":  # "": so long ago that it is not kept any more
            body["arrived"] = state in ("delivered", "")
    return found


def delivery(connection: sqlite3.Connection, site: str, key: str) -> tuple[str, str]:
    """(state, error) of the event that goes to one output only, by its key; ``("", "")`` when it is not there."""
    row = connection.execute(
        "SELECT state, error FROM outbox WHERE site = ? AND sequence = ?", (site, _sequence(key))
    ).fetchone()
    return (row[0], row[1]) if row else ("", "")


def _became(connection: sqlite3.Connection, site: str, key: str, output: str) -> str:
    """By the key of the table: after weeks of a channel that is down, thousands are looked up at a start."""
    query = "SELECT state FROM outbox WHERE site = ? AND output = ? AND sequence = ?"
    row = connection.execute(query, (site, output, _sequence(key))).fetchone()
    return row[0] if row else ""


def _sequence(key: str) -> int:
    return int(key.rpartition("-")[2])
