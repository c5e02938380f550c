"""The gateway as a user runs it: a process of its own, on a site folder, started and killed by the test."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from simulators.modbus.line import Line
from simulators.modbus.pdu import Table
from simulators.modbus.tables import StaticUnit

READY_WITHIN = 20.0
CLAUSE = {
    "title": {"zh": "电压不低于 10 V", "en": "Voltage at least 10 V"}, "applies_to": "cabinet",
    "basis": {"document": "test", "kind": "proposed"}, "priority": "P2", "on_delay": "0s", "off_delay": "0s",
    "ticket": {"trade": "general"}, "action": {"zh": "检查", "en": "check"},
}  # fmt: skip


def write_site(folder: Path, **parts: Any) -> Path:
    """A site folder with a kind ``cabinet`` that has points v0 … v19, and one clause a point."""
    points = [f"v{number}" for number in range(20)]
    files = {
        "kinds.yaml": {"kinds": {"cabinet": {
            "title": {"zh": "柜", "en": "Cabinet"},
            "points": {name: {"type": "number", "unit": "V", "means": {"zh": name, "en": name}} for name in points},
        }}},
        "standards.yaml": {"version": "test", "clauses": {
            f"cabinet.{name}": {**CLAUSE, "require": {"point": name, "at_least": "10 V"}} for name in points
        }},
        "site.yaml": {
            "site": "black-box", "name": {"zh": "黑箱", "en": "Black box"}, "timezone": "Asia/Shanghai",
            "languages": ["zh", "en"], **parts,
        },
        "device_profiles/cabinet.yaml": {
            "title": "Cabinet", "maker": "test", "source": "test", "verified": "simulator", "protocol": "modbus",
            "points": {name: {"address": number, "unit": "V"} for number, name in enumerate(points)},
        },
    }  # fmt: skip
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return folder


def asset(device: str) -> dict[str, Any]:
    """The stanza of a cabinet fed by a device."""
    return {"kind": "cabinet", "touchpoint": "corridor", "place": {"zh": device, "en": device}, "points": device}


class Cabinets:
    """Modbus units on one line; every point stands at 100 until told otherwise."""

    def __init__(self, count: int) -> None:
        self.registers = {unit: dict.fromkeys(range(20), 100) for unit in range(1, count + 1)}
        self.line = Line({unit: StaticUnit({Table.HOLDING: values}) for unit, values in self.registers.items()})

    def set(self, unit: int, point: int, value: int) -> None:
        """What the unit will answer from now on."""
        self.line.units[unit].write(Table.HOLDING, point, [value])


def _cpu_of(pid: int) -> float:
    """Seconds of processor time, in user and system mode, that a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Process:
    """One gateway process on a site folder."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.process: asyncio.subprocess.Process | None = None
        self.ready_after: list[float] = []
        """Seconds from each start to its readiness."""
        self.ready_cpu: list[float] = []
        """Seconds of processor time that each start took, which other work on the machine does not lengthen."""

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        begun = time.monotonic()
        (self.site / "var" / "gateway.json").unlink(missing_ok=True)
        log = (self.site / "gateway.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "run", str(self.site), "--bind", "127.0.0.1:0",
            stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        log.close()
        await until(self._ready, READY_WITHIN, self.log)
        self.ready_after.append(time.monotonic() - begun)
        self.ready_cpu.append(_cpu_of(self.process.pid))

    async def _ready(self) -> bool:
        assert self.process
        assert self.process.returncode is None, self.log()
        address = self.address()
        if address is None:
            return False
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{address}/readyz")).status_code == 200
        except httpx2.HTTPError:
            return False

    def address(self) -> str | None:
        """Where its API is, once it says so."""
        try:
            told = json.loads((self.site / "var" / "gateway.json").read_text())
        except (OSError, json.JSONDecodeError):
            return None
        return f"http://{told['host']}:{told['port']}"

    async def get(self, path: str) -> Any:
        """A JSON answer of its API."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.address()}/api/v1{path}")
            answer.raise_for_status()
            return answer.json()

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self.process
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 15)

    async def __aenter__(self) -> Process:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process and self.process.returncode is None:
            await self.end(signal.SIGKILL)

    def log(self) -> str:
        """What it printed."""
        return (self.site / "gateway.log").read_text(encoding="utf-8")[-4000:]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of its database, read from outside."""
        connection = sqlite3.connect(f"file:{self.site / 'var' / 'gateway.db'}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


async def until(true: Callable[[], Any], seconds: float = 20.0, why: Callable[[], object] = str) -> None:
    """Wait until a condition (sync or async) holds; fails after ``seconds``, saying ``why``."""
    deadline = time.monotonic() + seconds
    while True:
        result = true()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s: {why()}"
        await asyncio.sleep(0.05)


def of_type(events: Iterable[Mapping[str, Any]], word: str) -> list[Mapping[str, Any]]:
    """The events of a type like ``ticket.opened``, each key once."""
    found = {event["id"]: event for event in events if event["type"] == f"touchpoint.{word}.v1"}
    return list(found.values())
