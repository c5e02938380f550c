"""Faces of a `Line`: a TCP port (Modbus TCP or RTU frames) and a serial line or pty. Knows no unit and no plant."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Callable

import serial

from simulators.modbus.framing import Framing, GarbledStream, Request, RtuFraming, TcpFraming
from simulators.modbus.line import Line


class _Conversation:
    """Requests in, answers out, in order. Delays are served by the loop's own timer."""

    def __init__(self, line: Line, framing: Framing, send: Callable[[bytes], None]) -> None:
        self._line, self._framing, self._send = line, framing, send
        self._free_at = 0.0

    def hear(self, data: bytes) -> None:
        """Takes arriving bytes. Raises `GarbledStream`."""
        for request in self._framing.feed(data):
            self._reply(request)

    def _reply(self, request: Request) -> None:
        answer = self._line.reply(request)
        if answer is None:
            return
        frame = self._framing.wrap(request, answer.pdu)
        loop = asyncio.get_running_loop()
        now = loop.time()
        # A slow answer holds back those behind it, as on a real wire.
        due = max(now, self._free_at) + answer.delay_s
        if due <= now:
            self._send(frame)
        else:
            self._free_at = due
            loop.call_at(due, self._send, frame)


class _TcpPeer(asyncio.Protocol):
    def __init__(self, server: TcpServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what create_server hands to a stream protocol
        self._transport = transport
        self._conversation = _Conversation(self._server.line, self._server.framing(), self._send)
        self._server.transports.add(transport)

    def _send(self, frame: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        try:
            self._conversation.hear(data)
        except GarbledStream:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.transports.discard(self._transport)


class TcpServer:
    """One listening port in front of a line. `rtu=True` speaks RTU frames over TCP."""

    def __init__(self, line: Line, host: str = "127.0.0.1", port: int = 0, *, rtu: bool = False) -> None:
        self.line, self.host, self.port = line, host, port
        self.framing: Callable[[], Framing] = RtuFraming if rtu else TcpFraming
        self.transports: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens; `port` is then the real one. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _TcpPeer(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Closes the port and drops every connection; `start` opens the same port again."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self.transports):
            transport.abort()
        await self._server.wait_closed()
        self._server = None


class SerialServer:
    """RTU on an open file descriptor: a serial port, or the far side of a pty."""

    def __init__(self, line: Line, device: str | None = None, baud: int = 9600, parity: str = "N") -> None:
        self.line, self._baud, self._parity = line, baud, parity
        self._device, self.path = device, device or ""
        self._fds: tuple[int, ...] = ()
        self._port: serial.Serial | None = None

    async def start(self) -> None:
        """Opens the named serial port, or a new pty whose name is then in `path`. Raises OSError."""
        fd = self._open_port(self._device) if self._device else self._open_pty()
        os.set_blocking(fd, False)
        self._conversation = _Conversation(self.line, RtuFraming(), lambda frame: _write(fd, frame))
        asyncio.get_running_loop().add_reader(fd, self._hear, fd)

    def _open_pty(self) -> int:
        near, far = os.openpty()
        tty.setraw(near)
        tty.setraw(far)
        # The far side stays open here too: without it a client that closes would end the line.
        self._fds, self.path = (near, far), os.ttyname(far)
        return near

    def _open_port(self, device: str) -> int:
        self._port = serial.Serial(device, self._baud, parity=self._parity, timeout=0)
        return int(self._port.fileno())

    def _hear(self, fd: int) -> None:
        try:
            data = os.read(fd, 4096)
        except (BlockingIOError, OSError):
            return
        self._conversation.hear(data)

    async def stop(self) -> None:
        """Closes the line."""
        loop = asyncio.get_running_loop()
        fds = self._fds or ((self._port.fileno(),) if self._port else ())
        for fd in fds:
            loop.remove_reader(fd)
        for fd in self._fds:
            os.close(fd)
        if self._port is not None:
            self._port.close()
        self._fds, self._port = (), None


def _write(fd: int, frame: bytes) -> None:
    try:
        os.write(fd, frame)
    except OSError:
        # Nobody drains the line: an RTU slave cannot know either, so the frame is lost.
        return
