"""Modbus on real sockets and a real pty, against a slave that shares no code with the gateway."""

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import Callable

import pytest

from gateway.clock import SystemClock
from gateway.errors import Unreachable
from gateway.model import BadReading
from gateway.sources.modbus import ModbusLink, read_once
from gateway.sources.polling import ExceptionAnswer, LinkFailed, NoAnswer
from gateway.sources.registers import plan
from gateway.sources.source import Connection
from simulators.modbus.framing import Request
from simulators.modbus.line import Line
from simulators.modbus.pdu import Table
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
from tests.sources.wayward import Sends, WaywardPeer

TABLES = profile(
    {
        "first": {"address": 0},
        "tenth": {"address": 9, "scale": 0.1},
        "input": {"address": 4, "table": "input"},
        "coil3": {"address": 3, "table": "coil"},
        "coil4": {"address": 4, "table": "coil"},
    }
)
pytestmark = pytest.mark.asyncio
PLAIN = plan(profile({"a": {"address": 0}, "b": {"address": 9}}), ["a", "b"], {}).blocks[0]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_table_is_read_over_every_wire(kind: str) -> None:
    async with served(kind, Line(units([1, 2]))) as server:
        wire = connection(kind, server)
        async with reading(source(wire, [device(1, TABLES), device(2, TABLES)])) as heard:
            await heard.polls("u1", 3)
            await heard.polls("u2", 3)

    assert [heard.last[100 + number] for number in range(5)] == [1000, 100.9, 1504, False, True]
    assert [heard.last[200 + number] for number in range(5)] == [2000, 200.9, 2504, True, False]
    assert heard.last[answers(1)] is heard.last[answers(2)] is heard.last[LINE_ANSWERS] is True


@pytest.mark.parametrize("kind", KINDS)
async def test_a_device_can_be_read_once_with_its_raw_words(kind: str) -> None:
    async with served(kind, Line(units([7]))) as server:
        got = await read_once(connection(kind, server), device(7, TABLES))

    assert [(each.name, each.table, each.address, each.words, each.value) for each in got] == [
        ("coil3", "coil", 3, "0x0000", False),
        ("coil4", "coil", 4, "0x0001", True),
        ("first", "holding", 0, "0x1B58", 7000),
        ("tenth", "holding", 9, "0x1B61", 700.9),
        ("input", "input", 4, "0x1D50", 7504),
    ]


async def test_what_a_device_refuses_is_shown_without_words() -> None:
    made = profile({"a": {"address": 0}, "beyond": {"address": 900, "unit": "V"}})
    async with served("modbus-tcp", Line(units([7]))) as server:
        got = await read_once(connection("modbus-tcp", server), device(7, made))

    assert (got[1].words, got[1].value, got[1].unit) == ("", BadReading("refused", "illegal address"), "V")


@pytest.mark.parametrize("kind", KINDS)
async def test_reading_a_unit_that_is_not_there_says_so(kind: str) -> None:
    async with served(kind, Line(units([7]))) as server:
        with pytest.raises(Unreachable, match="u8 does not answer"):
            await read_once(connection(kind, server), device(8, TABLES))


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (Connection("net", "modbus-tcp", 1, host="127.0.0.1", port=1, timeout=0.2), "Connection refused"),
        (Connection("bus", "modbus-rtu", 1, port="/dev/no-such-port", timeout=0.2), "No such file or directory"),
        (
            Connection("bus", "modbus-rtu", 1, port=os.devnull, timeout=0.2),
            "Could not configure port: .*ioctl",
        ),
        (Connection("net", "modbus-tcp", 1, host="no host at all", port=502, timeout=2.0), "Name or service not known"),
    ],
)
async def test_a_link_that_cannot_be_opened_is_named_with_the_reason(wire: Connection, why: str) -> None:
    with pytest.raises(LinkFailed, match=f"{wire.name}: .* cannot be opened: {why}"):
        await read_once(wire, device(1, TABLES))


async def test_a_host_that_takes_no_connection_is_told_so() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):  # the one that waits to be accepted, and never is
            wire = Connection("net", "modbus-tcp", 1, host="127.0.0.1", port=full.getsockname()[1], timeout=0.2)
            with pytest.raises(LinkFailed, match=r"cannot be opened: no answer in 0\.2 s"):
                await read_once(wire, device(1, TABLES))


async def test_a_line_setting_that_a_port_refuses_is_told_in_words() -> None:
    main, port = os.openpty()  # has no parity
    try:
        wire = Connection("bus", "modbus-rtu", 1, port=os.ttyname(port), line="9600-8E1", timeout=0.2)
        with pytest.raises(LinkFailed, match=r"cannot be opened: Invalid argument$"):
            await read_once(wire, device(1, TABLES))
    finally:
        os.close(main)
        os.close(port)


async def test_a_serial_port_that_another_program_has_is_told_so() -> None:
    main, port = os.openpty()
    try:
        fcntl.flock(port, fcntl.LOCK_EX)
        wire = Connection("bus", "modbus-rtu", 1, port=os.ttyname(port), timeout=0.2)
        with pytest.raises(LinkFailed, match="cannot be opened: another program has it"):
            await read_once(wire, device(1, TABLES))
    finally:
        os.close(main)
        os.close(port)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [*range(1, 12), 255])
