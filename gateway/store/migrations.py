"""Opens a database file and brings it to the version that this program writes. Knows no row."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from gateway.errors import GatewayError, StoreError, Unreachable
from gateway.store.backup import keep_before_upgrade

PASSING = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
)  # fmt: skip
PRIMARY = 0xFF
"""The part of SQLite's result codes that names the kind of trouble."""
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def trouble(path: Path, error: sqlite3.Error) -> GatewayError:
    """What to raise for ``error``: Unreachable where another start may find the disk well, else StoreError."""
    code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
    if code in DAMAGED:
        return StoreError(f"{path}: {error}: put a backup in its place")
    return (Unreachable if code in PASSING else StoreError)(f"{path}: {error}")


def migrations() -> list[tuple[int, str]]:
    """Every numbered migration, in order."""
    files = [
        each for each in resources.files("gateway.store").joinpath("schema").iterdir() if each.name.endswith(".sql")
    ]
    return sorted((int(each.name.split("_")[0]), each.read_text(encoding="utf-8")) for each in files)


def connect(path: Path) -> sqlite3.Connection:
    """A writing connection with the gateway's guarantees; raises StoreError for one that lost all it had."""
    if path.exists() and not path.stat().st_size:  # as a power cut may leave one; SQLite would take it for a new one
        raise StoreError(f"{path}: is empty: put a backup in its place, or remove it to begin without what was before")
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    return connection


def version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that the file went through; 0 for a new one."""
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return number


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date, each step in its own transaction; the file as it was is kept beside it first.

    Raises StoreError when the file is newer than this program, and BackupError when it cannot be kept.
    """
    have, steps = version(connection), migrations()
    if have > steps[-1][0]:
        raise StoreError(
            f"{path}: the database has version {have}; this program knows {steps[-1][0]} at most: upgrade it"
        )
    keep_before_upgrade(path, have, steps[-1][0])
    for number, script in steps:
        if number > have:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
