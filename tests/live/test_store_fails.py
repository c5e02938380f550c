"""RELIABILITY A4: the disk takes nothing more. People hear of it, and of every alarm meanwhile; nothing is told twice.

The fault is a real one: the process may write no file beyond the size that its WAL has, so SQLite's writes fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from paho.mqtt import publish

from gateway.store import audit
from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, of_type, until, write_site
from tests.live.mosquitto import Mosquitto
from tests.outputs.collector import Collector, collecting

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.timeout(200), pytest.mark.needs("mosquitto")]
METER = {
    "title": "Meter", "maker": "test", "source": "test", "verified": "simulator", "protocol": "mqtt",
    "stale_after": "1h", "points": {"v0": {"topic": "meter/state", "path": "n", "unit": "V"}},
}  # fmt: skip
STORED = "SELECT value FROM history h JOIN points p ON p.id = h.point WHERE p.name LIKE '%meter/v0' AND value > 100"
DELIVERED = "SELECT e.type, e.subject, count(*) FROM outbox o JOIN events e ON e.sequence = o.sequence" \
    " WHERE output = 'hook' AND state = 'delivered' GROUP BY 1, 2"  # fmt: skip


class Bench:
    """A gateway with three cabinets, a meter behind mosquitto, a receiver of events and one of what people are told."""

    def __init__(self, gateway: Process, cabinets: Cabinets, broker: int, hook: Collector, chat: Collector) -> None:
        self.gateway, self.cabinets, self.broker, self.hook, self.chat = gateway, cabinets, broker, hook, chat
        self.full_at = 0.0

    @property
    def _pid(self) -> int:
        assert self.gateway.process
        return self.gateway.process.pid

    def fill(self, size: int | None = None) -> None:
        """From now on the disk is full: no file is written beyond what the WAL has, or beyond ``size`` bytes."""
        size = os.path.getsize(self.gateway.site / "var" / "gateway.db-wal") if size is None else size
        _, self._hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, self._hard))
        self.full_at = time.monotonic()

    def make_room(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (self._hard, self._hard))

    def measure(self, number: int) -> None:
        """The meter's device publishes a number, and hears only that its broker has it."""
        publish.single("meter/state", json.dumps({"n": number}), qos=1, hostname="127.0.0.1", port=self.broker)

    async def store_is(self) -> str:
        """What /healthz says of the store; all is not well then unless that is."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.gateway.address()}/healthz")
        (state,) = [each["state"] for each in answer.json()["components"] if each["name"] == "store"]
        assert state == "well" or answer.status_code == 503, answer.text
        return str(state)

    async def take(self, ticket: int) -> int:
        """A person takes a ticket; returns the status of the answer."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            url = f"{self.gateway.address()}/api/v1/tickets/{ticket}/take"
            return (await client.post(url, json={"by": "li"})).status_code

    @asynccontextmanager
    async def never_well(self) -> AsyncIterator[None]:
        """Meanwhile the store is never said to be anything but failed."""
        states: list[str] = []

        async def look() -> None:
            while True:
                states.append(await self.store_is())
                await asyncio.sleep(0.05)

        looking = asyncio.create_task(look())
        yield
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert looking.cancelled()
        assert len(states) > 10
        assert set(states) == {"failed"}

    def heard(self, word: str) -> list[str]:
        """The subjects of such events that the receiver took, each as often as it took it."""
        events = zip(self.hook.keys, self.hook.events, strict=True)
        return [e["subject"] for key, e in events if key in self.hook.taken and e["type"] == f"touchpoint.{word}.v1"]

    async def until_heard(self, word: str, subject: str, seconds: float = 20.0) -> float:
        """Wait for an event; returns how many seconds ago the disk became full."""
        await until(lambda: subject in self.heard(word), seconds, lambda: (self.hook.keys, self.gateway.log()))
        return time.monotonic() - self.full_at

    def break_cabinet(self, unit: int) -> None:
        self.cabinets.set(unit, 3, 1)


def make_site(folder: Path, modbus: int, broker: int, hook: str, chat: str) -> Path:
    devices = {
        f"cabinet-{unit}": {"profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms"}
        for unit in (1, 2, 3)
    }
    site = write_site(
        folder,
        connections={
            "plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": modbus},
            "broker": {"kind": "mqtt", "host": "127.0.0.1", "port": broker},
        },
        devices={**devices, "meter": {"profile": "meter", "connection": "broker"}},
        assets={f"asset-{name}": asset(name) for name in (*devices, "meter")},
        outputs={"hook": {"kind": "webhook", "url": hook, "events": ["*"]}, "chat": {"kind": "webhook", "url": chat}},
        people={"anna": {"language": "en", "reach": {"chat": None}}},
        routes=[{"name": "urgent", "when": {"priority": ["P1"]}, "tell": "anna", "by": "chat"}],
    )
    (site / "device_profiles" / "meter.yaml").write_text(json.dumps(METER), encoding="utf-8")
    return site


@asynccontextmanager
async def running(folder: Path, mosquitto: str) -> AsyncIterator[Bench]:
    cabinets = Cabinets(3)
    server = TcpServer(cabinets.line)
    await server.start()
    async with (
        Mosquitto(folder / "broker", mosquitto) as broker, collecting() as hook, collecting() as chat,
        Process(make_site(folder / "site", server.port, broker.port, hook.url, chat.url)) as gateway,
    ):  # fmt: skip
        await gateway.start()
        yield Bench(gateway, cabinets, broker.port, hook, chat)
    await server.stop()


