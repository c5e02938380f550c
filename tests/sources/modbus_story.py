"""Devices, lines and listeners that the Modbus tests share."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from gateway.clock import Clock, SystemClock, monotonic
from gateway.model import BadReading, Reading, Readings
from gateway.profiles import ModbusProfile
from gateway.sources.line import LineSource
from gateway.sources.modbus import ModbusSource
from gateway.sources.source import Connection, Device
from simulators.modbus.line import Line
from simulators.modbus.pdu import Table
from simulators.modbus.server import SerialServer, TcpServer
from simulators.modbus.tables import StaticUnit

LINE_ANSWERS = 1


def profile(points: dict[str, Any], **more: Any) -> ModbusProfile:
    return ModbusProfile.model_validate(
        {
            "title": "t", "maker": "m", "source": "s", "verified": "simulator", "protocol": "modbus",
            "points": points, **more,
        }
    )  # fmt: skip


def device(unit: int, made: ModbusProfile, every: float = 0.05, stale_after: float = 3.0) -> Device:
    """Unit 7 has the point ids 700, 701 …, and 799 says whether it answers."""
    ids = {name: 100 * unit + number for number, name in enumerate(made.points)}
    return Device(f"u{unit}", made, ids, 100 * unit + 99, every, stale_after, unit=unit)


def answers(unit: int) -> int:
    return 100 * unit + 99


class Heard:
    """Everything that a source delivered."""

    def __init__(self) -> None:
        self.all: list[Readings] = []
        self.last: dict[int, Reading] = {}
        self.values: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def __call__(self, readings: Readings) -> None:
        assert len(readings.points) == len(readings.values)
        self.all.append(readings)
        self.last.update(zip(readings.points, readings.values, strict=True))
        if not isinstance(readings.values[0], BadReading) and readings.points[0] % 100 != 99:
            self.values[readings.device] += 1
        self._changed.set()

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> float:
        """Wait until it holds; how many seconds that took."""
        start = monotonic()
        async with asyncio.timeout(seconds):
            while not holds():
                self._changed.clear()
                await self._changed.wait()
        return monotonic() - start

    async def polls(self, name: str, number: int, seconds: float = 10.0) -> None:
        """Wait for that many more good polls of a device."""
        goal = self.values[name] + number
        await self.until(lambda: self.values[name] >= goal, seconds)


@asynccontextmanager
async def reading(source: LineSource) -> AsyncIterator[Heard]:
    """The source at work until the block ends, and out of work within five seconds."""
    heard = Heard()
    task = asyncio.create_task(source.run(heard))
    try:
        yield heard
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([task])


def units(numbers: Sequence[int], count: int = 200) -> dict[int, StaticUnit]:
    """Units whose holding register r of unit u is 1000 u + r: every value says where it comes from."""
    return {
        unit: StaticUnit(
            {
                Table.HOLDING: {register: 1000 * unit + register for register in range(count)},
                Table.INPUT: {register: 1000 * unit + 500 + register for register in range(count)},
                Table.COIL: {bit: (bit + unit) % 2 for bit in range(40)},
            }
        )
        for unit in numbers
    }


KINDS = ("modbus-tcp", "modbus-rtu-over-tcp", "modbus-rtu")


@asynccontextmanager
async def served(kind: str, line: Line) -> AsyncIterator[TcpServer | SerialServer]:
    server = SerialServer(line) if kind == "modbus-rtu" else TcpServer(line, rtu=kind != "modbus-tcp")
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def connection(kind: str, server: Any, **more: Any) -> Connection:
    """To a server, or to anything else with a host and a port."""
    settings = {"timeout": 0.2, "quiet": 0.01, "line": "115200-8N1", **more}
    if kind == "modbus-rtu":
        return Connection("wire", kind, LINE_ANSWERS, port=server.path, **settings)
    return Connection("wire", kind, LINE_ANSWERS, host=server.host, port=server.port, **settings)


def source(wire: Connection, devices: Sequence[Device], clock: Clock | None = None) -> ModbusSource:
    return ModbusSource(wire, devices, clock or SystemClock())
