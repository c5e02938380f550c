"""The gateway is stopped, as for an upgrade, while its relay keeps a lamp's supply away: a relay without a timer."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from gateway.gatekeeper import LOCAL_TOKEN
from simulators.modbus.line import Line
from simulators.modbus.pdu import Refusal, Table
from simulators.modbus.server import TcpServer
from simulators.modbus.tables import Image
from tests.live.black_box import Process, until
from tests.proof_story import PROFILE, RELAY

MAINS, LIT, FULL, BROKEN, FEED = 1, 2, 4, 8, 16
"""The bits of register 0 by which ``PROFILE`` tells of a lamp."""


class Lamp:
    """A lamp with a relay in its feed, which stays as it was written. ``refuses`` commands with that code."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.refuses: int | None = None
        self.so_often = 10_000
        """How many of them."""

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """What it tells now."""
        broken, image = bool(self.heard and self.heard[-1]), Image()
        image.words(Table.HOLDING, 0, FULL | FEED | (LIT | BROKEN if broken else MAINS), 1320)
        return image.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """The relay is switched."""
        assert (table, address) == (Table.COIL, 0)
        if self.refuses and self.so_often:
            self.so_often -= 1
            raise Refusal(self.refuses)
        self.heard.extend(values)
        return True


def write_site(folder: Path, port: int) -> Path:
    """One lamp, whose relay holds until somebody lets it go."""
    profile = PROFILE.replace("supply_broken, ends_by_itself: true", "supply_broken")
    (folder / "device_profiles").mkdir()
    (folder / "device_profiles" / "bench.yaml").write_text(profile, encoding="utf-8")
    device = {
        "profile": "bench", "connection": "bus", "unit": 1, "every": "200ms",
        "allow": ["break_supply", "restore_supply"], "allow_without_timeout": ["break_supply"],
    }  # fmt: skip
    lamp = {
        "kind": "emergency-light", "touchpoint": "corridor", "place": "lamp",
        "points": {point: f"feed.{point}" for point in RELAY},
        "commands": {name: f"feed.{name}" for name in ("break_supply", "restore_supply")},
    }  # fmt: skip
    site = {
        "site": "lights", "name": "Lights", "timezone": "Asia/Shanghai", "assets": {"lamp": lamp},
        "connections": {"bus": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}}, "devices": {"feed": device},
    }  # fmt: skip
    (folder / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    return folder


async def ask(gateway: Process) -> None:
    """A function test, as the service's own user."""
    secret = (gateway.site / "var" / LOCAL_TOKEN).read_text()
    shown = {"authorization": f"Bearer {secret}", "x-actor": quote("li")}
    wanted = {"asset": "lamp", "kind": "function", "reason": "monthly visit"}
    async with httpx2.AsyncClient(base_url=f"{gateway.address()}/api/v1", headers=shown, trust_env=False) as client:
        asked = await client.post("/proof-tests", json=wanted)
        assert (await client.post(f"/proof-tests/confirmations/{asked.json()['code']}")).is_success


@asynccontextmanager
async def in_a_test(folder: Path) -> AsyncIterator[tuple[Process, Lamp]]:
    """A gateway whose relay has just taken the lamp's supply away."""
    lamp = Lamp()
    server = TcpServer(Line({1: lamp}))
    await server.start()
    async with Process(write_site(folder, server.port)) as gateway:
        await gateway.start()
        await until(lambda: gateway.rows("SELECT 1 FROM history WHERE value = 1"), 20, gateway.log)
        await ask(gateway)
        await until(lambda: lamp.heard == [1], 20, gateway.log)
        yield gateway, lamp
    await server.stop()


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_a_gateway_that_is_stopped_in_a_test_gives_the_supply_back_before_it_goes(tmp_path: Path) -> None:
    async with in_a_test(tmp_path) as (gateway, lamp):
        assert await gateway.end(signal.SIGTERM) == 0
        assert lamp.heard == [1, 0], "nobody gives the supply back while nobody is there"


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_a_relay_that_is_busy_when_the_gateway_is_stopped_is_told_again_before_it_goes(tmp_path: Path) -> None:
    async with in_a_test(tmp_path) as (gateway, lamp):
        lamp.refuses, lamp.so_often = 6, 3
        assert await gateway.end(signal.SIGTERM) == 0
        assert lamp.heard == [1, 0]


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_a_relay_that_does_not_obey_keeps_no_gateway_from_stopping(tmp_path: Path) -> None:
    async with in_a_test(tmp_path) as (gateway, lamp):
        lamp.refuses = 6
        assert await gateway.end(signal.SIGTERM) == 0, "within the 15 s for which this waits"
        lamp.refuses = None
        await gateway.start()
        await until(lambda: lamp.heard == [1, 0], 20, gateway.log)
