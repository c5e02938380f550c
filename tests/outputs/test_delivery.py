"""From a committed change to the receiver: the real store, the real outbox, the real webhook."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.clock import SystemClock, seeded
from gateway.model import Event
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Letterhead
from gateway.outputs.webhook import Webhook
from gateway.store.store import Store
from tests.api.serving import small_site
from tests.looks import deliveries
from tests.outputs.collector import Collector, collecting, stop

COUNT = 30


def events(first: int) -> Changes:
    """Ten events for the output called hook."""
    told = [
        Event("test-site", number, "touchpoint.ticket.opened.v1", f"ticket/{number}", 1e9, {"ticket": number})
        for number in range(first, first + 10)
    ]
    return Changes(events=told, outbox=[("hook", event) for event in told])


async def deliver_until(store: Store, collector: Collector, count: int) -> None:
    """Deliver until so many have been taken, then stop as a crash would: in the middle of something."""
    hook = Webhook({"url": collector.url, "timeout": "300ms"}, Letterhead(["en"]))
    task = asyncio.create_task(Delivery("hook", hook, store, SystemClock(speed=100.0), seeded(2)).run())
    await collector.until_taken(count)
    await stop([task])


@pytest.mark.asyncio
async def test_every_event_arrives_once_in_order_over_failures_and_restarts(tmp_path: Path) -> None:
    async with collecting(500, "drop", 204, 204, "hang", 503, 204, 429, "garbage") as collector:
        for start in range(0, COUNT, 10):
            store = Store(tmp_path / "gateway.db", small_site())
            await store.commit(events(start + 1))
            await deliver_until(store, collector, start + 7)
            store.close()
        store = Store(tmp_path / "gateway.db", small_site())
        await deliver_until(store, collector, COUNT)
        store.close()
        store = Store(tmp_path / "gateway.db", small_site())
        left = await store.due("hook", 1e12, 100)
        assert len(left) <= 1, "at most what was on its way at the end is sent again"
        assert await store.read(deliveries) == Counter({("hook", "delivered"): COUNT - len(left)}) + Counter(
            {("hook", "waiting"): len(left)}
        )
        store.close()
    seen = list(dict.fromkeys(collector.taken))
    assert seen == [f"test-site-{number:010d}" for number in range(1, COUNT + 1)]
    assert collector.events[0]["specversion"] == "1.0"
    assert {event["id"] for event in collector.events} == set(collector.keys)
