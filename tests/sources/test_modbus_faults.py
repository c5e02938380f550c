"""What a bad wire does to Modbus: never another register's value, never a dead task, soon well again."""

import asyncio
import os
import random
import struct
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.model import BadReading
from gateway.sources.modbus import ModbusLink
from gateway.sources.modbus.frames import DECODER, RtuGuard, TcpGuard
from gateway.sources.polling import ExceptionAnswer, LinkFailed, NoAnswer
from gateway.sources.registers import Block, plan
from simulators.modbus.framing import Request, RtuFraming, TcpFraming, crc16
from simulators.modbus.line import Line
from simulators.proxy import FaultProxy, Mode
from tests.sources.modbus_story import (
    KINDS,
    LINE_ANSWERS,
    Heard,
    answers,
    connection,
    device,
    profile,
    reading,
    served,
    source,
    units,
)
from tests.sources.wayward import Sends, WaywardPeer, behave

pytestmark = pytest.mark.asyncio
SEED = 20261123


def block(start: int, count: int, table: str = "holding") -> Block:
    points = {"first": {"address": start, "table": table}, "last": {"address": start + count - 1, "table": table}}
    return plan(profile(points, largest_gap=100), points, {}).blocks[0]


SAME_SHAPE = [block(start, 10) for start in (0, 20, 40, 60)]
OTHER_SHAPE = [block(80, 4), block(5, 10, "input"), block(90, 10, "input"), block(100, 25), block(2, 30, "coil")]
QUESTIONS = SAME_SHAPE + OTHER_SHAPE


def expected(unit: int, asked: Block) -> list[int]:
    """What the registers of `units` hold."""
    span = range(asked.start, asked.start + asked.count)
    if asked.table == "coil":
        return [(bit + unit) % 2 for bit in span]
    return [1000 * unit + register + (500 if asked.table == "input" else 0) for register in span]


async def ask(link: ModbusLink, unit: int, asked: Block) -> bool:
    """Whether the question was answered; a wrong answer fails the test."""
    try:
        words = await link.ask(unit, asked)
    except (NoAnswer, LinkFailed, ExceptionAnswer):
        return False
    assert list(words) == expected(unit, asked)
    return True


class TestLateAnswers:
    """C1."""

    TIMEOUT = 0.02
    FRAMES = 420
    """For each of eight lines on each of three kinds of wire: 10,080 in all."""

    async def one_line(self, kind: str, seed: int, frames: int) -> tuple[int, int]:
        """Late frames, and questions answered all the same."""
        draw, late, answered = random.Random(seed), 0, 0

        def tardy(_request: Request, frame: bytes) -> Sends:
            nonlocal late
            if draw.random() < 0.5:
                return [(0.0, frame)]
            late += 1
            return [(self.TIMEOUT * draw.uniform(1.05, 4.0), frame)]

        async with WaywardPeer(kind, units([1, 2]), tardy) as peer:
            link = ModbusLink(connection(kind, peer, timeout=self.TIMEOUT, quiet=0.001))
            while late < frames:
                answered += await ask(link, draw.choice([1, 1, 1, 2]), draw.choice(QUESTIONS))
            link.close()
        return late, answered

    @pytest.mark.timeout(600)
    @pytest.mark.parametrize("kind", KINDS)
    async def test_no_late_frame_is_taken_for_another_registers_value(self, kind: str) -> None:
        lines = [self.one_line(kind, SEED + number, frames=self.FRAMES) for number in range(8)]
        results = await asyncio.gather(*lines)

        assert sum(late for late, _ in results) >= 8 * self.FRAMES
        assert all(answered for _, answered in results)


def garbled(frame: bytes, place: int, draw: random.Random) -> bytes:
    return frame[:place] + bytes([frame[place] ^ draw.randint(1, 255)]) + frame[place + 1 :]


