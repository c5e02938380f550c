"""Working hours on the clock on the wall: both nights of daylight saving, holidays, nights and breaks at noon."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.tickets.calendars import ALWAYS, Calendar, open_spans

BERLIN, NEW_YORK, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Where summer time is half an hour."""
HAVANA = ZoneInfo("America/Havana")
"""Where summer time begins and ends at midnight."""


def weekly(*spans: tuple[int, int], days: str = "1111111") -> Calendar:
    """Every day marked 1, Monday first, at these minutes after midnight."""
    return Calendar(tuple(spans if day == "1" else () for day in days))


NIGHT = weekly((60, 210))  # 01:00 to 03:30
ROUND_THE_CLOCK = weekly((0, 1440))
LATE = weekly((22 * 60, 6 * 60))


def at(zone: ZoneInfo, year: int, month: int, day: int) -> float:
    """Its midnight."""
    return datetime(year, month, day, tzinfo=zone).timestamp()


def seconds(calendar: Calendar, start: float, end: float, zone: ZoneInfo) -> float:
    spans = takewhile(lambda span: span[0] < end, open_spans(calendar, start, zone))
    return sum(min(last, end) - first for first, last in spans)


@pytest.mark.parametrize(
    ("zone", "calendar", "day", "hours"),
    [
        (BERLIN, ROUND_THE_CLOCK, (2026, 3, 29), 23.0), (BERLIN, ROUND_THE_CLOCK, (2026, 10, 25), 25.0),
        (NEW_YORK, ROUND_THE_CLOCK, (2026, 3, 8), 23.0), (NEW_YORK, ROUND_THE_CLOCK, (2026, 11, 1), 25.0),
        (BERLIN, NIGHT, (2026, 3, 29), 1.5), (BERLIN, NIGHT, (2026, 10, 25), 3.5), (BERLIN, NIGHT, (2026, 3, 30), 2.5),
        (NEW_YORK, NIGHT, (2026, 3, 8), 1.5), (NEW_YORK, NIGHT, (2026, 11, 1), 3.5),
        (LORD_HOWE, ROUND_THE_CLOCK, (2026, 4, 5), 24.5), (LORD_HOWE, ROUND_THE_CLOCK, (2026, 10, 4), 23.5),
        (HAVANA, ROUND_THE_CLOCK, (2026, 3, 8), 23.0), (HAVANA, ROUND_THE_CLOCK, (2026, 11, 1), 25.0),
        (BERLIN, weekly((120, 150)), (2026, 10, 25), 1.0), (BERLIN, weekly((120, 150)), (2026, 3, 29), 0.0),
        (BERLIN, weekly((150, 240)), (2026, 3, 29), 1.0), (SHANGHAI, NIGHT, (2026, 3, 29), 2.5),
        (BERLIN, weekly((8 * 60, 12 * 60), (11 * 60, 17 * 60)), (2026, 7, 1), 9.0),
    ],
)  # fmt: skip
def test_hours_count_as_they_truly_pass(
    zone: ZoneInfo, calendar: Calendar, day: tuple[int, int, int], hours: float
) -> None:
    year, month, number = day
    start, end = at(zone, year, month, number), at(zone, year, month, number + 1)
    assert seconds(calendar, start, end, zone) == hours * 3600


def test_the_hour_that_comes_twice_is_two_spans_where_it_is_not_whole() -> None:
    half = open_spans(weekly((120, 150)), at(BERLIN, 2026, 10, 25), BERLIN)
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC).timestamp()
    assert [next(half), next(half)] == [(first, first + 1800), (first + 3600, first + 5400)]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    fridays = weekly((22 * 60, 6 * 60), days="0000100")
    friday = at(SHANGHAI, 2026, 11, 27)
    assert next(open_spans(fridays, friday, SHANGHAI)) == (friday + 22 * 3600, friday + 24 * 3600)
    assert seconds(fridays, friday, friday + 7 * 86400, SHANGHAI) == 8 * 3600
    off = Calendar(fridays.week, frozenset({date(2026, 11, 28)}))
    assert seconds(off, friday, friday + 7 * 86400, SHANGHAI) == 8 * 3600, "the Saturday is no part of the shift"
    off = Calendar(fridays.week, frozenset({date(2026, 11, 27)}))
    assert seconds(off, friday, friday + 7 * 86400, SHANGHAI) == 0.0


def test_all_the_time_is_one_span() -> None:
    assert list(open_spans(ALWAYS, 5.0, BERLIN)) == [(5.0, float("inf"))]


def test_a_clock_on_the_wall_that_was_set_on_an_hour_opens_an_hour_sooner() -> None:
    office, day = weekly((9 * 60, 17 * 60)), at(SHANGHAI, 2026, 11, 23)
    assert next(open_spans(office, day, SHANGHAI, 3600.0)) == (day + 8 * 3600, day + 16 * 3600)


DAYS = st.integers(min_value=0, max_value=800)
MINUTES = st.integers(0, 1439)


@settings(max_examples=60)
@given(
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, HAVANA, SHANGHAI]),
    st.lists(st.tuples(MINUTES, MINUTES).filter(lambda span: span[0] != span[1]), min_size=1, max_size=3),
    st.sampled_from([(2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 10, 4), (2026, 10, 25), (2026, 11, 1)]),
)
def test_each_minute_is_open_exactly_when_the_wall_says_so(
    zone: ZoneInfo, spans: list[tuple[int, int]], day: tuple[int, int, int]
) -> None:
    start = at(zone, *day) - 4 * 3600
    calendar = weekly(*spans)
    opened = list(takewhile(lambda span: span[0] < start + 36 * 3600, open_spans(calendar, start, zone)))
    for moment in range(int(start), int(start) + 36 * 3600, 300):
        wall = datetime.fromtimestamp(moment, zone)
        shown = wall.hour * 60 + wall.minute
        written = any(a <= shown < b if a < b else shown >= a or shown < b for a, b in spans)
        assert any(first <= moment < last for first, last in opened) is written
