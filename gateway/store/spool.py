"""The rows of spools: what waits for outputs of readings, bounded. Works on the connection that it is handed."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any

from gateway.changes import Changes
from gateway.estate import Estate
from gateway.spooled import SpoolRow, Standing, pack

log = logging.getLogger(__name__)

KEPT_AFTER = 300.0
"""Seconds for which what has arrived is kept (proposed): killed databases were seen to forget some seconds."""
MOST_KEPT_AFTER = 100_000
KEPT_ASIDE = 1000
AT_ONCE = 100
"""Rows that are looked at in one step."""
INSERT = "INSERT INTO spool (site, output, at, readings, body) VALUES (?, ?, ?, ?, ?)"
WAITS = "SELECT id, readings, body FROM spool WHERE site = ? AND output = ? AND sent_at IS NULL ORDER BY id LIMIT ?"
NEVER_SENT = (
    "SELECT id, readings, at FROM spool WHERE site = ? AND output = ? AND sent_at IS NULL AND again = 0 AND id > ?"
    " ORDER BY id LIMIT ?"
)
SENT = "SELECT id, readings, sent_at FROM spool WHERE site = ? AND output = ? AND sent_at IS NOT NULL ORDER BY id"
AGAIN = "UPDATE spool SET sent_at = NULL, again = 1 WHERE site = ? AND output = ? AND sent_at IS NOT NULL"
COUNT = (
    "UPDATE spools SET waiting = waiting + ?, sent = sent + ?, dropped = dropped + ?, dropping = dropping + ?,"
    " set_aside = set_aside + ? WHERE site = ? AND output = ?"
)
BEGUN = "UPDATE spools SET since = coalesce(since, ?) WHERE site = ? AND output = ?"
TOLD = "UPDATE spools SET told = 1 WHERE site = ? AND output = ?"
OVER = "UPDATE spools SET dropping = dropping - ?, told = 0, since = NULL WHERE site = ? AND output = ?"
STANDING = "SELECT waiting, sent, dropped, dropping, since, told, set_aside FROM spools WHERE site = ? AND output = ?"
FORGET = (
    "DELETE FROM spool WHERE site = ? AND output = ?",
    "DELETE FROM spools WHERE site = ? AND output = ?",
    "DELETE FROM spool_set_aside WHERE site = ? AND output = ?",
)


class Spools:
    """Every spool of a site. Only the methods that say so begin a transaction of their own."""

    def __init__(self, connection: sqlite3.Connection, estate: Estate) -> None:
        self._connection, self._site, self._keeps = connection, estate.site, estate.spools
        self._taken = dict.fromkeys(self._keeps, 0)
        """Output → the last row that is on its way now."""
        with self._transaction():
            self._forget_others()
            rows = [(self._site, output) for output in self._keeps]
            connection.executemany("INSERT OR IGNORE INTO spools (site, output) VALUES (?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def _forget_others(self) -> None:
        """What waits for an output that the site's files no longer have will never go anywhere."""
        held = self._connection.execute("SELECT output, waiting FROM spools WHERE site = ?", (self._site,)).fetchall()
        for output, waiting in held:
            if output not in self._keeps:
                log.warning("output %s is gone from the site's files, and with it %d readings", output, waiting)
                for statement in FORGET:
                    self._connection.execute(statement, (self._site, output))

    def write(self, row_of: Sequence[int], changes: Changes) -> None:
        """Add what a tick changed, in its transaction, and drop the oldest of what is too much."""
        for word in changes.overflows:
            key = (self._site, word.output)
            self._connection.execute(OVER if word.over else TOLD, (word.count, *key) if word.over else key)
        packed = [*pack(row_of, changes)] if self._keeps else []
        for output, keep in self._keeps.items() if packed else ():
            self._connection.executemany(INSERT, [(self._site, output, *row) for row in packed])
            self._count(output, waiting=sum(row.readings for row in packed))
            excess = self.standing(output).waiting - keep.readings
            if excess > 0:
                self._shed(output, excess)

    def _count(self, output: str, waiting: int = 0, sent: int = 0, dropped: int = 0, set_aside: int = 0) -> None:
        more = (waiting, sent, dropped, dropped, set_aside)
        self._connection.execute(COUNT, (*more, self._site, output))

    def _shed(self, output: str, excess: float, before: float = inf) -> None:
        """Drop the oldest rows that never arrived: ``excess`` readings or more, as long as they are from ``before``."""
        while excess > 0:
            asked = (self._site, output, self._taken[output], AT_ONCE)
            gone = []
            for number, count, at in self._connection.execute(NEVER_SENT, asked).fetchall():
                if excess <= 0 or at >= before:
                    break
                gone.append((number, count, at))
                excess -= count
            self._drop(output, gone)
            if len(gone) < AT_ONCE:
                return

    def _drop(self, output: str, gone: Sequence[tuple[int, int, float]]) -> None:
        if gone:
            self._delete(number for number, _, _ in gone)
            count = sum(each for _, each, _ in gone)
            self._count(output, waiting=-count, dropped=count)
            self._connection.execute(BEGUN, (gone[0][2], self._site, output))

    def _delete(self, numbers: Iterable[int]) -> None:
        self._connection.executemany("DELETE FROM spool WHERE id = ?", [(number,) for number in numbers])

    def due(self, output: str, limit: int) -> list[SpoolRow]:
        """The oldest rows that wait, in order: one, and more up to ``limit`` readings."""
        found: list[SpoolRow] = []
        together = 0
        for row in self._connection.execute(WAITS, (self._site, output, limit)).fetchall():
            together += row[1]
            if found and together > limit:
                break
            found.append(SpoolRow(*row))
        self._taken[output] = found[-1].id if found else 0
        return found

    def release(self, output: str) -> None:
        """What was due has not arrived: it may be dropped again."""
        self._taken[output] = 0

    def sent(
        self, output: str, ids: Sequence[int], now: float, refused: Sequence[tuple[str, str]], too_old: int = 0
    ) -> None:
        """These rows have arrived, in a transaction of its own, but for what was refused or dropped as ``too_old``."""
        with self._transaction():
            once, all_, since = self._connection.execute(
                "SELECT coalesce(sum(iif(again, 0, readings)), 0), coalesce(sum(readings), 0), min(at) FROM spool"
                " WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps([*ids]),),
            ).fetchone()
            lost = min(too_old, once)  # what is sent again is dropped again, and counts once
            if lost:
                self._connection.execute(BEGUN, (since, self._site, output))
            self._connection.executemany("UPDATE spool SET sent_at = ? WHERE id = ?", [(now, each) for each in ids])
            self._count(output, -once, all_, lost, self._aside(output, now, refused))
            self._forget_sent(output, now)
        self._taken[output] = 0

    def _aside(self, output: str, now: float, refused: Sequence[tuple[str, str]]) -> int:
        """Keep what was refused; what is sent again is refused again, and counts once."""
        added = self._connection.executemany(
            "INSERT OR IGNORE INTO spool_set_aside (site, output, at, line, error) VALUES (?, ?, ?, ?, ?)",
            [(self._site, output, now, line[:2000], error[:200]) for line, error in refused],
        ).rowcount
        self._connection.execute(
            "DELETE FROM spool_set_aside WHERE id <= (SELECT max(id) FROM spool_set_aside) - ?", (KEPT_ASIDE,)
        )
        return max(added, 0)

    def _forget_sent(self, output: str, now: float) -> None:
        """What arrived long enough ago is safe."""
        excess = self._standing(output)[1] - MOST_KEPT_AFTER
        gone = []
        for number, count, sent_at in self._connection.execute(SENT, (self._site, output)):
            if excess <= 0 and sent_at >= now - KEPT_AFTER:
                break
            gone.append((number, count))
            excess -= count
        self._delete(number for number, _ in gone)
        self._count(output, sent=-sum(count for _, count in gone))

    def again(self, output: str) -> int:
        """Have what arrived in the last minutes sent again, in a transaction of its own; returns how many readings."""
        with self._transaction():
            self._connection.execute(AGAIN, (self._site, output))
            count: int = self._standing(output)[1]
            self._count(output, sent=-count)
        return count

    def expire(self, output: str, before: float) -> None:
        """Drop what was read before a time, in a transaction of its own."""
        with self._transaction():
            self._shed(output, inf, before)

    def standing(self, output: str) -> Standing:
        """How a spool stands."""
        waiting, _, dropped, dropping, since, told, set_aside = self._standing(output)
        first = self._connection.execute(NEVER_SENT, (self._site, output, 0, 1)).fetchone()
        return Standing(waiting, first[2] if first else None, dropped, dropping, since, bool(told), set_aside)

    def _standing(self, output: str) -> Sequence[Any]:
        return self._connection.execute(STANDING, (self._site, output)).fetchone() or (0, 0, 0, 0, None, 0, 0)
