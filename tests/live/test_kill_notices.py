"""RELIABILITY A1 for people: the gateway is killed at random; everybody is told once, and told the end once."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, until, write_site
from tests.outputs.collector import Collector, collecting

CABINETS = 10
KILLS = 8
NAMES = [f"cabinet-{unit}" for unit in range(1, CABINETS + 1)]


def plant() -> dict[str, dict[str, Any]]:
    """The devices and assets of ten cabinets."""
    return {
        "devices": {
            name: {"profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms", "stale_after": "10s"}
            for unit, name in enumerate(NAMES, 1)
        },
        "assets": {f"asset-{name}": {**asset(name), "place": f"at {name}."} for name in NAMES},
    }


async def break_and_kill(gateway: Process, cabinets: Cabinets, chance: random.Random, kills: int) -> set[int]:
    """Start the gateway, break a cabinet and kill the gateway, so often; returns the units that are broken."""
    broken: set[int] = set()
    for _ in range(kills):
        await gateway.start()
        unit = chance.randint(1, CABINETS)
        broken.add(unit)
        cabinets.set(unit, 3, 1)
        await asyncio.sleep(chance.uniform(0.0, 2.5))
        await gateway.end(signal.SIGKILL)
    return broken


def make_site(folder: Path, port: int, url: str) -> Path:
    """Ten cabinets, each with a keeper of its own; one receiver for all notices."""
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        **plant(),
        outputs={"hook": {"kind": "webhook", "url": url}},
        people={f"keeper-{name}": {"language": "en", "reach": {"hook": None}} for name in NAMES},
        routes=[
            {"name": name, "when": {"place": f"at {name}."}, "tell": f"keeper-{name}", "by": "hook", "wait": "1s"}
            for name in NAMES
        ],
    )


def told(collector: Collector) -> Counter[tuple[str, str, str]]:
    """(person, kind, asset) of everything in every notice that was taken; each notice counts once, by its key."""
    taken = {event["id"]: event["data"] for event in collector.events if event["id"] in set(collector.taken)}
    return Counter(
        (data["to"], item["kind"], item["data"]["asset"]) for data in taken.values() for item in _items(data)
    )


def _items(data: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = data["items"]
    return items


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(280)
async def test_everybody_is_told_once_over_kills(tmp_path: Path) -> None:
    chance = random.Random(20261129)
    cabinets = Cabinets(CABINETS)
    server = TcpServer(cabinets.line)
    await server.start()
    async with collecting() as collector, Process(make_site(tmp_path, server.port, collector.url)) as gateway:
        collector.script.extend(500 if chance.random() < 0.2 else 204 for _ in range(2000))
        broken = await break_and_kill(gateway, cabinets, chance, KILLS)
        await gateway.start()
        alerts = {(f"keeper-cabinet-{unit}", "alert", f"asset-cabinet-{unit}"): 1 for unit in broken}
        await until(lambda: told(collector) == alerts, 60, lambda: told(collector))
        for unit in broken:
            cabinets.set(unit, 3, 100)
        await until(lambda: gateway.rows("SELECT count(*) FROM tickets WHERE state <> 'closed'") == [(0,)], 60)
        await gateway.end(signal.SIGKILL)
        await gateway.start()
        ends = {(person, "all-clear", about): 1 for person, _, about in alerts}
        await until(lambda: told(collector) == alerts | ends, 120, lambda: told(collector))
        assert len(broken) >= 4
        assert gateway.rows("SELECT count(*) FROM notices WHERE part <> 'line'") == [(0,)], "nothing is kept of it"
        assert await gateway.end(signal.SIGTERM) == 0
    await server.stop()
