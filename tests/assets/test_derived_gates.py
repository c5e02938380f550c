"""Barrier gates: how long an opening takes."""

from __future__ import annotations

import pytest

from gateway.model import BadReading
from tests.assets.story import Story


def opened_in(gate: Story, start: float, seconds: float) -> object:
    gate.at(start - 1, status="closed")
    gate.at(start, status="opening")
    return gate.at(start + seconds, status="open")


def used_gate() -> Story:
    """A gate that has opened twice, in 3.5 s each."""
    gate = Story("opening_time")
    opened_in(gate, -200, 3.5)
    opened_in(gate, -100, 3.5)
    return gate


def test_the_quicker_of_two_openings() -> None:
    gate = Story("opening_time")
    assert gate.at(0, status="closed") == BadReading("too-few-movements", "0 of 2 seen")
    assert opened_in(gate, 10, 3.5) == BadReading("too-few-movements", "1 of 2 seen")
    assert opened_in(gate, 90, 4.0) == 3.5
    assert gate.again() is None
    assert gate.at(99, status="closing") == 3.5


def test_one_slow_opening_may_be_a_late_answer_and_two_are_not() -> None:
    gate = used_gate()
    assert opened_in(gate, 100, 16.0) == 3.5
    assert opened_in(gate, 200, 15.0) == 15.0
    assert opened_in(gate, 300, 3.0) == 3.0


def test_an_opening_that_never_ends_is_told_while_it_runs() -> None:
    gate = used_gate()
    gate.at(99, status="closed")
    assert gate.at(100, status="opening") == 3.5
    assert gate.again() == 130.0
    assert gate.at(129, status="opening") == 3.5
    assert gate.at(130, status="opening") == 30.0
    assert gate.again() == 131.0
    assert gate.at(140, status="opening") == 40.0


def test_the_very_first_opening_may_be_the_one_that_never_ends() -> None:
    gate = Story("opening_time")
    gate.at(0, status="closed")
    assert gate.at(1, status="opening") == BadReading("too-few-movements", "0 of 2 seen")
    assert gate.at(31, status="opening") == 30.0


def test_an_opening_first_seen_half_way_is_not_timed() -> None:
    gate = Story("opening_time")
    for second, status in ((0, "opening"), (60, "opening"), (61, "open")):
        assert gate.at(second, status=status) == BadReading("too-few-movements", "0 of 2 seen")


def test_a_reversed_or_stopped_opening_does_not_count() -> None:
    gate = used_gate()
    gate.at(99, status="closed")
    gate.at(100, status="opening")
    assert gate.at(102, status="closing") == 3.5
    assert gate.at(160, status="open") == 3.5
    assert gate.memory == {"times": [3.5, 3.5], "resting": True}


@pytest.mark.parametrize("before", ["closing", "partly-open", "stopped", "open"])
def test_an_opening_from_half_way_is_quick_and_does_not_count(before: str) -> None:
    """A slow gate turns back once: that proves no repair. One that gets stuck on the way is told all the same."""
    gate = Story("opening_time")
    opened_in(gate, 100, 9.0)
    assert opened_in(gate, 200, 9.0) == 9.0
    gate.at(300, status=before)
    gate.at(301, status="opening")
    assert gate.at(303, status="open") == 9.0
    gate.at(400, status=before)
    gate.at(401, status="opening")
    assert gate.at(441, status="opening") == 40.0


def test_a_silence_in_the_middle_ends_the_timing() -> None:
    gate = used_gate()
    gate.at(99, status="closed")
    gate.at(100, status="opening")
    assert isinstance(gate.at(101, status=BadReading("no-answer")), BadReading)
    assert gate.at(160, status="open") == 3.5


def test_a_motor_s_running_time_is_told_in_the_same_way() -> None:
    motor = Story("running_time", above=60.0)
    motor.at(0, value=8.0)
    for start in (10, 60):
        motor.at(start, value=690.0)
        motor.at(start + 1, value=200.0)
        motor.at(start + 16, value=8.0)
    assert motor.last.value == 16.0
    motor.at(100, value=200.0)
    assert motor.at(103, value=0.0) == 3.0
