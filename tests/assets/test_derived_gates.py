"""Barrier gates: how long an opening takes."""

from __future__ import annotations

from gateway.model import BadReading
from tests.assets.story import Story

NOTHING_YET = BadReading("no-movement-seen", "not one movement since the start")


def opened_in(gate: Story, start: float, seconds: float) -> object:
    gate.at(start - 1, status="closed")
    gate.at(start, status="opening")
    return gate.at(start + seconds, status="open")


def test_the_time_from_opening_to_open() -> None:
    gate = Story("opening_time")
    assert gate.at(0, status="closed") == NOTHING_YET
    assert opened_in(gate, 10, 3.5) == 3.5
    assert gate.again() is None
    assert gate.at(60, status="closing") == 3.5
    assert opened_in(gate, 90, 4.0) == 4.0


def test_a_stuck_opening_is_told_while_it_runs() -> None:
    gate = Story("opening_time")
    opened_in(gate, 10, 3.5)
    gate.at(90, status="closed")
    assert gate.at(100, status="opening") == 3.5
    assert gate.again() == 101.0
    assert gate.at(103, status="opening") == 3.5
    assert gate.at(107, status="opening") == 7.0
    assert gate.at(112, status="open") == 12.0


def test_before_the_first_opening_only_a_long_running_time_is_told() -> None:
    gate = Story("opening_time")
    gate.at(0, status="closed")
    assert gate.at(1, status="opening") == NOTHING_YET
    assert gate.at(11, status="opening") == NOTHING_YET
    assert gate.at(12, status="opening") == 11.0


def test_a_slow_gate_stays_slow_until_it_has_opened_in_time() -> None:
    gate = Story("opening_time")
    opened_in(gate, 10, 9.0)
    gate.at(50, status="closed")
    gate.at(60, status="opening")
    assert gate.at(61, status="opening") == 9.0
    assert gate.at(63.5, status="open") == 3.5


def test_an_opening_first_seen_half_way_is_not_timed() -> None:
    gate = Story("opening_time")
    assert gate.at(0, status="opening") == NOTHING_YET
    assert gate.at(30, status="opening") == NOTHING_YET
    assert gate.at(31, status="open") == NOTHING_YET


def test_a_reversed_or_stopped_opening_leaves_the_last_time() -> None:
    gate = Story("opening_time")
    opened_in(gate, 10, 3.5)
    gate.at(90, status="closed")
    gate.at(100, status="opening")
    assert gate.at(102, status="closing") == 3.5
    assert opened_in(gate, 200, 3.0) == 3.0


def test_a_silence_in_the_middle_ends_the_timing() -> None:
    gate = Story("opening_time")
    opened_in(gate, 10, 3.5)
    gate.at(90, status="closed")
    gate.at(100, status="opening")
    assert isinstance(gate.at(101, status=BadReading("no-answer")), BadReading)
    assert gate.at(160, status="open") == 3.5


def test_a_motor_s_running_time_is_told_in_the_same_way() -> None:
    motor = Story("running_time", above=60.0)
    assert motor.at(0, value=8.0) == NOTHING_YET
    motor.at(10, value=690.0)
    motor.at(11, value=200.0)
    assert motor.at(13.5, value=8.0) == 3.5
    motor.at(60, value=340.0)
    assert motor.at(70, value=340.0) == 10.0
    assert motor.at(76, value=0.0) == 16.0
