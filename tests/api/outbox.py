"""A site with outputs whose receivers the test holds in its hands, before the real API, store, outbox and pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.clock import seeded
from gateway.errors import TemporaryFailure
from gateway.estate import Estate, OutputSettings
from gateway.model import Readings
from gateway.outputs.outbox import Delivery
from tests.api.serving import Served, serving, small_site


@dataclass
class Receiver:
    """Takes events, or says why not."""

    failure: Exception | None = None
    taken: list[Mapping[str, Any]] = field(default_factory=list)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        if self.failure:
            raise self.failure
        self.taken.append(event)

    async def close(self) -> None:
        """Nothing to let go of."""

    def types(self) -> list[str]:
        """What was taken, in short."""
        return [each["type"].removeprefix("touchpoint.").removesuffix(".v1") for each in self.taken]


DOWN = TemporaryFailure("answered 503")


def with_outputs(**events: tuple[str, ...]) -> Estate:
    """The small site with these outputs, and what each asks for."""
    outputs = {name: OutputSettings(name, "log", asked, {}) for name, asked in events.items()}
    return dataclasses.replace(small_site(), outputs=outputs)


@dataclass
class Post:
    """The served site with its receivers."""

    site: Served
    to: dict[str, Receiver]

    async def go_on(self, seconds: float, every: float = 5.0) -> None:
        """Time passes: each output delivers when its pause is over, and is looked at."""
        for _ in range(round(seconds / every)):
            self.site.clock.advance(every)
            await self.turn()

    async def turn(self) -> None:
        """What is due is delivered; what that tells of the outputs is judged and committed."""
        for delivery in self.site.deliveries.of.values():
            await delivery.deliver_due()
        pipeline = self.site.runner.pipeline
        await self.site.deliveries.look(pipeline.troubles.standing, self.site.runner.told)
        self.site.health.beat("outbox")
        await self._tick()

    async def _tick(self) -> None:
        done, now = asyncio.Event(), self.site.clock.now()
        line = self.site.runner.pipeline.estate.connections["line"].answers_id
        self.site.runner.deliver(Readings("connection/line", now, now, [line], [True], done.set))
        await done.wait()


@contextlib.asynccontextmanager
async def posting(folder: Path, estate: Estate) -> AsyncIterator[Post]:
    """The site up and connected; nothing is delivered before ``turn``."""
    async with serving(folder, estate) as site:
        to = {name: Receiver() for name in estate.outputs}
        for nth, (name, receiver) in enumerate(to.items()):
            site.deliveries.of[name] = Delivery(name, receiver, site.store, site.clock, seeded(nth))
        yield Post(site, to)
