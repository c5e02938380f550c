"""A command that the wire still holds when nobody answers: it ends with the connection, not after the stop."""

import asyncio
import fcntl
import os
import signal
import socket
import struct
import termios
from contextlib import suppress

import pytest

from gateway.sources.gate import Gate, Write
from gateway.sources.modbus import ModbusLink
from gateway.sources.source import Connection, Sent
from tests.mosquitto import Mosquitto
from tests.sources.test_commands import commanded
from tests.sources.test_mqtt_commands import at_work
from tests.waiting import until

pytestmark = pytest.mark.asyncio
FRAME = b"\x05\x00\x03\xff\x00"
"""Coil 3 on."""


def waiting(wire: socket.socket) -> int:
    """Bytes that our side holds because the other one has not taken them."""
    (count,) = struct.unpack("i", fcntl.ioctl(wire.fileno(), termios.TIOCOUTQ, bytes(4)))
    return int(count)


async def fill(wire: socket.socket) -> None:
    """Send until the other side takes no more, with room for a frame left on ours."""
    while True:
        os.write(wire.fileno(), bytes(1024))
        for _ in range(20):
            if not waiting(wire):
                break
            await asyncio.sleep(0.01)
        else:
            return


async def everything(side: socket.socket) -> bytes:
    """What it gets until the connection ends."""
    loop, got = asyncio.get_running_loop(), bytearray()
    with suppress(ConnectionError):
        while some := await loop.sock_recv(side, 65536):
            got += some
    return bytes(got)


@pytest.mark.parametrize("given_up", [False, True])
@pytest.mark.parametrize("kind", ["modbus-tcp", "modbus-rtu-over-tcp"])
async def test_what_the_other_side_has_not_taken_ends_with_the_connection(kind: str, given_up: bool) -> None:
    """Seen over a router that dropped everything for 8 s: the start came 4 s after the stop was acknowledged."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.setblocking(False)
        gate = Gate([commanded(7)])
        order = gate.orders["u7", "break"]
        assert isinstance(order, Write)
        link = ModbusLink(Connection("c", kind, 1, "127.0.0.1", server.getsockname()[1], timeout=0.3), gate)
        await link._ready()
        side, _ = await asyncio.get_running_loop().sock_accept(server)
        side.setblocking(False)
        assert link._client is not None
        wire = link._client.ctx.transport.get_extra_info("socket")
        await fill(wire)
        before = waiting(wire)
        writing = asyncio.create_task(link.write(order, lambda: True))
        await until(lambda: waiting(wire) > before)
        if given_up:
            writing.cancel()
            await asyncio.wait([writing])
        else:
            assert (await writing)[0] is Sent.UNSURE
        link.close()
        await until(lambda: wire.fileno() < 0)
        with side:
            got = await everything(side)
    assert got
    assert FRAME not in got


@pytest.mark.needs("mosquitto")
async def test_a_command_is_taken_once_the_broker_has_it(mosquitto: Mosquitto) -> None:
    """A broker that stops right after it was asked whether it is there."""
    async with at_work(mosquitto.port) as source:
        broker = source.broker
        assert await broker.send("relay/rpc", b"on") is True
        assert mosquitto.process is not None
        mosquitto.process.send_signal(signal.SIGSTOP)
        try:
            assert await broker.send("relay/rpc", b"off") is False
            await until(lambda: not broker.connected)
        finally:
            mosquitto.process.send_signal(signal.SIGCONT)
        await until(lambda: broker.connected)
