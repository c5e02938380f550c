"""The SQL: one file, one writing connection. Synchronous; ``Store`` puts it on its thread.

WAL with synchronous=FULL: what was committed survives a power cut.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from gateway.changes import AuditEntry, Changes, HistoryBlock
from gateway.errors import StoreError
from gateway.estate import Estate
from gateway.model import BadReading, Event, Reading, Record
from gateway.proof_tests.entry import Entry
from gateway.saved import Saved
from gateway.store import audit, log_book
from gateway.store.migrations import connect, migrate, migrations, trouble
from gateway.store.rows import cloud_event, dump, dump_dataclass, history_row, load_alarm, load_ticket, storable
from gateway.tickets.ticket import Ticket

KEPT_RECEIPTS = 2000
KEPT_CLOSED_TICKETS = 30 * 86400.0

MANY = 64
INSERT_ONE = "INSERT OR IGNORE INTO history (at, point, value) VALUES (?, ?, ?)"
INSERT_MANY = INSERT_ONE + ", (?, ?, ?)" * (MANY - 1)
"""A statement for many rows costs half as much a row as many runs of a statement for one."""

LAST_RECORDS = "SELECT asset, record, max(at), who, note, told_at FROM records WHERE site = ? GROUP BY asset, record"
"""SQLite takes the other columns from the row that has the maximum."""


class OutboxRow(NamedTuple):
    """One delivery that waits: its stable key and the event as CloudEvents JSON."""

    id: int
    key: str
    event_json: str
    tries: int


class Database:
    """Reads and writes one site's rows."""

    def __init__(self, path: Path, estate: Estate) -> None:
        self.site = estate.site
        try:
            self.connection = connect(path)
            migrate(self.connection, path)
            self._row_of = self._points(estate.points)
            self._audit_head = self._last_hash()
            self._book_head = log_book.last_hash(self.connection)
        except sqlite3.DatabaseError as error:
            raise trouble(path, error) from error

    def _points(self, names: Sequence[str]) -> list[int]:
        """The row id of each point: stable, whatever a changed site file does to the columns."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany(
                "INSERT OR IGNORE INTO points (site, name) VALUES (?, ?)", [(self.site, name) for name in names]
            )
        known = dict(self.connection.execute("SELECT name, id FROM points WHERE site = ?", (self.site,)))
        return [known[name] for name in names]

    def _last_hash(self) -> tuple[int, str]:
        row = self.connection.execute("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, audit.BEGINNING)

    def load(self, now: float) -> Saved:
        """The state that survives a restart."""
        site = (self.site,)
        ask = self.connection.execute
        tickets = ask(
            "SELECT body FROM tickets WHERE site = ? AND (state <> 'closed' OR closed_at > ?)",
            (self.site, now - KEPT_CLOSED_TICKETS),
        )
        place = {row: column for column, row in enumerate(self._row_of)}
        memories = ask("SELECT point, body FROM memories").fetchall()
        return Saved(
            alarms=[load_alarm(body) for (body,) in ask("SELECT body FROM alarms WHERE site = ?", site)],
            tickets=[load_ticket(body) for (body,) in tickets],
            last_ticket=ask("SELECT coalesce(max(id), 0) FROM tickets WHERE site = ?", site).fetchone()[0],
            last_event=ask("SELECT coalesce(max(sequence), 0) FROM events WHERE site = ?", site).fetchone()[0],
            memories={place[row]: json.loads(body) for row, body in memories if row in place},
            listened_until=ask(
                "SELECT max(at) FROM (SELECT max(at) AS at FROM history UNION SELECT max(at) FROM events)"
            ).fetchone()[0],
            unknown_since={
                (asset, clause): since
                for asset, clause, since in ask("SELECT asset, clause, since FROM unknown WHERE site = ?", site)
            },
            runs=log_book.runs(self.connection, self.site),
            last_entry=log_book.last(self.connection, self.site),
            tests=log_book.tests(self.connection, self.site),
            records=[Record(*row) for row in ask(LAST_RECORDS, site)],
            receipt_keys=[key for (key,) in ask("SELECT key FROM receipts WHERE site = ? ORDER BY sequence", site)],
        )

    def commit(self, changes: Changes) -> None:
        """Write everything that one tick changed, or nothing; raises sqlite3.Error."""
        head, book_head = self._audit_head, self._book_head
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            self._write_state(changes)
            self._write_events(changes)
            self._write_history(changes)
            head = self._write_audit(changes.audit, head)
            book_head = log_book.write(self.connection, self.site, changes, book_head)
        self._audit_head, self._book_head = head, book_head

    def _write_state(self, changes: Changes) -> None:
        write = self.connection.executemany
        write(
            "INSERT OR REPLACE INTO alarms (site, asset, clause, phase, body) VALUES (?, ?, ?, ?, ?)",
            [(self.site, *alarm.key, alarm.phase.value, dump_dataclass(alarm)) for alarm in changes.alarms.values()],
        )
        write(
            "INSERT INTO tickets (site, id, asset, clause, state, opened_at, closed_at, body) VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT (site, id) DO UPDATE"
            " SET state = excluded.state, closed_at = excluded.closed_at, body = excluded.body",
            [
                (self.site, t.id, t.asset, t.clause, t.state.value, t.opened_at, t.closed_at, dump_dataclass(t))
                for t in changes.tickets.values()
            ],
        )
        write(
            "INSERT OR REPLACE INTO memories (point, body) VALUES (?, ?)",
            [(self._row_of[point], dump(memory)) for point, memory in changes.memories.items()],
        )
        write(
            "INSERT OR IGNORE INTO records (site, asset, record, at, who, note, told_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(self.site, *dataclasses.astuple(record)) for record in changes.records],
        )
        self._write_unknown(changes.unknown_since)
        if changes.receipt_keys:
            self._write_receipts(changes.receipt_keys)

    def _write_unknown(self, unknown_since: Mapping[tuple[str, str], float | None]) -> None:
        self.connection.executemany(
            "DELETE FROM unknown WHERE site = ? AND asset = ? AND clause = ?",
            [(self.site, *key) for key, since in unknown_since.items() if since is None],
        )
        self.connection.executemany(
            "INSERT OR REPLACE INTO unknown (site, asset, clause, since) VALUES (?, ?, ?, ?)",
            [(self.site, *key, since) for key, since in unknown_since.items() if since is not None],
        )

    def _write_receipts(self, keys: Iterable[str]) -> None:
        self.connection.executemany(
            "INSERT INTO receipts (site, key) VALUES (?, ?)", [(self.site, key) for key in keys]
        )
        self.connection.execute(
            "DELETE FROM receipts WHERE sequence <= (SELECT max(sequence) FROM receipts) - ?", (KEPT_RECEIPTS,)
        )

    def _write_events(self, changes: Changes) -> None:
        self.connection.executemany(
            "INSERT INTO events (site, sequence, at, type, subject, data) VALUES (?, ?, ?, ?, ?, ?)",
            [(e.site, e.sequence, e.at, e.type, e.subject, dump(dict(e.data))) for e in changes.events],
        )
        self.connection.executemany(
            "INSERT INTO outbox (site, output, sequence) VALUES (?, ?, ?)",
            [(event.site, output, event.sequence) for output, event in changes.outbox],
        )

    def _write_history(self, changes: Changes) -> None:
        try:
            self._write_blocks(changes.history)
        except OverflowError:  # a device's counter may have one bit more than SQLite's integers
            self._write_blocks([block._replace(readings=[*map(storable, block.readings)]) for block in changes.history])

    def _write_blocks(self, history: Iterable[HistoryBlock]) -> None:
        good: list[Any] = []
        for block in history:
            rows = [self._row_of[point] for point in block.points]
            if BadReading in set(map(type, block.readings)):
                self._write_mixed(block.at, rows, block.readings)
            else:
                good.extend(chain.from_iterable(zip(repeat(block.at), rows, block.readings)))
        together = len(good) - len(good) % (3 * MANY)
        for start in range(0, together, 3 * MANY):
            self.connection.execute(INSERT_MANY, good[start : start + 3 * MANY])
        self.connection.executemany(INSERT_ONE, zip(*[iter(good[together:])] * 3, strict=True))

    def _write_mixed(self, at: float, rows: Iterable[int], readings: Iterable[Reading]) -> None:
        self.connection.executemany(
            "INSERT OR IGNORE INTO history (at, point, value, bad) VALUES (?, ?, ?, ?)",
            [history_row(row, at, reading) for row, reading in zip(rows, readings, strict=True)],
        )

    def _write_audit(self, entries: Iterable[AuditEntry], head: tuple[int, str]) -> tuple[int, str]:
        sequence, before = head
        for entry in entries:
            sequence += 1
            data = audit.canonical(entry.data)
            row = audit.chained(before, (sequence, self.site, entry.at, entry.who, entry.what, entry.subject, data))
            self.connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            before = row.hash
        return sequence, before

    def audit_broken_at(self) -> int | None:
        """The first audit row that does not follow from the one before, or None when the chain holds."""
        rows = self.connection.execute("SELECT * FROM audit ORDER BY sequence")
        return audit.broken_at(audit.AuditRow(*row) for row in rows)

    def history(self, point: int, since: float, until: float, limit: int) -> list[tuple[float, Any, str | None]]:
        """(at, value, bad) of one point, oldest first, ``since`` ≤ at < ``until``."""
        rows = self.connection.execute(
            "SELECT at, value, bad FROM history WHERE at >= ? AND at < ? AND point = ? ORDER BY at LIMIT ?",
            (since, until, self._row_of[point], limit),
        )
        return rows.fetchall()

    def records(self, asset: str, record: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """(number, record) of one asset, of one sort unless ``record`` is "", in the order in which they were told."""
        rows = self.connection.execute(
            "SELECT id, asset, record, at, who, note, told_at FROM records"
            " WHERE site = ? AND asset = ? AND (? = '' OR record = ?) AND id > ? ORDER BY id LIMIT ?",
            (self.site, asset, record, record, after, limit),
        )
        return [(number, Record(*row)) for number, *row in rows]

    def log_book(self, asked: log_book.Asked) -> list[Entry]:
        """Lines of the log book."""
        return log_book.read(self.connection, self.site, asked)

    def log_book_broken_at(self) -> int | None:
        """The number of the first line of the log book that does not follow from the one before, or None."""
        return log_book.broken_at(self.connection)

    def forget_history(self, before: float, at_most: int) -> int:
        """Delete up to ``at_most`` history rows older than ``before``; returns how many went."""
        cursor = self.connection.execute(
            "DELETE FROM history WHERE at < ? AND (at, point) IN"
            " (SELECT at, point FROM history WHERE at < ? ORDER BY at LIMIT ?)",
            (before, before, at_most),
        )
        return cursor.rowcount

    def forget_events(self, before: float, at_most: int) -> int:
        """Delete up to ``at_most`` old deliveries that arrived, and old events that nothing waits for any more."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            delivered = self.connection.execute(
                "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o JOIN events e"
                " ON e.site = o.site AND e.sequence = o.sequence WHERE o.state = 'delivered' AND e.at < ? LIMIT ?)",
                (before, at_most),
            )
            events = self.connection.execute(
                "DELETE FROM events WHERE (site, sequence) IN (SELECT site, sequence FROM events e WHERE e.at < ?"
                " AND e.sequence < (SELECT max(sequence) FROM events WHERE site = e.site) AND NOT EXISTS"
                " (SELECT 1 FROM outbox o WHERE o.site = e.site AND o.sequence = e.sequence) LIMIT ?)",
                (before, at_most),
            )
        return delivered.rowcount + events.rowcount

    def outbox_due(self, output: str, now: float, limit: int) -> list[OutboxRow]:
        """What waits for an output, in order; nothing while the first one waits for its next try."""
        rows = self.connection.execute(
            "SELECT o.id, o.not_before, o.tries, e.site, e.sequence, e.at, e.type, e.subject, e.data FROM outbox o"
            " JOIN events e ON e.site = o.site AND e.sequence = o.sequence"
            " WHERE o.site = ? AND o.output = ? AND o.state = 'waiting' ORDER BY o.id LIMIT ?",
            (self.site, output, limit),
        ).fetchall()
        if not rows or rows[0][1] > now:
            return []
        return [_outbox_row(row) for row in rows]

    def outbox_set(self, ids: Sequence[int], state: str, not_before: float = 0.0, error: str = "") -> None:
        """Move deliveries on; every call counts as one try."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany(
                "UPDATE outbox SET state = ?, not_before = ?, error = ?, tries = tries + 1"
                " WHERE id = ? AND state = 'waiting'",
                [(state, not_before, error[:500], each) for each in ids],
            )

    def outbox_counts(self) -> dict[tuple[str, str], int]:
        """(output, state) → how many deliveries."""
        rows = self.connection.execute(
            "SELECT output, state, count(*) FROM outbox WHERE site = ? GROUP BY 1, 2", (self.site,)
        )
        return {(output, state): count for output, state, count in rows}

    def close(self) -> None:
        """Write the WAL back and let go of the file."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


