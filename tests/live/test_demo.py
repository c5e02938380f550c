"""The main job end to end: the simulated property breaks, and both ledgers agree on every fault and every ticket."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.demo import demo
from tests.live.mosquitto import Mosquitto

SPEED = "60"
FAMILIES = {"access-door", "barrier-gate", "emergency-light", "extinguisher", "lift"}


def disagreements(report: dict[str, Any]) -> list[Any]:
    """What the ledgers do not agree on: faults and tests with their verdict, tickets and entries nobody caused."""
    ledger = report["ledger"]
    strangers = [each for each in report["tickets"] if each["id"] in ledger["unexplained"]]
    strangers += [each for each in report["proof_tests"] if each["id"] in ledger["unexplained_tests"]]
    judged = [*ledger["faults"], *ledger["tests"]]
    return [each for each in judged if each["verdict"] not in ("agrees", "too early")] + strangers


def log_book(report: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Each entry with whether it is proven to have lasted longer than 15 minutes, in the order of their asset."""
    entries = [
        (each["asset"], each["kind"], each["outcome"], each["duration_s"] > 900) for each in report["proof_tests"]
    ]
    return sorted(entries)


TESTED = [
    ("emergency-light-4f", "discharge", "recorded", False),
    ("emergency-light-b1-1", "duration", "passed", True),
    ("emergency-light-b1-3", "duration", "failed", False),
    ("emergency-light-b1-3", "duration", "passed", True),
    ("emergency-light-b2-1", "duration", "passed", True),
]
"""Of these the technician had the last one started by the gateway."""
WRITTEN = {"dali-b2": 1}
"""The one command that starts it; it ends by itself. No other device is written to."""


@pytest.mark.asyncio
@pytest.mark.timeout(400)
async def test_the_showcase_as_a_user_runs_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "demo", "--speed", SPEED, "--for", "70s", "--report", str(path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(process.communicate(), 390)
    report = json.loads(path.read_text())
    assert disagreements(report) == []
    assert process.returncode == 0, (out.decode()[-2000:], errors.decode())
    assert "error" not in errors.decode().lower()
    assert report["first_reading_s"] <= 10
    assert report["first_ticket_s"] <= 60
    assert len(report["ledger"]["faults"]) == 21
    assert log_book(report) == TESTED
    assert {each["asset_kind"] for each in report["tickets"]} >= FAMILIES
    assert {each["source_protocol"] for each in report["tickets"]} >= {"modbus", "mqtt"}
    assert (report["ledger"]["writes"], report["ledger"]["written"]) == (1, WRITTEN)
    assert report["ledger"]["commanded"] == 1
    told = out.decode()
    assert "开单" in told
    assert told.count("放电时间测试通过") == 3
    assert told.count("duration test started: Basement 2, zone 1: by demo technician") == 1
    assert told.count("duration test failed: Basement 1, zone 3: proven lit for") == 1


@pytest.mark.asyncio
@pytest.mark.timeout(400)
async def test_the_same_against_a_real_mosquitto(tmp_path: Path, needs: Callable[[str], str]) -> None:
    async with Mosquitto(tmp_path / "broker", needs("mosquitto")) as broker:
        report = await demo(float(SPEED), 70.0, ("127.0.0.1", 0), lambda line: None, broker=f"127.0.0.1:{broker.port}")
    assert disagreements(report) == []
    assert report["ledger"]["agrees"]
    assert len(report["ledger"]["faults"]) == 21
    assert log_book(report) == TESTED
    assert report["ledger"]["written"] == WRITTEN


@pytest.mark.asyncio
@pytest.mark.timeout(240)
async def test_a_healthy_property_gets_no_ticket() -> None:
    report = await demo(float(SPEED), 40.0, ("127.0.0.1", 0), lambda line: None, scenario="healthy")
    assert (report["tickets"], report["proof_tests"]) == ([], [])
    assert (report["ledger"]["writes"], report["ledger"]["agrees"]) == (0, True)
    assert report["readings"] > 10_000
