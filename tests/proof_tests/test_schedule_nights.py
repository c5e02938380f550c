"""Each scheduled test exactly once: in both nights on which clocks are changed, in another zone, by a stepped clock."""

# ruff: noqa: DTZ001 - a time on the wall has no zone here

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.rules import DAY, HOUR
from gateway.proof_tests.schedule import Slot
from gateway.standards.windows import Window
from tests.proof_tests.schedules import Light, Watchman, rules

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]
NIGHTS = {"Europe/Berlin": ("2026-03-29", "2026-10-25"), "America/New_York": ("2026-03-08", "2026-11-01"),
          "Australia/Lord_Howe": ("2026-10-04", "2026-04-05")}  # fmt: skip
CALENDARS = ["30 2 * * *", "15 2 * * *", "0 3 * * *"]


def site(zone: str, pace: float | str, begin: str = "2026-01-01") -> Watchman:
    here = ZoneInfo(zone)
    now = datetime.fromisoformat(begin).replace(hour=12, tzinfo=here).timestamp()
    return Watchman({"light-1": Light()}, rules(function=pace), here, now)


def days(tests: Watchman) -> Counter[date]:
    """On how many of each day's nights a test took place."""
    return Counter(datetime.fromtimestamp(each.began, tests.zone).date() for each in tests.tests)


def outcomes(tests: Watchman) -> set[Outcome]:
    return {outcome for _, outcome, _ in tests.done}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("calendar", CALENDARS)
def test_by_calendar_there_is_one_test_on_each_night_of_the_year(zone: str, calendar: str) -> None:
    tests = site(zone, calendar)
    tests.until(tests.now + 364 * DAY)
    nights = [date(2026, 1, 2) + timedelta(days=each) for each in range(364)]
    assert days(tests) == dict.fromkeys(nights, 1)
    assert outcomes(tests) == {Outcome.PASSED}
    assert [slot.written[:10] for slot, _, _ in tests.done] == [str(night) for night in nights]


@pytest.mark.parametrize("zone", NIGHTS)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("hour", range(24))
def test_by_interval_there_is_one_test_for_each_time_that_it_is_due(zone: str, which: int, hour: int) -> None:
    night = NIGHTS[zone][which]
    tests = site(zone, DAY, str(date.fromisoformat(night) - timedelta(days=4)))
    tests.slots = [slot_at(tests, hour)]
    begin = tests.slots[0].due
    tests.until(begin + 8 * DAY + 22 * HOUR)
    assert [slot.due for slot, _, _ in tests.done] == [begin + each * DAY for each in range(9)]
    assert outcomes(tests) == {Outcome.PASSED}
    assert all(
        slot.due <= test.began < slot.due + DAY for (slot, _, _), test in zip(tests.done, tests.tests, strict=True)
    )


def slot_at(tests: Watchman, hour: int) -> Slot:
    """The site's slot, due at half past such an hour of the next day."""
    due = datetime.fromtimestamp(tests.now + DAY, tests.zone).replace(hour=hour, minute=30).timestamp()
    return Slot("light-1", "function", due, due + 0.9 * DAY, regular=due)


@pytest.mark.parametrize("zone", NIGHTS)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("down_for", [0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 26.0])
def test_down_in_such_a_night_each_entry_has_one_outcome(zone: str, which: int, down_for: float) -> None:
    night = datetime.fromisoformat(NIGHTS[zone][which])
    for quarter in range(0, 24, 3):
        tests = site(zone, "30 2 * * *", str((night - timedelta(days=3)).date()))
        tests.until(tests.wall.when(night) + quarter * 900)
        tests.sleeps(tests.now + down_for * HOUR)
        tests.until(tests.wall.when(night + timedelta(days=4)))
        written = Counter(slot.written for slot, _, _ in tests.done if not slot.retry)
        wanted = [f"{(night + timedelta(days=each)).date()}T02:30:00" for each in range(-2, 4)]
        skipped = set(wanted) - written.keys()
        assert set(written.values()) == {1}
        assert written.keys() <= set(wanted)
        assert len(skipped) <= (1 if down_for > 24 else 0), "one missed entry stands for a longer time down"
        assert max(Counter((slot.due, slot.retry) for slot, _, _ in tests.done).values()) == 1


@pytest.mark.parametrize(("before", "then"), [(one, other) for one in ZONES for other in ZONES if one != other])
@pytest.mark.parametrize("hours", [0, 1, 2, 3, 14, 23])
def test_a_change_of_zone_neither_repeats_nor_drops_an_entry(before: str, then: str, hours: int) -> None:
    tests = site(before, "0 2 * * mon", "2026-03-20")
    tests.until(tests.wall.when(datetime(2026, 4, 6)) + hours * HOUR)
    tests.zone = ZoneInfo(then)
    tests.replan()
    tests.until(tests.now + 30 * DAY)
    written = [slot.written for slot, _, _ in tests.done]
    mondays = [f"{date(2026, 3, 23) + timedelta(weeks=each)}T02:00:00" for each in range(len(written))]
    assert written == mondays
    assert len(written) in (6, 7)
    shown = [datetime.fromtimestamp(each.began, tests.zone).strftime("%a %H:%M") for each in tests.tests[4:]]
    assert set(shown) == {"Mon 02:00"}, "where it is 2 o'clock now"
    assert outcomes(tests) == {Outcome.PASSED}


@pytest.mark.parametrize("step", [3600.0, -7200.0, 30.0, -12 * HOUR, 10 * 365 * DAY, -1.7e9])
def test_a_step_of_the_clock_neither_repeats_nor_misses_a_test(step: float) -> None:
    for hours in range(0, 30, 2):
        tests = site("Europe/Berlin", 2 * DAY, "2026-06-01")
        (due,) = (slot.due for slot in tests.slots)
        tests.until(due + hours * HOUR)
        tests.ahead = step
        tests.until(tests.now + 10 * HOUR)
        tests.ahead = 0.0
        tests.until(due + 11.95 * DAY)
        assert [slot.due for slot, _, _ in tests.done] == [due + 2 * DAY * each for each in range(6)]
        assert outcomes(tests) == {Outcome.PASSED}


def test_a_window_over_midnight_is_one_night() -> None:
    tests = site("Europe/Berlin", "50 23 * * *")
    tests.window = Window(daily=["23:00", "02:00"])
    tests.until(tests.now + 364 * DAY)
    assert len(tests.done) == 364
    assert outcomes(tests) == {Outcome.PASSED}
