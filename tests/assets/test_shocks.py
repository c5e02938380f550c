"""Doors that fall shut too hard."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

REST = 0.04
SILENT = BadReading("no-answer")


class Door:
    """A door that is used every ten minutes; its sensor is read at once when the contact is, or later."""

    def __init__(self, later: float = 0.0, held: bool = False, **parameters: float) -> None:
        self.story = Story("hard_closings", **parameters)
        self.later, self.held = later, held
        self.second, self.shock = 0.0, REST
        self.read(closed=True)

    def read(self, closed: bool) -> Reading:
        return self.story.at(self.second, closed=closed, shock=self.shock)

    def close(self, *shocks: float) -> Reading:
        """Opens and closes once for each of ``shocks``; returns what is told ten seconds after the last."""
        for shock in shocks:
            self.second += 590
            self.read(closed=False)
            self.second += 10
            if self.later:
                self.read(closed=True)
                self.second += self.later
            self.shock = shock
            self.read(closed=True)
            again = self.story.again()
            if again is not None:
                self.second = again
                self.read(closed=True)
            self.shock = shock if self.held else REST
            self.read(closed=True)
        return self.story.last.value


def test_three_of_ten_closings_above_two_g() -> None:
    door = Door()
    assert door.close(0.8, 2.1) == BadReading("too-few-closings", "2 of 3 seen")
    assert door.close(0.9) == 1
    assert door.close(2.0, 0.7, 2.4, 3.1) == 3, "2.0 g is not above 2 g"
    assert door.close(*[0.8, 0.9] * 5) == 0, "and ten soft ones prove the repair"


def test_usual_is_learned_and_half_as_much_again_is_hard() -> None:
    door, dice = Door(), random.Random(5)
    assert door.close(*(dice.uniform(0.6, 0.8) for _ in range(20))) == 0
    assert door.close(1.1) == 0
    assert door.close(1.25, 1.3) == 2
    assert door.story.memory is not None
    assert 0.75 < door.story.memory["usual"] < 0.8


def test_usual_is_what_eighteen_of_twenty_did_not_exceed() -> None:
    door = Door()
    door.close(*(60 + number for number in range(20)))
    assert door.story.memory is not None
    assert door.story.memory["usual"] == 77


def test_a_door_of_velvet_is_not_hard_at_twice_its_usual() -> None:
    door = Door()
    door.close(*[0.1, 0.11] * 10)
    assert door.close(0.3, 0.4, 0.5) == 0
    assert door.close(0.51) == 1


@pytest.mark.parametrize("later", [0.0, 0.5, 2.9])
def test_the_shock_may_be_told_a_little_after_the_contact(later: float) -> None:
    assert Door(later=later).close(2.5, 2.6, 2.7) == 3


def test_a_shock_that_comes_later_is_not_of_this_closing() -> None:
    door = Door(later=3.1)
    assert door.close(2.5, 2.6, 2.7) == BadReading("too-few-closings", "0 of 3 seen")


def test_a_shock_while_the_door_stands_open_is_not_its_closing() -> None:
    door = Door()
    for _ in range(3):
        for second, shock, closed in ((600, REST, False), (10, 5.0, False), (10, 0.05, False), (1, 0.4, True)):
            door.second, door.shock = door.second + second, shock
            door.read(closed=closed)
        door.second += 3
        door.read(closed=True)
    assert door.story.last.value == 0, "somebody knocked against it"


def told(*steps: tuple[float, float, bool]) -> Reading:
    """Three closings, each of them seconds waited, shock and contact."""
    door = Door(least=1)
    for second, shock, closed in steps * 3:
        door.second, door.shock = door.second + second, shock
        door.read(closed=closed)
    return door.story.last.value


def test_a_shock_long_before_the_latching_is_no_closing_though_nothing_came_since() -> None:
    assert told((60, REST, False), (10, 5.0, False), (10, 5.0, True), (9, REST, True)) == BadReading(
        "too-few-closings", "0 of 1 seen"
    )


@pytest.mark.parametrize("shocks", [(1.9, 2.1), (2.1, 1.9)])
def test_the_highest_of_several_readings_is_the_shock(shocks: tuple[float, float]) -> None:
    assert told((60, REST, False), (10, shocks[0], False), (1, shocks[1], True), (9, REST, True)) == 3


def test_a_peak_that_is_held_counts_once() -> None:
    door = Door(held=True, later=1.0)
    assert door.close(2.5, 0.6, 0.7) == 1
    assert door.close(0.7) == 1
    assert door.story.memory is not None
    assert door.story.memory["peaks"] == [2.5, 0.6, 0.7]


def test_a_dead_sensor_proves_nothing() -> None:
    assert Door().close(*[REST] * 30) == BadReading("too-few-closings", "0 of 3 seen")


def test_a_closing_in_a_silence_is_not_counted_and_costs_nothing_that_was() -> None:
    door = Door()
    door.close(2.5, 2.5, 0.6)
    door.second += 600
    door.read(closed=False)
    door.story.at(door.second + 1, closed=SILENT, shock=REST)
    door.shock, door.second = 4.0, door.second + 2
    assert door.read(closed=True) == 2
    assert door.story.again() is None


def test_a_door_that_bounces_open_at_once_counts_what_was_seen() -> None:
    door = Door()
    door.close(0.6, 0.7)
    for second, shock, closed in ((600, REST, False), (5, 2.6, True), (1, 0.05, False)):
        door.second, door.shock = door.second + second, shock
        door.read(closed=closed)
    assert door.story.last.value == 1


steps = some.tuples(some.floats(0.1, 20), some.booleans(), some.sampled_from([0.0, 0.1, 0.9, 2.5]))


@settings(deadline=None)
@given(some.lists(steps, max_size=60))
def test_never_more_hard_closings_than_closings_and_a_restart_changes_nothing(
    story: list[tuple[float, bool, float]],
) -> None:
    going, restarted, now, closings, before = Story("hard_closings"), Story("hard_closings"), 0.0, 0, True
    for wait, closed, shock in story:
        now += wait
        closings += closed and not before
        before = closed
        restarted.memory = json.loads(json.dumps(restarted.memory))
        value = going.at(now, closed=closed, shock=shock)
        assert restarted.at(now, closed=closed, shock=shock) == value
        assert isinstance(value, BadReading) or (isinstance(value, int) and 0 <= value <= min(closings, 10))
