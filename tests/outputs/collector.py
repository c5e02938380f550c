"""A real receiver on loopback that misbehaves as told: one answer of its script per request."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

PLAIN = {
    200: b"OK",
    204: b"No Content",
    302: b"Found",
    400: b"Bad",
    401: b"Who",
    403: b"No",
    404: b"Where",
    408: b"T",
    410: b"Gone",
    413: b"Large",
    422: b"What",
    429: b"Slow",
    500: b"Bang",
    503: b"Busy",
}


@dataclass
class Collector:
    """``script`` holds status codes or ``hang``, ``drip``, ``drop``, ``garbage``, ``flood``, ``kill``; then ``always``.

    Bytes in the script are an answer of 200 with this body. ``kill`` takes the event, then calls ``killer``.
    """

    script: list[int | str | bytes] = field(default_factory=list)
    always: int | str | bytes = 204
    killer: Callable[[], object] = str
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until_taken(self, count: int) -> list[str]:
        """The keys that were answered with 2xx, once ``count`` different ones were."""
        async with asyncio.timeout(20):
            while len(set(self.taken)) < count:
                self.news.clear()
                await self.news.wait()
        return self.taken

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines[1:] if line)}
        self.headers.append(headers)
        self.paths.append(lines[0].split(" ")[1])
        self.bodies.append(await reader.readexactly(int(headers.get("content-length", 0))))
        self.events.append(orjson.loads(self.bodies[-1] or b"null"))
        self.keys.append(headers.get("webhook-id", ""))
        what = self.script.pop(0) if self.script else self.always
        if isinstance(what, str):
            await getattr(self, f"_{what}")(writer)
            return False
        if isinstance(what, bytes):
            self._took()
            packs = "gzip" in headers.get("accept-encoding", "")  # as servers do where they may
            body, how = (gzip.compress(what), b"content-encoding: gzip\r\n") if packs else (what, b"")
            writer.write(b"HTTP/1.1 200 OK\r\n%scontent-length: %d\r\n\r\n%s" % (how, len(body), body))
            await writer.drain()
            return True
        location = f"location: {self.url}/elsewhere\r\n" if what == 302 else ""
        length = "" if what == 204 else "content-length: 0\r\n"
        writer.write(f"HTTP/1.1 {what} {PLAIN[what].decode()}\r\n{location}{length}\r\n".encode())
        if what < 300:
            self._took()
        await writer.drain()
        return True

    def _took(self) -> None:
        self.taken.append(self.keys[-1])
        self.news.set()

    async def _hang(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def _drop(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def _kill(self, writer: asyncio.StreamWriter) -> None:
        self._took()
        self.killer()

    async def _garbage(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\xff nothing of the sort\r\n\r\n")
        await writer.drain()

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        self._took()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n")
        for _ in range(160):
            writer.write(bytes(65536))
            await writer.drain()


@dataclass
class Door:
    """The port of a collector, which can be shut: nobody listens there then."""

    collector: Collector
    port: int = 0
    server: asyncio.Server | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        """Listen; at the same port as before."""
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]
        self.collector.url = f"http://127.0.0.1:{self.port}"

    async def shut(self) -> None:
        """Hang up on everybody, and listen no more."""
        if self.server:
            self.server.close()
        await stop(self.tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.tasks.add(task)
        await self.collector.serve(reader, writer)
        self.tasks.discard(task)


@contextlib.asynccontextmanager
async def collecting(*script: int | str | bytes) -> AsyncIterator[Collector]:
    """A collector on a free port, with its script."""
    async with behind_a_door(*script) as door:
        yield door.collector


@contextlib.asynccontextmanager
async def behind_a_door(*script: int | str | bytes) -> AsyncIterator[Door]:
    """The same, with the port in the test's hands."""
    door = Door(Collector(list(script)))
    await door.open()
    try:
        yield door
    finally:
        await door.shut()


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended."""
    running = list(tasks)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
