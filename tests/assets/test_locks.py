"""Locks: releases in a row that did not let anybody through."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

SILENT = BadReading("no-answer")


def locked() -> Story:
    door = Story("fruitless_unlocks")
    assert door.at(0, closed=True, unlocked=False) == 0.0
    return door


def release(door: Story, second: float, opens: bool = False) -> Reading:
    """The lock is released for 5 s, in which the door opens or not."""
    door.at(second, closed=True, unlocked=True)
    if opens:
        door.at(second + 2, closed=False, unlocked=True)
    return door.at(second + 5, closed=not opens, unlocked=False)


def test_releases_that_open_nothing_are_counted_until_the_door_opens() -> None:
    door = locked()
    assert [release(door, second) for second in (10, 60, 120)] == [1.0, 2.0, 3.0]
    assert release(door, 180, opens=True) == 0.0
    door.at(190, closed=True, unlocked=False)
    assert release(door, 240) == 1.0


def test_each_counts_for_ten_minutes() -> None:
    door = locked()
    assert [release(door, second) for second in (10, 60)] == [1.0, 2.0]
    assert door.again() == 615.0
    assert door.at(614.9, closed=True, unlocked=False) == 2.0
    assert door.at(615, closed=True, unlocked=False) == 1.0
    assert door.again() == 665.0


def test_a_contact_that_tells_late_takes_the_count_back() -> None:
    door = locked()
    assert release(door, 10) == 1.0
    assert door.at(17, closed=False, unlocked=False) == 0.0


def test_what_began_unseen_and_what_a_gap_may_hide_does_not_count() -> None:
    door = Story("fruitless_unlocks")
    door.at(0, closed=True, unlocked=True)
    assert door.at(5, closed=True, unlocked=False) == 0.0
    assert release(door, 10) == 1.0
    assert isinstance(door.at(20, closed=SILENT, unlocked=False), BadReading)
    assert door.at(30, closed=True, unlocked=False) == 0.0


@settings(deadline=None)
@given(some.lists(some.tuples(some.floats(0.1, 400), some.booleans(), some.booleans()), max_size=40))
def test_the_count_is_never_more_than_the_releases_since_the_last_opening(
    steps: list[tuple[float, bool, bool]],
) -> None:
    door, now, releases, was = locked(), 0.0, 0, False
    for wait, closed, unlocked in steps:
        now += wait
        count = door.at(now, closed=closed, unlocked=unlocked)
        releases = releases + (unlocked and not was) if closed else 0
        was = unlocked
        assert isinstance(count, float)
        assert 0.0 <= count <= releases
