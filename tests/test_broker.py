"""The shared client against a real mosquitto: what is not acknowledged comes again, and nothing is raised."""

import asyncio
import gc
import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateway import broker as broker_module
from gateway.broker import Broker, Message
from gateway.errors import TemporaryFailure, Unreachable
from gateway.sources.source import Connection
from tests.conftest import Needs
from tests.mosquitto import Mosquitto, Peer, free_port
from tests.waiting import until

pytestmark = pytest.mark.needs("mosquitto")


class Listener:
    """A broker's client under test, and what it was told."""

    def __init__(self, port: int, **said: Any) -> None:
        stated = {"host": "127.0.0.1", "client_id": "gateway-under-test"} | said
        self.broker = Broker(Connection("broker", "mqtt", 0, port=port, **stated), retry=(1, 1))
        self.messages: list[Message] = []
        self.told: list[object] = []
        self.broker.subscribe(["a/#", "b"], self.messages.append)
        self.broker.watch(self.told.append, self.told.append)

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


@asynccontextmanager
async def listening(port: int, **said: Any) -> AsyncIterator[Listener]:
    listener = Listener(port, **said)
    task = asyncio.create_task(listener.broker.run())
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def say(port: int, *messages: tuple[str, bytes]) -> None:
    peer = await asyncio.to_thread(Peer, port)
    await asyncio.to_thread(peer.say_all, list(messages))
    await asyncio.to_thread(peer.leave)


