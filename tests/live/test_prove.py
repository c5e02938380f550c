"""A test that the gateway starts, from the command line to the luminaire's own electronics: processes and sockets.

The simulated luminaires share nothing with the gateway; their ledger counts every write frame that came to them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Gateway, run
from gateway.clock import PacedClock
from gateway.gatekeeper import LOCAL_TOKEN
from gateway.site import load_estate
from tests.live.black_box import until

SPEED = 20.0
LAMP = {"family": "emergency-light", "cells": 3, "capacity_ah": 2.0, "load_amps": 0.9, "rated_min": 30}
PROPERTY = {
    "property": "basement", "connections": {"plant-room": {"kind": "modbus-tcp", "port": 0}},
    "plants": {"light-1": LAMP, "light-2": LAMP},
    "devices": {
        f"dali-{number}": {"model": "intesis-dali", "connection": "plant-room", "unit": 30 + number,
                           "plant": f"light-{number}"}
        for number in (1, 2)
    },
}  # fmt: skip
START, STOP = "start_function_test", "stop_test"


def write_site(folder: Path) -> Path:
    """Two DALI luminaires, of which the first may be told to test itself."""
    wire = {"profile": "intesis-dali", "connection": "plant-room", "short_address": 0, "every": "10s"}
    site = {
        "site": "basement", "name": "Basement", "timezone": "Asia/Shanghai", "languages": ["zh", "en"],
        "connections": {"plant-room": {"kind": "modbus-tcp", "host": "127.0.0.1", "timeout": "1s"}},
        "devices": {"dali-1": {**wire, "unit": 31, "allow": [START, STOP]}, "dali-2": {**wire, "unit": 32}},
        "assets": {
            f"light-{number}": {"kind": "emergency-light", "touchpoint": "car-park", "points": f"dali-{number}",
                                "place": f"Zone {number}"}
            for number in (1, 2)
        },
    }  # fmt: skip
    folder.mkdir()
    (folder / "site.yaml").write_text(json.dumps(site))
    return folder


@dataclass
class Basement:
    """The gateway at work on its site, beside the property that it watches."""

    site: Path
    ledger: Path
    gateway: Gateway

    def written(self) -> list[dict[str, Any]]:
        """Every write frame that came to a luminaire."""
        rows = [json.loads(line) for line in self.ledger.read_text().splitlines()]
        return [row["write"] for row in rows if "write" in row]

    async def command(self, *words: str) -> tuple[int | None, str, str]:
        """Exit status, output and errors of a command of its own process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", words[0], str(self.site), *words[1:],
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "LANG": "C.UTF-8"},
        )  # fmt: skip
        out, errors = await asyncio.wait_for(process.communicate(), 50)
        return process.returncode, out.decode(), errors.decode()

    async def prove(self, asset: str) -> tuple[int | None, str, str]:
        """``touchpoint prove``, by a test of half a minute."""
        return await self.command("prove", asset, "--kind", "function", "--reason", "monthly visit", "--yes")

    async def log_book(self) -> list[dict[str, Any]]:
        """What ``touchpoint logbook`` tells."""
        status, out, errors = await self.command("logbook", "--format", "json")
        assert status == 0, errors
        told: list[dict[str, Any]] = json.loads(out)
        return told

    async def ask(self, path: str, secret: str = "") -> int:
        """The status of the answer to whoever asks for a test by that secret, or by none."""
        host, port = self.gateway.address or ("", 0)
        shown = {"authorization": f"Bearer {secret}"} if secret else {}
        wanted = {"asset": "light-1", "kind": "function", "reason": "because"}
        async with httpx2.AsyncClient(trust_env=False) as client:
            return (await client.post(f"http://{host}:{port}/api/v1{path}", json=wanted, headers=shown)).status_code


@asynccontextmanager
async def simulated(folder: Path, clock: PacedClock) -> AsyncIterator[Path]:
    """The property, on the clock's time, in a process of its own; where it tells its ports."""
    (folder / "property.yaml").write_text(json.dumps(PROPERTY))
    ports = folder / "ports.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--free-ports", "--property", str(folder / "property.yaml"),
        "--speed", str(clock.speed), "--anchor", f"{clock.anchor}:{clock.start}", "--paced-by", str(folder / "pace"),
        "--ledger", str(folder / "ledger.jsonl"), "--ports-file", str(ports), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(ports.exists)
        yield ports
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def at_work(folder: Path, story: Callable[[Basement], Awaitable[None]]) -> None:
    """Have the story happen while the gateway watches the property, and time runs ``SPEED`` times as fast."""
    clock = PacedClock(folder / "pace", SPEED)
    site = write_site(folder / "site")

    async def beside(gateway: Gateway) -> None:
        await gateway.listening.wait()
        beating = asyncio.create_task(clock.beat(lambda: gateway.behind() < 1.0))
        try:
            await until(lambda: gateway.runner.pipeline.counters["readings"] > 20)
            await story(Basement(site, folder / "ledger.jsonl", gateway))
        finally:
            beating.cancel()
            gateway.stop()

    async with simulated(folder, clock) as ports:
        told = json.loads(ports.read_text())
        endpoints = {name: (place["host"], place["port"]) for name, place in told.items()}
        estate = load_estate(site, endpoints=endpoints, now=clock.now())
        await run(estate, site / "var", ("127.0.0.1", 0), clock, beside)


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_a_test_asked_for_at_the_command_line_is_one_frame_and_one_line_of_the_log_book(tmp_path: Path) -> None:
    async def story(basement: Basement) -> None:
        status, out, errors = await basement.prove("light-1")
        assert status == 0, (out, errors)
        assert "function test of light-1 (Zone 1)" in out
        assert "log book 1: function test of light-1, passed" in out
        (frame,) = basement.written()
        # The maker's table: holding register 63 of short address 0 starts the function test where 1 is written.
        assert (frame["device"], frame["unit"], frame["address"], frame["values"]) == ("dali-1", 31, 63, [1])
        assert frame["acted"]
        (entry,) = await basement.log_book()
        assert (entry["asset"], entry["kind"], entry["outcome"]) == ("light-1", "function", "passed")
        assert entry["why"] == "monthly visit"
        assert 20 <= entry["lasted_s"] <= 35, "the device's own test takes 35 s, and is read every 10 s"

    await at_work(tmp_path, story)


@pytest.mark.asyncio
@pytest.mark.timeout(120)
async def test_without_the_local_secret_nothing_is_started_and_no_frame_goes_out(tmp_path: Path) -> None:
    async def story(basement: Basement) -> None:
        secret = (basement.site / "var" / LOCAL_TOKEN).read_text()
        for path in ("/proof-tests", "/proof-tests/confirmations/guessed", "/proof-tests/light-1/stop"):
            assert await basement.ask(path) == 401
            assert await basement.ask(path, secret[:-1] + "?") == 401
        assert await basement.ask("/proof-tests", secret) == 202, "asked for, and never confirmed"
        assert await basement.ask("/proof-tests/confirmations/guessed", secret) == 404
        (basement.site / "var" / LOCAL_TOKEN).unlink()
        status, _, errors = await basement.prove("light-1")
        assert (status, "only the user of the service may read it" in errors) == (1, True)
        began = basement.gateway.clock.now()
        await until(lambda: basement.gateway.clock.now() > began + 60)
        assert basement.written() == []
        assert await basement.log_book() == []

    await at_work(tmp_path, story)
