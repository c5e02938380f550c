"""Delivers what the outbox holds: one task per output, in order, with back-off. Knows neither SQL nor any adapter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

import orjson

from gateway.clock import Clock
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.output import Output

logger = logging.getLogger(__name__)

BATCH = 20
"""Rows between two notes of what was delivered: as many may be repeated after a crash."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
LOOK_AGAIN = 5.0
"""Seconds between two looks when nobody told of news."""


class Row(Protocol):
    """One undelivered event of one output."""

    @property
    def id(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def event_json(self) -> bytes | str: ...


class Outbox(Protocol):
    """What must still be delivered, as the store keeps it. Times are seconds since 1970."""

    async def due(self, output: str, now: float, limit: int, /) -> Sequence[Row]:
        """The oldest undelivered rows, in order; none while the oldest of all is postponed beyond ``now``."""

    async def delivered(self, ids: Sequence[int], /) -> None:
        """These are done with; one that was set aside stays so."""

    async def postpone(self, row: int, until: float, error: str, /) -> None: ...

    async def set_aside(self, row: int, error: str, /) -> None: ...


def pause_after(failures: int, random: Random) -> float:
    """Seconds to wait after so many failures in a row: doubling to five minutes, with up to half of it as jitter."""
    full = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE)
    return float(full * random.uniform(0.5, 1.0))


def _nobody(key: str, taken: bool) -> None:
    """Whom a delivery tells that nobody asks."""


class Delivery:
    """The way from the outbox to one output. ``alive`` is called whenever the task shows that it goes on."""

    def __init__(
        self, name: str, output: Output, outbox: Outbox, clock: Clock, random: Random,
        alive: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.name = name
        self.output = output
        self.outbox = outbox
        self.clock = clock
        self.random = random
        self.alive = alive
        self.told: Callable[[str, bool], None] = _nobody
        """Called with the key of what the output has taken (True), or will never take."""
        self.failures = 0
        self.pause = 0.0
        self.trouble_since: float | None = None
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be something to deliver: look now."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self.alive()
                self._news.clear()
                pause = await self.deliver_due()
                await (self._rest(pause) if pause is not None else self._wait_for_news())
        finally:
            await self.output.close()

    async def deliver_due(self) -> float | None:
        """Send everything that is due, in order; returns the seconds to pause after a temporary failure."""
        while rows := await self.outbox.due(self.name, self.clock.now(), BATCH):
            sent: list[int] = []
            try:
                for row in rows:
                    if not await self._takes(row):
                        return self.pause
                    sent.append(row.id)
            finally:
                # Also when cancelled in mid-batch: what went out is not sent again.
                if sent:
                    await asyncio.shield(self.outbox.delivered(sent))
        return None

    async def _takes(self, row: Row) -> bool:
        """Whether the row is done with: delivered, or set aside for good."""
        try:
            await self.output.send(row.key, orjson.loads(row.event_json))
        except TemporaryFailure as failure:
            await self._postpone(row, str(failure))
            return False
        except PermanentFailure as failure:
            logger.error("output %s will never take event %s, set aside: %s", self.name, row.key, failure)
            await self.outbox.set_aside(row.id, str(failure))
            self.told(row.key, False)
        else:
            self.told(row.key, True)
        self._works()
        return True

    async def _postpone(self, row: Row, error: str) -> None:
        self.failures += 1
        self.pause = pause_after(self.failures, self.random)
        now = self.clock.now()
        await self.outbox.postpone(row.id, now + self.pause, error)
        if self.trouble_since is None:
            self.trouble_since = now
            logger.warning("output %s does not take events: %s; trying on", self.name, error)

    def _works(self) -> None:
        self.alive()
        self.failures = 0
        if self.trouble_since is not None:
            logger.warning(
                "output %s takes events again after %.0f s", self.name, self.clock.now() - self.trouble_since
            )
            self.trouble_since = None

    async def _rest(self, pause: float) -> None:
        until = self.clock.now() + pause
        while (left := until - self.clock.now()) > 0:
            await self.clock.sleep(min(left, LOOK_AGAIN))
            self.alive()

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._news.wait()
        except TimeoutError:
            return
