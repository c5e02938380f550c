"""A real receiver of line protocol on loopback that is down, slow, hangs or refuses lines, as told."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.mosquitto import free_port
from tests.outputs.collector import stop


@dataclass
class Receiver:
    """Takes lines while it is ``up``; counts its requests. ``poison``: what makes a whole request be refused."""

    port: int = field(default_factory=free_port)
    lines: list[str] = field(default_factory=list)
    requests: int = 0
    status: int = 204
    delay: float = 0.0
    poison: str = ""
    started: float | None = None
    """What its /metrics tell; None: it has none, which it says with ``nowhere``."""
    nowhere: int = 404
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def up(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def down(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.close()
            await stop(self._tasks)
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                await self._one(reader, writer)
        writer.close()
        self._tasks.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if head[0].startswith("GET"):
            told = f"process_start_time_seconds {self.started}\n".encode() if self.started is not None else b""
            writer.write(
                b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (200 if told else self.nowhere, len(told), told)
            )
            return
        self.requests += 1
        self.paths.append(head[0].split(" ")[1])
        self.headers.append(headers)
        lines = gzip.decompress(body).decode().split("\n")
        await asyncio.sleep(self.delay)
        poisoned = bool(self.poison) and any(self.poison in line for line in lines)
        status = 400 if poisoned else self.status
        if status == 204:
            self.lines += lines
        writer.write(b"HTTP/1.1 %d X\r\n%s\r\n" % (status, b"" if status == 204 else b"content-length: 0\r\n"))
        await writer.drain()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    receiver = Receiver()
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.down()
