"""Commands over a real mosquitto: at once or not at all, never kept for later, and only what the site allows."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.clock import ManualClock, SystemClock
from gateway.data import shipped
from gateway.profiles import load_profile
from gateway.sources.gate import Unlisted
from gateway.sources.mqtt import MqttSource
from gateway.sources.source import Connection, Device, Sent
from simulators.proxy import FaultProxy, Mode
from tests.conftest import Needs
from tests.mosquitto import Mosquitto, Peer
from tests.waiting import until

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.asyncio]
SHELLY = load_profile(shipped().profiles / "shelly-gen2.yaml")
BREAK = b'{"id":1,"src":"touchpoint","method":"Switch.Set","params":{"id":0,"on":true,"toggle_after":1200}}'
RESTORE = b'{"id":2,"src":"touchpoint","method":"Switch.Set","params":{"id":0,"on":false}}'
MARK = "gateway/caught-up"


@pytest.fixture
def mosquitto(needs: Needs, tmp_path: Path) -> Iterator[Mosquitto]:
    server = Mosquitto(needs("mosquitto"), tmp_path)
    server.start()
    yield server
    if server.process is not None:
        server.process.send_signal(signal.SIGCONT)
    server.kill()


def relay(number: int, allowed: Sequence[str] = ("break_supply", "restore_supply")) -> Device:
    commands = {name: SHELLY.commands[name] for name in allowed}
    name = f"relay-{number}"
    return Device(name, SHELLY, {"output": number}, 90 + number, 0.0, 180.0, 1, {"prefix": name}, commands)


class Seen(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool


class Listener:
    """Another client that hears everything on the broker but what the gateway tells itself."""

    def __init__(self, port: int) -> None:
        self.seen: list[Seen] = []
        self.peer = Peer(port)
        self.peer.client.on_message = lambda _client, _data, message: self._hear(
            Seen(message.topic, bytes(message.payload), message.qos, message.retain)
        )
        self._subscribed = False
        self.peer.client.on_subscribe = lambda *_: setattr(self, "_subscribed", True)
        self.peer.client.subscribe("#", 1)

    async def ready(self) -> None:
        await until(lambda: self._subscribed)

    def _hear(self, message: Seen) -> None:
        if message.topic != MARK:
            self.seen.append(message)

    async def all(self, least: int = 0) -> list[Seen]:
        """Everything that the broker was given so far; waits for ``least``: two connections have no order."""
        await until(lambda: len(self.seen) >= least)
        # It serves its clients in any order, but each of them once before it comes to the same one again.
        for word in (b"first", b"last"):
            await asyncio.to_thread(self.peer.say, "the/end", word)
            await until(lambda: Seen("the/end", word, 1, False) in self.seen)  # noqa: B023 - it is called at once
        found = [each for each in self.seen if each.topic != "the/end"]
        self.seen.clear()
        return found


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Listener]:
    listener = Listener(port)
    try:
        await listener.ready()
        yield listener
    finally:
        listener.peer.leave()


@asynccontextmanager
async def at_work(port: int, *devices: Device, clock: ManualClock | None = None) -> AsyncIterator[MqttSource]:
    connection = Connection("broker", "mqtt", 0, host="127.0.0.1", port=port, client_id="gateway")
    source = MqttSource(connection, devices or [relay(1)], clock or SystemClock())
    source.broker._client.reconnect_delay_set(1, 1)
    task = asyncio.create_task(source.run(lambda readings: None))
    try:
        await until(lambda: source.broker.connected)
        yield source
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def yes() -> bool:
    return True


async def test_a_command_goes_out_once_and_is_not_kept(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port) as source:
        assert await source.command("relay-1", "break_supply", 1200.0, yes) == (Sent.TAKEN, "")
        assert await source.command("relay-1", "restore_supply", None, yes) == (Sent.TAKEN, "")
        assert await listener.all(2) == [
            Seen("relay-1/rpc", BREAK, 0, False),
            Seen("relay-1/rpc", RESTORE, 0, False),
        ]
    async with listening(mosquitto.port) as later:
        assert await later.all() == []


async def test_what_was_not_connected_is_not_sent_later(mosquitto: Mosquitto) -> None:
    """The broker is gone, is told to break and to restore, and comes back: it never hears of it."""
    async with at_work(mosquitto.port) as source:
        mosquitto.kill()
        await until(lambda: not source.broker.connected)
        for _ in range(3):
            for name in ("break_supply", "restore_supply"):
                sent, why = await source.command("relay-1", name, 1200.0, yes)
                assert sent is Sent.REFUSED
                assert "is not connected" in why
        mosquitto.start()
        async with listening(mosquitto.port) as listener:
            await until(lambda: source.broker.connected)
            assert await listener.all() == []
            assert (await source.command("relay-1", "break_supply", 1200.0, yes))[0] is Sent.TAKEN
            assert await listener.all(1) == [Seen("relay-1/rpc", BREAK, 0, False)]


async def test_killed_in_the_very_moment_it_is_sent_then_or_never(mosquitto: Mosquitto) -> None:
    """Whatever is told of it, nothing of it arrives once the broker is back."""
    async with at_work(mosquitto.port) as source:
        for delay in (0.0, 0.0005, 0.001, 0.002, 0.005):
            command = asyncio.create_task(source.command("relay-1", "restore_supply", None, yes))
            await asyncio.sleep(delay)
            mosquitto.kill()
            sent, _ = await command
            assert sent in (Sent.TAKEN, Sent.UNSURE, Sent.REFUSED)
            mosquitto.start()
            async with listening(mosquitto.port) as listener:
                await until(lambda: not source.broker._told_down and source.broker.connected)
                assert await listener.all() == []


async def test_a_broker_that_hangs_is_not_told_what_it_would_do_when_it_goes_on(mosquitto: Mosquitto) -> None:
    assert mosquitto.process is not None
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port) as source:
        mosquitto.process.send_signal(signal.SIGSTOP)
        sent, why = await source.command("relay-1", "break_supply", 1200.0, yes)
        assert sent is Sent.REFUSED
        assert "does not answer" in why
        mosquitto.process.send_signal(signal.SIGCONT)
        assert await listener.all() == []


async def test_behind_a_dead_wire_nothing_waits(mosquitto: Mosquitto) -> None:
    """The connection stands, but no byte comes through; half an hour later it would."""
    async with (
        FaultProxy(("127.0.0.1", mosquitto.port)) as proxy,
        listening(mosquitto.port) as listener,
        at_work(proxy.port) as source,
    ):
        await proxy.set_mode(Mode.SILENT)
        assert (await source.command("relay-1", "break_supply", 1200.0, yes))[0] is Sent.REFUSED
        await proxy.set_mode(Mode.FORWARD)
        assert await listener.all() == []


async def test_what_is_not_wanted_any_more_does_not_go_out(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port) as source:
        assert await source.command("relay-1", "break_supply", 1200.0, lambda: False) == (Sent.WITHDRAWN, "")
        assert await listener.all() == []


async def test_it_is_not_sent_without_its_end(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port) as source:
        sent, why = await source.command("relay-1", "break_supply", None, yes)
        assert sent is Sent.REFUSED
        assert "must be told to end within" in why
        assert await listener.all() == []


async def test_one_start_a_minute_also_here(mosquitto: Mosquitto) -> None:
    clock = ManualClock()
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port, clock=clock) as source:
        assert (await source.command("relay-1", "break_supply", 1200.0, yes))[0] is Sent.TAKEN
        sent, why = await source.command("relay-1", "break_supply", 1200.0, yes)
        assert (sent, why) == (Sent.REFUSED, "relay-1 was told 1 things in the last minute, 1 of them to begin")
        assert (await source.command("relay-1", "restore_supply", None, yes))[0] is Sent.TAKEN
        assert [each.payload for each in await listener.all(2)] == [BREAK, RESTORE]


async def test_a_message_around_the_list_ends_at_the_gate(mosquitto: Mosquitto) -> None:
    """As a mistake in this program would send it."""
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port) as source:
        for topic, payload in (("door/unlock", b"1"), ("relay-1/rpc", BREAK.replace(b"1200", b"true"))):
            with pytest.raises(Unlisted):
                await source._say(topic, payload)
        assert await listener.all() == []


async def test_whatever_is_asked_only_what_is_listed_is_said(mosquitto: Mosquitto) -> None:
    """500 times any name and any seconds on three relays, of which one allows nothing: heard on every topic."""
    clock, draw = ManualClock(), random.Random(4)
    devices = [relay(1), relay(2, ["restore_supply"]), relay(3, [])]
    names = ["break_supply", "restore_supply", "", "Switch.Set", "output", "#", "break_supply "]
    async with listening(mosquitto.port) as listener, at_work(mosquitto.port, *devices, clock=clock) as source:
        for _ in range(500):
            device = draw.choice(["relay-1", "relay-2", "relay-3", "relay-4", "#"])
            await source.command(device, draw.choice(names), draw.choice([None, 0.0, 1200.0, 1e9]), yes)
            clock.advance(draw.uniform(0.0, 60.0))
        seen = await listener.all()
    assert {(each.topic, each.payload) for each in seen} == {
        ("relay-1/rpc", BREAK), ("relay-1/rpc", RESTORE), ("relay-2/rpc", RESTORE),
    }  # fmt: skip
    assert not any(each.retain for each in seen)
    assert len(seen) > 20
