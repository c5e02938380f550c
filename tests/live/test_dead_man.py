"""RELIABILITY B12: the gateway's process is killed or stopped; a receiver outside notices within its tolerance."""

from __future__ import annotations

import signal
import time
from functools import partial
from pathlib import Path

import pytest

from simulators.modbus.server import TcpServer
from tests.dead_man import EVERY, TOLERANCE, Outside
from tests.live.black_box import Cabinets, Process, asset, until, write_site


def make_site(folder: Path, port: int, url: str) -> Path:
    """One cabinet, and a sign of life five times a second."""
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        devices={"cabinet-1": {"profile": "cabinet", "connection": "plant", "every": "200ms"}},
        assets={"asset-1": asset("cabinet-1")},
        heartbeat={"url": url, "every": "200ms"},
    )


@pytest.mark.asyncio
async def test_a_process_that_is_killed_or_stopped_is_noticed(tmp_path: Path) -> None:
    """Three times each; from the end of the process to the notice no longer than the receiver's tolerance."""
    server = TcpServer(Cabinets(1).line)
    await server.start()
    notices = []
    with Outside() as outside:
        async with Process(make_site(tmp_path, server.port, outside.url)) as gateway:
            for _ in range(3):
                await gateway.start()
                await until(partial(outside.more, outside.count + 5), why=gateway.log)
                assert gateway.process
                for number in (signal.SIGSTOP, signal.SIGKILL):
                    ended = time.monotonic()
                    gateway.process.send_signal(number)
                    await until(outside.dead)
                    notices.append(time.monotonic() - ended)
                    assert outside.came[-1][0] <= ended + EVERY, "what was under way may still come in"
                    if number is signal.SIGSTOP:
                        gateway.process.send_signal(signal.SIGCONT)
                        await until(partial(outside.more, outside.count + 3), why=gateway.log)
                await gateway.process.wait()
            first = [body["sequence"] for _, body in outside.came].count(1)
    await server.stop()
    assert first == 3, "each life counts from 1"
    print(f"noticed after {', '.join(f'{each:.2f}' for each in notices)} s; tolerance {TOLERANCE:.1f} s")
    assert max(notices) <= TOLERANCE + EVERY
