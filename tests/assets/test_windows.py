"""When windows are open: over midnight, on the days on which clocks are changed, over the new year, by the sun."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.assets.windows import Almanac, instant, is_open, local_day
from gateway.model import BadReading, Reading
from gateway.standards.windows import Location, Window

SHANGHAI, BERLIN, CAIRO = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Africa/Cairo")
HERE, TROMSO = Location(latitude=31.2, longitude=121.5), Location(latitude=69.65, longitude=18.96)
NIGHT = {"daily": ["22:00", "06:00"]}
DARK = {"sun": {"from": "dusk + 15 min", "to": "dawn - 15 min"}}
DAYLIGHT = {"sun": {"from": "sunrise", "to": "sunset"}}


def at(written: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> float:
    return datetime.fromisoformat(written).replace(tzinfo=zone, fold=fold).timestamp()


def told(says: dict[str, Any], now: float, zone: ZoneInfo = SHANGHAI, where: Location | None = HERE) -> Reading:
    return is_open(Window.model_validate(says), now, zone, where).value


def changes(
    says: dict[str, Any], first: float, last: float, zone: ZoneInfo, where: Location | None = HERE
) -> Iterator[tuple[str, Reading]]:
    """The local times at which it changes, as whoever asks again when told to would see them."""
    window, before, now = Window.model_validate(says), None, first
    while now < last:
        found = is_open(window, now, zone, where)
        if found.value != before:
            yield datetime.fromtimestamp(now, zone).strftime("%m-%d %H:%M:%S%z"), found.value
        assert found.again is not None
        assert found.again > now
        before, now = found.value, found.again


# --- times of day


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-01 21:59:59", False), ("2027-03-01 22:00", True), ("2027-03-02 00:00", True),
        ("2027-03-02 05:59:59.9", True), ("2027-03-02 06:00", False), ("2027-03-02 12:00", False),
    ],
)  # fmt: skip
def test_the_night_runs_over_midnight_and_its_end_is_not_in_it(moment: str, expected: bool) -> None:
    assert told(NIGHT, at(moment)) is expected


def test_rush_hours_are_two_spans_on_working_days() -> None:
    rush = {"daily": [["07:00", "09:00"], ["17:00", "19:00"]], "weekdays": ["mon", "tue", "wed", "thu", "fri"]}
    friday = at("2027-03-05 00:00")
    assert [when for when, _ in changes(rush, friday, friday + 4 * 86400, SHANGHAI)] == [
        "03-05 00:00:00+0800", "03-05 07:00:00+0800", "03-05 09:00:00+0800", "03-05 17:00:00+0800",
        "03-05 19:00:00+0800", "03-08 07:00:00+0800", "03-08 09:00:00+0800", "03-08 17:00:00+0800",
        "03-08 19:00:00+0800",
    ]  # fmt: skip


def test_a_moment_after_midnight_belongs_to_its_own_day() -> None:
    friday_night = NIGHT | {"weekdays": ["fri"]}
    assert told(friday_night, at("2027-03-05 01:00")) is True
    assert told(friday_night, at("2027-03-05 23:59:59")) is True
    assert told(friday_night, at("2027-03-06 00:00")) is False


def test_the_end_of_the_day_is_a_time_too() -> None:
    evening = {"daily": ["18:00", "24:00"]}
    day = at("2027-03-01 00:00")
    assert list(changes(evening, day, day + 86401, SHANGHAI)) == [
        ("03-01 00:00:00+0800", False), ("03-01 18:00:00+0800", True), ("03-02 00:00:00+0800", False),
    ]  # fmt: skip


# --- clocks put forward and back


def test_the_night_is_an_hour_shorter_when_the_clocks_are_put_forward() -> None:
    assert list(changes(NIGHT, at("2027-03-27 12:00", BERLIN), at("2027-03-28 12:00", BERLIN), BERLIN)) == [
        ("03-27 12:00:00+0100", False), ("03-27 22:00:00+0100", True), ("03-28 06:00:00+0200", False),
    ]  # fmt: skip
    assert at("2027-03-28 06:00", BERLIN) - at("2027-03-27 22:00", BERLIN) == 7 * 3600


def test_the_night_is_an_hour_longer_when_the_clocks_are_put_back() -> None:
    assert list(changes(NIGHT, at("2027-10-30 12:00", BERLIN), at("2027-10-31 12:00", BERLIN), BERLIN)) == [
        ("10-30 12:00:00+0200", False), ("10-30 22:00:00+0200", True), ("10-31 06:00:00+0100", False),
    ]  # fmt: skip
    assert at("2027-10-31 06:00", BERLIN) - at("2027-10-30 22:00", BERLIN) == 9 * 3600


def test_a_time_that_does_not_exist_comes_when_the_clocks_are_changed() -> None:
    """02:30 is left out in the night to 28 March: at 02:00 the clocks show 03:00."""
    early = {"daily": ["01:00", "02:30"]}
    late = {"daily": ["02:30", "04:00"]}
    first, last = at("2027-03-28 00:00", BERLIN), at("2027-03-28 12:00", BERLIN)
    assert [when for when, _ in changes(early, first, last, BERLIN)][1:] == [
        "03-28 01:00:00+0100", "03-28 03:00:00+0200",
    ]  # fmt: skip
    assert [when for when, _ in changes(late, first, last, BERLIN)][1:] == [
        "03-28 03:00:00+0200", "03-28 04:00:00+0200",
    ]  # fmt: skip


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    """02:30 comes at +02:00 and an hour later at +01:00."""
    first, last = at("2027-10-31 00:00", BERLIN), at("2027-10-31 12:00", BERLIN)
    assert [when for when, _ in changes({"daily": ["02:30", "04:00"]}, first, last, BERLIN)][1:] == [
        "10-31 02:30:00+0200", "10-31 04:00:00+0100",
    ]  # fmt: skip
    assert [when for when, _ in changes({"daily": ["01:00", "02:30"]}, first, last, BERLIN)][1:] == [
        "10-31 01:00:00+0200", "10-31 02:30:00+0200",
    ]  # fmt: skip


# --- the day


def test_the_day_changes_at_local_midnight() -> None:
    almanac = Almanac({}, SHANGHAI)
    evening, midnight = at("2027-03-01 23:59:59"), at("2027-03-02 00:00")
    assert almanac.tell("day", evening).value == date(2027, 3, 1).toordinal()
    assert almanac.tell("day", evening).again == midnight
    assert almanac.tell("day", midnight).value == date(2027, 3, 2).toordinal()


def test_a_day_without_a_midnight_begins_when_the_clocks_are_changed() -> None:
    """In Cairo they are put forward at 00:00 on 30 April 2027: that day begins at 01:00."""
    begins = at("2027-04-30 01:00", CAIRO)
    assert instant(date(2027, 4, 30), 0, CAIRO) == begins
    assert local_day(begins - 0.5, CAIRO) == date(2027, 4, 29)
    assert local_day(begins, CAIRO) == date(2027, 4, 30)


def test_a_day_is_not_taken_back_when_the_clocks_are() -> None:
    """In St. John's of 2010 they were put back at 00:01: the day before came again for an hour."""
    zone = ZoneInfo("America/St_Johns")
    begins = at("2010-11-07 00:00", zone)
    found = [local_day(begins + seconds, zone) for seconds in range(-120, 3 * 3600, 20)]
    assert found == sorted(found)
    assert datetime.fromtimestamp(begins + 600, zone).date() == date(2010, 11, 6)
    assert local_day(begins + 600, zone) == date(2010, 11, 7)