async def test_every_exception_code_arrives_as_what_it_is_and_the_link_goes_on(kind: str, code: int) -> None:
    line = Line(units([1]))
    async with served(kind, line) as server:
        link = ModbusLink(connection(kind, server))
        line.manners_of(1).exception = code
        with pytest.raises(ExceptionAnswer) as caught:
            await link.ask(1, PLAIN)
        line.manners_of(1).exception = None

        assert caught.value.code == code
        assert list(await link.ask(1, PLAIN)) == list(range(1000, 1010))
        link.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unbelievable_number_of_questions_at_once_still_go_one_by_one(kind: str) -> None:
    line = Line(units([1, 2, 3]))
    async with served(kind, line) as server:
        link = ModbusLink(connection(kind, server, timeout=2.0))
        got = await asyncio.gather(*(link.ask(1 + number % 3, PLAIN) for number in range(60)))
        link.close()

    assert [words[0] for words in got] == [1000 * (1 + number % 3) for number in range(60)]
    assert line.counts["requests"] == 60


@pytest.mark.parametrize("kind", KINDS)
async def test_after_a_cancelled_question_the_next_answer_fits_its_question(kind: str) -> None:
    line = Line(units([1, 2]))
    line.manners_of(1).delay_s = 0.03
    other = plan(profile({"x": {"address": 100}, "y": {"address": 109}}), ["x", "y"], {}).blocks[0]
    async with served(kind, line) as server:
        link = ModbusLink(connection(kind, server, timeout=0.2))
        for number in range(20):
            task = asyncio.create_task(link.ask(1, PLAIN))
            # The answer to what is cancelled comes before, during or after the next question.
            await asyncio.wait([task], timeout=0.002 * number)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert list(await link.ask(1, other)) == list(range(1100, 1110))
            assert list(await link.ask(2, PLAIN)) == list(range(2000, 2010))
        link.close()


async def test_stopping_in_mid_question_takes_no_time() -> None:
    line = Line(units([1]))
    line.manners_of(1).silent = True
    async with served("modbus-tcp", line) as server:
        task = asyncio.create_task(
            source(connection("modbus-tcp", server, timeout=30.0), [device(1, TABLES)]).run(Heard())
        )
        while not line.counts["requests"]:
            await asyncio.wait([task], timeout=0.005)
        task.cancel()
        async with asyncio.timeout(1):
            await asyncio.wait([task])

    assert task.cancelled()


async def spin(until: Callable[[], bool]) -> None:
    """Turn the event loop, one round at a time."""
    for _ in range(100_000):
        if until():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came about")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancellation_that_meets_the_answer_is_not_lost(kind: str) -> None:
    async with served(kind, Line(units([1]))) as server:
        link = ModbusLink(connection(kind, server, timeout=1.0))
        await link.ask(1, PLAIN)
        task = asyncio.create_task(link.ask(1, PLAIN))
        await spin(lambda: link._guard.waiting)
        await spin(lambda: not link._guard.waiting)
        # The answer is there, its asker has not been told yet.
        assert task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        link.close()


@pytest.mark.parametrize("how", ["silent", "ten seconds late"])
@pytest.mark.parametrize("kind", KINDS)
async def test_one_of_sixteen_units_silent_leaves_the_others_95_percent_of_their_rate(kind: str, how: str) -> None:
    """Twenty-five times faster than life: a poll each 8 s, a time-out of 1.5 s, for 80 s."""

    def seventh(request: Request, frame: bytes) -> Sends:
        if request.unit != 7:
            return [(0.0, frame)]
        return [] if how == "silent" else [(0.4, frame)]

    clock = SystemClock(speed=25.0)
    single = profile({"a": {"address": 0}})
    devices = [device(number, single, every=8.0, stale_after=30.0) for number in range(1, 17)]
    async with (
        WaywardPeer(kind, units(range(1, 17)), seventh) as server,
        reading(source(connection(kind, server, timeout=0.06, quiet=0.002), devices, clock)) as heard,
    ):
        start = clock.now()
        await heard.until(lambda: clock.now() - start >= 80, seconds=20)
        expected = (clock.now() - start) / 8.0

    assert min(heard.values[f"u{number}"] for number in range(1, 17) if number != 7) >= 0.95 * expected
    assert heard.last[answers(7)] is False
    assert heard.last[700] == BadReading("no-answer")


async def test_errors_of_the_device_reach_the_point_as_reasons() -> None:
    made = profile(
        {
            "temperature": {"address": 1, "type": "int16", "missing": [0x7FFF], "scale": 0.01},
            "state": {"address": 2, "enum": {0: "charging", 2: "discharging"}},
            "pressure": {"address": 3, "type": "float32", "plausible": [0, 3]},
        }
    )
    peers = units([1])
    async with served("modbus-tcp", Line(peers)) as server:
        wire = connection("modbus-tcp", server)
        for words, reasons in (
            ([0x7FFF, 9, 0x7FC0, 0], ["sensor-error", "unknown-code", "not-a-number"]),
            ([2150, 2, 0x7F80, 0], [21.5, "discharging", "not-a-number"]),
            ([0xFFFF, 0, 0x40A0, 0], [-0.01, "charging", "out-of-range"]),
        ):
            peers[1].image.words(Table.HOLDING, 1, *words)
            got = await read_once(wire, device(1, made))
            assert [each.value.reason if isinstance(each.value, BadReading) else each.value for each in got] == reasons


async def test_a_closed_connection_ends_the_wait_and_is_opened_again() -> None:
    line = Line(units([1]))
    async with served("modbus-tcp", line) as server:
        link = ModbusLink(connection("modbus-tcp", server, timeout=20.0))
        await link.ask(1, PLAIN)
        await server.stop()
        await server.start()
        async with asyncio.timeout(2):
            assert len(await link.ask(1, PLAIN)) == 10
        line.manners_of(1).silent = True
        task = asyncio.create_task(link.ask(1, PLAIN))
        while line.counts["requests"] < 3:
            await asyncio.wait([task], timeout=0.005)
        await server.stop()
        async with asyncio.timeout(2):
            with pytest.raises((LinkFailed, NoAnswer)):
                await task
        link.close()
