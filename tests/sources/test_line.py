"""What a line's source tells about its devices, on a clock that leaps and a link without a wire."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from gateway.model import BadReading, Readings
from gateway.sources.line import LineSource
from gateway.sources.polling import LinkFailed, NoAnswer
from gateway.sources.registers import Block, Words
from gateway.sources.source import Connection
from tests.sources.modbus_story import LINE_ANSWERS, Heard, answers, device, profile

PROFILE = profile({"a": {"address": 0}, "b": {"address": 1}})
NO_ANSWER, LINE_DOWN = BadReading("no-answer"), BadReading("line-down")


class LeapingClock:
    """Sleeping takes no time at all; at ``end`` it sleeps for ever."""

    def __init__(self, end: float) -> None:
        self.moment, self.end = 0.0, end
        self.over = asyncio.Event()

    def now(self) -> float:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += max(seconds, 0.001)
        await asyncio.sleep(0)
        if self.moment >= self.end:
            self.over.set()
            await asyncio.Event().wait()

    def real(self, seconds: float) -> float:
        return 0.0 * seconds

    def ahead(self) -> float:
        return 0.0

    def trusted(self) -> bool:
        return True


class FakeLink:
    """Answers in 20 ms of the clock's time; ``trouble(unit, now)`` says what goes wrong."""

    def __init__(self, clock: LeapingClock, trouble: Callable[[int, float], Exception | None]) -> None:
        self._clock, self._trouble = clock, trouble
        self.closed = False

    async def ask(self, unit: int, block: Block) -> Words:
        trouble = self._trouble(unit, self._clock.now())
        await self._clock.sleep(1.0 if isinstance(trouble, NoAnswer) else 0.02)
        if trouble:
            raise trouble
        return [unit] * block.count

    def close(self) -> None:
        self.closed = True


def story(
    numbers: list[int], trouble: Callable[[int, float], Exception | None], end: float = 100.0,
    stale_after: float = 40.0, unused: tuple[int, ...] = (),
) -> Heard:  # fmt: skip
    """Everything that was told until ``end`` by units polled each 5 s."""

    async def run() -> Heard:
        clock, heard = LeapingClock(end), Heard()
        link = FakeLink(clock, trouble)
        devices = [device(number, PROFILE, every=5.0, stale_after=stale_after) for number in numbers]
        devices = [replace(each, point_ids={}) if each.unit in unused else each for each in devices]
        source = LineSource(Connection("bus", "modbus-rtu", LINE_ANSWERS), devices, clock, link)
        task = asyncio.create_task(source.run(heard))
        await clock.over.wait()
        task.cancel()
        await asyncio.wait([task])
        assert link.closed
        return heard

    return asyncio.run(run())


def told(heard: Heard, point: int) -> list[tuple[float, object]]:
    """Moments and values of one point, as it was told."""
    return [
        (round(each.at), value)
        for each in heard.all
        for at, value in zip(each.points, each.values, strict=True)
        if at == point
    ]


def changes(heard: Heard, point: int) -> list[object]:
    values = [value for _, value in told(heard, point)]
    return [value for place, value in enumerate(values) if place == 0 or value != values[place - 1]]


def well(_unit: int, _now: float) -> None:
    return None


def test_values_come_in_one_column_per_poll_with_the_same_points_each_time() -> None:
    heard = story([1], well, end=20)
    polls = [each for each in heard.all if len(each.points) == 2]

    assert len(polls) >= 4
    assert all(poll.points is polls[0].points and list(poll.values) == [1, 1] for poll in polls)
    assert all(poll.at == poll.arrived for poll in polls)


def test_whether_a_device_answers_is_said_at_once_and_repeated_before_it_grows_stale() -> None:
    heard = story([1, 2], well, stale_after=40.0)
    said = told(heard, answers(1))

    assert 5 <= len(said) <= 7
    assert {value for _, value in said} == {True}
    assert all(after - before <= 26 for (before, _), (after, _) in pairwise(said))


def test_a_device_that_falls_silent_is_unknown_within_three_polls(caplog: pytest.LogCaptureFixture) -> None:
    heard = story([1, 2], lambda unit, now: NoAnswer() if unit == 2 and 22 < now < 60 else None)
    (lost_at,) = [moment for moment, value in told(heard, 200) if value == NO_ANSWER]

    assert lost_at - 22 <= 3 * 5 + 3
    assert changes(heard, answers(2)) == [True, False, True]
    assert changes(heard, 200) == [2, NO_ANSWER, 2]
    assert changes(heard, 100) == [1]
    assert changes(heard, LINE_ANSWERS) == [True]
    lost, back = (record.message for record in caplog.records)
    assert lost == "device u2 does not answer (3 polls)"
    assert back.startswith("device u2 answers again after ")


