"""The store as the rest sees it: every call runs on the one database thread, in order."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.access.tokens import Token
from gateway.changes import AuditEntry, Changes
from gateway.estate import Estate
from gateway.model import Record
from gateway.proof_tests.entry import Entry
from gateway.saved import Saved
from gateway.spooled import SpoolRow, Standing
from gateway.store import history, log_book, notices, outbox, tokens
from gateway.store.log_book import Asked, Behind
from gateway.store.outbox import OutboxRow, Waiting
from gateway.store.sqlite import Database

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the outputs, by name: events in the outbox, readings in spools."""

    outbox: Mapping[str, Waiting] = field(default_factory=dict)
    spools: Mapping[str, Standing] = field(default_factory=dict)


class Store:
    """Open it before the event loop's tasks, close it after them."""

    def __init__(self, path: Path, estate: Estate) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._spools = tuple(estate.spools)
        self._outputs = [name for name, each in estate.outputs.items() if not each.keep]
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._database = self._thread.submit(Database, path, estate).result()

    async def _run(self, call: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    async def _ask(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """``call`` is handed the connection and the site's id first."""
        return await self._run(call, self._database.connection, self._database.site, *arguments)

    async def load(self, now: float) -> Saved:
        """The state that survived."""
        return await self._run(self._database.load, now)

    async def commit(self, changes: Changes) -> None:
        """One transaction; raises sqlite3.Error and has written nothing then."""
        await self._run(self._database.commit, changes)

    async def records(self, asset: str, record: str, after: int, limit: int) -> list[tuple[int, Record]]:
        """What was told of an asset, with a number each, in the order in which it was told."""
        return await self._run(self._database.records, asset, record, after, limit)

    async def log_book(self, asked: Asked) -> list[Entry]:
        """Lines of the log book, in order."""
        return await self._run(self._database.log_book, asked)

    async def behind(self, entries: Sequence[Entry]) -> Behind:
        """What became of those of the entries that failed: their tickets, and what proved the repairs."""
        return await self._ask(log_book.behind, entries)

    async def forget_history(self, before: float, at_most: int = 5000) -> int:
        """Drop old history, a bounded number of rows a call."""
        return await self._run(history.forget, self._database.connection, before, at_most)

    async def forget_events(self, before: float, at_most: int = 1000) -> int:
        """Drop old events and deliveries that arrived, a bounded number a call."""
        return await self._run(outbox.forget, self._database.connection, before, at_most)

    async def forget_refused(self, now: float, before: float, at_most: int = 1000) -> int:
        """Drop what was set aside long ago, and of an event before ``before``; the audit tells how much."""
        return await self._run(self._database.forget_refused, now, before, at_most)

    async def due(self, output: str, now: float, limit: int) -> list[OutboxRow]:
        """Deliveries that an output should try now, in order."""
        return await self._run(self._database.outbox_due, output, now, limit)

    async def delivered(self, ids: Sequence[int]) -> None:
        """They arrived."""
        await self._run(self._database.outbox_set, ids, "delivered")

    async def postpone(self, row: int, until: float, error: str) -> None:
        """Try again at ``until``."""
        await self._run(self._database.outbox_set, [row], "waiting", until, error)

    async def set_aside(self, row: int, error: str, at: float) -> None:
        """It will never be taken as it is; kept and shown."""
        await self._run(self._database.outbox_set, [row], "set-aside", 0.0, error, at)

    async def delivery(self, key: str) -> tuple[str, str]:
        """(state, error) of the notice with that key: waiting, delivered or set-aside; "" when it is not known."""
        return await self._ask(notices.delivery, key)

    async def read(self, query: Callable[[sqlite3.Connection, str], Result]) -> Result:
        """What ``query`` finds, handed the connection and the site's id; it changes nothing."""
        return await self._ask(query)

    async def audited(self, change: Callable[[sqlite3.Connection], AuditEntry]) -> AuditEntry:
        """Carry out ``change`` and add the row of the audit that it returns: both or neither."""
        return await self._run(self._database.audited, change)

    def rows(self) -> Sequence[int]:
        """Point id → its row."""
        return self._thread.submit(self._database.rows).result()

    def names(self) -> Mapping[int, str]:
        """Row → its point's name, also of points that the site no longer has."""
        return self._thread.submit(self._database.names).result()

    async def spool_due(self, output: str, limit: int) -> list[SpoolRow]:
        """The oldest rows that wait, in order: one, and more up to ``limit`` readings. They are not dropped now."""
        return await self._run(self._database.spools.due, output, limit)

    async def spool_sent(
        self, output: str, ids: Sequence[int], now: float, refused: Sequence[tuple[str, str]], too_old: int = 0
    ) -> None:
        """These rows have arrived, but for the lines that were refused, with the reason, or dropped as ``too_old``."""
        await self._run(self._database.spools.sent, output, ids, now, refused, too_old)

    async def spool_release(self, output: str) -> None:
        """What was due has not arrived: it may be dropped again."""
        await self._run(self._database.spools.release, output)

    async def spool_again(self, output: str) -> int:
        """Have what arrived in the last minutes sent again; returns how many readings that are."""
        return await self._run(self._database.spools.again, output)

    async def spool_expire(self, output: str, before: float) -> None:
        """Drop what was read before a time."""
        await self._run(self._database.spools.expire, output, before)

    async def spool_standing(self, output: str) -> Standing:
        """How a spool stands."""
        return await self._run(self._database.spools.standing, output)

    async def backlog(self) -> Backlog:
        """What waits for every output."""
        waiting = await self._ask(outbox.waiting, self._outputs)
        return Backlog(waiting, {name: await self.spool_standing(name) for name in self._spools})

    async def write_down(self, entry: AuditEntry, token: Token | None = None) -> None:
        """Add a row to the audit, and keep a token as it has become; raises sqlite3.Error."""
        await self._run(self._database.write_down, entry, token)

    async def add_token(self, token: Token, who: str) -> Token:
        """Keep a new token, and audit it; returns it with its number. Raises sqlite3.Error."""
        return await self._run(self._database.add_token, token, who)

    async def token(self, number: int) -> Token | None:
        """The token of that number, good or not."""
        return await self._ask(tokens.find, number)

    async def tokens(self) -> list[Token]:
        """All that there ever were, by number."""
        return await self._ask(tokens.every)

    async def token_used(self, number: int, at: float) -> None:
        """Remember when a token was last shown."""
        await self._ask(tokens.used, number, at)

    async def prove(self) -> tuple[int, str]:
        """Write something, and return how many rows the audit has and the hash it ends with; raises sqlite3.Error."""
        return await self._run(self._database.prove)

    def close(self) -> None:
        """Blocks until everything handed in is written."""
        self._thread.submit(self._database.close).result()
        self._thread.shutdown()
