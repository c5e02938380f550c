"""The SQL: one file, one writing connection. Synchronous; ``Store`` puts it on its thread.

WAL with synchronous=FULL: what was committed survives a power cut.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from gateway.access.tokens import Token
from gateway.changes import AuditEntry, Changes
from gateway.estate import Estate
from gateway.model import Record
from gateway.proof_tests.entry import Entry
from gateway.saved import Saved
from gateway.store import (
    aside,
    audit,
    backup,
    history,
    log_book,
    memories,
    notices,
    outbox,
    proof_tests,
    tokens,
    waiting,
    works,
)
from gateway.store.migrations import connect, migrate, trouble
from gateway.store.outbox import OutboxRow
from gateway.store.rows import dump_dataclass, load_alarm, load_ticket
from gateway.store.spool import Spools

KEPT_RECEIPTS = 2000
KEPT_CLOSED_TICKETS = 30 * 86400.0

LAST_RECORDS = "SELECT asset, record, max(at), who, note, told_at FROM records WHERE site = ? GROUP BY asset, record"
"""SQLite takes the other columns from the row that has the maximum."""
LISTENED = "SELECT max(at) FROM (SELECT max(at) AS at FROM history UNION SELECT max(at) FROM events)"
LAST_NUMBER = "SELECT coalesce(max(sequence), 0) FROM events WHERE site = ?"
LAST_EVENT = "SELECT coalesce((SELECT at FROM events WHERE site = ? ORDER BY sequence DESC LIMIT 1), 0.0)"
AHEAD = (
    "SELECT coalesce((SELECT json_extract(data, '$.ahead_s') FROM events WHERE site = ? AND type IN"
    " ('touchpoint.clock.stepped.v1', 'touchpoint.gateway.started.v1') ORDER BY sequence DESC LIMIT 1), 0.0)"
)


class Database:
    """Reads and writes one site's rows."""

    def __init__(self, path: Path, estate: Estate) -> None:
        self.site = estate.site
        try:
            self.connection = connect(path)
            migrate(self.connection, path)
            self._row_of = self._points(estate.points)
            self.spools = Spools(self.connection, estate)
            self._is_copy = backup.is_copy(self.connection)
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

    def rows(self) -> Sequence[int]:
        """Point id → its row."""
        return self._row_of

    def names(self) -> dict[int, str]:
        """Row → its point's name, also of points that the site no longer has."""
        return dict(self.connection.execute("SELECT id, name FROM points WHERE site = ?", (self.site,)))

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
        (listened_until,) = ask(LISTENED).fetchone()
        remembered, left = memories.load(self.connection, self.site, self._row_of, listened_until)
        return Saved(
            alarms=[load_alarm(body) for (body,) in ask("SELECT body FROM alarms WHERE site = ?", site)],
            tickets=[load_ticket(body) for (body,) in tickets],
            last_ticket=ask("SELECT coalesce(max(id), 0) FROM tickets WHERE site = ?", site).fetchone()[0],
            last_event=self._last_number(now),
            memories=remembered,
            left=left,
            listened_until=listened_until,
            unknown_since={
                (asset, clause): since
                for asset, clause, since in ask("SELECT asset, clause, since FROM unknown WHERE site = ?", site)
            },
            runs=log_book.runs(self.connection, self.site),
            last_entry=log_book.last(self.connection, self.site),
            tests=log_book.tests(self.connection, self.site),
            notices=notices.load(self.connection, self.site),
            passes=log_book.passes(self.connection, self.site),
            works=works.to_come(self.connection, self.site),
            last_work=works.last(self.connection, self.site),
            procedures=proof_tests.procedures(self.connection, self.site),
            slots=proof_tests.slots(self.connection, self.site),
            troubles=outbox.troubles(self.connection, self.site),
            records=[Record(*row) for row in ask(LAST_RECORDS, site)],
            told_until=ask(LAST_EVENT, site).fetchone()[0],
            ahead=ask(AHEAD, site).fetchone()[0],
            receipt_keys=[key for (key,) in ask("SELECT key FROM receipts WHERE site = ? ORDER BY sequence", site)],
        )

    def _last_number(self, now: float) -> int:
        last: int = self.connection.execute(LAST_NUMBER, (self.site,)).fetchone()[0]
        return backup.last_number(last, now) if self._is_copy else last

    def commit(self, changes: Changes) -> None:
        """Write everything that one tick changed, or nothing; raises sqlite3.Error."""
        head, book_head = self._audit_head, self._book_head
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            self._write_state(changes)
            outbox.write(self.connection, changes)
            outbox.write_troubles(self.connection, self.site, changes)
            history.write(self.connection, self._row_of, changes.history)
            self.spools.write(self._row_of, changes)
            head = self._write_audit(changes.audit, head)
            book_head = log_book.write(self.connection, self.site, changes, book_head)
            proof_tests.write(self.connection, self.site, changes)
            notices.write(self.connection, self.site, changes.notices)
            works.write(self.connection, self.site, changes)
            if self._is_copy and changes.events:
                backup.go_on(self.connection)
        self._is_copy = self._is_copy and not changes.events
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
        memories.write(self.connection, self._row_of, changes.memories)
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

    def _write_audit(self, entries: Iterable[AuditEntry], head: tuple[int, str]) -> tuple[int, str]:
        sequence, before = head
        for entry in entries:
            sequence += 1
            data = audit.canonical(entry.data)
            row = audit.chained(before, (sequence, self.site, entry.at, entry.who, entry.what, entry.subject, data))
            self.connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            before = row.hash
        return sequence, before

    def audited(self, change: Callable[[sqlite3.Connection], AuditEntry]) -> AuditEntry:
        """Carry out ``change``, and add what it returns to the audit: both or neither; whatever it raises, neither."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            entry = change(self.connection)
            head = self._write_audit([entry], self._audit_head)
        self._audit_head = head
        return entry

    def write_down(self, entry: AuditEntry, token: Token | None = None) -> None:
        """Add a row to the audit, and keep a token as it has become: both or neither."""

        def change(connection: sqlite3.Connection) -> AuditEntry:
            if token:
                tokens.put(connection, self.site, token)
            return entry

        self.audited(change)

    def add_token(self, token: Token, who: str) -> Token:
        """Keep a new token under the next number (and that as its name, if it has none); the audit tells of it."""
        number = tokens.next_number(self.connection, self.site)
        token = dataclasses.replace(token, id=number, name=token.name or f"token {number}")
        about = {"name": token.name, "scopes": sorted(token.scopes), "expires_at": token.expires_at}
        self.write_down(AuditEntry(token.created_at, who, "CreateToken", f"token/{number}", about), token)
        return token

    def prove(self) -> tuple[int, str]:
        """Show that a transaction can be written; returns how many rows the audit has, and the hash it ends with."""
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            # A row that is set to what it is costs a page in the WAL and its fsync, like any other.
            self.connection.execute("UPDATE points SET name = name WHERE id = (SELECT min(id) FROM points)")
        return self._audit_head

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

    def forget_refused(self, now: float, before: float, at_most: int) -> int:
        """Delete, of each output, up to ``at_most`` old rows that were set aside; the audit tells how many."""
        gone = 0
        for output in waiting.asides(self.connection, self.site):
            if rows := aside.past(self.connection, self.site, output, now, before, at_most):
                self.audited(partial(aside.drop, output=output, rows=rows, now=now, before=before))
                gone += len(rows)
        return gone

    def outbox_due(self, output: str, now: float, limit: int) -> list[OutboxRow]:
        """What waits for an output, in order; nothing while the first one waits for its next try."""
        return outbox.due(self.connection, self.site, output, now, limit)

    def outbox_set(
        self, ids: Sequence[int], state: str, not_before: float = 0.0, error: str = "", at: float = 0.0
    ) -> None:
        """Move deliveries on; every call counts as one try."""
        outbox.move_on(self.connection, ids, state, not_before, error, at)

    def close(self) -> None:
        """Write the WAL back, unless the disk takes nothing: the next start does it then. Let go of the file."""
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()
