"""The MQTT source against a real mosquitto: kills, wills, retained and hostile messages (A10, A11, D1, D3, D4)."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from gateway.clock import SystemClock, cpu_seconds, monotonic
from gateway.model import BadReading, Gap, Reading, Readings
from gateway.profiles import MqttProfile
from gateway.sources.mqtt import MqttSource
from gateway.sources.source import Connection, Device, Resume
from tests.mosquitto import Mosquitto, Peer
from tests.waiting import until

pytestmark = pytest.mark.needs("mosquitto")
LINE, VOLTS, ANSWERS = 0, 1, 10


def device(name: str = "d", base: int = 0, **said: Any) -> Device:
    stated = {
        "title": "t",
        "maker": "m",
        "source": "s",
        "verified": "simulator",
        "protocol": "mqtt",
        "stale_after": "60s",
    }
    points = {"volts": {"topic": "{prefix}/state", "path": "v"}}
    availability = {"topic": "{prefix}/there", "path": "state"}
    profile = MqttProfile.model_validate(stated | {"points": points, "availability": availability} | said)
    return Device(name, profile, {"volts": base + VOLTS}, base + ANSWERS, 0.0, 60.0, parameters={"prefix": name})


class Gateway:
    """A source at work, whose readings are committed as they come unless told otherwise."""

    def __init__(self, port: int, *devices: Device, resume: Resume | None = None, committing: bool = True) -> None:
        connection = Connection("broker", "mqtt", LINE, host="127.0.0.1", port=port, client_id="gateway")
        self.source = MqttSource(connection, devices or (device(),), SystemClock(), resume)
        self.source.broker._client.reconnect_delay_set(1, 1)
        self.now: dict[int, Reading] = {}
        self.history: list[tuple[int, Reading]] = []
        self.keys: list[str] = []
        self.gaps: list[Gap] = []
        self.committing = committing

    def deliver(self, readings: Readings) -> None:
        pairs = list(zip(readings.points, readings.values, strict=True))
        self.now.update(pairs)
        self.history.extend(pairs)
        self.gaps += [readings.gap] if readings.gap else []
        if readings.receipt and self.committing:
            self.keys.append(readings.receipt_key or "")
            readings.receipt()

    def reason(self, point: int) -> str:
        reading = self.now.get(point)
        return reading.reason if isinstance(reading, BadReading) else ""

    @property
    def listens(self) -> bool:
        return self.now.get(LINE) is True and not self.source.broker._asked


@asynccontextmanager
async def running(port: int, *devices: Device, **said: Any) -> AsyncIterator[Gateway]:
    gateway = Gateway(port, *devices, **said)
    task = asyncio.create_task(gateway.source.run(gateway.deliver))
    try:
        await until(lambda: gateway.listens)
        yield gateway
        assert not task.done(), "the source ended by itself"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def peer(port: int, will: tuple[str, bytes] | None = None) -> AsyncIterator[Peer]:
    other = await asyncio.to_thread(Peer, port, will)
    try:
        yield other
    finally:
        await asyncio.to_thread(other.leave)


@pytest.mark.asyncio
async def test_a_value_a_will_and_a_return(mosquitto: Mosquitto) -> None:
    """D3: the device vanishes, the broker publishes its will."""
    async with running(mosquitto.port) as gateway:
        unit = await asyncio.to_thread(Peer, mosquitto.port, ("d/there", b'{"state": "offline"}'))
        await asyncio.to_thread(unit.say, "d/state", b'{"v": 12.5}')
        await until(lambda: gateway.now.get(VOLTS) == 12.5)
        await asyncio.to_thread(unit.vanish)
        await until(lambda: gateway.now[ANSWERS] is False)
        assert gateway.reason(VOLTS) == "offline"
        async with peer(mosquitto.port) as again:
            await asyncio.to_thread(again.say, "d/state", b'{"v": 13}')
        await until(lambda: gateway.now[VOLTS] == 13)
        assert gateway.now[ANSWERS] is True


@pytest.mark.asyncio
async def test_retained_messages_at_the_start_are_not_fresh(mosquitto: Mosquitto) -> None:
    """D1: without a time of its own a retained value is unknown, with one it keeps that."""
    dated = device("dated", 100, time={"path": "ts", "format": "unix"})
    async with peer(mosquitto.port) as other:
        await asyncio.to_thread(other.say, "d/state", b'{"v": 1}', True)
        await asyncio.to_thread(other.say, "d/there", b"online", True)
        await asyncio.to_thread(other.say, "dated/state", b'{"v": 2, "ts": 1767225600}', True)
    async with running(mosquitto.port, device(), dated) as gateway:
        await until(lambda: VOLTS in gateway.now and 101 in gateway.now and ANSWERS in gateway.now)
        assert gateway.reason(VOLTS) == "retained"
        assert gateway.now[ANSWERS] is True
        assert gateway.now[101] == 2
        assert 110 not in gateway.now


@pytest.mark.asyncio
async def test_a_killed_broker_makes_everything_unknown_until_fresh(mosquitto: Mosquitto) -> None:
    """A11: killed, restarted with its store, killed again and wiped; never good by a retained message alone."""
    async with running(mosquitto.port) as gateway, peer(mosquitto.port) as unit:
        await asyncio.to_thread(unit.say, "d/state", b'{"v": 1}', True)
        await until(lambda: gateway.now.get(VOLTS) == 1)
        for wiped in (False, True):
            mosquitto.kill()
            await until(lambda: gateway.reason(VOLTS) == "line-down")
            assert gateway.now[LINE] is False
            if wiped:
                mosquitto.wipe()
            mosquitto.start()
            await until(lambda: gateway.listens)
            assert gateway.reason(VOLTS) in (["session-lost"] if wiped else ["line-down", "retained"])
            await until(unit.client.is_connected)
            await asyncio.to_thread(unit.say, "d/state", b'{"v": 2}', True)
            await until(lambda: gateway.now[VOLTS] == 2)


@pytest.mark.asyncio
async def test_nothing_is_lost_or_told_twice_over_kills_between_commit_and_acknowledgement(
    mosquitto: Mosquitto,
) -> None:
    """A10 at the source: a process that dies sees again what it had not committed, and that only."""
    stored: list[Reading] = []
    keys: list[str] = []
    async with peer(mosquitto.port) as unit:
        async with running(mosquitto.port):
            pass
        for life in range(8):
            some = [("d/state", b'{"v": %d}' % (life * 50 + n)) for n in range(50)]
            await asyncio.to_thread(unit.say_all, some)
            resume = Resume(keys[-2000:], SystemClock().now() - 30)
            async with running(mosquitto.port, resume=resume, committing=False) as gateway:
                wanted = (life + 1) * 50 - len(stored)
                await until(partial(has_seen, gateway, wanted))
                # Half of what came is committed, but the process dies before the broker hears of it.
                half = [value for point, value in gateway.history if point == VOLTS][: wanted // 2]
                stored += half
                keys += list(gateway.source._pending)[: wanted // 2]
        async with running(mosquitto.port, resume=Resume(keys[-2000:], SystemClock().now() - 30)) as last:
            await until(lambda: len(stored) + seen(last) >= 400)
            stored += [value for point, value in last.history if point == VOLTS]
    assert stored == list(range(400))


def has_seen(gateway: Gateway, wanted: int) -> bool:
    return seen(gateway) >= wanted


def seen(gateway: Gateway) -> int:
    return sum(point == VOLTS for point, _ in gateway.history)


HOSTILE = [
    b"",
    b"\xff" * 300,
    b"{" * 100_000,
    b"x" * 2_000_000,
    b'{"v": 1, "v": 2}',
    b'{"v": NaN}',
    b'{"v": 1e999}',
    b'{"v": ' + b"9" * 4000 + b"}",
    b'{"v": [1]}',
    b'{"v": {"v": 1}}',
    b'{"v": true}',
    b'{"v": null}',
    b'{"v": "twelve"}',
    b"[" + b"1," * 120_000 + b"1]",
]


@pytest.mark.asyncio
async def test_hostile_payloads_are_refused_and_hold_up_nobody(mosquitto: Mosquitto) -> None:
    """D4: each ends as a bad reading; between two turns of the loop at most 50 ms of processor time pass."""
    longest = 0.0
    async with running(mosquitto.port) as gateway, peer(mosquitto.port) as other:

        async def watch_the_loop() -> None:
            nonlocal longest
            while True:
                before = cpu_seconds(), monotonic()
                await asyncio.sleep(0)
                longest = max(longest, min(cpu_seconds() - before[0], monotonic() - before[1]))
                await asyncio.sleep(0.0005)

        watching = asyncio.create_task(watch_the_loop())
        for round_, payload in enumerate(HOSTILE * 3):
            await asyncio.to_thread(other.say, "d/state", payload, False, round_ % 2)
        await asyncio.to_thread(other.say, "d/state", b'{"v": 5}')
        await until(lambda: gateway.now.get(VOLTS) == 5)
        watching.cancel()
        told = [value for point, value in gateway.history if point == VOLTS]
        assert len(told) == 3 * len(HOSTILE) + 1
        assert all(isinstance(value, BadReading) for value in told[:-1])
        assert gateway.source.counters["refused"] >= 3 * 6
    assert longest < 0.05


@pytest.mark.asyncio
async def test_random_bytes_on_every_topic(mosquitto: Mosquitto) -> None:
    chance = random.Random(4)
    async with running(mosquitto.port) as gateway, peer(mosquitto.port) as other:
        some = [(chance.choice(["d/state", "d/there"]), chance.randbytes(chance.randrange(40))) for _ in range(500)]
        await asyncio.to_thread(other.say_all, some)
        await asyncio.to_thread(other.say, "d/state", b'{"v": 5}')
        await until(lambda: gateway.now.get(VOLTS) == 5)


@pytest.mark.asyncio
async def test_a_broker_that_is_not_there_is_told_at_once() -> None:
    gateway = Gateway(1)
    task = asyncio.create_task(gateway.source.run(gateway.deliver))
    await until(lambda: gateway.now.get(LINE) is False)
    assert gateway.reason(VOLTS) == gateway.reason(ANSWERS) == "line-down"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