def _outbox_row(row: tuple[Any, ...]) -> OutboxRow:
    number, _, tries, site, sequence, at, event_type, subject, data = row
    event = Event(site, sequence, event_type, subject, at, json.loads(data))
    return OutboxRow(number, event.id, dump(cloud_event(event)), tries)


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

    def starts(self, since: float, until: float) -> list[float]:
        """When a gateway was started on this file."""
        rows = self.connection.execute(
            "SELECT at FROM events WHERE site = ? AND type LIKE 'touchpoint.gateway.started.%' AND at >= ? AND at <= ?"
            " ORDER BY at",
            (self.site, since, until),
        )
        return [at for (at,) in rows]

    def acts(self, since: float, until: float) -> list[tuple[float, str, str, dict[str, Any]]]:
        """(at, who, what, data) of everything that people did."""
        rows = self.connection.execute(
            "SELECT at, who, what, data FROM audit WHERE site = ? AND at >= ? AND at <= ? ORDER BY at, sequence",
            (self.site, since, until),
        )
        return [(at, who, what, json.loads(data)) for at, who, what, data in rows]

    def tickets(self) -> list[Ticket]:
        """Every ticket of the site."""
        rows = self.connection.execute("SELECT body FROM tickets WHERE site = ? ORDER BY id", (self.site,))
        return [load_ticket(body) for (body,) in rows]

    def log_book(self, asked: log_book.Asked) -> list[Entry]:
        """Lines of the log book; none from a file that is older than the book."""
        return log_book.read(self.connection, self.site, asked) if log_book.is_kept(self.connection) else []

    def log_book_broken_at(self) -> int | None:
        """As of Database."""
        return log_book.broken_at(self.connection) if log_book.is_kept(self.connection) else None

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
