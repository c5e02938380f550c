"""For how long something was watched, against a list of every second of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from gateway.assets.watched import MOST_SPANS, Watched
from gateway.model import BadReading
from tests.assets.story import Story

DAY = 86_400.0


@given(some.lists(some.tuples(some.integers(1, 9), some.integers(1, 9)), max_size=120), some.integers(1, 900))
def test_it_never_claims_more_than_was_seen_and_all_of_it_while_the_spans_are_few(
    told: list[tuple[int, int]], period: int
) -> None:
    watched, now, seen = Watched(), 0, set[int]()
    for known, silent in told:
        watched = watched.known(now, period).silent(now + known)
        seen.update(range(now, now + known))
        now += known + silent
    truth = len([second for second in seen if second >= now - period])
    assert len(watched.spans) <= MOST_SPANS
    claimed = watched.seconds(now, period)
    assert claimed <= truth
    if len(told) <= MOST_SPANS or period >= now:
        assert claimed == truth


def test_a_month_with_many_short_silences_was_watched_all_the_same() -> None:
    """A sensor that is away for ten seconds four times a day."""
    door = Story("count_within", period=30 * DAY, least=0.8)
    for quarter in range(100):
        start = quarter * DAY / 4
        door.at(start, value=False)
        door.at(start + 60, value=quarter == 50)
        door.at(start + DAY / 4 - 10, value=BadReading("no-answer"))
        assert isinstance(door.last.value, BadReading)
    assert door.at(25 * DAY, value=False) == 1
