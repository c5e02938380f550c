"""Links that were used: none counts twice. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3


def use(connection: sqlite3.Connection, site: str, nonce: str, until: float, now: float) -> None:
    """Remember that a link was used; raises sqlite3.IntegrityError when it was before. Those that expired go."""
    connection.execute("DELETE FROM used_links WHERE site = ? AND until < ?", (site, now))
    connection.execute("INSERT INTO used_links (site, nonce, until) VALUES (?, ?, ?)", (site, nonce, until))


def is_used(connection: sqlite3.Connection, site: str, nonce: str) -> bool:
    """Whether a link was used."""
    found = connection.execute("SELECT 1 FROM used_links WHERE site = ? AND nonce = ?", (site, nonce))
    return found.fetchone() is not None
