"""RELIABILITY A7: a receiver that fails in every way for a day, beside one that is well. Real sockets, real store."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.clock import SystemClock, monotonic, seeded
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Letterhead
from gateway.outputs.webhook import Webhook
from gateway.store.store import Store
from tests.api.outbox import with_outputs
from tests.api.serving import Served, serving
from tests.looks import deliveries
from tests.outputs.collector import Collector, Door, behind_a_door, collecting, stop
from tests.outputs.test_delivery import events

HOUR = 3600.0
STEP = 15.0
TROUBLE: dict[int | str, float] = {
    "flood": 1.0, "shut": 4.0, 503: 5.0, 302: 3.0, "drop": 3.0, 404: 3.0, "garbage": 2.0, 429: 2.0, "hang": 0.5,
    500: 0.5,
}  # fmt: skip
"""What it does, for so many hours: 10 MB answers (which count as taken), nobody listening, and all the rest."""


class Watched(Delivery):
    """Tells whether it has nothing to do at this moment."""

    idle = False

    async def _rest(self, pause: float) -> None:
        self.idle = True
        await super()._rest(pause)
        self.idle = False

    async def _wait_for_news(self) -> None:
        self.idle = True
        await super()._wait_for_news()
        self.idle = False


@dataclass
class Day:
    """The site, its two outputs and their receivers. Time passes only while nothing is under way."""

    site: Served
    door: Door
    well: Collector

    async def settle(self) -> None:
        """Until no delivery is under way."""
        async with asyncio.timeout(30):
            while True:
                for _ in range(20):
                    await asyncio.sleep(0)
                deliveries = self.site.deliveries.of.values()
                if all(isinstance(each, Watched) and each.idle for each in deliveries):
                    return
                await asyncio.sleep(0.001)

    async def pass_time(self, seconds: float, step: float = STEP) -> None:
        """Time passes; outputs are looked at as the gateway does."""
        for _ in range(round(seconds / step)):
            await self.site.clock.pass_time(step)
            await self.settle()
            await self.site.deliveries.look(self.site.runner.pipeline.troubles.standing, self.site.runner.told)

    async def live(self, seconds: float) -> None:
        """The door stands open for a while every ten minutes: alarms and tickets come and go."""
        for _ in range(round(seconds / 600.0)):
            await self.site.read("lobby-door", closed=False)
            await self.pass_time(300.0)
            await self.site.read("lobby-door", closed=True)
            await self.pass_time(300.0)

    async def does(self, trouble: int | str) -> None:
        """From now on the receiver does this."""
        await self.door.shut()
        if trouble != "shut":
            self.door.collector.always = trouble
            await self.door.open()


@contextlib.asynccontextmanager
async def a_day(folder: Path) -> AsyncIterator[Day]:
    async with (
        behind_a_door() as door,
        collecting() as well,
        serving(folder, with_outputs(bad=("*",), well=("*",))) as site,
    ):
        # The well one has time enough also on a busy machine: what it took must not pass for lost.
        hooks = {"bad": (door.collector.url, "150ms"), "well": (well.url, "20s")}
        for nth, (name, (url, timeout)) in enumerate(hooks.items()):
            hook = Webhook({"url": url, "timeout": timeout}, Letterhead(["en"]))
            site.deliveries.of[name] = Watched(name, hook, site.store, site.clock, seeded(nth))
        site.runner.on_commit.append(lambda _: site.deliveries.wake())
        tasks = [asyncio.create_task(each.run()) for each in site.deliveries.of.values()]
        try:
            yield Day(site, door, well)
        finally:
            await stop(tasks)


def laid(folder: Path, output: str) -> list[str]:
    """The keys of all that was laid into the outbox of an output, in order."""
    with contextlib.closing(sqlite3.connect(folder / "gateway.db")) as file:
        rows = file.execute("SELECT sequence FROM outbox WHERE output = ? ORDER BY id", (output,)).fetchall()
    return [f"test-site-{number:010d}" for (number,) in rows]


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(400)
async def test_nothing_is_lost_over_24_hours_of_every_trouble_and_all_is_there_a_minute_later(tmp_path: Path) -> None:
    async with a_day(tmp_path) as day:
        assert sum(TROUBLE.values()) == 24.0
        for trouble, hours in TROUBLE.items():
            await day.does(trouble)
            await day.live(hours * HOUR)
        behind = len(laid(tmp_path, "bad")) - len(set(day.door.collector.taken))
        assert behind > 200
        requests = len(day.door.collector.keys)
        began, before = monotonic(), day.site.clock.now()
        await day.does(204)
        while set(day.door.collector.taken) != set(laid(tmp_path, "bad")):
            await day.pass_time(1.0, 1.0)
        drained = (day.site.clock.now() - before) + (monotonic() - began)
        await day.pass_time(60.0)
        told = [event["type"].split(".")[2] for event in day.well.events if ".output." in event["type"]]
        print(f"{behind} waited; drained in {drained:.0f} s; {requests} requests in a day; told: {Counter(told)}")
        assert drained <= 60.0
        assert list(dict.fromkeys(day.door.collector.taken)) == laid(tmp_path, "bad"), "each, in order"
        assert list(dict.fromkeys(day.well.taken)) == laid(tmp_path, "well")
        assert len(day.well.taken) == len(set(day.well.taken)), "the well one got nothing twice"
        assert told == ["failing", "working"], "told once each to the one that is well"
        counts = await day.site.store.read(deliveries)
        assert {state for _, state in counts} == {"delivered"}, "nothing was set aside either"
        assert requests < 24 * HOUR / 15.0 * 2, "probes, at most two per pause"


@pytest.mark.asyncio
async def test_five_channels_in_trouble_do_not_hold_up_the_sixth(tmp_path: Path) -> None:
    """Measured on a real clock: p99 from the commit to the receiver, while the others fail, hang and flood."""
    names = ("dead", "busy", "hanging", "moved", "flooding", "well")
    async with contextlib.AsyncExitStack() as stack:
        doors = {name: await stack.enter_async_context(behind_a_door()) for name in names}
        troubles: tuple[int | str, ...] = (503, "hang", 302, "flood")
        for name, what in zip(names[1:5], troubles, strict=True):
            doors[name].collector.always = what
        await doors["dead"].shut()
        store, clock = Store(tmp_path / "gateway.db", with_outputs(**dict.fromkeys(names, ("*",)))), SystemClock()
        hooks = {name: Webhook({"url": door.collector.url}, Letterhead(["en"])) for name, door in doors.items()}
        deliveries = [Delivery(name, hooks[name], store, clock, seeded(1)) for name in names]
        tasks = [asyncio.create_task(each.run()) for each in deliveries]
        taken: list[float] = []
        for nth in range(20):
            changes, begun = events(nth * 10 + 1), monotonic()
            changes.outbox = [(name, event) for name in names for event in changes.events]
            await store.commit(changes)
            for each in deliveries:
                each.wake()
            await doors["well"].collector.until_taken(nth * 10 + 10)
            taken += [monotonic() - begun]
        await stop(tasks)
        print(f"slowest of 20 batches of 10: {max(taken) * 1000:.0f} ms")
        assert max(taken) <= 5.0
        assert len(doors["hanging"].collector.keys) == 1, "it hung all the while"
        store.close()
