"""Delivers what the outbox holds: one task per output, in order, with back-off. Knows neither SQL nor any adapter."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Protocol

import orjson

from gateway.clock import Clock
from gateway.errors import DeliveryFailure, PermanentFailure, TemporaryFailure
from gateway.outputs.circuit import Circuit
from gateway.outputs.output import Output

logger = logging.getLogger(__name__)

BATCH = 20
"""Rows between two notes of what was delivered: as many may be repeated after a crash."""
LOOK_AGAIN = 5.0
"""Seconds between two looks when nobody told of news."""
POISON_AFTER = 600.0
"""Seconds for which an event is tried before one after it is: what the receiver takes then proves the first poison."""


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

    async def set_aside(self, row: int, error: str, at: float, /) -> None: ...


def _nobody(key: str, taken: bool) -> None:
    """Whom a delivery tells that nobody asks."""


def _as_it_is(key: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event


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
        self.alive = alive
        self.told: Callable[[str, bool], None] = _nobody
        """Called with the key of what the output has taken (True), or will never take."""
        self.dress: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = _as_it_is
        """What is added to an event (its key, itself) while it is handed over, and kept nowhere."""
        self.circuit = Circuit(random)
        self.pause = 0.0
        self._trying_since: float | None = None
        self._news = asyncio.Event()
        self._at_once = False
        self._looked = 0
        """How often it was looked for poison since something was taken."""

    def wake(self) -> None:
        """There may be something to deliver: look now."""
        self._news.set()

    def probe(self) -> None:
        """A person wants to see whether it works again: try soon, whatever pause is left."""
        self._at_once = True
        self._news.set()

    @property
    def down_since(self) -> float | None:
        """Since when it takes nothing: failures in a row, or one attempt that does not end."""
        return self._trying_since if self.circuit.since is None else self.circuit.since

    def proven_down(self, now: float) -> float:
        """For how many seconds it is proven to take nothing: failures in a row, or one attempt that does not end."""
        return max(self.circuit.proven, 0.0 if self._trying_since is None else now - self._trying_since)

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
        self._at_once = False
        while rows := await self.outbox.due(self.name, self.clock.now(), BATCH):
            if not await self._deliver(rows):
                return self.pause
        return None

    async def _deliver(self, rows: Sequence[Row]) -> bool:
        """Whether one is done with, so that it goes on."""
        sent: list[int] = []
        try:
            for nth, row in enumerate(rows, 1):
                if not await self._takes(row):
                    return await self._is_poison(row, rows[nth:])
                sent.append(row.id)
        finally:
            # Also when cancelled in mid-batch: what went out is not sent again.
            if sent:
                await asyncio.shield(self.outbox.delivered(sent))
        return True

    async def _takes(self, row: Row) -> bool:
        """Whether the row is done with: delivered, or set aside for good."""
        try:
            await self._send(row)
        except TemporaryFailure as failure:
            await self._postpone(row, str(failure))
            return False
        except PermanentFailure as failure:
            await self._set_aside(row, str(failure))
        self._works()
        return True

    async def _is_poison(self, row: Row, later: Sequence[Row]) -> bool:
        """Whether the receiver takes a later event and then still not this one: it is set aside, the rest goes on.

        Tried only after POISON_AFTER, so that the order is kept over every shorter trouble; each time with another one,
        because poison may stand beside poison.
        """
        if not later or self.circuit.lasts(self.clock.now()) < POISON_AFTER:
            return False
        other = later[self._looked % len(later)]
        self._looked += 1
        try:
            await self._send(other)
        except DeliveryFailure:
            return False
        try:
            await self._send(row)
        except DeliveryFailure as failure:
            await asyncio.shield(self.outbox.delivered([other.id]))
            await self._set_aside(row, f"{failure}, and a later event was taken")
        else:  # it was down until now: the other goes out once more in its turn, so that it has the last word
            await asyncio.shield(self.outbox.delivered([row.id]))
        self._works()
        return True

    async def _send(self, row: Row) -> None:
        self.alive()
        if self._trying_since is None:  # left as it is by a fault of the adapter, which begins again with the same row
            self._trying_since = self.clock.now()
        try:
            await self.output.send(row.key, self.dress(row.key, orjson.loads(row.event_json)))
        except DeliveryFailure:
            self._trying_since = None
            raise
        self._trying_since = None
        self.told(row.key, True)

    async def _set_aside(self, row: Row, error: str) -> None:
        logger.error("output %s will never take event %s, set aside: %s", self.name, row.key, error)
        await self.outbox.set_aside(row.id, error, self.clock.now())
        self.told(row.key, False)

    async def _postpone(self, row: Row, error: str) -> None:
        now = self.clock.now()
        if self.circuit.since is None:
            logger.warning("output %s does not take events: %s; trying on", self.name, error)
        self.pause = self.circuit.failed(error, now)
        await self.outbox.postpone(row.id, now + self.pause, error)

    def _works(self) -> None:
        self.alive()
        self._looked = 0
        lasted = self.circuit.worked(self.clock.now())
        if lasted is not None:
            logger.warning("output %s takes events again after %.0f s", self.name, lasted)

    async def _rest(self, pause: float) -> None:
        until = self.clock.now() + pause
        while (left := until - self.clock.now()) > 0 and not self._at_once:
            await self.clock.sleep(min(left, LOOK_AGAIN))
            self.alive()

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._news.wait()
        except TimeoutError:
            return
