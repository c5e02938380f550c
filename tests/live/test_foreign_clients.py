"""Anybody's Modbus and MQTT clients see what the gateway sees: mbpoll and mosquitto_sub beside ``touchpoint read``."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.live.black_box import until


@pytest_asyncio.fixture
async def places(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """A simulated property at rest, alone: connection → host and port."""
    ports = tmp_path / "ports.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--free-ports", "--ports-file", str(ports),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await until(lambda: ports.exists() and ports.read_text().endswith("}"), 20)
    yield json.loads(ports.read_text())
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def output(*command: str) -> str:
    """What a command prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, out.decode()
    return out.decode()


async def read(place: dict[str, Any], unit: int, profile: str) -> dict[str, Any]:
    """Point → what ``touchpoint read --json`` says of it."""
    address = f"modbus-tcp://{place['host']}:{place['port']}"
    told = await output(
        sys.executable, "-m", "gateway", "read", address, "--unit", str(unit), "--profile", profile, "--json"
    )
    return {point["point"]: point for point in json.loads(told)["points"]}


@pytest.mark.asyncio
async def test_mbpoll_and_touchpoint_read_agree(places: dict[str, Any], needs: Callable[[str], str]) -> None:
    place = places["entrance"]
    ours = await read(place, 11, "came-gard-ptx")
    theirs = await output(
        needs("mbpoll"), "-m", "tcp", "-p", str(place["port"]), "-a", "11", "-0", "-1", "-t", "4", "-r", "100",
        "-c", "2", place["host"],
    )  # fmt: skip
    words = dict(re.findall(r"\[(\d+)\]:\s+(-?\d+)", theirs))
    assert words["101"] == str(int(ours["position"]["value"]))
    assert int(words["100"]) == int(ours["status"]["raw"], 16)


@pytest.mark.asyncio
async def test_mosquitto_sub_sees_the_topics(places: dict[str, Any], needs: Callable[[str], str]) -> None:
    place = places["broker"]
    seen = await output(
        needs("mosquitto_sub"), "-h", place["host"], "-p", str(place["port"]), "-t", "#", "-v", "-C", "25", "-W", "25"
    )
    assert any(line.startswith(("zigbee2mqtt/", "shelly/", "lifts/", "/devices/")) for line in seen.splitlines())
