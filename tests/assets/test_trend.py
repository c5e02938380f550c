"""Drift of a value: the statistics by themselves, and a year of readings at an extinguisher."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.assets.daily import DAY, SPACING, Day
from gateway.assets.trend import least_squares_error, slope_error, smallest_step, theil_sen
from gateway.model import BadReading, Reading
from tests.assets.story import Story

ALLOWED = 0.33
"""kPa a day: 10 % of 1.2 MPa in a year."""


def days_of(values: list[float], first: int = 20_000) -> list[Day]:
    return [Day(first + number, value, value) for number, value in enumerate(values)]


# --- the statistics


@pytest.mark.parametrize(("days", "error", "digits"), [(30, 0.105, 3), (90, 0.02, 2)])
def test_five_kilopascals_of_noise_leave_this_error_in_a_slope(days: int, error: float, digits: int) -> None:
    assert round(least_squares_error(5.0, range(days)), digits) == error


def test_thirty_days_show_the_allowed_leak_at_three_sigma() -> None:
    assert round(ALLOWED / least_squares_error(5.0, range(30))) == 3


@pytest.mark.parametrize(("days", "runs"), [(30, 600), (90, 150)])
def test_the_spread_of_theil_and_sen_is_close_to_that_of_least_squares(days: int, runs: int) -> None:
    dice = random.Random(days)
    slopes, errors = [], []
    for _ in range(runs):
        noisy = days_of([1200 - ALLOWED * day + dice.gauss(0, 5) for day in range(days)])
        slopes.append(theil_sen(noisy))
        errors.append(slope_error(noisy, slopes[-1], step=1.0))
    expected = least_squares_error(5.0, range(days))
    assert fmean(slopes) == pytest.approx(-ALLOWED, abs=4 * expected / runs**0.5)
    assert 0.9 * expected < pstdev(slopes) < 1.25 * expected
    assert fmean(errors) == pytest.approx(pstdev(slopes), rel=0.15), "and the error that is told is the true one"


def test_a_quarter_of_the_days_may_be_wrong_at_will() -> None:
    leaking = [1.2 - 0.0005 * day for day in range(30)]
    odd = [0.3 if day % 4 == 1 else value for day, value in enumerate(leaking)]
    assert theil_sen(days_of(odd)) == pytest.approx(-0.0005, abs=1e-4)


@given(some.floats(-5, 5), some.floats(-100, 100), some.sets(some.integers(0, 120), min_size=2, max_size=40))
def test_a_straight_line_has_its_own_slope_whatever_days_are_missing(slope: float, level: float, on: set[int]) -> None:
    days = [Day(number, level + slope * number, 0.0) for number in sorted(on)]
    assert theil_sen(days) == pytest.approx(slope, abs=1e-9)


@given(some.lists(some.floats(-100, 100), min_size=3, max_size=30), some.floats(-2, 2), some.floats(0.1, 10))
def test_tilting_and_stretching_the_days_does_the_same_to_the_slope(
    values: list[float], tilt: float, stretch: float
) -> None:
    tilted = [stretch * value + tilt * number for number, value in enumerate(values)]
    slope = theil_sen(days_of(values))
    assert theil_sen(days_of(tilted)) == pytest.approx(stretch * slope + tilt, abs=1e-6)
    error = slope_error(days_of(values), slope, 0.0)
    assert slope_error(days_of(tilted), theil_sen(days_of(tilted)), 0.0) == pytest.approx(stretch * error, abs=1e-6)


def test_the_error_of_five_days_by_hand() -> None:
    days = days_of([1.0, -1.0, 2.0, -2.0, 0.0])
    noise = 1.4826 * (5 / 3) ** 0.5
    assert slope_error(days, 0.0, 0.0) == pytest.approx(noise / 10**0.5 / 0.97721, rel=1e-4)


def test_a_source_without_noise_is_still_unsure_by_its_last_digit() -> None:
    level = days_of([1.2] * 30)
    assert slope_error(level, 0.0, step=0.001) == pytest.approx(0.001 / 12**0.5 / 47.4 / 0.977, rel=1e-3)


@given(some.lists(some.integers(-50, 50), max_size=20))
def test_the_smallest_step_is_between_two_neighbours(values: list[int]) -> None:
    distinct = sorted(set(values))
    step = smallest_step(values)
    assert step == (min(b - a for a, b in pairwise(distinct)) if len(distinct) > 1 else None)


# --- readings over time

MIDNIGHT = 12 * DAY - 1_000_000
"""Seconds of the story at which a UTC day begins."""


class Extinguisher:
    """A pressure (kPa at 20 °C) that is read ``readings`` times a day, in steps of ``step`` kPa."""

    def __init__(self, leak: float = 0.5, step: float = 1.0, noise: float = 3.0, readings: int = 48) -> None:
        self.story = Story("daily_change", resolution=2.0, refill=50.0)
        self.leak, self.step, self.noise, self.readings = leak, step, noise, readings
        self.dice = random.Random(7)
        self.filled_on, self.filled = 0.0, 1200.0
        self.day = 0

    def pass_days(self, days: int) -> Reading:
        for number in range(days * self.readings):
            at = self.day * DAY + number * DAY / self.readings
            exact = self.filled - self.leak * (at / DAY - self.filled_on) + self.dice.gauss(0, self.noise)
            self.read(at, round(exact / self.step) * self.step)
        self.day += days
        return self.story.last.value

    def read(self, at: float, value: Reading) -> Reading:
        return self.story.at(MIDNIGHT + at, value=value)

    def silent(self, days: int) -> None:
        self.read(self.day * DAY, BadReading("no-answer"))
        self.day += days


def reason(reading: Reading) -> str:
    assert isinstance(reading, BadReading), reading
    return reading.reason


def test_the_slope_is_known_when_thirty_days_are_over() -> None:
    extinguisher = Extinguisher(leak=0.5)
    assert extinguisher.pass_days(30) == BadReading("too-few-days", "29 of 20 days, over 29 of 30")
    assert extinguisher.pass_days(1) == pytest.approx(-0.5, abs=0.1)


def test_noise_on_a_sound_unit_does_not_look_like_the_allowed_leak() -> None:
    dice, story = random.Random(4), Story("daily_change", resolution=2.0, refill=0.0)
    for day in range(400):
        value = story.at(MIDNIGHT + day * DAY, value=float(round(1200 + dice.gauss(0, 5))))
        assert isinstance(value, BadReading) == (day < 30)
        assert isinstance(value, BadReading) or (isinstance(value, float) and value > -ALLOWED)


def test_a_sound_unit_has_no_slope_to_speak_of() -> None:
    extinguisher = Extinguisher(leak=0.0)
    extinguisher.pass_days(31)
    for _ in range(60):
        assert extinguisher.pass_days(1) == pytest.approx(0.0, abs=0.2)


def test_one_reading_a_day_is_enough() -> None:
    assert Extinguisher(leak=0.6, readings=1).pass_days(33) == pytest.approx(-0.6, abs=0.25)


def test_a_value_that_stands_still_is_sampled_when_the_function_asks_to_be_run() -> None:
    story = Story("daily_change")
    story.at(0, value=1.2)
    samples = 1
    while (again := story.again()) is not None and again < 32 * DAY:
        story.at(again, value=1.2)
        samples += 1
    assert samples == 32 * DAY / SPACING
    assert reason(story.last.value) == "too-coarse", "but what never moved shows no drift"


def test_a_gap_is_fine_as_long_as_twenty_days_are_there() -> None:
    extinguisher = Extinguisher(leak=0.5)
    extinguisher.pass_days(12)
    extinguisher.silent(10)
    assert reason(extinguisher.story.last.value) == "unknown-input"
    assert extinguisher.pass_days(8) == BadReading("too-few-days", "19 of 20 days, over 29 of 30")
    assert extinguisher.pass_days(1) == pytest.approx(-0.5, abs=0.1)


def test_after_forty_silent_days_the_count_begins_with_what_is_new() -> None:
    extinguisher = Extinguisher(leak=0.5)
    extinguisher.pass_days(35)
    extinguisher.silent(40)
    assert extinguisher.pass_days(10) == BadReading("too-few-days", "10 of 20 days, over 50 of 30")
    assert extinguisher.pass_days(11) == pytest.approx(-0.5, abs=0.1)


def test_a_gap_that_reaches_the_end_of_the_window_does_not_shorten_it() -> None:
    extinguisher = Extinguisher(leak=0.5)
    extinguisher.story.parameters["days"] = 30
    extinguisher.pass_days(10)
    extinguisher.silent(3)
    for _ in range(50):
        value = extinguisher.pass_days(1)
        if extinguisher.day > 33:
            assert value == pytest.approx(-0.5, abs=0.2)


def test_a_digit_of_ten_kilopascals_cannot_show_a_leak_of_a_third_of_one() -> None:
    assert Extinguisher(step=10.0).pass_days(40) == BadReading("too-coarse", "smallest step seen 10, needed 2")
    assert isinstance(Extinguisher(step=2.0).pass_days(40), float)


def test_compensating_a_coarse_pressure_does_not_make_it_fine() -> None:
    story, dice = Story("daily_change"), random.Random(3)
    for day in range(40):
        measured = round(1.2 + dice.gauss(0, 0.01), 2)
        story.at(day * DAY, value=measured * dice.uniform(0.998, 1.002), measured=measured)
    assert story.last.value == BadReading("too-coarse", "smallest step seen 0.01, needed 0.002")


def test_a_refill_begins_the_count_anew() -> None:
    extinguisher = Extinguisher(leak=1.0)
    extinguisher.pass_days(40)
    extinguisher.filled_on, extinguisher.filled = 40.4, 1240.0
    assert extinguisher.pass_days(2) == BadReading("too-few-days", "1 of 20 days, over 1 of 30")
    assert extinguisher.pass_days(31) == pytest.approx(-1.0, abs=0.1)


def test_a_refill_at_noon_is_seen_though_neither_day_shows_the_whole_of_it() -> None:
    extinguisher = Extinguisher(leak=0.0, noise=0.0)
    extinguisher.pass_days(40)
    for hours in range(0, 24, 3):
        extinguisher.read(40 * DAY + hours * 3600, 1200.0 if hours < 12 else 1280.0)
    extinguisher.day, extinguisher.filled = 41, 1280.0
    assert reason(extinguisher.pass_days(1)) == "too-coarse", "1240 on that day: 40 more, not 50"
    assert extinguisher.pass_days(1) == BadReading("too-few-days", "1 of 20 days, over 1 of 30")


@pytest.mark.parametrize(("step", "fine"), [(0.002, True), (0.0021, False)])
def test_a_step_of_just_the_resolution_is_fine_enough(step: float, fine: bool) -> None:
    story = Story("daily_change")
    for day in range(35):
        story.at(day * DAY, value=1.2 + step * (day % 7))
    assert isinstance(story.last.value, float) == fine


def test_one_wild_reading_a_day_changes_nothing() -> None:
    extinguisher = Extinguisher(leak=0.5)
    for _ in range(35):
        extinguisher.pass_days(1)
        extinguisher.read(extinguisher.day * DAY - 60, 40_000.0)
    assert extinguisher.story.last.value == pytest.approx(-0.5, abs=0.1)


def test_what_falls_in_megapascals_can_be_told_in_kilopascals() -> None:
    story = Story("daily_change", times=1000.0)
    for day in range(35):
        story.at(day * DAY, value=round(1.2 - 0.0006 * day, 4))
    assert story.last.value == pytest.approx(-0.6)


def test_a_clock_that_was_a_year_ahead_costs_the_days_and_not_the_truth() -> None:
    extinguisher = Extinguisher()
    extinguisher.pass_days(40)
    extinguisher.read(400 * DAY, 1180.0)
    assert extinguisher.pass_days(5) == BadReading("too-few-days", "4 of 20 days, over 4 of 30")


def test_the_error_is_about_what_the_noise_makes_it() -> None:
    dice, story = random.Random(11), Story("daily_change_error", resolution=2.0, refill=0.0)
    for day in range(35):
        story.at(day * DAY, value=float(round(1200 + dice.gauss(0, 5))))
    assert story.last.value == pytest.approx(0.105, rel=0.4)


def test_a_reading_between_two_samples_leaves_the_memory_as_it_is() -> None:
    story = Story("daily_change")
    story.at(0, value=1.2)
    before = story.memory
    story.at(SPACING - 1, value=1.1)
    assert story.memory is before
    story.at(-60, value=1.3)
    assert story.memory is before, "late by a minute"


def test_the_memory_stays_small_over_years() -> None:
    extinguisher = Extinguisher(readings=8)
    extinguisher.story.parameters["days"] = 500
    extinguisher.pass_days(600)
    assert extinguisher.story.memory is not None
    assert len(extinguisher.story.memory["days"]) == 121
    assert len(json.dumps(extinguisher.story.memory)) < 5_000


@settings(deadline=None, max_examples=30)
@given(some.lists(some.tuples(some.floats(0, 2 * DAY), some.integers(1100, 1300)), min_size=1, max_size=60))
def test_a_restart_at_any_moment_changes_nothing(steps: list[tuple[float, int]]) -> None:
    going, now = Story("daily_change", least_days=3, least_span=3, resolution=300.0), 0.0
    restarted = Story("daily_change", least_days=3, least_span=3, resolution=300.0)
    for wait, value in steps:
        now += wait
        restarted.memory = json.loads(json.dumps(restarted.memory))
        assert restarted.at(now, value=value) == going.at(now, value=value)
