"""The outbox of one output while the store fails: what could not be written goes out from memory, by hand.

What the output took is remembered until the store can note it, so that nothing goes out twice, whatever fails. Such a
letter has a key of this process's own, because its event's number is nobody's yet: if the gateway is killed before the
store is well, what was carried may be told again, what was not is lost, and the next start gives the same numbers to
other events, which no receiver may take for these. Killed in the moment between the commit and the note, a letter goes
out once more, under its event's own key. Knows no adapter.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import inf
from typing import NamedTuple

from gateway.health import Health
from gateway.model import Event
from gateway.outputs.outbox import Row
from gateway.store.outbox import numbers
from gateway.store.rows import cloud_event, dump
from gateway.store.store import Store

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds after which a failing store is not waited for: what lies in it keeps its place only if it can be read."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An event that is not written down. Its row has no number yet: ``id`` is that of the event, negative."""

    id: int
    key: str
    event: Event

    @property
    def event_json(self) -> str:
        """As CloudEvents JSON, under this key."""
        return dump({**cloud_event(self.event), "id": self.key})


class Refusal(NamedTuple):
    """Why, and when, an output said that it will never take something."""

    error: str
    at: float


class ByHand:
    """What the delivery of one output takes for its outbox. ``life`` is this process's own."""

    def __init__(self, output: str, store: Store, health: Health, life: str) -> None:
        self._output, self._store, self._health, self._life = output, store, health, life
        self._failing = False
        self._looked = 0
        self._carried: dict[int, Carried] = {}
        self._done: dict[int, Refusal | None] = {}
        """What the output has taken (None), or never will, and the store has not noted yet."""
        self._told = False

    def carry(self, unwritten: Sequence[tuple[str, Event]]) -> None:
        """The store fails: all that it could not write goes out from here, until it is ``written``."""
        self._failing = True
        for output, event in islice(unwritten, self._looked, None):
            if output == self._output:
                self._carried[-event.sequence] = Carried(-event.sequence, f"{event.id}-{self._life}", event)
        self._looked = len(unwritten)

    def written(self) -> None:
        """All of it stands in the store now."""
        self._failing, self._looked = False, 0
        self._carried.clear()

    # --- as an outbox

    async def due(self, output: str, now: float, limit: int, /) -> Sequence[Row]:
        """First what the store holds, then what it could not take; nothing that is done with."""
        await self._note()
        kept = sum(number > 0 for number in self._done)
        rows = [row for row in await self._kept(now, limit + kept) if not {row.id, _unwritten(row)} & self._done.keys()]
        written = {_unwritten(row) for row in rows}  # it may have been while they were read
        return [*rows, *(each for each in self._carried.values() if each.id not in written)][:limit]

    async def _kept(self, now: float, limit: int) -> Sequence[Row]:
        if not self._failing:
            return await self._store.due(self._output, now, limit)
        try:  # what is postponed too: its delivery waits by itself, and nothing may overtake it
            async with asyncio.timeout(PATIENCE):
                return await self._store.due(self._output, inf, limit)
        except (sqlite3.Error, TimeoutError) as error:
            log.debug("output %s: what lies in the store cannot be read: %s", self._output, error)
            return []

    async def delivered(self, ids: Sequence[int], /) -> None:
        """These are done with, whether the store can note it or not."""
        await self._finish(dict.fromkeys(ids))

    async def set_aside(self, row: int, error: str, at: float, /) -> None:
        """It is done with too."""
        await self._finish({row: Refusal(error, at)})

    async def postpone(self, row: int, until: float, error: str, /) -> None:
        """What is not written yet waits in its place as it is; so does what the store cannot note."""
        if row > 0 and not self._failing:
            try:
                await self._store.postpone(row, until, error)
            except sqlite3.Error as fault:
                self._fails(fault)

    async def _finish(self, done: Mapping[int, Refusal | None]) -> None:
        for row, refusal in done.items():
            self._done.setdefault(row, refusal)  # one that was set aside stays so
            self._carried.pop(row, None)
        await self._note()

    async def _note(self) -> None:
        """Have the store note what is done with, if it can."""
        if self._failing or not self._done:
            return
        done = dict(self._done)
        try:
            rows = await self._rows(done)
            if taken := [rows[each] for each in rows if done[each] is None]:
                await self._store.delivered(taken)
            for each, refusal in done.items():
                if refusal and each in rows:
                    await self._store.set_aside(rows[each], *refusal)
        except sqlite3.Error as error:
            self._fails(error)
            return
        self._told = False
        for each in done:
            del self._done[each]

    async def _rows(self, done: Mapping[int, Refusal | None]) -> dict[int, int]:
        """What is done with → its row: what was carried has one by now."""
        found = {each: each for each in done if each > 0}
        if carried := [-each for each in done if each < 0]:
            rows = await self._store.read(partial(numbers, self._output, carried))
            found |= {-sequence: row for sequence, row in rows.items()}
        return found

    def _fails(self, error: sqlite3.Error) -> None:
        if not self._told:
            log.error("output %s: the store cannot note what was delivered: %s", self._output, error)
        self._told = True
        self._health.fail("store", str(error))


def _unwritten(row: Row) -> int:
    """The id that the row had before it was written."""
    return -int(row.key.rpartition("-")[2])
