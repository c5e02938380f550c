"""What is usual for one asset, and how far from it a value is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading
from tests.assets.story import Story

SILENT = BadReading("no-answer")


def learned(*values: float, **parameters: float) -> Story:
    story = Story("ratio_to_baseline", learn=len(values), **parameters)
    for number, value in enumerate(values):
        story.at(number, value=value)
    return story


def test_twenty_closings_teach_what_is_usual_and_the_twenty_first_is_judged() -> None:
    door = Story("ratio_to_baseline")
    for number in range(19):
        assert door.at(number, value=8.0 + 0.01 * number) == BadReading("learning", f"{number + 1} of 20 seen")
    door.at(20, value=8.5)
    assert door.at(21, value=12.0) == pytest.approx(12.0 / 8.095), "the median of twenty"


def test_the_same_value_told_again_is_the_same_event() -> None:
    door = Story("ratio_to_baseline", learn=3)
    for number in range(30):
        assert door.at(number, value=8.0) == BadReading("learning", "1 of 3 seen")
    door.at(31, value=9.0)
    assert door.at(32, value=8.0) == pytest.approx(1.0), "8, 9, 8"


def test_one_odd_sample_does_not_move_the_baseline() -> None:
    assert learned(8.0, 90.0, 8.2, 8.1, 7.9).at(10, value=16.2) == pytest.approx(2.0)


def test_the_baseline_does_not_follow_what_grows_worse() -> None:
    door = learned(8.0, 8.1, 7.9)
    for number in range(100):
        assert door.at(10 + number, value=8.0 + number) == pytest.approx(1 + number / 8.0)


def test_a_silence_costs_nothing_that_was_learned() -> None:
    learning = Story("ratio_to_baseline", learn=2)
    learning.at(0, value=4.0)
    assert isinstance(learning.at(1, value=SILENT), BadReading)
    assert learning.at(2, value=4.0) == BadReading("learning", "1 of 2 seen")
    learning.at(3, value=6.0)
    learning.at(4, value=SILENT)
    assert learning.at(5, value=2.5) == 0.5


def test_a_current_is_learned_once_an_hour_whether_it_changes_or_not() -> None:
    lamps = Story("ratio_to_baseline", learn=3, apart=3600.0)
    assert lamps.at(0, value=10.0) == BadReading("learning", "1 of 3 seen")
    assert lamps.at(60, value=99.0) == BadReading("learning", "1 of 3 seen")
    assert lamps.again() == 3600.0
    assert lamps.at(3600, value=10.0) == BadReading("learning", "2 of 3 seen")
    assert lamps.at(7200, value=10.0) == 1.0
    assert lamps.again() is None


def test_lamps_that_are_off_are_not_usual_but_are_judged() -> None:
    lamps = Story("ratio_to_baseline", learn=2)
    for number in range(10):
        assert lamps.at(number, value=0.0) == BadReading("learning", "0 of 2 seen")
    lamps.at(20, value=10.0)
    lamps.at(30, value=0.0)
    lamps.at(40, value=10.2)
    assert lamps.at(50, value=0.0) == 0.0


def test_a_gate_that_sticks_while_it_is_new_is_not_usual() -> None:
    gate = Story("ratio_to_baseline", learn=3, below=15.0)
    gate.at(0, value=4.0)
    for second in range(30, 90):
        assert gate.at(second, value=float(second)) == BadReading("learning", "1 of 3 seen")
    gate.at(100, value=4.2)
    gate.at(200, value=4.1)
    assert gate.at(300, value=41.0) == pytest.approx(10.0)


def test_lamps_that_are_off_when_a_sample_is_due_are_waited_for() -> None:
    lamps = Story("ratio_to_baseline", learn=2, apart=3600.0)
    lamps.at(0, value=10.0)
    lamps.at(3000, value=0.0)
    assert lamps.again() == 3600.0
    lamps.at(3600, value=0.0)
    assert lamps.again() is None
    assert lamps.at(40_000, value=10.0) == 1.0


def test_an_overhaul_begins_the_learning_anew_and_a_restart_does_not() -> None:
    gate = Story("ratio_to_baseline", learn=2)
    gate.at(0, value=4.0, since=BadReading("no-record"))
    gate.at(1, value=4.2, since=BadReading("no-record"))
    assert gate.at(2, value=8.2, since=BadReading("no-record")) == 2.0
    assert gate.at(3, value=8.2, since=5e6) == BadReading("learning", "1 of 2 seen")
    gate.at(4, value=8.4, since=5e6)
    assert gate.at(5, value=8.3, since=BadReading("never-read")) == 1.0
    assert gate.at(6, value=8.3, since=5e6) == 1.0


@settings(deadline=None)
@given(some.lists(some.one_of(some.floats(-1, 100), some.just(SILENT)), max_size=40), some.sampled_from([0.0, 30.0]))
def test_a_restart_at_any_moment_changes_nothing(values: list[float | BadReading], apart: float) -> None:
    going = Story("ratio_to_baseline", learn=5, apart=apart)
    restarted = Story("ratio_to_baseline", learn=5, apart=apart)
    for number, value in enumerate(values):
        restarted.memory = json.loads(json.dumps(restarted.memory))
        assert restarted.at(10 * number, value=value) == going.at(10 * number, value=value)
