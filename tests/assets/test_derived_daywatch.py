"""What was seen on a day: the first activation, and how much of the day was watched."""

from __future__ import annotations

from gateway.assets.daywatch import NOT_TODAY, UNSEEN
from gateway.model import BadReading
from tests.assets.story import Story

SILENT = BadReading("no-answer")
START = 1_000_000.0


def days(story: Story) -> list[tuple[int, bool, bool, bool]]:
    """Day, whether it acted, was seen, has a gap: of every day that is over."""
    assert story.memory is not None
    return [(each["day"], each["first"] is not None, each["seen"], each["gap"]) for each in story.memory["ended"]]


def test_the_first_activation_of_each_day_is_told() -> None:
    story = Story("watched_day")
    assert story.at(0, day=100, activated=False) == NOT_TODAY
    assert story.at(60, day=100, activated=True) == START + 60
    assert story.at(70, day=100, activated=False) == START + 60
    assert story.at(80, day=100, activated=True) == START + 60
    assert story.at(90, day=101, activated=True) == NOT_TODAY, "it lasts on from the day before"
    assert story.at(100, day=101, activated=False) == NOT_TODAY
    assert story.at(110, day=101, activated=True) == START + 110
    assert days(story) == [(100, True, True, True)], "the day on which the watching began is not whole"


def test_a_silence_of_more_than_a_minute_is_a_gap_and_so_is_a_day_that_was_slept_through() -> None:
    story = Story("watched_day")
    story.at(0, day=100, activated=False)
    story.at(10, day=101, activated=False)
    story.at(20, day=101, activated=SILENT)
    story.at(20 + UNSEEN, day=101, activated=False)
    story.at(100, day=102, activated=False)
    story.at(110, day=102, activated=SILENT)
    story.at(111 + UNSEEN, day=102, activated=False)
    story.at(200, day=103, activated=False)
    story.at(210, day=105, activated=False)
    story.at(220, day=106, activated=False)
    assert days(story)[1:] == [
        (101, False, True, False), (102, False, True, True), (103, False, True, False), (105, False, True, True),
    ]  # fmt: skip


def test_what_is_silent_past_midnight_has_a_gap_on_both_days() -> None:
    story = Story("watched_day")
    story.at(0, day=100, activated=False)
    story.at(1, day=101, activated=False)
    story.at(50, day=101, activated=SILENT)
    assert story.at(100, day=102, activated=SILENT) == BadReading("unknown-input", "activated: no-answer")
    assert story.memory is not None
    assert story.memory["ended"][-1]["silent"] == START + 50
    story.at(150, day=102, activated=False)
    assert story.memory["gap"] is True


def test_the_time_that_it_took_is_that_of_this_day() -> None:
    story = Story("watched_day")
    story.at(0, day=100, activated=False, response=3.0)
    story.at(1, day=100, activated=True, response=3.0)
    assert story.memory is not None
    assert story.memory["response"] is None, "it stands from before"
    story.at(2, day=100, activated=True, response=1.5)
    assert story.memory["response"] == 1.5


def test_a_clock_that_was_ahead_is_forgiven_and_what_was_seen_today_stands() -> None:
    story = Story("watched_day")
    story.at(0, day=100, activated=False)
    story.at(1, day=100, activated=True)
    story.at(2, day=900, activated=False)
    assert story.at(3, day=100, activated=False) == START + 1
    assert days(story) == []
