"""A calendar of tests: every entry once, in both daylight-saving nights and when the zone is changed."""

# ruff: noqa: DTZ001 - a time on the wall has no zone here

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from gateway.proof_tests.calendar import Wall, check, entries, next_entry

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Sao_Paulo", "UTC"]


def wall(zone: str, ahead: float = 0.0) -> Wall:
    return Wall(ZoneInfo(zone), ahead)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minute", [0, 15, 30, 45])
@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_a_daily_entry_comes_once_on_each_of_two_years_of_days(zone: str, hour: int, minute: int) -> None:
    here = wall(zone)
    written, now = datetime(2026, 12, 31, 23), here.when(datetime(2026, 12, 31, 23))
    days = []
    while written < datetime(2028, 12, 31):
        written, at = next_entry(f"{minute} {hour} * * *", written, now, here)
        assert at > now
        shown = here.shows(at)
        assert written <= shown <= written + timedelta(hours=1), "later by no more than the clock was put forward"
        days.append(written.date())
        now = at
    assert days == [days[0] + timedelta(days=each) for each in range(len(days))]
    assert len(days) == 731


def test_the_second_half_past_two_of_a_night_in_autumn_is_no_second_entry() -> None:
    berlin = wall("Europe/Berlin")
    entry = datetime(2026, 10, 25, 2, 30)
    at = berlin.when(entry)
    later = at + 3600
    assert berlin.shows(later) == entry
    assert next_entry("30 2 * * *", entry, at + 1, berlin)[0] == datetime(2026, 10, 26, 2, 30)
    assert next_entry("30 2 * * *", entry, later - 60, berlin)[0] == datetime(2026, 10, 26, 2, 30)


def test_an_entry_that_went_by_does_not_come() -> None:
    berlin, long_ago = wall("Europe/Berlin"), datetime(2026, 1, 1)
    quarter_to_three = berlin.when(datetime(2026, 5, 5, 2, 45))
    assert next_entry("30 2 * * *", long_ago, quarter_to_three, berlin)[0] == datetime(2026, 5, 6, 2, 30)
    assert next_entry("45 2 * * *", long_ago, quarter_to_three, berlin)[0] == datetime(2026, 5, 6, 2, 45)
    assert next_entry("45 2 * * *", long_ago, quarter_to_three - 1, berlin)[0] == datetime(2026, 5, 5, 2, 45)
    quarter_past_two_again = berlin.when(datetime(2026, 10, 25, 2, 15)) + 3600
    assert next_entry("30 2 * * *", long_ago, quarter_past_two_again, berlin)[0] == datetime(2026, 10, 26, 2, 30)


def test_a_time_that_a_night_in_spring_skips_comes_an_hour_later() -> None:
    berlin = wall("Europe/Berlin")
    written, at = next_entry("30 2 29 3 *", datetime(2026, 1, 1), berlin.when(datetime(2026, 3, 1)), berlin)
    assert written == datetime(2026, 3, 29, 2, 30)
    assert berlin.shows(at) == datetime(2026, 3, 29, 3, 30)
    howe = wall("Australia/Lord_Howe")  # it moves by half an hour
    _, at = next_entry("15 2 4 10 *", datetime(2026, 1, 1), howe.when(datetime(2026, 9, 1)), howe)
    assert howe.shows(at) == datetime(2026, 10, 4, 2, 45)


@pytest.mark.parametrize("new", ["America/New_York", "Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_entry_that_was_done_does_not_come_again_in_another_zone(new: str) -> None:
    berlin, elsewhere = wall("Europe/Berlin"), wall(new)
    written, at = next_entry("0 2 1 * *", datetime(2026, 9, 20), berlin.when(datetime(2026, 9, 20)), berlin)
    assert written == datetime(2026, 10, 1, 2)
    following, later = next_entry("0 2 1 * *", written, at + 900, elsewhere)
    assert (following, elsewhere.shows(later)) == (datetime(2026, 11, 1, 2), datetime(2026, 11, 1, 2))


def test_what_the_wall_shows_goes_with_how_far_it_was_set_ahead() -> None:
    ahead = wall("Asia/Shanghai", 7200.0)
    assert ahead.when(datetime(2026, 11, 23, 2)) == wall("Asia/Shanghai").when(datetime(2026, 11, 23, 0))
    assert ahead.shows(ahead.when(datetime(2026, 11, 23, 2))) == datetime(2026, 11, 23, 2)


def test_the_last_day_of_the_month_and_names_of_weekdays_can_be_written() -> None:
    found = list(takewhile(lambda each: each.year == 2027, entries("30 1 L * *", datetime(2027, 1, 1))))
    assert [each.day for each in found] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert next(entries("0 2 * * sun", datetime(2027, 1, 1))) == datetime(2027, 1, 3, 2)


@pytest.mark.parametrize("good", ["0 2 1 * *", "30 1 * * *", "0 2 * * SUN#1", "15 3 1 1,7 *"])
def test_a_calendar_that_a_battery_can_follow_is_right(good: str) -> None:
    check(good)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("0 2 1 *", "write minute, hour, day, month and weekday"),
        ("0 0 2 1 * *", "write minute, hour, day, month and weekday"),
        ("0 25 1 * *", "bad hour"),
        ("monthly", "write minute"),
        ("0 2 30 2 *", "bad day-of-month"),
        ("0 * * * *", "more often than once a day"),
        ("0 1,4 * * *", "more often than once a day"),
        ("59 23,0 1,2 * *", "more often than once a day"),
    ],
)
def test_what_is_no_calendar_is_said(wrong: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check(wrong)