@pytest_asyncio.fixture
async def bench(tmp_path: Path, needs: Callable[[str], str]) -> AsyncIterator[Bench]:
    """At work, with one ticket that is told and taken."""
    async with running(tmp_path, needs("mosquitto")) as made:
        made.break_cabinet(1)
        await made.until_heard("ticket.opened", "ticket/1")
        assert await made.take(1) == 200
        await made.until_heard("ticket.taken", "ticket/1")
        yield made


async def test_people_hear_of_a_full_disk_and_of_every_alarm_meanwhile(bench: Bench) -> None:
    gateway = bench.gateway
    bench.fill()
    bench.measure(101)
    await until(bench_says(bench, "failed"), 10, gateway.log)
    async with bench.never_well():
        told_after = await bench.until_heard("store.failing", "store", 10)
        (failing,) = of_type(bench.hook.events, "store.failing")
        assert failing["data"]["error"] == "disk I/O error"
        await until(lambda: bench.chat.taken, 10 - told_after)
        (item,) = bench.chat.events[-1]["data"]["items"]
        assert (bench.chat.events[-1]["data"]["to"], item["type"]) == ("anna", "touchpoint.store.failing.v1")
        for unit in (2, 3):
            bench.break_cabinet(unit)
            broken_after = time.monotonic() - bench.full_at
            heard_after = await bench.until_heard("ticket.opened", f"ticket/{unit}")
            print(f"ticket/{unit} told {heard_after - broken_after:.1f} s after the cabinet broke, from memory")
        assert await bench.take(2) == 409, "what cannot be audited is not done"
        assert gateway.rows("SELECT count(*) FROM tickets") == [(1,)], "nothing of it is written"
        assert gateway.rows(STORED) == []
    room_at = time.monotonic()
    bench.make_room()
    await until(lambda: gateway.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'") == [(0,)], 10)
    await until(lambda: gateway.rows("SELECT count(*) FROM tickets") == [(3,)], 10)
    await until(bench_says(bench, "well"), 10)
    print(f"told after {told_after:.1f} s, recovered after {time.monotonic() - room_at:.1f} s")
    assert time.monotonic() - room_at < 10
    assert gateway.rows(STORED) == [(101.0,)]
    assert await bench.take(2) == 200
    await bench.until_heard("store.working", "store", 60)
    await until(lambda: gateway.rows("SELECT count(*) FROM outbox WHERE state <> 'delivered'") == [(0,)], 10)
    written = {(kind, subject): count for kind, subject, count in gateway.rows(DELIVERED)}
    assert once_each(bench.hook) == written, "all that is written was told, and nothing twice"
    assert len(bench.chat.taken) == 1, "the next notice to her may go a minute after the first"
    rows = gateway.rows("SELECT * FROM audit ORDER BY sequence")
    assert len(rows) == 2
    assert audit.broken_at(audit.AuditRow(*row) for row in rows) is None
    count, last = gateway.rows("SELECT count(*), max(sequence) FROM events")[0]
    assert count == last, "numbered without a gap"
    assert await gateway.end(signal.SIGTERM) == 0


async def test_killed_while_the_disk_is_full_nothing_acknowledged_is_lost_and_no_number_means_two(bench: Bench) -> None:
    gateway = bench.gateway
    bench.fill()
    for number in range(101, 106):
        bench.measure(number)
    bench.break_cabinet(2)
    await bench.until_heard("store.failing", "store")
    await bench.until_heard("ticket.opened", "ticket/2")
    assert gateway.rows(STORED) == []
    await gateway.end(signal.SIGKILL)
    await gateway.start()
    await until(lambda: len(gateway.rows(STORED)) == 5, 20, lambda: gateway.rows(STORED))
    assert [value for (value,) in gateway.rows(f"{STORED} ORDER BY value")] == [101, 102, 103, 104, 105]
    await until(lambda: bench.heard("ticket.opened").count("ticket/2") == 2, 20)
    assert gateway.rows("SELECT count(*) FROM tickets") == [(2,)], "told once from memory, once as it is written"
    assert max(Counter(bench.hook.taken).values()) == 1, "a receiver that knows keys has missed nothing"


async def test_it_can_be_told_to_stop_while_the_disk_is_full(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = bench.gateway
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # it would find no room for its own file as it ends
    await gateway.end(signal.SIGTERM)
    await gateway.start()
    bench.fill(4096)
    bench.break_cabinet(2)
    await until(bench_says(bench, "failed"), 10, gateway.log)
    assert await gateway.end(signal.SIGTERM) == 0
    assert "Traceback" not in gateway.log()
    await gateway.start()
    await bench.until_heard("ticket.opened", "ticket/2")
    assert gateway.rows("SELECT count(*) FROM tickets") == [(2,)]


def bench_says(bench: Bench, state: str) -> Callable[[], Any]:
    async def says() -> bool:
        return await bench.store_is() == state

    return says


def once_each(collector: Collector) -> Counter[tuple[str, str]]:
    """(type, subject) → how often it was taken; every key but once."""
    assert max(Counter(collector.taken).values()) == 1
    taken = [event for key, event in zip(collector.keys, collector.events, strict=True) if key in collector.taken]
    return Counter((event["type"], event["subject"]) for event in taken)
