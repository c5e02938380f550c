"""Who is on at an hour: rosters over holidays, windows that nobody can tell, and both changes of the clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.assets.hours import hour_at
from gateway.assets.windows import Almanac
from gateway.routing.people import Hour, Shift, Team, on_duty, rostered
from gateway.standards.windows import Window

BERLIN = ZoneInfo("Europe/Berlin")
WINDOWS = {
    "by-day": Window.model_validate({"title": {"en": "day"}, "daily": ["06:00", "22:00"]}),
    "night": Window.model_validate({"title": {"en": "night"}, "daily": ["22:00", "06:00"]}),
    "early": Window.model_validate({"title": {"en": "early"}, "daily": ["00:00", "02:30"]}),
    "late": Window.model_validate({"title": {"en": "late"}, "daily": ["02:30", "24:00"]}),
    "dark": Window.model_validate({"title": {"en": "dark"}, "sun": {"from": "sunset", "to": "sunrise"}}),
}
ALMANAC = Almanac(WINDOWS, BERLIN)
TEAM = Team(
    members=("li", "anna", "chief"), roster=(Shift(on=("li",), during="by-day"), Shift(on=("anna",), during="night"))
)
HALVES = Team(members=("li", "anna"), roster=(Shift(on=("li",), during="early"), Shift(on=("anna",), during="late")))


def at(written: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone)).timestamp()


def on(team: Team, moment: float, *holidays: date) -> tuple[str, ...]:
    return on_duty(team, hour_at(ALMANAC, holidays, moment))


@pytest.mark.parametrize(
    ("written", "who"),
    [
        ("2026-11-30T05:59:59", "anna"),
        ("2026-11-30T06:00:00", "li"),
        ("2026-11-30T21:59:59", "li"),
        ("2026-11-30T22:00:00", "anna"),
    ],
)
def test_a_shift_ends_at_the_second_at_which_the_next_begins(written: str, who: str) -> None:
    assert on(TEAM, at(written, "Europe/Berlin")) == (who,)


@pytest.mark.parametrize(
    ("written", "who", "why"),
    [
        ("2027-03-28T00:59:59", "li", "01:59:59, before the clock is put forward"),
        ("2027-03-28T01:00:00", "anna", "03:00: half past two did not come, and is over"),
        ("2026-10-25T00:29:59", "li", "02:29:59 in summer"),
        ("2026-10-25T00:30:00", "anna", "02:30 in summer: the first time that it comes counts"),
        ("2026-10-25T01:15:00", "anna", "02:15 for the second time: nobody goes back on shift"),
        ("2026-10-25T05:00:00", "anna", "06:00 in winter"),
    ],
)
def test_over_both_changes_of_the_clock_exactly_one_is_on(written: str, who: str, why: str) -> None:
    assert on(HALVES, at(written)) == (who,), why


@pytest.mark.parametrize("day", [date(2027, 3, 27), date(2026, 10, 24)])
def test_in_no_second_of_those_nights_is_nobody_or_everybody_on(day: date) -> None:
    """From noon to noon; the night is 7 or 9 hours long then, and every minute of it belongs to one shift."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN).timestamp()
    hours = [hour_at(ALMANAC, (), noon + minute * 60) for minute in range(24 * 60)]
    assert {len(rostered(TEAM, hour)) for hour in hours} == {1}
    nights = sum(rostered(TEAM, hour) == ("anna",) for hour in hours)
    assert nights == (7 * 60 if day.month == 3 else 9 * 60)


def test_holidays_have_a_shift_of_their_own() -> None:
    roster = (Shift(on=("li",), holidays="off"), Shift(on=("chief",), holidays="only", during="by-day"))
    team = Team(members=("li", "anna", "chief"), roster=roster)
    assert on(team, at("2026-12-24T12:00"), date(2026, 12, 25)) == ("li",)
    assert on(team, at("2026-12-25T12:00"), date(2026, 12, 25)) == ("chief",)
    assert on(team, at("2026-12-25T22:30"), date(2026, 12, 25)) == team.members, (
        "a gap: everybody, because somebody must"
    )


def test_a_window_that_nobody_can_tell_keeps_nobody_from_being_told() -> None:
    team = Team(members=("li", "anna"), roster=(Shift(on=("li",), during="dark"),))
    assert hour_at(ALMANAC, (), at("2026-12-24T12:00")).is_open("dark") is None, "it is not known where the site is"
    assert on(team, at("2026-12-24T12:00")) == ("li",)
    assert Hour(lambda _: False).within("") is True
    assert Hour(lambda _: False).within("dark") is False
