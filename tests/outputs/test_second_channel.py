"""A whole gateway with real receivers: when the first channel hangs, fails or refuses, the second one tells it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.estate import Estate, OutputSettings
from gateway.model import Readings
from gateway.store.store import Store
from tests.notice_story import doors, with_routing
from tests.outputs.collector import Collector, collecting
from tests.waiting import until

SPEED = 30.0
"""The minute that a channel has takes two seconds here."""
ROUTE = {"name": "all", "tell": ["anna"], "by": ["first", "second"]}


def site(first: Collector, second: Collector) -> Estate:
    """One door; anna is told of it by either of two receivers."""
    estate = with_routing(doors(1, 0), [ROUTE], {"anna": {"first": "", "second": ""}})
    hooks = {
        name: OutputSettings(name, "webhook", (), {"url": each.url, "timeout": "15s"})
        for name, each in (("first", first), ("second", second))
    }
    return replace(estate, outputs=hooks, device_connection={})


@contextlib.asynccontextmanager
async def at_work(estate: Estate, folder: Path) -> AsyncIterator[Gateway]:
    """The gateway as the app builds it, on a state folder."""
    clock = SystemClock(SPEED)
    store = Store(folder / "gateway.db", estate)
    gateway = Gateway(estate, store, await store.load(clock.now()), clock)
    work = asyncio.create_task(gateway.run(("127.0.0.1", 0), folder))
    try:
        await until(gateway.listening.is_set)
        yield gateway
    finally:
        gateway.stop()
        await work
        store.close()


def door(gateway: Gateway, closed: bool) -> None:
    """The door's device answers."""
    asset, now = gateway.estate.assets["door-0"], gateway.clock.now()
    device = gateway.estate.devices[asset.devices[0]]
    ids = [asset.ids["closed"], device.answers_id]
    gateway.runner.deliver(Readings(device.name, now, now, ids, [closed, True]))


async def telling(gateway: Gateway, closed: bool, condition: Callable[[], bool]) -> None:
    """The door's device goes on telling the same until ``condition`` holds: its word counts for a second here."""

    def holds() -> bool:
        door(gateway, closed)
        return condition()

    await until(holds)


def told(collector: Collector) -> list[tuple[str, str]]:
    """(kind of notice, ticket's event) of what a receiver has taken, each once."""
    notices = [event for event in collector.events if event["type"] == "touchpoint.notice.made.v1"]
    taken = {event["id"]: event["data"] for event in notices if event["id"] in collector.taken}
    return [(data["kind"], data["items"][0]["type"].split(".")[2]) for data in taken.values()]


@pytest.mark.asyncio
@pytest.mark.parametrize("trouble", [503, "hang", "drop", 400])
async def test_the_second_channel_tells_it(tmp_path: Path, trouble: int | str) -> None:
    async with (
        collecting(*[trouble] * 200) as first,
        collecting() as second,
        at_work(site(first, second), tmp_path) as gateway,
    ):
        door(gateway, False)
        await until(lambda: told(second) == [("alert", "opened")])
        assert first.taken == []
        first.script.clear()
        await telling(gateway, True, lambda: ("all-clear", "closed") in told(first) + told(second))
        assert {event["data"].get("to", "anna") for event in second.events} == {"anna"}


@pytest.mark.asyncio
async def test_what_the_first_channel_takes_goes_to_no_other(tmp_path: Path) -> None:
    async with (
        collecting(500, 503) as first,
        collecting() as second,
        at_work(site(first, second), tmp_path) as gateway,
    ):
        door(gateway, False)
        await first.until_taken(1)
        await until(lambda: not gateway.runner.pipeline.notifying.awaits(first.taken[0]))
        await telling(gateway, True, lambda: len(first.taken) == 2)
        await until(_nothing_awaited(gateway))
        assert told(first) == [("alert", "opened"), ("all-clear", "closed")]
        assert second.events == []


def _nothing_awaited(gateway: Gateway) -> Callable[[], bool]:
    return lambda: not gateway.runner.pipeline.notifying._notices.book.sent
