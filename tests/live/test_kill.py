"""RELIABILITY A1 and A12: the gateway is killed at random under load; no ticket is lost, none doubled."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, of_type, until, write_site
from tests.outputs.collector import Collector, collecting

DEVICES = 10
READY_WITHIN = 5.0
KILLS = int(os.environ.get("KILLS", "25"))


def make_site(folder: Path, port: int, url: str) -> Path:
    """Ten cabinets of twenty points (200 in all), polled five times a second; ticket events go to a webhook."""
    names = [f"cabinet-{unit}" for unit in range(1, DEVICES + 1)]
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        devices={
            name: {"profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms", "stale_after": "10s"}
            for unit, name in enumerate(names, 1)
        },
        assets={f"asset-{name}": asset(name) for name in names},
        outputs={"hook": {"kind": "webhook", "url": url, "events": ["ticket.*"]}},
    )


def refuse_some(collector: Collector, share: float, seed: int) -> None:
    """A webhook that answers 500 now and then."""
    chance = random.Random(seed)
    collector.script.extend(500 if chance.random() < share else 204 for _ in range(5000))


def opened(collector: Collector) -> Counter[tuple[str, str]]:
    """How many tickets were opened for each asset and clause, as the receiver knows it."""
    return Counter((event["data"]["asset"], event["data"]["clause"]) for event in told(collector, "ticket.opened"))


def told(collector: Collector, word: str) -> list[dict[str, Any]]:
    taken = set(collector.taken)
    return [dict(event) for event in of_type(collector.events, word) if event["id"] in taken]


def tell_starts(gateway: Process) -> None:
    """Print how long the starts took (shown with ``pytest -s``)."""
    starts = sorted(gateway.ready_after)
    figures = f"median {statistics.median(starts):.1f} s, longest {starts[-1]:.1f} s"
    print(f"{len(starts)} starts, ready after: {figures}; of the processor at most {max(gateway.ready_cpu):.1f} s")


@pytest.mark.asyncio
@pytest.mark.timeout(280)
async def test_killed_at_random_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    cabinets = Cabinets(DEVICES)
    broken: set[tuple[int, int]] = set()
    server = TcpServer(cabinets.line)
    await server.start()
    async with collecting() as collector, Process(make_site(tmp_path, server.port, collector.url)) as gateway:
        refuse_some(collector, 0.2, 1)
        for _ in range(KILLS):
            await gateway.start()
            for _ in range(4):
                place = (chance.randint(1, DEVICES), chance.randint(0, 19))
                broken.add(place)
                cabinets.set(*place, 1)
                await asyncio.sleep(chance.uniform(0.0, 0.2))
            await gateway.end(signal.SIGKILL)
        await gateway.start()
        expected = Counter({(f"asset-cabinet-{unit}", f"cabinet.v{point}"): 1 for unit, point in broken})
        await until(lambda: opened(collector) == expected, 60, lambda: opened(collector) - expected)
        for place in broken:
            cabinets.set(*place, 100)
        await until(lambda: len(told(collector, "ticket.closed")) >= len(broken), 60, gateway.log)
        assert opened(collector) == expected
        assert len(told(collector, "ticket.closed")) == len(broken)
        assert gateway.rows("SELECT count(*) FROM tickets WHERE state <> 'closed'") == [(0,)]
        assert gateway.rows("SELECT count(*) FROM tickets") == [(len(broken),)]
        await until(lambda: gateway.rows("SELECT count(*) FROM outbox WHERE state <> 'delivered'") == [(0,)], 30)
        tell_starts(gateway)
        assert max(gateway.ready_cpu) <= READY_WITHIN, "ready in 5 s, on a machine of its own"
        after_kills = statistics.median(gateway.ready_after[1:])
        assert after_kills <= 2 * gateway.ready_after[0], "a start after a kill takes no longer than a first one"
        assert await gateway.end(signal.SIGTERM) == 0
    await server.stop()


@pytest.mark.asyncio
@pytest.mark.timeout(180)
async def test_twenty_restarts_repeat_and_forget_nothing(tmp_path: Path) -> None:
    cabinets = Cabinets(DEVICES)
    cabinets.set(3, 7, 1)
    server = TcpServer(cabinets.line)
    await server.start()
    async with collecting() as collector, Process(make_site(tmp_path, server.port, collector.url)) as gateway:
        for _ in range(20):
            await gateway.start()
            await until(lambda: len(collector.taken) == 1, 20, gateway.log)
            assert await gateway.end(signal.SIGTERM) == 0
        assert len(collector.taken) == 1
        assert gateway.rows("SELECT id, state FROM tickets") == [(1, "open")]
    await server.stop()
