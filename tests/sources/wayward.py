"""A slave, on TCP or on a pty, whose every answer a test may hold back, repeat, cut or replace."""

import asyncio
import os
import tty
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from simulators.modbus.framing import Framing, GarbledStream, Request, RtuFraming, TcpFraming
from simulators.modbus.pdu import Unit, answer

Sends = list[tuple[float, bytes]]
"""What goes out, each after so many seconds."""
Misbehave = Callable[[Request, bytes], Sends]
"""The request and its proper answer frame, to what is sent instead."""


def behave(_request: Request, frame: bytes) -> Sends:
    return [(0.0, frame)]


class WaywardPeer(asyncio.Protocol):
    """``async with WaywardPeer("modbus-rtu", units, misbehave) as peer:``; late answers of one unit delay no other's.

    As a serial-to-TCP converter it sends late answers to whoever is connected then; as a TCP server to who had asked.
    """

    def __init__(self, kind: str, units: Mapping[int, Unit], misbehave: Misbehave = behave) -> None:
        self.kind, self.units, self.misbehave = kind, units, misbehave
        self.host, self.port, self.path = "127.0.0.1", 0, ""
        self.one_connection = False
        self.asked = self.sent = self.connections = 0
        self._server: asyncio.Server | None = None
        self._transport: asyncio.Transport | None = None
        self._free_at: dict[int, float] = {}
        self._open: set[asyncio.Transport] = set()
        self._framing: Framing = RtuFraming()
        self._fds: tuple[int, ...] = ()

    async def __aenter__(self) -> Self:
        if self.kind == "modbus-rtu":
            near, far = os.openpty()
            tty.setraw(near)
            tty.setraw(far)
            os.set_blocking(near, False)
            self._fds, self.path = (near, far), os.ttyname(far)
            asyncio.get_running_loop().add_reader(near, lambda: self.data_received(os.read(near, 4096)))
        else:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: self, self.host, 0)
            self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
            for transport in self._open:
                transport.abort()
            await self._server.wait_closed()
        for fd in self._fds:
            asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)
        self._fds = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self.one_connection and self._transport is not None:
            transport.abort()
            return
        self.connections += 1
        self._transport = transport
        self._open.add(transport)
        transport.set_protocol(_Only(self, transport))
        self._framing = TcpFraming() if self.kind == "modbus-tcp" else RtuFraming()

    @property
    def current(self) -> asyncio.Transport | None:
        return self._transport

    def ended(self, transport: asyncio.Transport) -> None:
        self._open.discard(transport)
        if self._transport is transport:
            self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            requests = self._framing.feed(data)
        except GarbledStream:
            return
        for request in requests:
            self.asked += 1
            if unit := self.units.get(request.unit):
                self._reply(request, self._framing.wrap(request, answer(unit, request.pdu)))

    def _reply(self, request: Request, frame: bytes) -> None:
        loop, asker = asyncio.get_running_loop(), self._transport
        for delay, piece in self.misbehave(request, frame):
            # A slave answers in order: what is late holds back what comes after it.
            due = max(loop.time() + delay, self._free_at.get(request.unit, 0.0))
            self._free_at[request.unit] = due
            if due > loop.time():
                loop.call_at(due, self._send, piece, asker)
            else:
                self._send(piece, asker)

    def _send(self, piece: bytes, asker: asyncio.Transport | None) -> None:
        self.sent += 1
        if self._fds:
            os.write(self._fds[0], piece)
            return
        to = asker if self.kind == "modbus-tcp" else self._transport
        if to is not None and not to.is_closing():
            to.write(piece)


class _Only(asyncio.Protocol):
    """One connection, whose end its peer learns of."""

    def __init__(self, peer: WaywardPeer, transport: asyncio.Transport) -> None:
        self._peer, self._own = peer, transport

    def data_received(self, data: bytes) -> None:
        if self._peer.current is self._own:
            self._peer.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer.ended(self._own)
