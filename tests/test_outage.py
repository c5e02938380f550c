"""A store that fails is told of once, and once that it is over; one that flaps is one outage."""

from __future__ import annotations

from gateway.outage import Outage
from gateway.words import StoreTold

T = 1_767_225_600.0
FULL = "database or disk is full"


def test_a_moment_is_no_outage_and_three_seconds_are_told_once() -> None:
    outage = Outage()
    assert outage.failed(FULL, T, T, 0) is None
    assert outage.failed(FULL, T, T + 2.9, 0) is None
    assert outage.failed(FULL, T, T + 3.1, 0) == StoreTold(True, T, FULL)
    assert [outage.failed(FULL, T, T + second, 0) for second in range(4, 600)] == [None] * 596
    assert outage.since == T


def test_a_moment_that_passes_is_told_to_nobody() -> None:
    outage = Outage()
    outage.failed(FULL, T, T + 1.0, 0)
    assert [outage.written(T + second) for second in range(2, 100)] == [None] * 98


def test_its_end_is_told_after_thirty_seconds_of_writing_with_what_was_dropped() -> None:
    outage = Outage()
    for second in range(3, 601):
        outage.failed(FULL, T, T + second, 2)
    told = [word for second in range(601, 700) if (word := outage.written(T + second))]
    assert told == [StoreTold(False, T, until=T + 601, dropped=2 * 598)]
    assert outage.since is None


def test_a_store_that_flaps_for_an_hour_is_one_outage() -> None:
    """It fails for 5 s, writes for 20 s, and so on."""
    outage, told = Outage(), []
    for second in range(3600):
        now, phase = T + second, second % 25
        told.append(outage.failed(FULL, now - phase, now, 0) if phase < 5 else outage.written(now))
    told += [outage.written(T + second) for second in range(3600, 3700)]
    assert [word.failing for word in told if word] == [True, False]


def test_the_next_outage_is_another_one() -> None:
    outage = Outage()
    for start in (T, T + 1000.0):
        assert outage.failed(FULL, start, start + 4.0, 0) == StoreTold(True, start, FULL)
        outage.written(start + 5.0)
        assert outage.written(start + 36.0) == StoreTold(False, start, until=start + 5.0)
