"""RELIABILITY A8: the gateway dies between sending and marking sent; what comes again has the same key, every time."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, until, write_site
from tests.outputs.collector import collecting

KILLS = int(os.environ.get("KILLS_WHILE_SENDING", "8"))


def make_site(folder: Path, port: int, url: str) -> Path:
    """One cabinet; every event of a ticket goes to a webhook."""
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        devices={"cabinet": {"profile": "cabinet", "connection": "plant", "unit": 1, "every": "200ms"}},
        assets={"asset": asset("cabinet")},
        outputs={"hook": {"kind": "webhook", "url": url, "events": ["ticket.*"], "timeout": "2s"}},
    )


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(240)
async def test_killed_after_the_receiver_took_it_and_before_it_answered_the_same_comes_again(tmp_path: Path) -> None:
    cabinets = Cabinets(1)
    server = TcpServer(cabinets.line)
    await server.start()
    killed: list[str] = []
    async with collecting() as collector, Process(make_site(tmp_path, server.port, collector.url)) as gateway:

        def kill() -> None:
            assert gateway.process
            killed.append(collector.keys[-1])
            gateway.process.send_signal(signal.SIGKILL)

        collector.killer = kill
        for nth in range(KILLS):
            await gateway.start()
            collector.script = ["kill"]
            cabinets.set(1, nth, 1)
            await until(lambda: gateway.process and gateway.process.returncode == -signal.SIGKILL, 20, gateway.log)
        await gateway.start()
        await until(lambda: gateway.rows("SELECT count(*) FROM tickets") == [(KILLS,)], 30, gateway.log)
        await until(lambda: gateway.rows("SELECT count(*) FROM outbox WHERE state <> 'delivered'") == [(0,)], 30)
        assert await gateway.end(signal.SIGTERM) == 0
        laid = [f"black-box-{number:010d}" for (number,) in gateway.rows("SELECT sequence FROM outbox ORDER BY id")]
    times, bodies = Counter(collector.keys), bodies_of(collector.events)
    print(f"{KILLS} kills; {len(laid)} events; taken {len(collector.keys)} times")
    assert len(killed) == KILLS
    assert all(times[key] >= 2 for key in killed), "each that was taken when it died came again"
    assert all(len(said) == 1 for said in bodies.values()), "under the same key the same, to the byte"
    assert list(dict.fromkeys(collector.keys)) == laid, "nothing lost, in order"
    assert [event["id"] for event in collector.events] == collector.keys
    await server.stop()


def bodies_of(events: list[Any]) -> dict[str, set[str]]:
    """What was said under each key."""
    found: dict[str, set[str]] = {}
    for event in events:
        found.setdefault(event["id"], set()).add(json.dumps(event, sort_keys=True))
    return found