@given(
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Havana", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
    now=st.floats(0, 4e9),
)
def test_days_only_go_forward_and_times_of_day_lie_within_theirs(zone: str, now: float) -> None:
    here = ZoneInfo(zone)
    today = local_day(now, here)
    assert instant(today, 0, here) <= now < instant(today + timedelta(1), 0, here)
    minutes = [instant(today, minute, here) for minute in range(0, 1441, 30)]
    assert minutes == sorted(minutes)


@given(
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    now=st.integers(0, 4_000_000_000),
    first=st.integers(0, 1439),
    last=st.integers(0, 1440),
)
def test_on_every_other_day_a_span_is_what_the_clock_on_the_wall_says(
    zone: str, now: int, first: int, last: int
) -> None:
    here = ZoneInfo(zone)
    around = [datetime.fromtimestamp(now + days * 86400, here).utcoffset() for days in (-1, 0, 1)]
    assume(first != last and len(set(around)) == 1)
    written = [f"{minute // 60:02}:{minute % 60:02}" for minute in (first, last)]
    local = datetime.fromtimestamp(now, here)
    minute = local.hour * 60 + local.minute
    inside = first <= minute < last if first < last else minute >= first or minute < last
    assert told({"daily": written}, now, here, None) is inside


# --- seasons


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        (["11-15", "03-15"], ["11-15", "12-31", "01-01", "03-15"], ["11-14", "03-16", "07-01"]),
        (["06-01", "09-30"], ["06-01", "09-30"], ["05-31", "10-01", "01-01"]),
        (["02-29", "02-29"], [], ["02-28", "03-01"]),
    ],
)
def test_a_season_has_its_first_and_its_last_day(season: list[str], inside: list[str], outside: list[str]) -> None:
    for day in inside:
        assert told({"season": season}, at(f"2027-{day} 00:00")) is True
        assert told({"season": season}, at(f"2027-{day} 23:59:59")) is True
    for day in outside:
        assert told({"season": season}, at(f"2027-{day} 00:00")) is False


