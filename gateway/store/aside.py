"""How long what an output refused for good is kept, and how much of it. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gateway.changes import AuditEntry
from gateway.clock import iso
from gateway.tickets.ticket import GATEWAY

KEPT_FOR = 90 * 86400.0
"""Seconds after which it may go; proposed."""
KEPT_AT_MOST = 1000
"""Rows of one output; beyond them the oldest may go; proposed."""
PAST = (
    "SELECT o.id FROM outbox o INDEXED BY outbox_aside JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
    " WHERE o.site = ? AND o.output = ? AND o.state = 'set-aside' AND e.at < ?"
    " AND (max(o.moved_at, e.at) < ? OR o.id <= ?) ORDER BY o.id LIMIT ?"
)
BEYOND = (
    "SELECT coalesce((SELECT id FROM outbox INDEXED BY outbox_aside"
    " WHERE site = ? AND output = ? AND state = 'set-aside' ORDER BY id DESC LIMIT 1 OFFSET ?), 0)"
)


def past(
    connection: sqlite3.Connection, site: str, output: str, now: float, before: float, at_most: int
) -> Sequence[int]:
    """The rows of an output that need not be kept any more, oldest first; none of an event since ``before``."""
    (beyond,) = connection.execute(BEYOND, (site, output, KEPT_AT_MOST)).fetchone()
    rows = connection.execute(PAST, (site, output, before, now - KEPT_FOR, beyond, at_most))
    return [row for (row,) in rows]


def drop(connection: sqlite3.Connection, output: str, rows: Sequence[int], now: float, before: float) -> AuditEntry:
    """Delete them; returns what the audit tells of it. Without a transaction of its own."""
    connection.executemany("DELETE FROM outbox WHERE id = ? AND state = 'set-aside'", [(row,) for row in rows])
    told = {"rows": len(rows), "first": rows[0], "last": rows[-1], "before": iso(before)}
    return AuditEntry(now, GATEWAY, "ForgetDeliveries", f"output/{output}", told)
