"""Runs what is measured, each in a process of its own, one after another so that none disturbs the other."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.sites import modbus_site, mqtt_site
from tests.mosquitto import Mosquitto

PATIENCE = 120.0
IN_MEMORY = "autosave_on_changes false\nautosave_interval 1800"
"""The broker keeps its sessions in memory: its disk is not what is measured."""
TOPICS = 50

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked of whom, and for how long (seconds)."""

    devices: int
    registers: int
    messages: int
    warm: float
    seconds: float


@contextmanager
def started(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """``python -m module`` while the context lasts."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next JSON line that the process says; raises RuntimeError when it ends without one."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"{process.args!r} ended without a word")
    answer: dict[str, Any] = json.loads(line)
    return answer


def modbus_round(load: Load) -> dict[str, Figures]:
    """Bare reading, bare reading with check and store, and the gateway: the same devices, one after another."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _fleet(load) as ports:
        folder = Path(name)
        site = modbus_site(folder / "site", ports, load.registers)
        times = ("--warm", load.warm, "--seconds", load.seconds)
        bare = ("tests.bench.bare_modbus", ",".join(map(str, ports)), "--registers", load.registers, *times)
        return {
            "bare read": _measure(*bare),
            "bare read, check, store": _measure(*bare, "--store", folder / "bare.db"),
            "gateway": _measure("tests.bench.measured_gateway", site, folder / "state", *times),
        }


@contextmanager
def _fleet(load: Load) -> Iterator[list[int]]:
    size = ("--devices", load.devices, "--registers", load.registers)
    with started("simulators.bench_server", *size, "--port", 0) as server:
        yield told(server)["ports"]
        if server.poll() is not None:
            raise RuntimeError("the simulated devices ended before everything was measured")


def _measure(module: str, *arguments: object) -> Figures:
    with started(module, *arguments) as process:
        return told(process)


def idle_round(sizes: Sequence[int]) -> dict[str, Figures]:
    """The same readings judged on sites of ever more clause instances."""
    return {f"{size:,} clause instances": _measure("tests.bench.idle", size) for size in sizes}


def mqtt_round(load: Load, mosquitto: str) -> dict[str, Figures]:
    """Bare paho and the gateway, each on a fresh broker, for the same flood of messages."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        return {
            "bare paho": _flooded(folder / "paho", mosquitto, load, gateway=False),
            "gateway": _flooded(folder / "gateway", mosquitto, load, gateway=True),
        }


def _flooded(folder: Path, mosquitto: str, load: Load, *, gateway: bool) -> Figures:
    folder.mkdir()
    broker = Mosquitto(mosquitto, folder, IN_MEMORY)
    broker.start()
    try:
        module: str = "tests.bench.bare_paho"
        arguments: list[object] = [broker.port, load.messages]
        if gateway:
            site = mqtt_site(folder / "site", broker.port, TOPICS)
            module, arguments = "tests.bench.measured_gateway", [site, folder / "state", "--messages", load.messages]
        with started(module, *arguments) as subscriber:
            told(subscriber)
            with started("tests.bench.flood", broker.port, load.messages, TOPICS) as flood:
                begun = told(flood)["at"]
                ended = told(subscriber)
    finally:
        broker.kill()
    return {
        "messages_per_s": load.messages / (ended["at"] - begun),
        "cpu_us_each": ended["cpu_us_each"],
        "resident_mb": ended["resident_mb"],
    }
