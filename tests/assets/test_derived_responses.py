"""Responses: a lamp to its switch, a door to an obstruction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

START = 1_000_000.0
SILENT = BadReading("no-answer")
NOTHING = BadReading("no-response-seen", "no cause was seen together with its effect yet")
NO_REVERSAL = BadReading("no-reversal-seen", "no obstruction while closing was seen yet")


def lamp(*quick: float) -> Story:
    """A lamp at rest that has answered its switch in so many seconds each time, once a minute until second 0."""
    story = Story("response_time")
    for number, seconds in enumerate(reversed(quick), 1):
        start = -60.0 * number
        story.at(start - 1, cause=False, effect=False)
        story.at(start, cause=True, effect=False)
        story.at(start + seconds, cause=True, effect=True)
    story.at(0, cause=False, effect=False)
    return story


def test_from_cause_to_effect() -> None:
    story = lamp()
    assert story.last.value == NOTHING
    assert story.at(10, cause=True, effect=False) == NOTHING, "waiting is not a quick response"
    assert story.again() == 10.5
    assert story.at(12, cause=True, effect=False) == NOTHING
    assert story.at(12.5, cause=True, effect=True) == 2.5
    assert story.again() is None
    assert story.at(90, cause=False, effect=False) == 2.5


def test_seen_in_the_same_poll_is_nought_seconds_and_never_less() -> None:
    assert lamp().at(10, cause=True, effect=True) == 0.0


def test_a_response_that_takes_longer_than_the_last_one_is_told_as_it_runs() -> None:
    story = lamp(2.0)
    assert story.at(10, cause=True, effect=False) == 2.0
    assert story.at(12, cause=True, effect=False) == 2.0
    assert story.at(13.5, cause=True, effect=False) == 3.5
    assert story.at(40, cause=True, effect=True) == 30.0


def test_a_response_that_never_comes_is_told_from_give_up_on_and_then_stands() -> None:
    story = lamp()
    story.at(10, cause=True, effect=False)
    assert story.at(69.8, cause=True, effect=False) == NOTHING
    assert story.again() == 70.0
    assert story.at(70, cause=True, effect=False) == 60.0
    assert story.again() is None
    assert story.at(80, cause=False, effect=False) == 70.0


@pytest.mark.parametrize(("waited", "left"), [(1.0, 2.0), (30.0, 30.0)])
def test_a_switch_turned_off_again_leaves_what_was_waited(waited: float, left: float) -> None:
    story = lamp(2.0)
    story.at(10, cause=True, effect=False)
    assert story.at(10 + waited, cause=False, effect=False) == left


def test_a_switch_turned_off_again_proves_nothing_of_a_lamp_that_was_never_seen_to_light() -> None:
    story = lamp()
    story.at(10, cause=True, effect=False)
    assert story.at(11, cause=False, effect=False) == NOTHING


def test_a_silence_in_the_middle_is_unknown_and_stays_so_until_the_next_whole_response() -> None:
    story = lamp(2.0)
    story.at(10, cause=True, effect=False)
    assert story.at(11, cause=True, effect=SILENT) == BadReading("unknown-input", "effect: no-answer")
    assert story.at(12, cause=True, effect=True) == NOTHING
    story.at(20, cause=False, effect=False)
    story.at(30, cause=True, effect=False)
    assert story.at(31, cause=True, effect=True) == 1.0


def test_a_silence_at_rest_does_not_undo_the_last_response() -> None:
    story = lamp(2.0)
    assert isinstance(story.at(10, cause=False, effect=SILENT), BadReading)
    assert story.at(20, cause=False, effect=False) == 2.0


def test_a_lamp_first_seen_dark_behind_a_closed_switch_is_only_told_when_it_stays_dark() -> None:
    story = Story("response_time")
    assert story.at(0, cause=True, effect=False) == NOTHING
    assert story.at(1, cause=True, effect=True) == NOTHING
    dark = Story("response_time")
    dark.at(0, cause=True, effect=False)
    assert dark.at(60, cause=True, effect=False) == 60.0


def test_an_effect_that_was_there_already_is_no_response() -> None:
    story = lamp(2.0)
    story.at(10, cause=False, effect=True)
    assert story.at(11, cause=True, effect=True) == 2.0
    assert story.at(12, cause=True, effect=False) == 2.0


walks = some.lists(some.tuples(some.floats(0.1, 40), some.booleans() | some.none(), some.booleans()), max_size=40)


@settings(deadline=None)
@given(walks)
def test_no_response_is_ever_quicker_than_seen(walk: list[tuple[float, bool | None, bool]]) -> None:
    """A number is at least the shortest time between a cause seen to come and an effect seen after it, or give_up."""
    story, now, came = Story("response_time"), 0.0, None
    seen: list[float] = []
    before: tuple[bool | None, bool] = (None, False)
    for wait, cause, effect in walk:
        now += wait
        value = story.at(now, cause=SILENT if cause is None else cause, effect=effect)
        came = None if cause is None else now if cause and before == (False, False) else came
        if came is not None and effect:
            seen.append(now - came)
        if cause is False or effect:
            came = None
        before = (cause, effect)
        if not isinstance(value, BadReading):
            assert cause is not None
            assert isinstance(value, float)
            assert value >= min([60.0, *seen]) - 1e-6


# --- reversals


def obstructed(story: Story, start: float, seconds: float) -> Reading:
    """It closes, meets an obstruction, and turns back after ``seconds``."""
    story.at(start - 2, status="open", obstruction=False)
    story.at(start - 1, status="closing", obstruction=False)
    story.at(start, status="closing", obstruction=True)
    return story.at(start + seconds, status="opening", obstruction=True)


def test_a_door_that_turns_back() -> None:
    door = Story("reversal_time")
    assert door.at(0, status="open", obstruction=False) == NO_REVERSAL
    assert obstructed(door, 10, 0.5) == 0.5
    assert door.at(14, status="open", obstruction=False) == 0.5
    assert obstructed(door, 90, 1.5) == 1.5


def test_a_door_first_seen_open_again_has_turned_back() -> None:
    door = Story("reversal_time")
    door.at(0, status="closing", obstruction=False)
    door.at(1, status="closing", obstruction=True)
    assert door.at(4, status="open", obstruction=True) == 3.0


def test_a_door_that_shuts_on_the_obstruction_has_not_turned_back_whatever_comes() -> None:
    door = Story("reversal_time")
    obstructed(door, 10, 0.5)
    door.at(99, status="closing", obstruction=False)
    assert door.at(100, status="closing", obstruction=True) == 0.5
    assert door.at(101, status="closing", obstruction=False) == 1.0
    assert door.at(103, status="closed", obstruction=False) == 3.0
    assert door.again() == 103.5
    assert door.at(110, status="closed", obstruction=False) == 10.0
    assert door.again() is None
    assert door.at(400, status="opening", obstruction=False) == 300.0
    assert obstructed(door, 500, 0.5) == 0.5


def test_an_obstruction_of_a_door_that_stands_open_is_none() -> None:
    door = Story("reversal_time")
    door.at(0, status="open", obstruction=False)
    assert door.at(1, status="open", obstruction=True) == NO_REVERSAL
    assert door.at(2, status="opening", obstruction=True) == NO_REVERSAL


def test_a_silence_while_it_closes_is_unknown_and_no_reversal() -> None:
    door, last = Story("reversal_time"), Story("last_reversal")
    for story in (door, last):
        story.at(0, status="closing", obstruction=False)
        story.at(1, status="closing", obstruction=True)
        story.at(1.5, status=SILENT, obstruction=True)
        assert story.at(1.8, status="opening", obstruction=True) == NO_REVERSAL


def test_the_words_of_the_status_are_parameters() -> None:
    gate = Story("reversal_time", closing="lowering", opening="raising")
    gate.at(0, status="lowering", obstruction=False)
    gate.at(1, status="lowering", obstruction=True)
    assert gate.at(2, status="raising", obstruction=False) == 1.0


def test_the_last_reversal_within_the_limit_is_the_proof() -> None:
    door = Story("last_reversal")
    assert door.at(0, status="open", obstruction=False) == NO_REVERSAL
    assert obstructed(door, 10, 1.0) == START + 11
    assert obstructed(door, 100, 1.1) == START + 11
    assert obstructed(door, 200, 0.5) == START + 200.5


def test_the_last_reversal_stands_in_a_silence_and_after_it() -> None:
    door = Story("last_reversal")
    obstructed(door, 10, 0.5)
    assert door.at(20, status=SILENT, obstruction=SILENT) == START + 10.5
    assert door.memory == {"last": START + 10.5}
    assert door.at(30, status="closed", obstruction=False) == START + 10.5
