"""When tests fall due: spread at first, without drift afterwards, again after no judgement, each with one outcome."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.proof_tests.calendar import Wall
from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.rules import DAY, HOUR, WEEK, Pace, TestRules
from gateway.proof_tests.schedule import RETRIES, Slot, after, again, first, following, missed, planned, postponed
from tests.proof_tests.schedules import Light, Watchman, rules, together

SHANGHAI = ZoneInfo("Asia/Shanghai")
WALL = Wall(SHANGHAI)
NOW = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI).timestamp()
YEAR = 365 * DAY
ALL = rules(function=30 * DAY, duration=30 * DAY, rated=YEAR)
MONTHLY = rules(duration="0 2 1 * *")


def test_first_tests_are_spread_and_always_the_same() -> None:
    slots = planned([], [f"light-{each}" for each in range(1000)], ALL, NOW, WALL, "riverside")
    assert slots == planned([], [f"light-{each}" for each in range(1000)], ALL, NOW, WALL, "riverside")
    for kind, earliest, latest in (("function", 0, 30), ("duration", 0, 30), ("rated", 4 * 7, 52 * 7)):
        days = [(slot.due - NOW) / DAY for slot in slots if slot.kind == kind]
        assert len(days) == 1000
        assert earliest <= min(days) < max(days) <= latest
        tenths = Counter(int(10 * (day - earliest) / (latest - earliest)) for day in days)
        assert all(70 <= tenths[each] <= 130 for each in range(10)), "evenly"


def test_another_site_or_kind_has_another_first_time() -> None:
    slots = {first("light-1", kind, ALL, NOW, WALL, seed).due for kind in ("function", "duration") for seed in "ab"}
    assert len(slots) == 4


def test_a_rated_test_more_often_than_yearly_comes_first_within_its_interval() -> None:
    quarterly = rules(rated=91 * DAY)
    dues = [first(f"light-{each}", "rated", quarterly, NOW, WALL, "a").due - NOW for each in range(200)]
    assert 4 * WEEK <= min(dues) < max(dues) <= 91 * DAY
    weekly = rules(rated=WEEK)
    assert all(0 < first(f"l-{each}", "rated", weekly, NOW, WALL, "a").due - NOW <= WEEK for each in range(200))


def test_an_interval_does_not_drift_however_late_each_test_is() -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "riverside")
    begin = slot.due
    for month in range(1, 121):
        slot = following(slot, ALL, slot.due + 3 * DAY + month, WALL)
        assert slot.due == pytest.approx(begin + month * 30 * DAY)


def test_what_was_skipped_is_not_made_up() -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "riverside")
    late = slot.due + 95 * DAY
    assert missed([slot], late) == [slot]
    assert following(slot, ALL, late, WALL).due == pytest.approx(slot.due + 120 * DAY)
    entry = first("light-1", "duration", MONTHLY, NOW, WALL, "riverside")
    assert entry.written == "2026-12-01T02:00:00"
    assert following(entry, MONTHLY, entry.due + 95 * DAY, WALL).written == "2027-04-01T02:00:00"


def test_a_slot_is_missed_before_the_next_regular_one_is_due() -> None:
    assert (
        first("light-1", "rated", ALL, NOW, WALL, "a").latest
        == first("light-1", "rated", ALL, NOW, WALL, "a").due + 4 * WEEK
    )
    short = first("light-1", "duration", rules(duration=2 * DAY), NOW, WALL, "a")
    assert short.latest == pytest.approx(short.due + 1.8 * DAY)
    slot = first("light-1", "duration", ALL, NOW, WALL, "a")
    assert missed([slot], slot.latest - 1) == []
    assert missed([slot], slot.latest) == [slot]


@pytest.mark.parametrize("outcome", [Outcome.ABORTED, Outcome.INCONCLUSIVE, Outcome.REFUSED, Outcome.MISSED])
def test_no_judgement_is_tried_again_at_most_three_times(outcome: Outcome) -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "a")
    regular, tries = slot.due, 0
    while slot.regular == regular:
        ended = slot.due + HOUR
        slot = after(slot, outcome, ended, ALL, WALL)
        tries += 1
        if slot.regular == regular:
            assert (slot.retry, slot.due - ended, slot.latest - ended) == (tries, DAY, WEEK)
    assert tries == RETRIES + 1
    assert slot.retry == 0
    assert slot.due == pytest.approx(regular + 30 * DAY)


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_a_judgement_is_final(outcome: Outcome) -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "a")
    assert again(slot, outcome, slot.due + HOUR, ALL, WALL) is None
    assert after(slot, outcome, slot.due + HOUR, ALL, WALL).due == pytest.approx(slot.due + 30 * DAY)


def test_a_function_test_is_tried_again_from_four_hours_on() -> None:
    slot = first("light-1", "function", ALL, NOW, WALL, "a")
    retry = again(slot, Outcome.ABORTED, slot.due, ALL, WALL)
    assert retry
    assert (retry.due - slot.due, retry.latest - slot.due) == (4 * HOUR, 2 * DAY)


def test_what_would_reach_into_the_next_regular_one_is_not_tried_again() -> None:
    nightly = rules(duration="0 2 * * *")
    slot = first("light-1", "duration", nightly, NOW, WALL, "a")
    assert again(slot, Outcome.ABORTED, slot.due + HOUR, nightly, WALL) is None
    weekly = rules(duration=WEEK)
    slot = first("light-1", "duration", weekly, NOW, WALL, "a")
    retry = again(slot, Outcome.ABORTED, slot.due + 4 * DAY, weekly, WALL)
    assert retry
    assert retry.latest == pytest.approx(slot.due + WEEK)


def test_a_test_is_put_off_but_never_beyond_the_moment_at_which_it_is_missed() -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "a")
    later = postponed(slot, slot.due + DAY, "mains-recent")
    assert (later.ready, later.why) == (slot.due + DAY, "mains-recent")
    assert postponed(later, slot.due + HOUR, "neighbour").ready == slot.due + DAY, "not earlier again"
    assert postponed(later, slot.due + YEAR, "charging").ready == slot.latest


def test_a_plan_keeps_what_is_still_asked_for() -> None:
    slots = planned([], ["light-1", "light-2"], ALL, NOW, WALL, "a")
    later = NOW + DAY
    assert planned(slots, ["light-1", "light-2"], ALL, later, WALL, "a") == slots
    only = TestRules("nights", {"rated": Pace(YEAR)}, only=("light-2*",))
    assert [(slot.asset, slot.kind) for slot in planned(slots, ["light-1", "light-2"], only, later, WALL, "a")] == [
        ("light-2", "rated")
    ]
    assert planned(slots, ["light-1"], None, later, WALL, "a") == []


def test_a_changed_pace_takes_effect_without_a_test_twice() -> None:
    slot = Slot("light-1", "duration", NOW + 25 * DAY, NOW + 32 * DAY, regular=NOW + 25 * DAY)
    (weekly,) = planned([slot], ["light-1"], rules(duration=WEEK), NOW, WALL, "a")
    assert weekly.due <= NOW + WEEK
    (monthly,) = planned([slot], ["light-1"], MONTHLY, NOW, WALL, "a")
    assert monthly.written == "2026-12-01T02:00:00"
    assert planned([monthly], ["light-1"], MONTHLY, NOW, WALL, "a") == [monthly]
    (other,) = planned([monthly], ["light-1"], rules(duration="0 3 15 * *"), NOW, WALL, "a")
    assert other.written == "2026-12-15T03:00:00"
    (sooner,) = planned([other], ["light-1"], rules(duration="0 3 * * *"), NOW, WALL, "a")
    assert sooner.written == "2026-11-24T03:00:00"


def test_what_a_clock_that_was_never_set_planned_is_no_plan() -> None:
    for paces in (ALL, MONTHLY):
        unset = planned([], ["light-1"], paces, 300.0, WALL, "a")
        assert planned(unset, ["light-1"], paces, 600.0, WALL, "a") != []
        assert planned(unset, ["light-1"], paces, NOW, WALL, "a") == planned([], ["light-1"], paces, NOW, WALL, "a")


def test_an_entry_comes_when_the_wall_shows_it_by_the_clock_as_it_was_set_since() -> None:
    slots = planned([], ["light-1"], MONTHLY, NOW, Wall(SHANGHAI, 3600.0), "a")
    (slot,) = planned(slots, ["light-1"], MONTHLY, NOW, WALL, "a")
    assert WALL.shows(slot.due) == datetime(2026, 12, 1, 2)  # noqa: DTZ001
    assert slot.latest - slot.due == slots[0].latest - slots[0].due
    assert slot.due - slots[0].due == 3600.0
    assert planned([slot], ["light-1"], MONTHLY, slot.due, Wall(SHANGHAI, 3600.0), "a") == [slot], "due is due"


def test_a_clock_that_was_put_back_makes_no_plan_anew() -> None:
    slot = first("light-1", "duration", ALL, NOW, WALL, "a")
    then = following(slot, ALL, slot.due + 1.0, WALL)
    assert planned([then], ["light-1"], rules(duration=30 * DAY), slot.due - 2 * HOUR, WALL, "a") == [then]


def test_a_retry_survives_a_change_of_the_rules() -> None:
    slot = first("light-1", "duration", MONTHLY, NOW, WALL, "a")
    retry = again(slot, Outcome.ABORTED, slot.due + HOUR, MONTHLY, WALL)
    assert retry
    assert planned([retry], ["light-1"], rules(duration="0 3 15 * *"), slot.due + 2 * HOUR, WALL, "a") == [retry]


def test_down_over_the_only_night_is_one_missed_test_and_one_more_in_its_window() -> None:
    lights = {f"light-{each}": Light(group="corridor") for each in range(3)}
    site = Watchman(lights, MONTHLY, SHANGHAI, NOW)
    before = datetime(2026, 12, 1, 0, 30, tzinfo=SHANGHAI).timestamp()
    site.until(before)
    assert site.done == []
    site.sleeps(before + 10 * HOUR)
    assert [(slot.asset, outcome) for slot, outcome, _ in site.done] == [(name, Outcome.MISSED) for name in lights]
    site.until(before + 8 * DAY)
    assert [outcome for _, outcome, _ in site.done[3:]] == [Outcome.PASSED] * 3
    for test in site.tests:
        assert 1 <= datetime.fromtimestamp(test.began, SHANGHAI).hour < 5
        assert test.slot.retry == 1
    assert together(site.tests, site.lights) == []
    assert len({datetime.fromtimestamp(test.began, SHANGHAI).day for test in site.tests}) == 3


def test_down_in_the_afternoon_misses_nothing() -> None:
    site = Watchman({"light-1": Light()}, rules(function=30 * DAY), SHANGHAI, NOW)
    due = site.slots[0].due
    noon = datetime.fromtimestamp(due, SHANGHAI).replace(hour=12, minute=0, second=0).timestamp()
    site.until(noon)
    done = len(site.done)
    site.sleeps(noon + 3 * HOUR)
    assert len(site.done) == done
    site.until(noon + 2 * DAY)
    assert [outcome for _, outcome, _ in site.done] == [Outcome.PASSED]


def test_back_before_the_window_closes_the_test_still_takes_place() -> None:
    site = Watchman({"light-1": Light()}, MONTHLY, SHANGHAI, NOW)
    half_past_one = datetime(2026, 12, 1, 1, 30, tzinfo=SHANGHAI).timestamp()
    site.until(half_past_one)
    site.sleeps(half_past_one + 2 * HOUR)
    site.until(half_past_one + 5 * HOUR)
    assert [(outcome, slot.retry) for slot, outcome, _ in site.done] == [(Outcome.PASSED, 0)]


def test_who_waits_for_a_turn_is_not_missed_by_one_night_down() -> None:
    lights = {f"light-{each}": Light(group="corridor") for each in range(4)}
    site = Watchman(lights, MONTHLY, SHANGHAI, NOW)
    second = datetime(2026, 12, 2, 0, 0, tzinfo=SHANGHAI).timestamp()
    site.until(second)
    assert len(site.done) == 1
    site.sleeps(second + 10 * HOUR)
    assert len(site.done) == 1
    site.until(second + 6 * DAY)
    assert [outcome for _, outcome, _ in site.done] == [Outcome.PASSED] * 4


def test_down_for_a_quarter_of_a_year_is_one_missed_test() -> None:
    site = Watchman({"light-1": Light()}, rules(function=30 * DAY), SHANGHAI, NOW)
    site.sleeps(NOW + 100 * DAY)
    assert [outcome for _, outcome, _ in site.done] == [Outcome.MISSED]
    site.until(NOW + 103 * DAY)
    assert [outcome for _, outcome, _ in site.done] == [Outcome.MISSED, Outcome.PASSED]
    assert site.tests[0].began > NOW + 100 * DAY


def test_a_clock_that_was_ten_years_ahead_for_a_while_puts_off_no_test_by_ten_years() -> None:
    slot = first("light", "duration", MONTHLY, NOW, WALL, "site")
    wrong = following(slot, MONTHLY, slot.due + 600.0, Wall(SHANGHAI, 3650 * DAY))
    right = following(wrong, MONTHLY, wrong.due + 600.0, WALL)
    assert wrong.due - slot.due <= 32 * DAY
    assert right.due - wrong.due <= 32 * DAY
