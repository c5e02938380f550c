"""Commands on the wire: once, only what the site allows, and never more than is known of what became of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from gateway.clock import ManualClock, monotonic
from gateway.model import BadReading
from gateway.sources.gate import Gate
from gateway.sources.gate import Write as Order
from gateway.sources.modbus import ModbusLink, ModbusSource
from gateway.sources.registers import plan
from gateway.sources.source import Device, Sent
from simulators.modbus.framing import Request
from simulators.modbus.line import Line
from simulators.modbus.pdu import Write
from simulators.proxy import CLEAN, FaultProxy, Mode, Plan
from tests.sources.modbus_story import (
    KINDS,
    LINE_ANSWERS,
    Heard,
    connection,
    device,
    profile,
    reading,
    served,
    source,
    units,
)
from tests.sources.wayward import Sends, WaywardPeer, behave
from tests.waiting import until

pytestmark = pytest.mark.asyncio
MEANS = {"zh": "试", "en": "try"}
COMMANDS: Mapping[str, Any] = {
    "start": {"means": MEANS, "address": 64, "value": 1, "reads_back": "mode", "ends_by_itself": True},
    "stop": {"means": MEANS, "address": 65, "value": 1, "reads_back": "mode", "stops": True},
    "break": {"means": MEANS, "table": "coil", "address": 3, "value": 1, "reads_back": "mode"},
    "restore": {"means": MEANS, "table": "coil", "address": 3, "value": 0, "reads_back": "mode", "stops": True},
}
PROFILE = profile({"mode": {"address": 43}}, commands=COMMANDS)
(BLOCK,) = plan(PROFILE, ["mode"], {}).blocks


def commanded(unit: int, allowed: Sequence[str] = tuple(COMMANDS), every: float = 0.05) -> Device:
    return replace(device(unit, PROFILE, every), commands={name: PROFILE.commands[name] for name in allowed})


class Recorder:
    """Every frame that wrote, as the server saw it."""

    def __init__(self, **manners: Any) -> None:
        self.writes: list[tuple[int, int, int, tuple[int, ...]]] = []
        self.line = Line(units([7, 8]), on_write=self._note)
        for name, value in manners.items():
            setattr(self.line.manners_of(7), name, value)

    def has_more_than(self, number: int) -> bool:
        return len(self.writes) > number

    def _note(self, unit: int, write: Write) -> None:
        self.writes.append((unit, write.function, write.address, write.values))


@asynccontextmanager
async def at_work(
    kind: str, recorder: Recorder, *devices: Device, **wire: Any
) -> AsyncIterator[tuple[ModbusSource, Heard]]:
    async with served(kind, recorder.line) as server:
        made = source(connection(kind, server, **wire), known := devices or [commanded(7)])
        async with reading(made) as heard:
            await heard.until(lambda: heard.values[known[0].name] > 0)
            yield made, heard


def in_between(server: Any) -> FaultProxy:
    return FaultProxy((server.host, server.port), seed=3)


def yes() -> bool:
    return True


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_is_written_once_and_its_answer_checked(kind: str) -> None:
    recorder = Recorder()
    async with at_work(kind, recorder) as (made, _):
        assert await made.command("u7", "start", None, yes) == (Sent.TAKEN, "")
        assert await made.command("u7", "restore", None, yes) == (Sent.TAKEN, "")
    assert recorder.writes == [(7, 6, 64, (1,)), (7, 5, 3, (0,))]


async def test_what_it_did_is_read_at_once() -> None:
    """Polled every 10 s, the device is read again right after it was told something."""
    recorder = Recorder()
    async with at_work("modbus-tcp", recorder, commanded(7, every=10.0)) as (made, heard):
        await made.command("u7", "start", None, yes)
        await heard.polls("u7", 1, 2.0)


async def test_a_site_that_allows_nothing_writes_nothing() -> None:
    recorder = Recorder()
    async with at_work("modbus-tcp", recorder, commanded(7, ())) as (made, heard):
        for name in (*COMMANDS, "", "mode", "u7.start"):
            sent, why = await made.command("u7", name, 60.0, yes)
            assert (sent, why) == (Sent.REFUSED, f"{name} is not allowed on u7")
        await heard.polls("u7", 3)
    assert recorder.writes == []


async def test_it_is_asked_at_the_last_moment_whether_it_is_still_wanted() -> None:
    """The line is busy with a slow answer; meanwhile the test is called off."""
    recorder, wanted = Recorder(delay_s=0.15), [True]
    async with at_work("modbus-tcp", recorder, commanded(7, every=0.01), timeout=2.0) as (made, heard):
        asked = recorder.line.counts["requests"]
        await until(lambda: recorder.line.counts["requests"] > asked)
        command = asyncio.create_task(made.command("u7", "start", None, lambda: wanted[0]))
        await asyncio.sleep(0.01)
        assert not command.done()
        wanted[0] = False
        assert await command == (Sent.WITHDRAWN, "")
        await heard.polls("u7", 2)
    assert recorder.writes == []


async def test_a_command_waits_for_no_more_than_one_question() -> None:
    """Twenty silent devices on the line, each of which costs a time-out of 0.3 s: six seconds a round."""
    recorder = Recorder()
    dead = [commanded(unit, every=0.01) for unit in range(20, 40)]
    async with at_work("modbus-tcp", recorder, commanded(7), *dead, timeout=0.3) as (made, _):
        await asyncio.sleep(0.5)
        for name in ("stop", "restore", "stop"):
            start = monotonic()
            assert (await made.command("u7", name, None, yes))[0] is Sent.TAKEN
            assert monotonic() - start < 1.5, "a time-out, and what a busy machine adds"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("code", "sent"),
    [
        (1, Sent.REFUSED), (2, Sent.REFUSED), (3, Sent.REFUSED), (6, Sent.REFUSED), (10, Sent.REFUSED),
        (4, Sent.UNSURE), (5, Sent.UNSURE), (11, Sent.UNSURE), (99, Sent.UNSURE),
    ],
)  # fmt: skip
async def test_an_exception_is_told_for_what_it_says(kind: str, code: int, sent: Sent) -> None:
    """5 says that it will be done; 4 and 11 that nobody knows how far it came."""
    recorder = Recorder()
    async with at_work(kind, recorder) as (made, heard):
        recorder.line.manners_of(7).exception = code
        assert await made.command("u7", "start", None, yes) == (sent, f"unit 7 says: {SAYS[code]}")
        recorder.line.manners_of(7).exception = None
        await heard.polls("u7", 2)
    assert recorder.writes == [(7, 6, 64, (1,))]


SAYS = {
    1: "illegal function", 2: "illegal address", 3: "illegal value", 4: "device failure", 5: "still working",
    6: "busy", 10: "gateway path unavailable", 11: "gateway target does not answer", 99: "exception 99",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_no_answer_means_that_nobody_knows_and_nothing_is_sent_again(kind: str) -> None:
    recorder = Recorder()
    async with at_work(kind, recorder) as (made, heard):
        recorder.line.manners_of(7).silent = True
        assert await made.command("u7", "start", None, yes) == (Sent.UNSURE, "unit 7 does not answer")
        recorder.line.manners_of(7).silent = False
        await heard.polls("u7", 3)
        assert heard.last[700] == 7043
    assert recorder.writes == [(7, 6, 64, (1,))]


@pytest.mark.parametrize("fault", [Plan(drop=1.0), Plan(garble=1.0), Plan(truncate=1.0), Plan(cut=1.0), Plan(late=1.0)])
async def test_f3_the_answer_to_a_start_is_lost(fault: Plan) -> None:
    """Dropped, garbled, cut short, the connection gone, or later than anybody waits: one start went out, not two."""
    recorder = Recorder()
    async with served("modbus-tcp", recorder.line) as server, in_between(server) as proxy:
        made = source(connection("modbus-tcp", proxy), [commanded(7)])
        async with reading(made) as heard:
            await heard.polls("u7", 2)
            proxy.plan = fault
            sent, why = await made.command("u7", "start", None, yes)
            assert sent is Sent.UNSURE
            assert why
            proxy.plan = CLEAN
            proxy.drop_connections()
            await heard.polls("u7", 5)
            assert heard.last[700] == 7043
    assert recorder.writes == [(7, 6, 64, (1,))]


async def test_a_late_answer_to_a_command_is_nobodys_value() -> None:
    """On a line whose answers do not say what they belong to."""
    recorder = Recorder()
    async with at_work("modbus-rtu-over-tcp", recorder) as (made, heard):
        recorder.line.manners_of(7).delay_s = 0.3
        assert (await made.command("u7", "start", None, yes))[0] is Sent.UNSURE
        recorder.line.manners_of(7).delay_s = 0.0
        await heard.polls("u7", 5)
    told = {value for each in heard.all for point, value in zip(each.points, each.values, strict=True) if point == 700}
    assert {value for value in told if not isinstance(value, BadReading)} == {7043}


async def test_a_late_answer_is_not_taken_for_that_of_the_next_command() -> None:
    """The first stop is answered late, the second not at all; on this wire both answers would look alike."""
    recorder = Recorder()
    async with at_work("modbus-rtu-over-tcp", recorder, commanded(7, every=30.0)) as (made, _):
        manners = recorder.line.manners_of(7)
        manners.delay_s = 0.3
        first = asyncio.create_task(made.command("u7", "stop", None, yes))
        second = asyncio.create_task(made.command("u7", "stop", None, yes))
        await until(partial(recorder.has_more_than, 0))
        manners.silent = True
        assert [(await each)[0] for each in (first, second)] == [Sent.UNSURE, Sent.UNSURE]


async def test_an_answer_that_repeats_something_else_proves_nothing() -> None:
    def misbehave(request: Request, frame: bytes) -> Sends:
        return [(0.0, frame[:-1] + b"\x02")] if request.pdu[0] == 6 else behave(request, frame)

    async with WaywardPeer("modbus-tcp", units([7]), misbehave) as peer:
        made = source(connection("modbus-tcp", peer), [commanded(7)])
        async with reading(made) as heard:
            await heard.polls("u7", 1)
            sent, why = await made.command("u7", "start", None, yes)
            assert (sent, why) == (Sent.UNSURE, "unit 7 repeats something else than what was written")
            await heard.polls("u7", 2)


async def test_nothing_goes_out_where_the_line_cannot_be_opened() -> None:
    recorder = Recorder()
    async with served("modbus-tcp", recorder.line) as server, in_between(server) as proxy:
        made = source(connection("modbus-tcp", proxy), [commanded(7)])
        async with reading(made) as heard:
            await heard.polls("u7", 1)
            await proxy.set_mode(Mode.REFUSE)
            await heard.until(lambda: heard.last.get(LINE_ANSWERS) is False)
            sent, why = await made.command("u7", "start", None, yes)
            assert sent is Sent.REFUSED
            assert "cannot be opened" in why
            await proxy.set_mode(Mode.FORWARD)
            await heard.polls("u7", 2)
    assert recorder.writes == []


async def test_a_command_that_is_given_up_leaves_the_line_in_order() -> None:
    """Cancelled while its answer is under way (C7): the next answers belong to their questions."""
    recorder = Recorder()
    async with at_work("modbus-rtu-over-tcp", recorder, commanded(7), commanded(8)) as (made, heard):
        recorder.line.manners_of(7).delay_s = 0.1
        for number in range(5):
            command = asyncio.create_task(made.command("u7", "stop", None, yes))
            await until(partial(recorder.has_more_than, number))
            command.cancel()
            with pytest.raises(asyncio.CancelledError):
                await command
        recorder.line.manners_of(7).delay_s = 0.0
        await heard.polls("u7", 3)
        await heard.polls("u8", 3)
    good = {value for each in heard.all for value in each.values if not isinstance(value, BadReading)}
    assert good <= {7043, 8043, True, False}
    assert recorder.writes == [(7, 6, 65, (1,))] * 5


async def test_one_start_a_minute_and_stops_whenever_they_are_wanted() -> None:
    recorder, clock = Recorder(), ManualClock()
    async with served("modbus-tcp", recorder.line) as server:
        made = source(connection("modbus-tcp", server), [commanded(7), commanded(8)], clock)
        assert (await made.command("u7", "start", None, yes))[0] is Sent.TAKEN
        sent, why = await made.command("u7", "break", None, yes)
        assert (sent, why) == (Sent.REFUSED, "u7 was told 1 things in the last minute, 1 of them to begin")
        assert (await made.command("u8", "start", None, yes))[0] is Sent.TAKEN
        for _ in range(10):
            assert (await made.command("u7", "stop", None, yes))[0] is Sent.TAKEN
        clock.advance(59.0)
        assert (await made.command("u7", "start", None, yes))[0] is Sent.REFUSED
        clock.advance(2.0)
        assert (await made.command("u7", "start", None, yes))[0] is Sent.TAKEN
        made.close()
    assert [write[2] for write in recorder.writes if write[0] == 7] == [64, *[65] * 10, 64]


async def test_after_many_stops_nothing_begins_for_a_minute() -> None:
    recorder, clock = Recorder(), ManualClock()
    async with served("modbus-tcp", recorder.line) as server:
        made = source(connection("modbus-tcp", server), [commanded(7)], clock)
        for _ in range(6):
            assert (await made.command("u7", "stop", None, yes))[0] is Sent.TAKEN
        assert (await made.command("u7", "start", None, yes))[0] is Sent.REFUSED
        made.close()


@pytest.mark.parametrize("kind", ["modbus-tcp", "modbus-rtu-over-tcp"])
async def test_whatever_is_asked_only_what_is_listed_is_written(kind: str) -> None:
    """1,000 times any name, any seconds, on any device, known or not: sniffed at the server (SECURITY 4)."""
    recorder, clock, draw = Recorder(), ManualClock(), random.Random(4)
    names = [*COMMANDS, "", "Start", "start ", "65", "mode", "../start", "start\0", "*"]
    seconds = [None, 0.0, -1.0, 900.0, float("inf"), float("nan"), 1e300]
    async with served(kind, recorder.line) as server:
        made = source(connection(kind, server), [commanded(7, ["start", "stop"]), commanded(8, ["stop"])], clock)
        for _ in range(1000):
            device, name = draw.choice(["u7", "u8", "u9", ""]), draw.choice(names)
            await made.command(device, name, draw.choice(seconds), yes)
            clock.advance(draw.uniform(0.0, 30.0))
        made.close()
    assert set(recorder.writes) == {(7, 6, 64, (1,)), (7, 6, 65, (1,)), (8, 6, 65, (1,))}


@pytest.mark.parametrize("kind", ["modbus-tcp", "modbus-rtu-over-tcp"])
async def test_a_write_that_goes_around_the_source_ends_at_the_gate(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """200 frames drawn at random, written with the link itself, as a mistake in this program would."""
    recorder, draw = Recorder(), random.Random(5)
    gate = Gate([commanded(7, ["stop"])])
    async with served(kind, recorder.line) as server:
        link = ModbusLink(connection(kind, server), gate)
        for _ in range(200):
            order = Order(draw.choice([1, 7, 8]), draw.choice([5, 6]), draw.randrange(70), draw.choice([0, 1, 0xFF00]))
            if order != Order(7, 6, 65, 1):
                sent, why = await link.write(order, yes)
                assert sent is Sent.REFUSED
                assert "is not allowed" in why
        assert list(await link.ask(7, BLOCK)) == [7043]
        link.close()
    assert recorder.writes == []
    assert sum("nothing was written" in record.message for record in caplog.records) >= 199