def test_that_it_is_lost_is_repeated_while_it_lasts() -> None:
    heard = story([1, 2], lambda unit, _: NoAnswer() if unit == 2 else None, stale_after=20.0)
    said = told(heard, answers(2))

    assert {value for _, value in said} == {False}
    assert all(after - before <= 20 for (before, _), (after, _) in pairwise(said))


def test_when_all_fall_silent_it_is_the_line_and_no_device_is_blamed(caplog: pytest.LogCaptureFixture) -> None:
    heard = story([1, 2, 3], lambda _, now: NoAnswer() if 22 < now < 60 else None)

    assert changes(heard, LINE_ANSWERS) == [True, False, True]
    for unit in (1, 2, 3):
        assert changes(heard, answers(unit)) == [True, LINE_DOWN, True]
        assert changes(heard, 100 * unit + 1) == [unit, LINE_DOWN, unit]
    down, back = (record.message for record in caplog.records)
    assert down == "line bus is down: none of its devices answers"
    assert back.startswith("line bus is back after ")


def test_all_are_back_soon_after_the_line(caplog: pytest.LogCaptureFixture) -> None:
    heard = story([1, 2, 3], lambda _, now: NoAnswer() if 22 < now < 600 else None, end=700)

    for unit in (1, 2, 3):
        back = min(moment for moment, value in told(heard, 100 * unit) if moment > 100 and value == unit)
        assert back - 600 <= 30
    assert len(caplog.records) == 2


def test_a_link_that_cannot_be_opened_is_the_line_even_with_one_device(caplog: pytest.LogCaptureFixture) -> None:
    heard = story([1], lambda _, now: LinkFailed("bus: /dev/ttyUSB0 cannot be opened") if now < 60 else None)

    assert changes(heard, LINE_ANSWERS) == [False, True]
    assert changes(heard, answers(1)) == [LINE_DOWN, True]
    assert caplog.messages[0] == "line bus is down: bus: /dev/ttyUSB0 cannot be opened"
    assert len(caplog.records) == 2


def test_one_silent_device_behind_an_open_link_is_the_device() -> None:
    heard = story([1], lambda _, now: LinkFailed("refused") if now < 20 else NoAnswer())

    assert changes(heard, LINE_ANSWERS) == [False, True]
    assert changes(heard, answers(1)) == [LINE_DOWN, False]
    assert changes(heard, 100) == [LINE_DOWN, NO_ANSWER]


def test_a_device_of_which_nobody_wants_anything_keeps_no_dead_line_alive() -> None:
    heard = story([1, 2], lambda unit, now: LinkFailed("refused"), unused=(2,))
    assert changes(heard, LINE_ANSWERS) == [False]
    assert changes(heard, answers(2)) == [LINE_DOWN]


def test_a_line_without_devices_waits_in_peace() -> None:
    async def run() -> list[Readings]:
        heard = Heard()
        clock = LeapingClock(10)
        source = LineSource(Connection("bus", "modbus-rtu", 1), [], clock, FakeLink(clock, well))
        task = asyncio.create_task(source.run(heard))
        await asyncio.wait([task], timeout=0.05)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        return heard.all

    assert asyncio.run(run()) == []


async def behind_after(numbers: list[int], trouble: Callable[[int, float], Exception | None], end: float) -> float:
    """By how much the line is late at ``end``, each unit being due each 5 s and answering in 20 ms."""
    clock = LeapingClock(end)
    devices = [device(number, PROFILE, every=5.0, stale_after=40.0) for number in numbers]
    source = LineSource(Connection("bus", "modbus-rtu", LINE_ANSWERS), devices, clock, FakeLink(clock, trouble))
    task = asyncio.create_task(source.run(Heard()))
    await clock.over.wait()
    task.cancel()
    await asyncio.wait([task])
    return source.behind


@pytest.mark.asyncio
async def test_a_line_says_how_late_it_is_and_a_dead_one_is_late_for_nobody() -> None:
    assert await behind_after([1, 2, 3], well, 100) < 0.1
    assert await behind_after(list(range(1, 247)), well, 3) > 1.0, "246 units take five seconds to ask"
    assert await behind_after([1, 2], lambda unit, now: NoAnswer("nobody"), 100) == 0.0
