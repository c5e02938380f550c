"""Empties a spool of readings into a time-series database, in order, in batches. Knows neither SQL nor any database.

At least once: what arrived in the last minutes is sent again when the database is found to have been started anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from gateway.clock import Clock
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.estate import Keep
from gateway.outputs.circuit import Circuit
from gateway.outputs.lines import Lines
from gateway.outputs.outbox import LOOK_AGAIN
from gateway.spooled import Spool, overflow_of
from gateway.words import Overflow

logger = logging.getLogger(__name__)

BATCH = 5000
"""Readings in one request, as InfluxDB recommends."""
GATHER = 5.0
"""Seconds for which readings gather before they are sent: what arrived is noted by one write to the disk."""
LOOK_AT_START = 30.0
"""Seconds between two looks at whether the database was started anew."""
MOST_REFUSED = 100
"""More lines than that of one batch are not poison: then the receiver wants none of them, and a person must look."""


class Lost(TemporaryFailure):
    """The receiver cannot be reached: perhaps it has ended, and what it took last is lost with it."""


class TooOld(PermanentFailure):
    """It keeps nothing that is as old as ``count`` of the lines; all the others have arrived."""

    def __init__(self, count: int) -> None:
        super().__init__(f"keeps nothing as old as {count} readings")
        self.count = count


@dataclass
class Lacking:
    """What of a batch has not arrived and never will: refused lines with the reason, and how many were too old."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    too_old: int = 0


class Series(Protocol):
    """The database."""

    async def write(self, lines: Sequence[str]) -> None:
        """Write all of them or raise: PermanentFailure for what they say, TemporaryFailure for everything else.

        TooOld where only some were not written.
        """

    async def started(self) -> float | None:
        """Since when it runs (seconds since 1970, by its own clock); None when it does not tell. Raises Lost."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is written where: the output's name, the database, how lines are made, and how much may wait."""

    name: str
    series: Series
    lines: Lines
    keep: Keep


class Draining:
    """The way from a spool to its database. ``alive`` is called whenever the task shows that it goes on."""

    def __init__(
        self, written: Written, spool: Spool, clock: Clock, random: Random,
        alive: Callable[[], None] = lambda: None, tell: Callable[[Overflow], None] = lambda word: None,
    ) -> None:  # fmt: skip
        self.name = written.name
        self.written = written
        self.spool = spool
        self.clock = clock
        self.circuit = Circuit(random)
        self.alive = alive
        self.tell = tell
        self._told: Overflow | None = None
        self._losing = False
        """Whether the database kept nothing of the last batch: then it is not over although nothing waits."""
        self._started: float | None = None
        self._lost = True
        """At first nobody knows: the database may have been killed together with us."""
        self._look_again = 0.0

    def wake(self) -> None:
        """There is news for others; readings gather."""

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self.alive()
                await self._rest(await self.deliver_due() or GATHER)
        finally:
            await self.written.series.close()

    async def deliver_due(self) -> float | None:
        """Write everything that waits, in order; returns the seconds to pause after a temporary failure."""
        await self._look_after()
        try:
            while await self._one_batch():
                self._works()
        except TemporaryFailure as failure:
            return self._fails(failure)
        await self._look_after()
        return None

    async def _look_after(self) -> None:
        """Drop what is too old; tell once that readings are dropped, and once that it is over."""
        await self.spool.spool_expire(self.name, self.clock.now() - self.written.keep.seconds)
        standing = await self.spool.spool_standing(self.name)
        word = overflow_of(self.name, standing)
        if word and word.over and self._losing:
            word = None if standing.told else replace(word, over=False)
        same = word and self._told and (word.since, word.over) == (self._told.since, self._told.over)
        if word and not same:
            self._told = word
            self.tell(word)

    async def _one_batch(self) -> bool:
        """Whether there was anything to write. Raises TemporaryFailure: then all of it waits on."""
        await self._look_at_start()
        rows = await self.spool.spool_due(self.name, BATCH)
        if not rows:
            return False
        lacking = Lacking()
        arrived = False
        try:
            ahead = round(self.clock.ahead())  # whole seconds: what is sent again must get the same times again
            lines = await asyncio.to_thread(lambda: [*self.written.lines.of((row.body for row in rows), ahead)])
            await self._write(lines, lacking)
            arrived = True
        finally:
            if not arrived:
                await asyncio.shield(self.spool.spool_release(self.name))
        if refused := lacking.refused:
            logger.error("output %s refuses %d readings, set aside: %s", self.name, len(refused), refused[0][1])
        if lacking.too_old:
            logger.error("output %s keeps readings for less than keep: %d are lost", self.name, lacking.too_old)
        self._losing = lacking.too_old >= len(lines) > 0
        ids, now = [row.id for row in rows], self.clock.now()
        await asyncio.shield(self.spool.spool_sent(self.name, ids, now, refused, lacking.too_old))
        return True

    async def _write(self, lines: Sequence[str], lacking: Lacking) -> None:
        """Write all but those that are refused for what they say: halves of halves, until each one is found."""
        self.alive()
        try:
            await self.written.series.write(lines)
        except TooOld as failure:
            lacking.too_old += failure.count
        except PermanentFailure as failure:
            if len(lines) == 1:
                lacking.refused.append((lines[0], str(failure)))
                if len(lacking.refused) > MOST_REFUSED:
                    raise TemporaryFailure(f"{failure}, to more than {MOST_REFUSED} readings of one batch") from failure
                return
            middle = len(lines) // 2
            await self._write(lines[:middle], lacking)
            await self._write(lines[middle:], lacking)

    async def _look_at_start(self) -> None:
        """Whether the database is still the one that took what was sent last."""
        now = self.clock.now()
        if not self._lost and now < self._look_again:
            return
        started = await self.written.series.started()
        self._look_again = now + LOOK_AT_START
        anew = self._lost if started is None else started != self._started
        if anew and (count := await self.spool.spool_again(self.name)):
            logger.warning("output %s may have forgotten the last minutes: %d readings go out again", self.name, count)
        self._lost, self._started = False, started

    def _fails(self, failure: TemporaryFailure) -> float:
        known = self.circuit.since is not None
        self._lost = self._lost or isinstance(failure, Lost)
        self._look_again = 0.0
        if not known:
            logger.warning("output %s does not take readings: %s; trying on", self.name, failure)
        return self.circuit.failed(str(failure), self.clock.now())

    def _works(self) -> None:
        self.alive()
        if (gone := self.circuit.worked(self.clock.now())) is not None:
            logger.warning("output %s takes readings again after %.0f s", self.name, gone)

    async def _rest(self, pause: float) -> None:
        until = self.clock.now() + pause
        while (left := until - self.clock.now()) > 0:
            await self.clock.sleep(min(left, LOOK_AGAIN))
            self.alive()
            await self._look_after()
