"""The last reading of every point: what is newer wins, what is old is no evidence, what is not renewed grows stale."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.assets import latest as module
from gateway.assets.latest import Latest
from gateway.model import NEVER_READ, STALE, BadReading, Reading, Readings

FRESH = 30.0
BAD = BadReading("no-answer")


def told(points: Sequence[int], values: Sequence[Reading], at: float, arrived: float | None = None) -> Readings:
    return Readings("d", at, at if arrived is None else arrived, points, values)


def test_everything_is_unknown_until_it_is_read_except_facts() -> None:
    latest = Latest(3, {1: "powder"})
    assert latest.values == [NEVER_READ, "powder", NEVER_READ]
    assert latest.expire(range(3), 1e12) == ([], None), "facts never grow stale, what was never read cannot"


def test_only_what_changed_is_told() -> None:
    latest = Latest(3)
    points = [0, 1, 2]
    assert latest.take(told(points, [1, 2, 3], 10.0), FRESH) == [0, 1, 2]
    assert latest.take(told(points, [1, 9, 3], 11.0), FRESH) == [1]
    assert (latest.values, latest.at(1), latest.reading(1)) == ([1, 9, 3], 11.0, 9)


def test_what_is_older_than_what_is_known_is_late() -> None:
    latest = Latest(1)
    points = [0]
    latest.take(told(points, [5], 10.0), FRESH)
    assert latest.take(told(points, [4], 9.0), FRESH) == []
    assert latest.take(told([0], [3], 9.0), FRESH) == []
    assert latest.values == [5]
    assert latest.take(told(points, [6], 10.0), FRESH) == [0], "of one moment, the later to arrive counts"


def test_a_message_older_than_fresh_is_no_evidence() -> None:
    latest = Latest(2)
    latest.take(told([0, 1], [5, BAD], 10.0, arrived=40.0), FRESH)
    assert latest.values == [STALE, BAD]


def test_what_is_not_renewed_grows_stale_when_its_time_has_come() -> None:
    latest = Latest(2)
    latest.take(told([0], [5], 10.0), FRESH)
    latest.take(told([1], [BAD], 10.0), FRESH)
    assert latest.expire([0, 1], 39.9) == ([], 40.0)
    assert latest.expire([0, 1], 40.0) == ([0], None)
    assert latest.values == [STALE, BAD]
    assert latest.expire([0, 1], 50.0) == ([], None)


def test_a_source_whose_clock_is_ahead_is_fresh_no_longer_than_others() -> None:
    latest = Latest(1)
    latest.take(told([0], [5], 5000.0, arrived=10.0), FRESH)
    assert latest.expire([0], 10.0 + FRESH) == ([0], None)


def test_an_overlay_renews_only_its_own_points() -> None:
    latest = Latest(3)
    whole, part = [0, 1, 2], [1]
    latest.take(told(whole, [1, 2, 3], 0.0), FRESH)
    latest.take(told(part, [9], 20.0), FRESH)
    assert (latest.at(0), latest.at(1), latest.values) == (0.0, 20.0, [1, 9, 3])
    assert latest.expire(whole, 30.0) == ([0, 2], 50.0)
    latest.take(told(whole, [4, 5, 6], 31.0), FRESH)
    assert (latest.values, latest.at(0), latest.at(1)) == ([4, 5, 6], 31.0, 31.0)
    assert latest.take(told(part, [7], 30.0), FRESH) == [], "older than the whole that came after it"


def test_a_computed_reading_is_put_and_never_grows_stale_by_itself() -> None:
    latest = Latest(1)
    assert latest.set(0, 1.5, 10.0)
    assert not latest.set(0, 1.5, 20.0)
    assert (latest.at(0), latest.stamps[0].fresh_until) == (20.0, inf)


@pytest.mark.parametrize("remembered", [1, 3])
def test_forgetting_who_came_together_changes_nothing(remembered: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_STAMPS", remembered)
    latest = Latest(8)
    groups = [[number, number + 1] for number in range(7)]
    for moment in range(40):
        group = groups[moment % 7]
        latest.take(told(group, [moment, moment], float(moment)), FRESH)
        assert (latest.at(group[0]), latest.reading(group[1])) == (float(moment), moment)
    assert len(latest._stamps) <= remembered


class Naive:
    """The same in the plainest words: one time and one reading a point."""

    def __init__(self, size: int) -> None:
        self.readings: list[Reading] = [NEVER_READ] * size
        self.at = [0.0] * size
        self.until = [0.0] * size

    def take(self, readings: Readings, stale_after: float) -> None:
        if any(readings.at < self.at[point] for point in readings.points):
            return
        until = min(readings.at, readings.arrived) + stale_after
        for point, reading in zip(readings.points, readings.values, strict=True):
            known = isinstance(reading, BadReading)
            self.readings[point] = STALE if until <= readings.arrived and not known else reading
            self.at[point], self.until[point] = readings.at, until

    def expire(self, now: float) -> None:
        for point, reading in enumerate(self.readings):
            if not isinstance(reading, BadReading) and self.until[point] <= now:
                self.readings[point] = STALE


GROUPS: tuple[list[int], ...] = ([0, 1, 2, 3], [0], [1, 2], [2, 3], [3])
messages = st.tuples(
    st.integers(0, len(GROUPS) - 1), st.sampled_from([0.0, -5.0, -40.0, 3.0]), st.sampled_from([1, 2, True, "on", BAD])
)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 20.0, 40.0]), messages), max_size=30))
def test_it_agrees_with_the_plainest_model(steps: list[tuple[float, tuple[int, float, Reading]]]) -> None:
    latest, naive, now = Latest(4), Naive(4), 1000.0
    for passed, (group, skew, value) in steps:
        now += passed
        latest.expire(range(4), now)
        naive.expire(now)
        before = list(latest.values)
        changed = latest.take(told(GROUPS[group], [value] * len(GROUPS[group]), now + skew, now), FRESH)
        naive.take(told(GROUPS[group], [value] * len(GROUPS[group]), now + skew, now), FRESH)
        assert latest.values == naive.readings
        assert [latest.at(point) for point in range(4)] == naive.at
        assert set(changed) == {point for point in range(4) if latest.values[point] != before[point]}
