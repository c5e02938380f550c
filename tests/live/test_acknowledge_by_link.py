"""A staff member acknowledges from the chat: the whole gateway as a user runs it, with a robot's real message."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx2
import pytest

from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, until, write_site
from tests.outputs.collector import Collector, collecting

HOST = {"host": "gate.example"}


def make_site(folder: Path, port: int, url: str) -> Path:
    """One cabinet; whoever is on duty is told of tickets by a WeCom robot."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "robot").write_text(f"{url}/cgi-bin/webhook/send?key=hush")
    (folder / "secrets" / "robot").chmod(0o600)
    return write_site(
        folder,
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port}},
        devices={"cabinet": {"profile": "cabinet", "connection": "plant", "unit": 1, "every": "200ms"}},
        assets={"asset": asset("cabinet")},
        outputs={"team": {"kind": "wecom", "url_file": "secrets/robot"}, "diary": {"kind": "log", "events": ["*"]}},
        people={"li": {"language": "zh", "reach": {"team": ""}}},
        routes=[{"name": "all", "tell": "li", "by": "team", "wait": "0s"}],
        links={"address": "https://gate.example"},
    )


def link_in(collector: Collector) -> str:
    """The path of the link in the last message; "" while there is none."""
    texts = [event["text"]["content"] for event in collector.events]
    found = re.findall(r"确认: https://gate\.example(/a/\S+)", "\n".join(texts))
    return found[-1] if found else ""


@pytest.mark.asyncio
async def test_the_link_in_a_chat_acknowledges_the_alarm_once(tmp_path: Path) -> None:
    cabinets = Cabinets(1)
    server = TcpServer(cabinets.line)
    await server.start()
    async with collecting() as collector, Process(make_site(tmp_path, server.port, collector.url)) as gateway:
        collector.always = b'{"errcode": 0, "errmsg": "ok"}'
        await gateway.start()
        cabinets.set(1, 4, 1)
        await until(lambda: link_in(collector), 30, gateway.log)
        path = link_in(collector)
        assert await gateway.end(signal.SIGTERM) == 0
        await gateway.start()
        async with httpx2.AsyncClient(base_url=gateway.address() or "", trust_env=False) as phone:
            looked = await phone.get(path, headers=HOST)
            assert looked.status_code == 200
            assert "电压不低于 10 V" in looked.text
            assert await acknowledged_by(gateway) == ""
            pressed = await phone.post(path, headers=HOST)
            assert pressed.status_code == 200, pressed.text
            assert (await phone.post(path, headers=HOST)).status_code == 410
        assert await acknowledged_by(gateway) == "li"
        kept = (tmp_path / "var" / "gateway.db").read_bytes() + (tmp_path / "var" / "gateway.db-wal").read_bytes()
        assert path.encode() not in kept, "it stands in no table"
        assert path not in (tmp_path / "gateway.log").read_text(encoding="utf-8"), "and in no log"
        assert await gateway.end(signal.SIGTERM) == 0
    await server.stop()


async def acknowledged_by(gateway: Process) -> str:
    """Who has seen the alarm."""
    (alarm,) = [each for each in (await gateway.get("/alarms"))["items"] if each["clause"] == "cabinet.v4"]
    return str(alarm["acknowledged_by"])
