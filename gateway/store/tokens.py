"""The tokens' rows. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3
from typing import Any

from gateway.access.tokens import Scope, Token

OF_SITE = "SELECT id, name, scopes, hash, created_at, expires_at, revoked_at, last_used_at FROM tokens WHERE site = ?"
PUT = (
    "INSERT INTO tokens (site, id, name, scopes, hash, created_at, expires_at, revoked_at, last_used_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, id) DO UPDATE SET revoked_at = excluded.revoked_at"
)
"""Nothing of a token changes but its end; a second one of the same name is an error."""


def find(connection: sqlite3.Connection, site: str, number: int) -> Token | None:
    """The token of that number, good or not."""
    row = connection.execute(f"{OF_SITE} AND id = ?", (site, number)).fetchone()
    return _token(row) if row else None


def every(connection: sqlite3.Connection, site: str) -> list[Token]:
    """All that there ever were, by number."""
    return [_token(row) for row in connection.execute(f"{OF_SITE} ORDER BY id", (site,))]


def next_number(connection: sqlite3.Connection, site: str) -> int:
    """The number of the next new token; none is ever given out again."""
    return int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM tokens WHERE site = ?", (site,)).fetchone()[0])


def put(connection: sqlite3.Connection, site: str, token: Token) -> None:
    """Keep a token as it is now."""
    scopes = " ".join(sorted(token.scopes))
    times = (token.created_at, token.expires_at, token.revoked_at, token.last_used_at)
    connection.execute(PUT, (site, token.id, token.name, scopes, token.digest, *times))


def used(connection: sqlite3.Connection, site: str, number: int, at: float) -> None:
    """Remember when it was last shown."""
    connection.execute("UPDATE tokens SET last_used_at = ? WHERE site = ? AND id = ?", (at, site, number))


def _token(row: tuple[Any, ...]) -> Token:
    number, name, scopes, *rest = row
    return Token(number, name, frozenset(map(Scope, scopes.split())), *rest)