def spoiled(kind: str, frame: bytes, draw: random.Random) -> list[bytes]:
    """One answer frame as a bad wire may hand it on, in one or more pieces."""
    cut = draw.randrange(1, len(frame))
    # TCP carries no checksum of Modbus' own: below the header a changed byte is the transport's to notice.
    place = draw.randrange(9 if kind == "modbus-tcp" else len(frame))
    noise = draw.randbytes(draw.randint(1, 40))
    ways = {
        "dropped": [],
        "doubled": [frame, frame],
        "glued": [frame + frame],
        "split": [frame[:cut], frame[cut:]],
        "cut": [frame[:cut]],
        "headless": [frame[cut:]],
        "garbled": [garbled(frame, place, draw)],
        "noise": [noise],
        "noise after": [frame + noise],
        "absurd length": [
            frame[:4] + b"\xff\xff" + frame[6:] if kind == "modbus-tcp" else frame[:2] + b"\xff" + frame[3:]
        ],
        "no length": [frame[:4] + b"\x00\x01" + frame[6:] if kind == "modbus-tcp" else frame[:2] + b"\x00" + frame[3:]],
        "echo": [frame[:1] + b"\x03\x00\x00\x00\x0a" + crc16(frame[:1] + b"\x03\x00\x00\x00\x0a"), frame],
        "other transaction": [struct.pack(">H", draw.randint(0, 3)) + frame[2:]],
        "other unit": [garbled(frame, 6 if kind == "modbus-tcp" else 0, draw)],
    }
    if kind != "modbus-tcp":
        ways.pop("other transaction")
    return ways[draw.choice(sorted(ways))]


