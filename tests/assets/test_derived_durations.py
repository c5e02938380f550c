"""Stuck inputs, run time, running without progress."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

SILENT = BadReading("no-answer")
NEVER_READ = BadReading("never-read")


def test_a_loop_that_stays_occupied_beside_an_idle_barrier() -> None:
    loop = Story("stuck_time")
    assert loop.at(0, value=True, idle=False) == 0.0
    assert loop.at(10, value=True, idle=True) == 0.0
    assert loop.again() == 15.0
    assert loop.at(610, value=True, idle=True) == 600.0
    assert loop.at(611, value=False, idle=True) == 0.0
    assert loop.again() is None
    assert loop.at(700, value=True, idle=True) == 0.0


def test_a_silence_is_not_counted_and_does_not_begin_the_count_anew() -> None:
    loop = Story("stuck_time")
    loop.at(0, value=True, idle=True)
    assert loop.at(300, value=SILENT, idle=True) == BadReading("unknown-input", "value: no-answer")
    assert isinstance(loop.at(400, value=SILENT, idle=SILENT), BadReading)
    assert loop.at(5000, value=True, idle=True) == 300.0
    assert loop.at(5100, value=True, idle=True) == 400.0


def test_what_is_still_known_ends_the_count_in_a_silence() -> None:
    loop = Story("stuck_time")
    loop.at(0, value=True, idle=True)
    assert isinstance(loop.at(300, value=False, idle=SILENT), BadReading)
    assert loop.at(310, value=True, idle=True) == 0.0


def test_run_time_in_hours_adds_up() -> None:
    pump = Story("run_time")
    assert pump.at(0, running=False) == 0.0
    pump.at(100, running=True)
    assert pump.again() == 700.0
    assert pump.at(1900, running=True) == 0.5
    assert pump.at(3700, running=False) == 1.0
    assert pump.at(9000, running=False) == 1.0
    pump.at(10_000, running=True)
    assert pump.at(13_600, running=False) == 2.0


def test_run_time_is_unknown_in_a_silence_that_adds_nothing_to_it() -> None:
    pump = Story("run_time")
    pump.at(0, running=True)
    assert pump.at(3600, running=SILENT) == BadReading("unknown-input", "running: no-answer")
    assert isinstance(pump.at(9000, running=SILENT), BadReading)
    assert pump.at(10_000, running=True) == 1.0
    assert pump.at(13_600, running=True) == 2.0


def test_run_time_goes_on_after_a_restart_from_when_the_gateway_last_listened() -> None:
    pump = Story("run_time")
    pump.at(0, running=True)
    assert isinstance(pump.at(3600, running=NEVER_READ), BadReading)
    assert pump.at(86_400, running=True) == 1.0, "it listened for an hour"


@settings(deadline=None)
@given(some.lists(some.tuples(some.floats(0, 5000), some.sampled_from([True, False, None])), max_size=40))
def test_run_time_equals_the_sum_of_what_was_seen_running(walk: list[tuple[float, bool | None]]) -> None:
    pump, now, total, state = Story("run_time"), 0.0, 0.0, None
    for wait, running in walk:
        now, total, state = now + wait, total + (wait if state else 0.0), running
        hours = pump.at(now, running=SILENT if running is None else running)
        if not isinstance(hours, BadReading):
            assert hours == pytest.approx(total / 3600.0, abs=1e-6)


def heat(room: Story, start: float, *temperatures: float) -> Reading:
    """One temperature a minute with the heating on and 22 °C wanted."""
    value: Reading = False
    for minute, temperature in enumerate(temperatures):
        value = room.at(start + 60.0 * minute, value=temperature, target=22.0, running=True)
    return value


def test_a_heating_that_brings_the_room_no_nearer() -> None:
    room = Story("without_progress")
    assert heat(room, 0, 17.0, 17.2, 17.1, *[17.3] * 27) == 29 * 60.0
    assert room.again() == 30 * 60.0
    assert room.at(1800, value=17.9, target=22.0, running=True) == 1800.0


def test_one_kelvin_nearer_begins_the_count_anew() -> None:
    assert heat(Story("without_progress"), 0, 17.0, 17.5, 18.0, 18.5) == 60.0


def test_progress_is_measured_from_the_widest_distance() -> None:
    room = Story("without_progress")
    assert heat(room, 0, 17.0, 15.0, 14.0, 14.5) == 180.0
    assert heat(room, 240, 15.0) == 0.0


def test_cooling_counts_in_the_same_way() -> None:
    room = Story("without_progress")
    room.at(0, value=30.0, target=24.0, running=True)
    assert room.at(1800, value=29.5, target=24.0, running=True) == 1800.0
    assert room.at(1860, value=28.9, target=24.0, running=True) == 0.0


def test_there_is_nothing_to_do_near_the_target_or_while_it_is_off() -> None:
    room = Story("without_progress")
    assert heat(room, 0, 21.0, 21.2, 21.1) == 0.0
    assert room.again() is None
    assert room.at(600, value=17.0, target=22.0, running=False) == 0.0
    assert heat(room, 660, 17.0) == 0.0


@pytest.mark.parametrize("between", [{"target": 25.0}, {"value": SILENT}, {"running": False}])
def test_a_new_target_a_silence_or_a_stop_begins_the_count_anew(between: dict[str, Reading]) -> None:
    room = Story("without_progress")
    heat(room, 0, *[17.0] * 20)
    room.at(1200, **{"value": 17.0, "target": 22.0, "running": True, **between})
    assert room.at(1260, value=17.0, target=25.0, running=True) <= 60.0  # type: ignore[operator]  # a number
