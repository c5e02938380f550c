"""Bare pymodbus on the same blocks, without any gateway: reads only, or checks and stores as well."""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from tests.bench import usage

LIMIT = 65535
Row = tuple[float, int, int]


class Loop:
    """Reads every device once a second. With a ``store``: checks one limit a point, and one transaction a second."""

    def __init__(self, ports: list[int], registers: int, store: Path | None) -> None:
        self.points = 0
        self.violations = 0
        self.ages: list[float] = []
        self._ports, self._registers, self._storing = ports, registers, store is not None
        self._rows: list[Row] = []
        self._database = sqlite3.connect(store, isolation_level=None) if store else None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, port in enumerate(self._ports):
                tasks.create_task(self._read(number, port))
            if self._database:
                tasks.create_task(self._store(self._database))

    async def _read(self, number: int, port: int) -> None:
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        await client.connect()
        due = time.monotonic() + number / len(self._ports)
        while True:
            await asyncio.sleep(due - time.monotonic())
            due += 1
            answer = await client.read_holding_registers(0, count=self._registers)
            self.points += len(answer.registers)
            if self._storing:
                self._check(number * self._registers, answer.registers)

    def _check(self, first: int, values: Sequence[int]) -> None:
        now = time.monotonic()
        self.violations += sum([value > LIMIT for value in values])
        self._rows.extend([(now, first + place, value) for place, value in enumerate(values)])

    async def _store(self, database: sqlite3.Connection) -> None:
        database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE history (at REAL, point INTEGER, value, PRIMARY KEY (at, point)) WITHOUT ROWID"
        )
        while True:
            await asyncio.sleep(1)
            rows, self._rows = self._rows, []
            database.execute("BEGIN")
            database.executemany("INSERT INTO history VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")
            now = time.monotonic()
            self.ages.extend([now - row[0] for row in rows[:: self._registers]])


async def work(options: argparse.Namespace) -> None:
    """Read until it is measured."""
    loop = Loop([int(port) for port in options.ports.split(",")], options.registers, options.store)
    reading = asyncio.create_task(loop.run())
    usage.say(await usage.over_a_while(lambda: loop.points, options.warm, options.seconds, loop.ages))
    reading.cancel()
    await asyncio.wait([reading])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ports", help="joined by commas")
    parser.add_argument("--registers", type=int, default=64)
    parser.add_argument("--warm", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--store", type=Path)
    usage.run(work(parser.parse_args()))


if __name__ == "__main__":
    main()
