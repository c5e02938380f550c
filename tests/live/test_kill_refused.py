"""RELIABILITY A1 where every keeper's number is wrong: killed at random, somebody else is told of each alarm, once."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, until, write_site
from tests.live.test_kill_notices import CABINETS, NAMES, break_and_kill, plant, told
from tests.outputs.collector import collecting

KILLS = 4


def make_site(folder: Path, port: int, wrong: str, desk: str) -> Path:
    """Ten cabinets, each with a keeper of its own, whom nothing reaches; the chief is for what escalates."""
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        **plant(),
        outputs={"sms": {"kind": "webhook", "url": wrong}, "desk": {"kind": "webhook", "url": desk}},
        people={
            "chief": {"language": "en", "reach": {"desk": None}},
            **{f"keeper-{name}": {"language": "en", "reach": {"sms": None}} for name in NAMES},
        },
        routes=[
            {"name": "late", "when": {"events": "ticket.escalated"}, "tell": "chief", "by": "desk", "wait": "1s"},
            {
                "name": "keepers",
                "when": {"place": "at"},
                "tell": [f"keeper-{name}" for name in NAMES],
                "by": "sms",
                "wait": "1s",
            },
        ],
    )


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.timeout(280)
async def test_somebody_is_told_once_over_kills(tmp_path: Path) -> None:
    chance = random.Random(20261130)
    cabinets = Cabinets(CABINETS)
    server = TcpServer(cabinets.line)
    await server.start()
    async with (
        collecting() as sms,
        collecting() as desk,
        Process(make_site(tmp_path, server.port, sms.url, desk.url)) as gateway,
    ):
        sms.always = 422
        desk.script.extend(500 if chance.random() < 0.2 else 204 for _ in range(2000))
        broken = await break_and_kill(gateway, cabinets, chance, KILLS)
        await gateway.start()
        alerts = {("chief", "alert", f"asset-cabinet-{unit}"): 1 for unit in broken}
        await until(lambda: told(desk) == alerts, 150, lambda: told(desk))
        for unit in broken:
            cabinets.set(unit, 3, 100)
        ends = {("chief", "all-clear", about): 1 for _, _, about in alerts}
        await until(lambda: told(desk) == alerts | ends, 120, lambda: told(desk))
        assert len(broken) >= 2
        assert sms.taken == []
        assert {event["type"] for event in desk.events} == {"touchpoint.notice.made.v1"}, "it is not undeliverable"
        assert await gateway.end(signal.SIGTERM) == 0
    await server.stop()
