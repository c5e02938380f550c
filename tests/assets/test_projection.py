"""When a drifting value reaches its limit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.assets.daily import DAY
from gateway.model import BadReading, Reading
from tests.assets.story import Story

START = 1_000_000.0
"""Seconds since 1970 at which a story begins."""
GREEN = 1.0
"""MPa, the low end."""


def projected(value: float = 1.02, change: float = -0.6, error: float = 0.1, **parameters: float | str) -> Reading:
    """A pressure in MPa that changes by kPa a day."""
    story = Story("projected_date", **{"limit": GREEN, "times": 1000.0, **parameters})
    return story.at(0, value=value, change=change, error=error)


def in_days(reading: Reading) -> float:
    assert isinstance(reading, float), reading
    return (reading - START) / DAY


def test_twenty_kilopascals_at_six_tenths_a_day_last_thirty_three_days() -> None:
    assert in_days(projected()) == pytest.approx(20 / 0.6)


def test_the_earliest_and_the_latest_date_are_two_errors_away() -> None:
    assert in_days(projected(told="earliest")) == pytest.approx(20 / 0.8)
    assert in_days(projected(told="latest")) == pytest.approx(20 / 0.4)
    assert in_days(projected(told="latest", errors=1)) == pytest.approx(20 / 0.5)


@pytest.mark.parametrize(
    ("change", "error"), [(-0.19, 0.1), (-0.2, 0.1), (0.0, 0.0), (0.6, 0.1)], ids=["weak", "just", "still", "rising"]
)
def test_a_change_that_is_not_beyond_doubt_gives_no_date(change: float, error: float) -> None:
    reading = projected(change=change, error=error)
    assert reading == BadReading("not-approaching", f"{change:g} ± {2 * error:g} a day")


def test_a_date_years_away_is_none() -> None:
    assert projected(value=1.4, change=-0.01, error=0.0) == BadReading("not-approaching", "not within 3650 days")
    assert in_days(projected(value=1.4, change=-0.12, error=0.01)) == pytest.approx(400 / 0.12)


def test_a_limit_that_was_passed_was_reached_in_the_past() -> None:
    assert in_days(projected(value=0.994)) == pytest.approx(-10)


def test_what_rises_to_its_limit() -> None:
    assert in_days(projected(value=70, change=2.5, error=0.1, limit=85, times=1, heading="up")) == pytest.approx(6)
    assert isinstance(projected(value=70, change=-2.5, error=0.1, limit=85, times=1, heading="up"), BadReading)


def test_the_date_rests_on_the_last_whole_day_and_not_on_the_moment() -> None:
    story = Story("projected_date", limit=GREEN, times=1000.0)
    midnight = 12 * DAY - START
    for hour in range(0, 24, 3):
        story.at(midnight + hour * 3600, value=1.02 + 0.001 * hour, change=-0.6, error=0.1)
    first = story.at(midnight + DAY, value=1.09, change=-0.6, error=0.1)
    assert in_days(first) == pytest.approx((midnight + DAY / 2) / DAY + 30.5 / 0.6), "1.0305 MPa at noon"
    assert story.at(midnight + DAY + 7200, value=0.99, change=-0.6, error=0.1) == first
    assert story.again() == midnight + DAY + 3 * 3600


def test_without_a_slope_there_is_no_date() -> None:
    story = Story("projected_date")
    reading = story.at(0, value=1.1, change=BadReading("too-few-days", "3 of 20 days"), error=0.1)
    assert reading == BadReading("unknown-input", "change: too-few-days (3 of 20 days)")


@settings(deadline=None)
@given(some.floats(1.001, 1.4), some.floats(-5, -0.3), some.floats(0.001, 0.1))
def test_the_likely_date_is_between_the_earliest_and_the_latest(value: float, change: float, error: float) -> None:
    earliest, likely, latest = (
        in_days(projected(value, change, error, told=told, horizon=1e9)) for told in ("earliest", "likely", "latest")
    )
    assert 0 < earliest <= likely <= latest
    assert value * 1000 + change * likely == pytest.approx(1000), "and there the line is at the limit"