@pytest.mark.asyncio
async def test_messages_arrive_in_order(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        await say(mosquitto.port, *[("a/x", b"%d" % number) for number in range(500)])
        await until(lambda: len(listener.messages) >= 500)
        assert listener.payloads == [b"%d" % number for number in range(500)]
        assert not any(message.dup or message.queued or message.retain for message in listener.messages)


@pytest.mark.asyncio
async def test_what_is_not_acknowledged_comes_again_to_the_next_process(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as first:
        await until(lambda: first.told == [False] and not first.broker._asked)
        await say(mosquitto.port, ("a/1", b"kept"), ("a/2", b"lost"))
        await until(lambda: len(first.messages) == 2)
        first.broker.ack(first.messages[0])
        await say(mosquitto.port, ("a/3", b"later"))
        await until(lambda: len(first.messages) == 3)
    async with listening(mosquitto.port) as second:
        await until(lambda: len(second.messages) >= 2)
        assert second.told == [True]
        assert second.payloads == [b"lost", b"later"]
        assert [message.dup for message in second.messages] == [True, True]
        assert all(message.queued for message in second.messages)


@pytest.mark.asyncio
@pytest.mark.parametrize("cut", [False, True])
async def test_a_clean_client_leaves_nothing_behind_but_its_will(mosquitto: Mosquitto, cut: bool) -> None:
    """Its session is forgotten; the will is what the broker holds, whether it said goodbye or was cut off."""
    told: list[object] = []
    connection = Connection("broker", "mqtt", 0, host="127.0.0.1", port=mosquitto.port, client_id="clean")
    client = Broker(connection, retry=(1, 1), clean=True, will=("b", b"gone"))
    client.subscribe(["x"], lambda message: None)
    client.watch(told.append, lambda reason: None)
    task = asyncio.create_task(client.run())
    await until(lambda: told)
    await client.publish("b", b"here", retain=True)
    if cut:
        client._client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # it is connected
        await until(lambda: len(told) == 2)
        assert told == [False, False], "not even the session of a moment ago"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.payloads)
        assert listener.payloads == [b"gone"]


@pytest.mark.asyncio
async def test_what_waited_at_the_broker_is_told_from_what_is_live(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as first:
        await until(lambda: first.told == [False] and not first.broker._asked)
    await say(mosquitto.port, *[("a/x", b"old %d" % number) for number in range(50)])
    async with listening(mosquitto.port) as second:
        await until(lambda: len(second.messages) == 50 and second.broker._queued_until is None)
        await say(mosquitto.port, ("a/x", b"new"))
        await until(lambda: len(second.messages) == 51)
        assert [message.queued for message in second.messages] == [True] * 50 + [False]


@pytest.mark.asyncio
async def test_a_broker_that_hides_our_own_message_is_named_and_believed_after_a_while(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broker_module, "CATCH_UP_LIMIT", -1.0)
    async with listening(mosquitto.port) as first:
        await until(lambda: first.told == [False] and not first.broker._asked)
    await say(mosquitto.port, ("a/x", b"1"), ("a/x", b"2"))
    async with listening(mosquitto.port) as second:
        await until(lambda: len(second.messages) == 2)
        assert not any(message.queued for message in second.messages)
    assert caplog.text.count("did not come back") == 1


@pytest.mark.asyncio
async def test_a_killed_broker_is_told_once_and_found_again(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        mosquitto.kill()
        await until(lambda: len(listener.told) == 2)
        with pytest.raises(TemporaryFailure, match="not connected"):
            await listener.broker.publish("a/out", b"x")
        await until(lambda: listener.broker._client._reconnect_delay is not None)
        mosquitto.start()
        await until(lambda: len(listener.told) == 3)
        await say(mosquitto.port, ("b", b"back"))
        await until(lambda: listener.payloads == [b"back"])
    assert caplog.text.count("not connected") == 1


@pytest.mark.asyncio
async def test_a_second_gateway_of_the_same_name_is_hinted_at(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    """Each puts the other out, and takes what the broker had kept for it."""
    async with listening(mosquitto.port) as first:
        await until(lambda: first.told == [False])
        async with listening(mosquitto.port):
            await until(lambda: len(first.told) >= 2)
        name = first.broker.connection.client_id
    assert name
    assert f"cut off without a reason, as when a second client is called {name!r}" in caplog.text


@pytest.mark.asyncio
async def test_an_acknowledgement_never_reaches_another_session(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        await say(mosquitto.port, ("a/old", b"old"))
        await until(lambda: len(listener.messages) == 1)
        mosquitto.kill()
        mosquitto.wipe()
        await until(lambda: len(listener.told) == 2)
        mosquitto.start()
        await until(lambda: len(listener.told) == 3)
        assert listener.told[2] is False
        await say(mosquitto.port, ("a/new", b"new"))
        await until(lambda: len(listener.messages) == 2)
        old, new = listener.messages
        assert old.mid == new.mid
        listener.broker.ack(old)
    async with listening(mosquitto.port) as after:
        await until(lambda: after.payloads == [b"new"])


@pytest.mark.asyncio
async def test_a_refused_host_is_named_once_and_never_fatal(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with caplog.at_level(logging.INFO):
        async with listening(port) as listener:
            await until(lambda: listener.broker._client._reconnect_delay is not None)
            await until(lambda: len(listener.told) == 1)
    assert "Connection refused" in str(listener.told[0])
    assert caplog.text.count(f"broker 127.0.0.1:{port}") == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "said",
    [{"host": "a..b"}, {"host": ""}, {"port": 0}, {"host": "127.0.0.1", "tls": True, "ca_file": "/nowhere/ca.pem"}],
)
async def test_what_cannot_even_be_tried_is_said(said: dict[str, Any]) -> None:
    listener = Listener(**({"port": 1883} | said))
    with pytest.raises(Unreachable, match="cannot be used"):
        await listener.broker.run()


@pytest.mark.asyncio
async def test_wrong_credentials_are_a_reason(needs: Needs, tmp_path: Path) -> None:
    (tmp_path / "passwords").touch(mode=0o600)
    server = Mosquitto(
        needs("mosquitto"), tmp_path, f"password_file {tmp_path}/passwords\nallow_anonymous false", False
    )
    server.start()
    try:
        async with listening(server.port, user="gateway", password="wrong") as listener:
            await until(lambda: len(listener.told) == 1)
            assert "authori" in str(listener.told[0]).lower()
    finally:
        server.kill()


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.asyncio
async def test_tls_to_a_plain_port_is_refused_and_told(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port, tls=True) as listener:
        await until(lambda: len(listener.told) == 1)
        assert not listener.broker.connected


@pytest.mark.asyncio
async def test_publishing_returns_when_the_broker_has_it(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        await listener.broker.publish("a/out", b"hello", retain=True)
        await until(lambda: listener.payloads == [b"hello"])
        assert not listener.broker._published


@pytest.mark.asyncio
async def test_several_readers_share_the_client_and_what_nobody_wants_is_acknowledged(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as first:
        await until(lambda: first.told == [False] and not first.broker._asked)
    listener = Listener(mosquitto.port)
    others: list[Message] = []
    listener.broker._subscriptions = [(("c/+",), others.append), (("b",), listener.messages.append)]
    task = asyncio.create_task(listener.broker.run())
    await until(lambda: listener.told == [True])
    await say(mosquitto.port, ("a/x", b"nobody"), ("b", b"mine"), ("c/1", b"other"))
    await until(lambda: len(others) == 1)
    assert listener.payloads == [b"mine"]
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    async with listening(mosquitto.port) as after:
        await until(lambda: b"mine" in after.payloads)
        assert b"nobody" not in after.payloads


@pytest.mark.asyncio
async def test_a_refused_subscription_is_counted(
    needs: Needs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Mosquitto(needs("mosquitto"), tmp_path, f"acl_file {tmp_path}/acl")
    (tmp_path / "acl").write_text("topic read b\n")
    (tmp_path / "acl").chmod(0o600)
    server.start()
    try:
        async with listening(server.port) as listener:
            listener.broker._asked.clear()
            await until(lambda: listener.told == [False])
            reason = type("Refusal", (), {"value": 0x80})()
            listener.broker._asked[77] = ["secret/#"]
            listener.broker._on_subscribe(listener.broker._client, None, 77, [reason], None)
            await until(lambda: listener.broker.counters["subscriptions refused"] == 1)
    finally:
        server.kill()
    assert "refuses the subscription secret/#" in caplog.text


def packet(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


@asynccontextmanager
async def hostile_broker(
    *packets: bytes, kept: bool = False, senders: list[asyncio.StreamWriter] | None = None
) -> AsyncIterator[int]:
    """Says yes to everybody, then sends what no broker sends; ``kept``: it says that it had a session."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        if senders is not None:
            senders.append(writer)
        writer.write(packet(0x20, bytes([kept, 0])) + b"".join(packets))
        with suppress(ConnectionError):
            await writer.drain()
            while await reader.read(1024):
                pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.asyncio
async def test_a_topic_that_is_no_utf8_is_a_message_for_nobody() -> None:
    sent = packet(0x30, b"\0\2\xff\xfe" + b"x"), packet(0x30, b"\0\1b" + b"y")
    async with hostile_broker(*sent) as port, listening(port) as listener:
        await until(lambda: len(listener.messages) == 2)
        assert [message.topic for message in listener.messages] == ["\ufffd\ufffd", "b"]


@pytest.mark.asyncio
async def test_a_broken_packet_costs_a_reconnection() -> None:
    async with hostile_broker(packet(0x32, b"\0\1b")) as port, listening(port) as listener:
        await until(lambda: len(listener.told) >= 3)
        assert [type(each) for each in listener.told[:3]] == [bool, str, bool]


@pytest.mark.asyncio
@pytest.mark.parametrize(("comes_back", "old"), [(True, 100), (False, 100), (False, 3)])
async def test_a_queue_that_takes_long_to_empty_is_old_to_its_end(
    monkeypatch: pytest.MonkeyPatch, comes_back: bool, old: int
) -> None:
    """Seen with 330,000 messages of a real one: after 30 s the other 99,011 passed for live. Here it may take 0.3 s."""
    monkeypatch.setattr(broker_module, "CATCH_UP_LIMIT", 0.3)
    monkeypatch.setattr(broker_module, "BACKLOG", 5)
    senders: list[asyncio.StreamWriter] = []
    async with hostile_broker(kept=True, senders=senders) as port, listening(port) as listener:
        await until(lambda: listener.told == [True])
        for _ in range(old):
            senders[-1].write(packet(0x30, b"\0\1bold"))
            await asyncio.sleep(0.01)
        await until(lambda: len(listener.messages) == old)
        if comes_back:
            marker = listener.broker._marker.encode()
            senders[-1].write(packet(0x30, bytes([0, len(marker)]) + marker + listener.broker._token))
        else:
            await asyncio.sleep(0.35)
        senders[-1].write(packet(0x30, b"\0\1bnew"))
        await until(lambda: len(listener.messages) > old)
        assert [message.queued for message in listener.messages] == [True] * old + [not comes_back and old > 5]


# Ending the thread is what this is about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.asyncio
async def test_a_network_thread_that_ended_is_revived(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        client = listener.broker._client
        client.on_message = lambda *_: sys.exit()
        await say(mosquitto.port, ("b", b"poison"))
        await until(lambda: "the network thread ended" in listener.told)
        await until(lambda: b"poison" in listener.payloads)
        assert listener.broker.connected
    del client
    gc.collect()


@pytest.mark.asyncio
async def test_huge_payloads_are_cut_before_they_are_kept(mosquitto: Mosquitto) -> None:
    async with listening(mosquitto.port) as listener:
        await until(lambda: listener.told == [False])
        await say(mosquitto.port, ("b", b"x" * 2_000_000))
        await until(lambda: len(listener.messages) == 1)
        assert len(listener.messages[0].payload) == 256 * 1024 + 1


class Stalled(asyncio.Protocol):
    """Says yes, and reads nothing more until it is told to go on; ``over``: everything that it got."""

    def __init__(self) -> None:
        self.over: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.wire: asyncio.Transport | None = None
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.wire = transport

    def data_received(self, data: bytes) -> None:
        if not self._got and self.wire:
            self.wire.write(b"\x20\x02\x00\x00")
            self.wire.pause_reading()
        self._got += data

    def connection_lost(self, _why: Exception | None) -> None:
        self.over.set_result(bytes(self._got))


@pytest.mark.asyncio
async def test_what_a_line_does_not_take_at_once_it_does_not_get_later() -> None:
    """The other side reads nothing for a while: what was to go out is thrown away with the connection."""
    peers: list[Stalled] = []

    def meet() -> Stalled:
        peers.append(Stalled())
        return peers[-1]

    server = await asyncio.get_running_loop().create_server(meet, "127.0.0.1", 0)
    async with server, listening(server.sockets[0].getsockname()[1]) as listener:
        await until(lambda: listener.broker.connected)
        listener.broker._client.publish("filler", bytes(16 * 2**20), 0)
        assert await listener.broker.send("relay/rpc", b"break") is False
        first = peers[0]
        assert first.wire
        first.wire.resume_reading()
        got = await first.over
        assert b"filler" in got[:200]
        assert b"relay/rpc" not in got
        await until(lambda: len(peers) > 1)
    for each in peers[1:]:
        assert each.wire
        each.wire.resume_reading()
        assert b"relay/rpc" not in await each.over


@pytest.mark.asyncio
async def test_leaving_does_not_wait_for_a_silent_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepts and never answers: the client is amid connecting when it is told to stop."""
    monkeypatch.setattr(broker_module, "STOP_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with listening(server.getsockname()[1]) as listener:
            await until(lambda: any("paho" in each.name for each in threading.enumerate()))
        assert not listener.broker.connected


def test_a_connection_does_not_end_between_the_look_at_it_and_the_acknowledgement() -> None:
    """A message id means another message on the next one: that would be lost."""
    broker = Listener(1).broker
    message, sessions = Message("b", b"x", 1, False, False, False, 7, 0), list[int]()
    ending = threading.Thread(target=broker._lost, args=("gone",))

    class Slow:
        def ack(self, _mid: int, _qos: int) -> None:
            ending.start()
            ending.join(0.2)
            sessions.append(broker._session)

    broker._client = Slow()  # type: ignore[assignment]  # only what ack asks of it
    broker.ack(message)
    ending.join()
    broker.ack(message)
    assert (sessions, broker._session) == ([0], 1)