class TestGarbledFrames:
    """C2."""

    @pytest.mark.parametrize("kind", ["modbus-tcp", "modbus-rtu"])
    async def test_of_100000_spoiled_frames_none_gives_a_wrong_value_or_an_error_in_the_loop(self, kind: str) -> None:
        draw, accepted = random.Random(SEED), 0
        peers = units([1])
        for number in range(50_000):
            asked = SAME_SHAPE[number % len(SAME_SHAPE)]
            guard: Any = TcpGuard(DECODER) if kind == "modbus-tcp" else RtuGuard(DECODER)
            tag = 1 + number % 60_000 if kind == "modbus-tcp" else 0
            values = peers[1].read("holding", asked.start, asked.count)  # type: ignore[arg-type]  # a Table is a str
            pdu = struct.pack(f">BB{asked.count}H", 3, 2 * asked.count, *values)
            framing = TcpFraming() if tag else RtuFraming()
            frame = framing.wrap(Request(1, b"", tag), pdu)
            guard.waiting, buffer = True, b""
            for piece in spoiled(kind, frame, draw):
                buffer += piece
                used, answer = guard.handleFrame(buffer, 1, tag)
                buffer = buffer[used:]
                if answer is None or answer.function_code != 3 or answer.dev_id != 1 or answer.transaction_id != tag:
                    continue
                if len(answer.registers) == asked.count:
                    accepted += 1
                    assert list(answer.registers) == expected(1, asked)

        assert accepted > 5_000

    @pytest.mark.parametrize("kind", KINDS)
    async def test_over_a_bad_wire_nothing_wrong_is_read_and_two_polls_later_all_is_well(self, kind: str) -> None:
        async def line(seed: int) -> None:
            draw = random.Random(seed)

            def misbehave(_request: Request, frame: bytes) -> Sends:
                return [(0.0, piece) for piece in spoiled(kind, frame, draw)]

            async with WaywardPeer(kind, units([1, 2])) as peer:
                link = ModbusLink(connection(kind, peer, timeout=0.1, quiet=0.002))
                for _ in range(12):
                    peer.misbehave = misbehave
                    for _ in range(4):
                        await ask(link, draw.choice([1, 2]), draw.choice(QUESTIONS))
                    peer.misbehave = behave
                    # The first answer may still meet what is left of the last.
                    await ask(link, 1, SAME_SHAPE[0])
                    assert await ask(link, 2, SAME_SHAPE[1])
                link.close()

        await asyncio.gather(*(line(SEED + number) for number in range(8)))

    async def test_a_source_survives_a_bad_wire_without_a_word_of_traceback(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        draw = random.Random(SEED)
        made = profile({"a": {"address": 0}, "b": {"address": 9}, "c": {"address": 120}})

        def misbehave(_request: Request, frame: bytes) -> Sends:
            pieces = spoiled("modbus-rtu", frame, draw) if draw.random() < 0.5 else [frame]
            return [(0.0, piece) for piece in pieces]

        async with WaywardPeer("modbus-rtu-over-tcp", units([1, 2, 3]), misbehave) as peer:
            wire = connection("modbus-rtu-over-tcp", peer, timeout=0.02, quiet=0.001)
            clock = SystemClock(speed=100)
            async with reading(source(wire, [device(unit, made, every=1.0) for unit in (1, 2, 3)], clock)) as heard:
                await heard.until(lambda: peer.asked > 500, seconds=20)
                peer.misbehave = behave
                for unit in (1, 2, 3):
                    await heard.polls(f"u{unit}", 2)

        good = {1: (1000, 1009, 1120), 2: (2000, 2009, 2120), 3: (3000, 3009, 3120)}
        told = [each for each in heard.all if len(each.points) == 3]
        for each in told:
            for value, right in zip(each.values, good[each.points[0] // 100], strict=True):
                assert value == right or isinstance(value, BadReading)
        assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class TestLostConnections:
    """C4."""

    MADE = profile({"a": {"address": 0}})
    SPEED = 20.0

    async def cycles(self, server: Any, mode: Mode, times: int) -> None:
        """Lose the connection and get it back; every loss is told in time, every return soon."""
        clock = SystemClock(speed=self.SPEED)
        async with FaultProxy((server.host, server.port), seed=SEED) as proxy:
            wire = connection("modbus-tcp", proxy, timeout=0.04, quiet=0.002)
            async with reading(source(wire, [device(1, self.MADE, every=2.0, stale_after=15.0)], clock)) as heard:
                await heard.polls("u1", 1)
                for _ in range(times):
                    await self.lose(heard, proxy, mode, clock)

    async def lose(self, heard: Heard, proxy: FaultProxy, mode: Mode, clock: SystemClock) -> None:
        gone = clock.now()
        await proxy.set_mode(mode)
        await heard.until(lambda: isinstance(heard.last[100], BadReading))
        # Three polls of 2 s with their time-outs of 0.8 s; the rest is a busy machine, twenty times as slow here.
        assert clock.now() - gone <= 3 * (2 + 0.8) + 12
        assert heard.last[answers(1)] is not True
        back = clock.now()
        await proxy.set_mode(Mode.FORWARD)
        if mode in (Mode.SILENT, Mode.HALF_OPEN):
            proxy.drop_connections()
        await heard.until(lambda: heard.last[100] == 1000)
        assert clock.now() - back <= 30
        await heard.until(lambda: heard.last[answers(1)] is True and heard.last[LINE_ANSWERS] is True)

    @pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.RESET, Mode.SILENT, Mode.HALF_OPEN])
    async def test_a_lost_connection_is_told_in_time_and_back_within_30_seconds(self, mode: Mode) -> None:
        async with served("modbus-tcp", Line(units([1]))) as server:
            await asyncio.gather(*(self.cycles(server, mode, 1) for _ in range(5)))
            before = descriptors()
            await asyncio.gather(*(self.cycles(server, mode, 4) for _ in range(5)))

            assert descriptors() <= before

    async def test_a_device_that_serves_one_connection_is_never_asked_over_two(self) -> None:
        draw = random.Random(SEED)

        def patchy(_request: Request, frame: bytes) -> Sends:
            return [(0.0, frame)] if draw.random() < 0.7 else []

        async with WaywardPeer("modbus-tcp", units([1]), patchy) as peer:
            peer.one_connection = True
            link = ModbusLink(connection("modbus-tcp", peer, timeout=0.02, quiet=0.005))
            answered: Sequence[bool] = [await ask(link, 1, SAME_SHAPE[0]) for _ in range(100)]
            link.close()

        assert 60 <= sum(answered) <= 80
        assert peer.connections == 1 + answered[:-1].count(False)
