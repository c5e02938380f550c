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
    keeps_from: int = 0
    """The oldest timestamp that it keeps; of anything older it says so, as ``said``, and takes the rest."""
    said: str = ""
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
        status, body = 400 if poisoned else self.status, b""
        if status == 204:
            kept = [line for line in lines if int(line.rpartition(" ")[2]) >= self.keeps_from]
            self.lines += kept
            status, body = beyond(self.said, len(lines) - len(kept)) if len(kept) < len(lines) else (204, b"")
        writer.write(b"HTTP/1.1 %d X\r\n" % status)
        writer.write(b"\r\n" if status == 204 else b"content-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()


SAID = {
    "influxdb 1": (400, '{"error":"partial write: points beyond retention policy dropped=%d"}'),
    "influxdb 2.0": (500, '{"code":"internal error","message":"unexpected error writing points to database: '
                     'partial write: points beyond retention policy dropped=%d"}'),
    "influxdb 2.7": (422, '{"code":"unprocessable entity","message":"failure writing points to database: '
                     'partial write: points beyond retention policy dropped=%d"}'),
    "influxdb 2.8": (422, '{"code":"unprocessable entity","message":"failure writing points to database: '
                     "partial write: dropped 4 points outside retention policy of duration 24h0m0s - oldest point "
                     "home,room=Kitchen at 1970-01-01T00:00:01.541Z dropped because it violates a Retention Policy "
                     "Lower Bound at 2025-05-20T19:06:17.612973Z, newest point home,room=Kitchen at "
                     "1970-01-01T00:00:01.5410006Z dropped because it violates a Retention Policy Lower Bound at "
                     '2025-05-20T19:06:17.612973Z dropped=%d for database: 9f282d63c7d3a5c0 for retention policy: '
                     'autogen"}'),
}  # fmt: skip
"""What each version answers when it has written all but so many points that are older than its retention.

Source: the answers in influxdata/docs-v2#6071, influxdb-client-java#597, dojot#2216, AdysTech/InfluxDB.Client.Net#31.
"""


def beyond(version: str, count: int) -> tuple[int, bytes]:
    """Status and body."""
    status, body = SAID[version]
    return status, (body % count).encode()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    receiver = Receiver()
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.down()
