"""What a site's file remembers, for whoever looks at it from outside the gateway. Changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.errors import StoreError
from gateway.proof_tests.entry import Entry
from gateway.store import log_book
from gateway.store.log_book import Behind
from gateway.store.migrations import migrations
from gateway.store.rows import load_ticket
from gateway.tickets.ticket import Ticket


class Past:
    """What a site's file remembers, read beside a running gateway or without one; nothing in it is ever changed."""

    def __init__(self, path: Path, site: str) -> None:
        self.site = site
        try:
            self.connection = _read_only(path)
            known = [name for (name,) in self.connection.execute("SELECT DISTINCT site FROM points ORDER BY site")]
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}") from error
        if site not in known:
            raise StoreError(f"{path}: remembers nothing of {site} (of: {', '.join(known) or 'no site'})")

    def points(self) -> dict[str, int]:
        """Point name → its row."""
        return dict(self.connection.execute("SELECT name, id FROM points WHERE site = ?", (self.site,)))

    def span(self) -> tuple[float, float] | None:
        """When the first reading was remembered and when the gateway last wrote anything; None for an empty file."""
        first, last = self.connection.execute(
            "SELECT min(at), max(max(at), coalesce((SELECT max(at) FROM events WHERE site = ?), 0)) FROM history",
            (self.site,),
        ).fetchone()
        return None if first is None else (first, last)

    def count(self, since: float, until: float) -> int:
        """How many readings there are of that time."""
        asked = "SELECT count(*) FROM history WHERE at >= ? AND at <= ?"
        return int(self.connection.execute(asked, (since, until)).fetchone()[0])

    def as_of(self, since: float, moment: float) -> Iterator[tuple[float, int, Any, str | None]]:
        """(at, point row, value, bad): the last of every point, ``since`` ≤ at < ``moment``."""
        return self.connection.execute(
            "SELECT max(at), point, value, bad FROM history WHERE at >= ? AND at < ? GROUP BY point ORDER BY point",
            (since, moment),
        )

    def readings(self, since: float, until: float) -> Iterator[tuple[float, int, Any, str | None]]:
        """(at, point row, value, bad), oldest first, ``since`` ≤ at ≤ ``until``."""
        return self.connection.execute(
            "SELECT at, point, value, bad FROM history WHERE at >= ? AND at <= ? ORDER BY at, point", (since, until)
        )

    def starts(self, since: float, until: float) -> list[tuple[float, float]]:
        """When a gateway was started on this file, and when anything had last been written before; oldest first."""
        rows = self.connection.execute(
            "SELECT at, (SELECT max(at) FROM history WHERE at < started.at), (SELECT at FROM events WHERE"
            " site = started.site AND sequence < started.sequence AND at < started.at ORDER BY sequence DESC LIMIT 1)"
            " FROM events AS started"
            " WHERE site = ? AND type LIKE 'touchpoint.gateway.started.%' AND at >= ? AND at <= ? ORDER BY at",
            (self.site, since, until),
        )
        return [(at, max(filter(None, before), default=at)) for at, *before in rows]

    def acts(self, until: float) -> list[tuple[float, str, str, dict[str, Any]]]:
        """(at, who, what, data) of everything that people did until then."""
        rows = self.connection.execute(
            "SELECT at, who, what, data FROM audit WHERE site = ? AND at <= ? ORDER BY at, sequence",
            (self.site, until),
        )
        return [(at, who, what, json.loads(data)) for at, who, what, data in rows]

    def tickets(self) -> list[Ticket]:
        """Every ticket of the site."""
        rows = self.connection.execute("SELECT body FROM tickets WHERE site = ? ORDER BY id", (self.site,))
        return [load_ticket(body) for (body,) in rows]

    def tickets_in(self, since: float, until: float) -> Iterator[Ticket]:
        """Tickets that were opened before ``until`` and not closed for good before ``since``, one by one."""
        rows = self.connection.execute(
            "SELECT body FROM tickets WHERE site = ? AND opened_at < ? AND (closed_at IS NULL OR closed_at >= ?)"
            " ORDER BY id",
            (self.site, until, since),
        )
        return (load_ticket(body) for (body,) in rows)

    def log_book(self, asked: log_book.Asked) -> list[Entry]:
        """Lines of the log book; none from a file that is older than the book."""
        return log_book.read(self.connection, self.site, asked) if log_book.is_kept(self.connection) else []

    def behind(self, entries: Sequence[Entry]) -> Behind:
        """As of Database."""
        return log_book.behind(self.connection, self.site, entries)

    def log_book_broken_at(self) -> int | None:
        """As of Database."""
        return log_book.broken_at(self.connection) if log_book.is_kept(self.connection) else None

    def proven(self) -> frozenset[tuple[str, str]]:
        """Assets, and which tests and looks of them were answered: passed, failed, found right or wrong."""
        rows = self.connection.execute(
            "SELECT DISTINCT asset, substr(record, 1, length(record) - length('.passed')) FROM records"
            " WHERE site = ? AND (record LIKE 'person_looks.%.passed' OR record LIKE 'person_looks.%.failed')",
            (self.site,),
        ).fetchall()
        if log_book.is_kept(self.connection):
            asked = "SELECT DISTINCT asset, kind FROM log_book WHERE site = ? AND outcome IN ('passed', 'failed')"
            rows += self.connection.execute(asked, (self.site,)).fetchall()
        return frozenset(rows)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def _read_only(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=5.0)
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        if path.with_name(path.name + "-wal").exists():
            raise
        # In a folder that nobody may write to, a file without a log beside it is nobody's: it can be read as it is.
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True)
    have, newest = connection.execute("PRAGMA user_version").fetchone()[0], migrations()[-1][0]
    if not 0 < have <= newest:
        raise StoreError(f"{path}: the database has version {have}; this program knows 1 to {newest}")
    return connection
