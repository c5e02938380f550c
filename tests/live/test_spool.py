"""Readings on their way to InfluxDB: the gateway is killed again and again, and stopped while its receiver hangs."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, until, write_site
from tests.outputs.influxes import Receiver, receiving

KILLS = 5


def make_site(folder: Path, port: int, receiver: Receiver) -> Path:
    """Four cabinets of twenty points, asked five times a second, and a database that tells no start."""
    names = [f"cabinet-{unit}" for unit in range(1, 5)]
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        devices={
            name: {"profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms", "stale_after": "10s"}
            for unit, name in enumerate(names, 1)
        },
        assets={f"asset-{name}": asset(name) for name in names},
        outputs={"influx": {"kind": "influx", "url": receiver.url, "org": "o", "bucket": "b", "keep": 100_000}},
    )


@pytest.mark.asyncio
async def test_what_was_committed_before_a_kill_arrives_after_it(tmp_path: Path) -> None:
    cabinets = Cabinets(4)
    server = TcpServer(cabinets.line)
    await server.start()
    async with receiving() as receiver, Process(make_site(tmp_path, server.port, receiver)) as gateway:
        for kill in range(KILLS):
            if kill == 1:
                await receiver.down()
            if kill == 3:
                await receiver.up()
            await gateway.start()
            for step in range(10):
                cabinets.set(1 + step % 4, step, 20 + kill * 10 + step)
                await asyncio.sleep(0.05)  # the property moves while the gateway works
            await gateway.end(signal.SIGKILL)
        await gateway.start()
        await until(lambda: gateway.rows("SELECT waiting FROM spools") == [(0,)], 30, gateway.log)
        assert await gateway.end(signal.SIGTERM) == 0
        committed = gateway.rows("SELECT at, name FROM history JOIN points ON points.id = point")
        left = gateway.rows("SELECT sum(readings) FROM spool WHERE sent_at IS NULL AND again = 0")[0][0] or 0
        arrived = {line for line in receiver.lines if line.startswith("touchpoint_reading,")}
        assert len(committed) - left <= len(arrived) <= len(committed)
        assert len(committed) > 80 * (KILLS + 1)
        assert gateway.rows("SELECT dropped, set_aside FROM spools") == [(0, 0)]
    await server.stop()


@pytest.mark.asyncio
async def test_a_receiver_that_hangs_does_not_hold_up_the_end(tmp_path: Path) -> None:
    cabinets = Cabinets(4)
    server = TcpServer(cabinets.line)
    await server.start()
    async with receiving() as receiver, Process(make_site(tmp_path, server.port, receiver)) as gateway:
        receiver.delay = 60.0
        await gateway.start()
        await until(lambda: receiver.requests, 20, gateway.log)
        begun = time.monotonic()
        assert await gateway.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 8.0, "its answer would take 10 s"
        assert "Traceback" not in gateway.log()
    await server.stop()
