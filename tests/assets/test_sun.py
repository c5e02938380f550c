"""Sun times against published ones, and everywhere on the earth on every day: a time of that day, or none at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.assets.sun import sun_event
from gateway.standards.windows import SunEvent

EVENTS: tuple[SunEvent, ...] = ("dawn", "sunrise", "sunset", "dusk")
SHANGHAI, CUPERTINO, DECORAH, TROMSO = (31.23, 121.47), (37.4, -121.9167), (43.3, -91.79), (69.65, 18.96)
CUPERTINO_2008 = (
    "0722 1700", "0711 1732", "0638 1802", "0552 1831", "0512 1858", "0448 1923",
    "0451 1932", "0512 1915", "0539 1836", "0604 1750", "0633 1709", "0704 1650",
)  # fmt: skip
"""Sunrise and sunset on the first of each month, 8 h west of Greenwich: U.S. Naval Observatory, table for 2008."""
DECORAH_SEPTEMBER = {
    1: "0602 0632 1941 2011", 8: "0611 0640 1929 1958", 15: "0619 0647 1916 1945", 22: "0626 0655 1904 1932",
    30: "0636 0704 1849 1918",
}  # fmt: skip
"""Civil dawn, sunrise, sunset and civil dusk in September, 5 h west: the same, as printed by Luther College."""
SHANGHAI_2027 = {
    date(2027, 6, 21): "042207 045037 190101 192931", date(2027, 12, 22): "062147 064905 165542 172300",
    date(2027, 3, 21): "053306 055744 180535 183015",
}  # fmt: skip
"""The four events, 8 h east: as the library astral 3.2 has them."""


def seconds_off(events: tuple[SunEvent, ...], day: date, place: tuple[float, float], hours: int, said: str) -> float:
    """The greatest difference from the published local times of ``events``."""
    zone, worst = timezone(timedelta(hours=hours)), 0.0
    for event, written in zip(events, said.split(), strict=True):
        moment = sun_event(event, day, *place)
        assert moment is not None
        clock = time(int(written[:2]), int(written[2:4]), int(written[4:] or 0))
        worst = max(worst, abs(moment - datetime.combine(day, clock, zone).timestamp()))
    return worst


@pytest.mark.parametrize("month", range(1, 13))
def test_sunrise_and_sunset_are_those_of_the_almanac_within_a_minute(month: int) -> None:
    said = CUPERTINO_2008[month - 1]
    assert seconds_off(("sunrise", "sunset"), date(2008, month, 1), CUPERTINO, -8, said) <= 60.0


@pytest.mark.parametrize("day", list(DECORAH_SEPTEMBER))
def test_civil_dawn_and_dusk_are_those_of_the_almanac_within_a_minute(day: int) -> None:
    assert seconds_off(EVENTS, date(2008, 9, day), DECORAH, -5, DECORAH_SEPTEMBER[day]) <= 60.0


@pytest.mark.parametrize("day", list(SHANGHAI_2027))
def test_at_shanghai_another_program_says_the_same_within_half_a_minute(day: date) -> None:
    assert seconds_off(EVENTS, day, SHANGHAI, 8, SHANGHAI_2027[day]) <= 30.0


def test_the_polar_day_and_night_have_no_such_event() -> None:
    midsummer, midwinter = date(2027, 6, 21), date(2027, 12, 21)
    assert [sun_event(each, midsummer, *TROMSO) for each in EVENTS] == [None] * 4
    found = {each: sun_event(each, midwinter, *TROMSO) for each in EVENTS}
    assert (found["sunrise"], found["sunset"]) == (None, None)
    assert found["dawn"] is not None
    assert found["dusk"] is not None
    assert 3 * 3600 < found["dusk"] - found["dawn"] < 6 * 3600  # twilight at noon


def test_no_day_loses_its_event_where_it_falls_on_midnight_utc() -> None:
    first = date(2027, 1, 1)
    for longitude in range(-180, 181, 15):
        found = [sun_event("dusk", first + timedelta(days), 40.0, float(longitude)) for days in range(365)]
        steps = [later - earlier for earlier, later in pairwise(found) if earlier and later]
        assert len(steps) == 364
        assert all(abs(step - 86400) < 180 for step in steps)


@given(
    event=st.sampled_from(EVENTS),
    day=st.dates(date(1971, 1, 1), date(2120, 1, 1)),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
)
def test_anywhere_it_is_within_half_a_day_of_noon_and_in_order(
    event: SunEvent, day: date, latitude: float, longitude: float
) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() - longitude * 240
    moment = sun_event(event, day, latitude, longitude)
    assert moment is None or abs(moment - noon) < 12.5 * 3600
    found = [each for name in EVENTS if (each := sun_event(name, day, latitude, longitude)) is not None]
    assert found == sorted(found)
