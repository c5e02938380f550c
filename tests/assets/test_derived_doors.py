"""Doors: held open, forced open, closing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

UNSEEN = BadReading("first-seen-open", "how it was opened was not seen")
SILENT = BadReading("no-answer")


def test_held_open_counts_from_the_opening_and_ends_with_the_closing() -> None:
    door = Story("held_open_time")
    assert door.at(0, closed=True) == 0.0
    assert door.again() is None
    assert door.at(10, closed=False) == 0.0
    assert door.again() == 15.0
    assert door.at(15, closed=False) == 5.0
    assert door.at(140, closed=False) == 130.0
    assert door.at(141, closed=True) == 0.0


def test_a_door_first_seen_open_counts_what_was_seen() -> None:
    door = Story("held_open_time")
    assert door.at(0, closed=False) == 0.0
    assert door.at(60, closed=False) == 60.0


def test_held_open_is_unknown_in_a_silence_and_goes_on_after_it() -> None:
    door = Story("held_open_time")
    door.at(0, closed=False)
    assert isinstance(door.at(30, closed=SILENT), BadReading)
    assert door.at(90, closed=False) == 90.0
    door.at(100, closed=SILENT)
    assert door.at(110, closed=True) == 0.0


@settings(deadline=None)
@given(some.lists(some.tuples(some.floats(0.1, 300), some.booleans()), min_size=1, max_size=30))
def test_held_open_is_never_longer_than_the_time_since_the_last_closed(steps: list[tuple[float, bool]]) -> None:
    door, now, last_closed = Story("held_open_time"), 0.0, 0.0
    for wait, closed in steps:
        now += wait
        held = door.at(now, closed=closed)
        last_closed = now if closed else last_closed
        assert isinstance(held, float)
        assert 0.0 <= held <= now - last_closed + 1e-6


def test_a_door_slams_when_not_even_the_slowest_of_ten_openings_lasted() -> None:
    door = Story("slowest_closing_time")
    door.at(0, closed=True)
    for number in range(1, 11):
        door.at(number * 60, closed=False)
        lasted = 9.0 if number == 1 else 2.0
        slowest = door.at(number * 60 + lasted, closed=True)
        assert slowest == (9.0 if number == 10 else BadReading("too-few-closings", f"{number} of 10 seen"))
    door.at(700, closed=False)
    assert door.at(702, closed=True) == 2.0, "the long one is the eleventh from the end now"


def watched(closed: bool = True) -> Story:
    door = Story("forced_open")
    door.at(-60, closed=closed, unlocked=False)
    return door


def test_forced_open_stays_true_until_closed() -> None:
    door = watched()
    assert door.at(0, closed=True, unlocked=False) is False
    assert door.at(1, closed=False, unlocked=False) is True
    assert door.at(90, closed=False, unlocked=True) is True
    assert door.at(91, closed=True, unlocked=False) is False


@pytest.mark.parametrize(("unlocked_until", "forced"), [(1, False), (5, False), (5.1, True), (60, True)])
def test_an_unlock_allows_an_opening_for_five_seconds(unlocked_until: float, forced: bool) -> None:
    door = watched()
    door.at(0, closed=True, unlocked=True)
    door.at(0.05, closed=True, unlocked=False)
    assert door.at(unlocked_until, closed=False, unlocked=False) is forced


def test_the_window_is_a_parameter() -> None:
    door = Story("forced_open", window=20.0)
    door.at(-60, closed=True, unlocked=False)
    door.at(0, closed=True, unlocked=True)
    assert door.at(19, closed=False, unlocked=False) is False


def test_an_opening_that_an_unlock_accompanies_is_allowed_even_long_after() -> None:
    door = watched()
    assert door.at(0, closed=False, unlocked=True) is False
    assert door.at(300, closed=False, unlocked=False) is False


def test_first_seen_open_is_unknown_until_closed() -> None:
    door = watched(closed=False)
    assert door.last.value == UNSEEN
    assert door.at(100, closed=False, unlocked=False) == UNSEEN
    assert door.at(101, closed=True, unlocked=False) is False
    assert door.at(102, closed=False, unlocked=False) is True


def test_an_unlock_before_the_watching_began_may_be_the_reason() -> None:
    door = Story("forced_open")
    door.at(0, closed=True, unlocked=False)
    assert door.at(4, closed=False, unlocked=False) == UNSEEN


def test_a_silence_neither_forgets_a_forced_door_nor_invents_one() -> None:
    door = watched()
    door.at(0, closed=False, unlocked=False)
    assert isinstance(door.at(5, closed=SILENT, unlocked=False), BadReading)
    assert door.at(10, closed=False, unlocked=False) is True
    door.at(20, closed=True, unlocked=False)
    door.at(25, closed=SILENT, unlocked=SILENT)
    assert door.at(60, closed=False, unlocked=False) == UNSEEN


def close_after(door: Story, *durations: float) -> Reading:
    """The door opens every ten minutes and latches after each of ``durations``."""
    start = door.memory["until"] if door.memory and "until" in door.memory else 0.0
    value: Reading = False
    for number, duration in enumerate(durations):
        opened = start + 600.0 * (number + 1)
        door.at(opened - 1, closed=True)
        door.at(opened, closed=False)
        value = door.at(opened + duration, closed=True)
    return value


def test_closing_time_is_that_of_the_quickest_of_three() -> None:
    assert close_after(Story("closing_time"), 40.0, 12.0, 33.0) == 12.0
    assert close_after(Story("closing_time"), 12.0, 40.0, 41.0, 42.0) == 40.0


def test_closing_time_needs_three_closings() -> None:
    assert close_after(Story("closing_time"), 8.0, 9.0) == BadReading("too-few-closings", "2 of 3 seen")


def test_an_opening_held_for_minutes_is_no_closing_time() -> None:
    assert close_after(Story("closing_time"), 8.0, 300.0, 300.0, 300.0, 9.0, 10.0) == 8.0


def test_closings_outlive_a_silence_but_none_bridges_it() -> None:
    door = Story("closing_time")
    close_after(door, 8.0, 9.0, 10.0)
    door.at(5000, closed=False)
    door.at(5001, closed=SILENT)
    assert door.at(5060, closed=True) == 8.0
    assert door.memory is not None
    assert door.memory["closings"] == [8.0, 9.0, 10.0]


def test_a_door_first_seen_open_has_no_closing_time() -> None:
    door = Story("closing_time")
    door.at(0, closed=False)
    assert door.at(7, closed=True) == BadReading("too-few-closings", "0 of 3 seen")
