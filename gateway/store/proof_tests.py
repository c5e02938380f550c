"""Rows of the proof tests that run or are planned. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3

from gateway.changes import Changes
from gateway.proof_tests.procedure import Procedure
from gateway.proof_tests.schedule import Slot
from gateway.store.rows import dump_dataclass, load_procedure, load_slot


def procedures(connection: sqlite3.Connection, site: str) -> list[Procedure]:
    """As in Saved."""
    rows = connection.execute("SELECT body FROM procedures WHERE site = ? ORDER BY asset", (site,))
    return [load_procedure(body) for (body,) in rows]


def slots(connection: sqlite3.Connection, site: str) -> list[Slot]:
    """As in Saved."""
    rows = connection.execute("SELECT body FROM slots WHERE site = ? ORDER BY asset, kind", (site,))
    return [load_slot(body) for (body,) in rows]


def write(connection: sqlite3.Connection, site: str, changes: Changes) -> None:
    """Write what a tick changed."""
    for asset, test in changes.procedures.items():
        if test is None:
            connection.execute("DELETE FROM procedures WHERE site = ? AND asset = ?", (site, asset))
        else:
            put = "INSERT OR REPLACE INTO procedures (site, asset, body) VALUES (?, ?, ?)"
            connection.execute(put, (site, asset, dump_dataclass(test)))
    for (asset, kind), slot in changes.slots.items():
        if slot is None:
            connection.execute("DELETE FROM slots WHERE site = ? AND asset = ? AND kind = ?", (site, asset, kind))
        else:
            put = "INSERT OR REPLACE INTO slots (site, asset, kind, body) VALUES (?, ?, ?, ?)"
            connection.execute(put, (site, asset, kind, dump_dataclass(slot)))
