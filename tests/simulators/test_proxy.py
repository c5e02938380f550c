"""Each fault of the proxy, seen from a client of an echo server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from simulators.proxy import CLEAN, FaultProxy, Mode, Plan

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def through(plan: Plan, seed: int = 1) -> AsyncIterator[FaultProxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with FaultProxy(server.sockets[0].getsockname()[:2], seed, plan) as proxy:
        yield proxy
    server.close()


async def connect(proxy: FaultProxy) -> Streams:
    return await asyncio.open_connection(proxy.host, proxy.port)


async def ask(streams: Streams, question: bytes, expected: int = 0) -> bytes:
    """Asks, and listens for so many bytes; for 0, listens for a moment to whatever comes."""
    streams[1].write(question)
    got = b""
    try:
        async with asyncio.timeout(20 if expected else 0.15):
            while not expected or len(got) < expected:
                piece = await streams[0].read(1000)
                got += piece
                if not piece:
                    return got
    except TimeoutError:
        pass
    return got


def play(plan: Plan, story: Callable[[FaultProxy, Streams], Awaitable[None]]) -> None:
    async def run() -> None:
        async with through(plan) as proxy:
            streams = await connect(proxy)
            await story(proxy, streams)
            streams[1].close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("plan", "heard"),
    [
        (CLEAN, b"question"),
        (Plan(drop=1), b""),
        (Plan(duplicate=1), b"questionquestion"),
        (Plan(split=1), b"question"),
        (Plan(delay=1), b"question"),
        (Plan(merge=1), b""),
    ],
)
def test_what_the_client_hears(plan: Plan, heard: bytes) -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        assert await ask(streams, b"question", len(heard)) == heard

    play(plan, story)


def test_garbled_and_truncated_answers_differ_from_the_question() -> None:
    async def garbled(proxy: FaultProxy, streams: Streams) -> None:
        answer = await ask(streams, b"question", 8)
        assert len(answer) == 8
        assert sum(a != b for a, b in zip(answer, b"question", strict=True)) == 1

    async def truncated(proxy: FaultProxy, streams: Streams) -> None:
        answer = await ask(streams, b"question")
        assert 0 < len(answer) < 8
        assert b"question".startswith(answer)

    play(Plan(garble=1), garbled)
    play(Plan(truncate=1), truncated)


def test_merged_answers_come_together() -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        assert await ask(streams, b"one") == b""
        proxy.plan = CLEAN
        assert await ask(streams, b"two", 6) == b"onetwo"

    play(Plan(merge=1), story)


def test_a_late_answer_comes_after_the_asker_gave_up() -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        assert await ask(streams, b"one") == b""
        proxy.plan = CLEAN
        assert await ask(streams, b"two", 6) == b"onetwo"
        assert proxy.counts["late"] == 1

    play(Plan(late=1, late_s=0.5), story)


def test_a_cut_ends_the_connection() -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        with pytest.raises(ConnectionResetError):
            await ask(streams, b"question", 5)

    play(Plan(cut=1), story)


@pytest.mark.parametrize("mode", [Mode.SILENT, Mode.HALF_OPEN])
def test_silence_swallows_and_recovers(mode: Mode) -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        await proxy.set_mode(mode)
        assert await ask(streams, b"one") == b""
        await proxy.set_mode(Mode.FORWARD)
        assert await ask(streams, b"two", 3) == b"two"

    play(CLEAN, story)


def test_refuse_and_reset_and_back_on_the_same_port() -> None:
    async def story(proxy: FaultProxy, streams: Streams) -> None:
        assert await ask(streams, b"one", 3) == b"one"
        port = proxy.port
        await proxy.set_mode(Mode.REFUSE)
        with pytest.raises(ConnectionResetError):
            await streams[0].read()
        with pytest.raises(ConnectionRefusedError):
            await connect(proxy)
        await proxy.set_mode(Mode.RESET)
        assert proxy.port == port
        with pytest.raises(ConnectionResetError):
            await ask(await connect(proxy), b"two", 5)
        await proxy.set_mode(Mode.FORWARD)
        again = await connect(proxy)
        assert await ask(again, b"three", 5) == b"three"
        again[1].close()

    play(CLEAN, story)


def test_a_target_that_is_not_there_closes_the_connection() -> None:
    async def story() -> None:
        async with FaultProxy(("127.0.0.1", 1)) as proxy:
            streams = await connect(proxy)
            assert await ask(streams, b"question", 5) == b""
            streams[1].close()

    asyncio.run(story())


def test_the_same_seed_does_the_same() -> None:
    def drawn(seed: int) -> list[bool]:
        proxy = FaultProxy(("127.0.0.1", 1), seed)
        return [proxy.happens("drop", 0.5) for _ in range(40)]

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
