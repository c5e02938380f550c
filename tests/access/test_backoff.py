"""Failed attempts are slowed down by address; what was only counted is told with the next one."""

from __future__ import annotations

from gateway.access.backoff import ADDRESSES, FREE, LONGEST, BackOff


def test_the_sixth_failure_begins_a_pause_that_doubles_to_a_minute() -> None:
    slow, now = BackOff(), 0.0
    for _ in range(FREE):
        slow.failed("10.0.0.9", now)
        assert slow.pause("10.0.0.9", now) == 0.0
    pauses = []
    for _ in range(9):
        slow.failed("10.0.0.9", now)
        pauses.append(slow.pause("10.0.0.9", now))
        now += pauses[-1]
        assert slow.pause("10.0.0.9", now) == 0.0
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, LONGEST, LONGEST, LONGEST]
    assert slow.pause("10.0.0.8", now) == 0.0, "another address"


def test_what_comes_in_the_pause_is_counted_and_told_once() -> None:
    slow = BackOff()
    for _ in range(FREE + 1):
        assert slow.failed("10.0.0.9", 0.0) == 0
    for _ in range(3):
        slow.count("10.0.0.9")
    assert slow.failed("10.0.0.9", 1.0) == 3
    assert slow.failed("10.0.0.9", 3.0) == 0


def test_after_a_quarter_of_an_hour_it_begins_anew_but_what_was_counted_is_still_told() -> None:
    slow = BackOff()
    for _ in range(FREE + 1):
        slow.failed("10.0.0.9", 0.0)
    slow.count("10.0.0.9")
    assert slow.failed("10.0.0.9", 901.0) == 1
    assert slow.pause("10.0.0.9", 901.0) == 0.0


def test_it_does_not_grow_without_end() -> None:
    slow = BackOff()
    for number in range(3 * ADDRESSES):
        slow.failed(f"10.0.{number >> 8}.{number & 255}", float(number))
    assert len(slow._of) == ADDRESSES
