"""A TCP proxy that breaks the stream between two peers, repeatably from a seed. Knows bytes only, no protocol."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType


class Mode(StrEnum):
    """What the proxy does with connections."""

    FORWARD = "forward"  # with the plan's faults
    SILENT = "silent"  # accept and swallow: no byte passes in either direction
    REFUSE = "refuse"  # nothing listens
    RESET = "reset"  # accept, then RST
    HALF_OPEN = "half_open"  # the near side keeps an open connection to which nobody answers any more


@dataclass(frozen=True)
class Plan:
    """Chances (0..1), per chunk that passes, of each fault; times are real seconds.

    A chunk is what one read gave: one frame, between peers that ask and wait. `late` holds an answer back for `late_s`,
    so that it arrives after the asker gave up; what follows stays behind it, since TCP keeps order.
    """

    delay: float = 0.0
    delay_s: tuple[float, float] = (0.01, 0.05)
    drop: float = 0.0
    duplicate: float = 0.0
    split: float = 0.0
    merge: float = 0.0
    truncate: float = 0.0
    garble: float = 0.0
    cut: float = 0.0
    late: float = 0.0
    late_s: float = 1.0
    upstream: bool = False  # whether questions suffer too, or only answers


CLEAN = Plan()


class FaultProxy:
    """`async with FaultProxy(("127.0.0.1", 502), seed=1, plan=Plan(late=0.2)) as proxy:` serves `proxy.host`, `.port`.

    `proxy.plan` may be replaced and `await proxy.set_mode(...)` called at any time. `proxy.counts` counts each fault.
    """

    def __init__(
        self, target: tuple[str, int], seed: int = 0, plan: Plan = CLEAN, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.target, self.plan = target, plan
        self.host, self.port = host, port
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._mode = Mode.FORWARD
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()

    async def __aenter__(self) -> FaultProxy:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        links = list(self._links)
        self.drop_connections()
        await asyncio.gather(*(link.done.wait() for link in links))

    @property
    def mode(self) -> Mode:
        """What happens to connections now."""
        return self._mode

    async def set_mode(self, mode: Mode) -> None:
        """Changes the mode; REFUSE and RESET also end what is connected, HALF_OPEN and SILENT leave it hanging."""
        self._mode = mode
        if mode in (Mode.REFUSE, Mode.RESET):
            self.drop_connections()
        if mode is Mode.REFUSE:
            self._stop_listening()
        elif self._server is None:
            await self._listen()

    def drop_connections(self) -> None:
        """Ends every connection with RST."""
        for link in list(self._links):
            link.reset()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts["connections"] += 1
        link = _Link(self, writer)
        self._links.add(link)
        try:
            if self._mode is Mode.RESET:
                link.reset()
            else:
                await link.run(reader)
        finally:
            self._links.discard(link)
            link.done.set()

    def happens(self, fault: str, chance: float) -> bool:
        """Draws, and counts, one fault."""
        hit = self._random.random() < chance
        self.counts[fault] += hit
        return hit

    def between(self, low: float, high: float) -> float:
        """A drawn number of seconds."""
        return self._random.uniform(low, high)

    def position(self, length: int) -> int:
        """A drawn place inside a chunk, never its start."""
        return self._random.randrange(1, length) if length > 1 else 0


@dataclass(eq=False)
class _Link:
    """One client's connection and the one it was given to the target."""

    proxy: FaultProxy
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, reader: asyncio.StreamReader) -> None:
        try:
            far_reader, self.far = await asyncio.open_connection(*self.proxy.target)
        except OSError:
            self.near.close()
            return
        up = asyncio.create_task(self._pump(reader, self.far, self.proxy.plan.upstream), name="proxy up")
        down = asyncio.create_task(self._pump(far_reader, self.near, True), name="proxy down")
        await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
        self.near.close()
        self.far.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, suffers: bool) -> None:
        held = b""
        try:
            while chunk := await reader.read(65536):
                if self.proxy.mode in (Mode.SILENT, Mode.HALF_OPEN):
                    continue
                chunk, held = held + chunk, b""
                if suffers and self.proxy.happens("merge", self.proxy.plan.merge):
                    held = chunk
                    continue
                if not await self._pass_on(chunk, writer, suffers):
                    return
        except ConnectionError:
            return

    async def _pass_on(self, chunk: bytes, writer: asyncio.StreamWriter, suffers: bool) -> bool:
        """Forwards one chunk; False when the plan cut the connection."""
        pieces = await self._spoil(chunk) if suffers else [chunk]
        if pieces is None:
            self.reset()
            return False
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.002)
        return True

    async def _spoil(self, chunk: bytes) -> list[bytes] | None:
        proxy, plan = self.proxy, self.proxy.plan
        if proxy.happens("cut", plan.cut):
            return None
        if proxy.happens("drop", plan.drop):
            return []
        await self._wait(plan)
        if proxy.happens("garble", plan.garble):
            chunk = _flip(chunk, proxy.position(len(chunk)))
        if proxy.happens("truncate", plan.truncate):
            chunk = chunk[: proxy.position(len(chunk))]
        if proxy.happens("duplicate", plan.duplicate):
            return [chunk, chunk]
        if proxy.happens("split", plan.split):
            place = proxy.position(len(chunk))
            return [chunk[:place], chunk[place:]]
        return [chunk]

    async def _wait(self, plan: Plan) -> None:
        if self.proxy.happens("delay", plan.delay):
            await asyncio.sleep(self.proxy.between(*plan.delay_s))
        if self.proxy.happens("late", plan.late):
            await asyncio.sleep(plan.late_s)

    def reset(self) -> None:
        """Ends both sides at once, the near one with RST."""
        sock = self.near.get_extra_info("socket")
        if sock is not None and not self.near.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for side in (self.near, self.far):
            if side is not None:
                side.transport.abort()


def _flip(chunk: bytes, place: int) -> bytes:
    return chunk[:place] + bytes((chunk[place] ^ 0xFF,)) + chunk[place + 1 :]