# --- the sun


def test_it_is_dark_a_quarter_of_an_hour_after_civil_dusk_and_until_as_long_before_dawn() -> None:
    noon = at("2027-06-21 12:00")
    (_, by_day), (dusk, dark), (dawn, light) = changes(DARK, noon, noon + 86400, SHANGHAI)
    assert (by_day, dark, light) == (False, True, False)
    assert "06-21 19:44" <= dusk < "06-21 19:46"
    assert "06-22 04:06" <= dawn < "06-22 04:08"


def test_windows_by_the_sun_and_by_the_clock_hold_together() -> None:
    late_and_dark = {"daily": ["16:00", "20:00"], **DARK}
    winter, summer = at("2027-12-21 12:00"), at("2027-06-21 12:00")
    (_, _), (opens, _), (shuts, _) = changes(late_and_dark, winter, winter + 43200, SHANGHAI)
    assert opens.startswith("12-21 17:37")
    assert shuts == "12-21 20:00:00+0800"
    (_, _), (opens, _), (shuts, _) = changes(late_and_dark, summer, summer + 43200, SHANGHAI)
    assert opens.startswith("06-21 19:44")
    assert shuts == "06-21 20:00:00+0800"


def test_where_the_sun_does_not_set_nobody_says_that_it_is_dark_or_light() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    midsummer = told(DARK, at("2027-06-21 00:30", oslo), oslo, TROMSO)
    assert isinstance(midsummer, BadReading)
    assert str(midsummer) == "no-sun-event (dusk or dawn about 2027-06-21 at latitude 69.65)"
    midwinter = told(DAYLIGHT, at("2027-12-21 12:00", oslo), oslo, TROMSO)
    assert isinstance(midwinter, BadReading)
    assert told(DARK, at("2027-12-21 00:30", oslo), oslo, TROMSO) is True


def test_what_is_shut_by_the_clock_is_shut_whatever_the_sun_does() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    assert told(DARK | NIGHT, at("2027-06-21 12:00", oslo), oslo, TROMSO) is False


def test_without_a_place_the_sun_tells_nothing() -> None:
    assert told(DARK, at("2027-06-21 00:30"), where=None) == BadReading(
        "no-location", "the site's files do not say where it is"
    )


