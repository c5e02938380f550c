"""The trend of a battery: found in simulated ageing, with an error that holds, and unknown where it cannot be known."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from gateway.logbook.capacity import LEAST_DAYS, LEAST_TESTS, Forecast, capacity
from gateway.proof_tests.entry import Entry, Outcome
from tests.logbook.ageing import DAY, MONTH, RATED, Life, later
from tests.logbook.book import entry
from tests.story import NOON


def holds(forecast: Forecast, fails: float, last: float) -> bool:
    """Whether the battery really fails within the dates told; a day of rounding is allowed."""
    beyond = fails > last + 3650 * DAY
    soon_enough = beyond if forecast.not_before is None else forecast.not_before <= fails + DAY
    return soon_enough and (forecast.not_after is None or forecast.not_after >= fails - DAY)


def test_a_battery_that_loses_two_percent_a_month_is_found_to() -> None:
    found = capacity(Life().tests(19))
    assert found.left == pytest.approx(1 - 18 * 0.02, abs=2 * found.left_error)
    assert found.yearly == pytest.approx(-0.02 * 365 / 30, abs=2 * found.yearly_error)
    assert (found.left_error, found.yearly_error) < (0.02, 0.02)
    assert (found.point, len(found.timed), found.unknown) == ("battery_voltage", 19, "")


def test_the_forecast_tightens_as_the_battery_nears_its_end_and_always_holds() -> None:
    life = Life()
    spans = []
    for months in (7, 13, 25, 37):
        (forecast,) = capacity(life.tests(months)).forecasts
        assert holds(forecast, life.fails(), NOON + months * MONTH)
        assert forecast.not_after is not None
        spans.append((forecast.not_after - life.fails()) / MONTH)
    assert spans[-1] < spans[0]
    assert spans[-1] < 12, "in months late at most, one month and a half before it fails"


def test_a_longer_test_proves_that_the_shorter_one_holds_for_long() -> None:
    """30 min at full capacity prove 15 min down to half of it, which is 25 months away; 15 min alone prove nothing."""
    life = Life(fade=0.02)
    (alone,) = capacity(life.tests(8)).forecasts
    assert alone.not_before is not None
    assert alone.not_before <= NOON + 8 * MONTH
    rated = later(life.test(0, "rated", RATED), -DAY, 99)
    both = {each.kind: each for each in capacity([rated, *life.tests(8)]).forecasts}
    assert both["duration"].not_before is not None
    assert both["duration"].not_before > NOON + 20 * MONTH
    assert holds(both["duration"], life.fails(), NOON + 8 * MONTH)
    assert holds(both["rated"], life.fails(RATED), NOON + 8 * MONTH)
    assert both["rated"].not_after is not None
    assert both["rated"].not_after < (both["duration"].not_after or float("inf")), "the longer test fails first"


@pytest.mark.parametrize("level", [False, True])
def test_of_many_batteries_every_forecast_holds(level: bool) -> None:
    """60 lives of any load, size and ageing: told with 95 %, so three of a hundred may be missed by chance."""
    told = missed = 0
    for seed in range(60):
        rng = Random(seed)
        life = Life(rng.uniform(0.8, 3.0), rng.uniform(1.8, 4.0), rng.uniform(0.005, 0.03), 0.003, 0.01, level, seed)
        tests: list[Entry] = []
        while len(tests) < 49 and (not tests or tests[-1].outcome is Outcome.PASSED):
            tests.append(life.test(len(tests)))
        for months in (10, 24, 48):
            if len(tests) > months:
                (forecast,) = capacity(tests[:months]).forecasts
                told += 1
                missed += not holds(forecast, life.fails(), tests[months - 1].started_at)
    assert told > 60
    assert missed / told <= 0.03


def test_too_few_or_too_close_tests_give_no_trend() -> None:
    few = capacity(Life().tests(3))
    assert (few.unknown, few.detail, few.forecasts) == ("too-few-tests", f"3 of {LEAST_TESTS}", ())
    close = capacity(Life().tests(6))
    assert (close.unknown, close.detail) == ("too-short", f"150 of {LEAST_DAYS} d")
    assert capacity(Life().tests(7)).unknown == ""


def test_readings_too_coarse_for_the_fall_give_no_trend() -> None:
    assert capacity(Life(amps=0.8, step=0.1).tests(12)).unknown == "too-coarse"


def test_after_a_failed_test_it_is_counted_anew() -> None:
    old, new = Life().tests(12), Life(seed=2)
    failed = replace(Life().test(12), outcome=Outcome.FAILED)
    assert capacity([*old, failed]).unknown == "failing"
    assert capacity([*old, failed]).detail == "entry 13"
    mended = [later(each, 13 * MONTH, each.id + 13) for each in new.tests(12)]
    assert capacity([*old, failed, *mended]) == capacity(mended)
    assert capacity([*old, failed, *mended[:2]]).detail == f"2 of {LEAST_TESTS}"


def test_a_new_battery_is_counted_anew_though_no_test_failed() -> None:
    new = [later(each, 24 * MONTH, each.id + 24) for each in Life(seed=2).tests(12)]
    found = capacity([*Life().tests(24), *new])
    assert [each.id for each, _ in found.timed] == [each.id for each in new]
    assert found.left == pytest.approx(1 - 11 * 0.02, abs=0.03)
    one_low = [*Life().tests(8), later(Life(fade=0.05).test(8), 0.0, 9), *Life().tests(19)[9:]]
    assert len(capacity(one_low).timed) == 19, "one that was odd begins nothing anew"


def test_what_proves_nothing_is_not_counted() -> None:
    tests = Life().tests(12)
    others = [replace(each, outcome=Outcome.INCONCLUSIVE) for each in Life(fade=0.08).tests(6)]
    assert capacity([*others, *tests]) == capacity(tests)
    assert capacity([entry(curve=()), entry(kind="walk", limit=None, curve=())]).unknown == "no-tests"
    assert capacity([]).unknown == "no-tests"


def test_a_battery_that_does_not_age_is_told_no_end() -> None:
    (forecast,) = capacity(Life(fade=0.0).tests(24)).forecasts
    assert forecast.not_after is None


def test_without_a_floor_nobody_knows_by_when() -> None:
    (forecast,) = capacity([replace(each, floor=None) for each in Life().tests(24)]).forecasts
    assert forecast.not_before is not None
    assert forecast.not_after is None