@given(
    now=st.floats(0, 4e9),
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    says=st.sampled_from([NIGHT, DARK, DAYLIGHT, DARK | NIGHT, {"sun": {"from": "sunset - 6 h", "to": "dusk + 6 h"}}]),
)
def test_it_can_be_asked_anywhere_at_any_time_and_holds_until_it_says(
    now: float, latitude: float, longitude: float, says: dict[str, Any]
) -> None:
    window, where = Window.model_validate(says), Location(latitude=latitude, longitude=longitude)
    found = is_open(window, now, SHANGHAI, where)
    assert found.again is not None
    assert now < found.again <= now + 86400
    assert is_open(window, (now + found.again) / 2, SHANGHAI, where).value == found.value


# --- what never opens or never closes


@pytest.mark.parametrize(
    ("says", "never"),
    [
        ({"daily": ["10:00", "11:00"], **DARK}, "opens"),
        ({"season": ["02-29", "02-29"]}, "opens"),
        ({"daily": ["00:00", "24:00"]}, "closes"),
        ({"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "closes"),
        ({"season": ["01-01", "12-31"]}, "closes"),
        (NIGHT, ""), (DARK, ""), ({"season": ["11-15", "03-15"]}, ""),
    ],
)  # fmt: skip
def test_a_window_that_is_always_the_same_is_found(says: dict[str, Any], never: str) -> None:
    almanac = Almanac({"w": Window.model_validate(says)}, SHANGHAI, HERE)
    assert almanac.never("w", at("2027-01-01 00:00")) == never


def test_nothing_is_said_of_a_window_that_nobody_can_tell_at_times() -> None:
    pole = Location(latitude=-90.0, longitude=0.0)
    assert Almanac({"w": Window.model_validate(DARK)}, SHANGHAI, pole).never("w", at("2027-01-01 00:00")) == ""


# --- what may be written


@pytest.mark.parametrize(
    ("says", "times"),
    [
        ({"daily": [["07:00", "09:00"], ["17:00", "24:00"]], "weekdays": ["mon", "fri"]},
         "07:00-09:00, 17:00-24:00; mon, fri"),
        ({"season": ["11-15", "03-05"]}, "11-15 to 03-05"),
        ({"sun": {"from": "dusk + 90 s", "to": "dawn - 1 h"}}, "dusk + 1.5 min to dawn - 60 min"),
        (DAYLIGHT, "sunrise to sunset"),
    ],
)  # fmt: skip
def test_a_window_says_its_times(says: dict[str, Any], times: str) -> None:
    assert Window.model_validate(says).times() == times


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({}, "says no time: write daily, weekdays, season or sun"),
        ({"daily": []}, "says no time"),
        ({"daily": ["22:00", "22:00"]}, "begins and ends at the same time"),
        ({"daily": ["22:00"]}, "Field required"),
        ({"daily": ["24:01", "06:00"]}, "'24:01' is no time of day: write it like 22:00"),
        ({"daily": [1320, 360]}, "1320 is no time of day"),
        ({"weekdays": ["monday"]}, "Input should be 'mon'"),
        ({"season": ["02-30", "03-15"]}, "'02-30' is no day of the year: write month and day, like 11-15"),
        ({"season": ["11-15", "2-3"]}, "'2-3' is no day of the year"),
        ({"sun": {"from": "moonrise", "to": "dawn"}}, "'moonrise' is no time of the sun"),
        ({"sun": {"from": "dusk + 7 h", "to": "dawn"}}, "is farther from dusk than 6 h"),
        ({"sun": {"from": "dusk + soon", "to": "dawn"}}, "'soon' is no duration"),
        ({"sun": {"from": "dusk", "to": "dusk"}}, "begins and ends at the same time"),
        ({"sun": {"from": "dusk"}}, "Field required"),
    ],
)
def test_what_is_no_window_is_refused_with_the_reason(says: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Window.model_validate(says)


@pytest.mark.parametrize(
    "wrong", [{"latitude": 91, "longitude": 0}, {"latitude": "31", "longitude": 0}, {"latitude": 1}]
)
def test_a_place_is_two_numbers_in_degrees(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Location.model_validate(wrong)
