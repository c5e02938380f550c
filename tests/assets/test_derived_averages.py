"""Means over time, equivalent levels and shares."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.model import BadReading, Reading
from tests.assets.story import Story

SILENT = BadReading("no-answer")
TOO_LITTLE = BadReading("too-little-seen", "the value was not known for most of the period")


def follow(story: Story, until: float, value: float) -> Reading:
    """Compute it whenever it asks to be, with the value that it was told last."""
    while (again := story.again()) is not None and again < until:
        story.at(again, value=value)
    return story.at(until, value=value)


def test_each_reading_weighs_as_long_as_it_stood() -> None:
    """The mean of 900 s is told every 30 s: at second 20, 50 … of these stories, which begin at 1 000 000 s."""
    co2 = Story("mean_within", period=900.0)
    co2.at(20, value=900.0)
    follow(co2, 630, 900.0)
    co2.at(630, value=1800.0)
    assert follow(co2, 920, 1800.0) == pytest.approx((610 * 900.0 + 290 * 1800.0) / 900)
    assert follow(co2, 1220, 1800.0) == pytest.approx((310 * 900.0 + 590 * 1800.0) / 900)
    assert follow(co2, 1550, 1800.0) == 1800.0


def test_it_is_told_anew_every_thirtieth_of_the_period() -> None:
    co2 = Story("mean_within", period=900.0)
    co2.at(20, value=900.0)
    assert follow(co2, 920, 900.0) == 900.0
    assert co2.again() == 950.0
    assert co2.at(930, value=9000.0) == 900.0
    assert co2.at(949.9, value=9000.0) == 900.0
    assert co2.at(950, value=9000.0) == pytest.approx((880 * 900.0 + 20 * 9000.0) / 900)


def test_it_is_bad_until_four_fifths_of_the_period_are_known() -> None:
    co2 = Story("mean_within", period=900.0)
    assert co2.at(20, value=1000.0) == TOO_LITTLE
    assert co2.again() == 50.0
    assert follow(co2, 739.9, 1000.0) == TOO_LITTLE
    assert follow(co2, 740, 1000.0) == 1000.0


def test_the_mean_of_equal_values_is_that_value_to_the_last_digit() -> None:
    co2 = Story("mean_within", period=900.0, least=0.01)
    for second in range(0, 2000, 7):
        assert co2.at(second, value=0.1) in (TOO_LITTLE, 0.1)
    assert co2.last.value == 0.1


def test_a_silence_has_no_mean_and_is_no_part_of_the_next() -> None:
    co2 = Story("mean_within", period=900.0)
    co2.at(20, value=1000.0)
    assert follow(co2, 920, 1000.0) == 1000.0
    assert co2.at(920, value=SILENT) == BadReading("unknown-input", "value: no-answer")
    assert co2.at(1100, value=2000.0) == 1000.0, "720 of the last 900 s are known"
    assert co2.at(1130, value=2000.0) == pytest.approx((690 * 1000.0 + 30 * 2000.0) / 720)
    assert co2.at(1131, value=SILENT) == BadReading("unknown-input", "value: no-answer")
    assert co2.at(1200, value=2000.0) == TOO_LITTLE


def test_a_restart_goes_on_with_what_was_remembered_and_invents_nothing() -> None:
    co2 = Story("mean_within", period=900.0)
    co2.at(20, value=1000.0)
    follow(co2, 920, 1000.0)
    co2.memory = json.loads(json.dumps(co2.memory))
    assert isinstance(co2.at(-1_000_000, value=BadReading("never-read")), BadReading)
    assert co2.at(1010, value=3000.0) == 1000.0, "90 s unknown, 810 s of 1000"
    assert co2.at(1100, value=3000.0) == pytest.approx((720 * 1000.0 + 90 * 3000.0) / 810)


def test_another_period_begins_anew() -> None:
    co2 = Story("mean_within", period=900.0)
    co2.at(20, value=1000.0)
    assert follow(co2, 920, 1000.0) == 1000.0
    co2.parameters = {"period": 3600.0}
    assert co2.at(921, value=1000.0) == TOO_LITTLE


def test_the_memory_is_bounded_however_often_it_is_read() -> None:
    co2 = Story("mean_within", period=900.0)
    for second in range(3000):
        co2.at(second, value=float(second % 50))
    assert co2.memory is not None
    assert len(co2.memory["slots"]) <= 32
    assert len(json.dumps(co2.memory)) < 2000
    assert co2.last.value == pytest.approx(24.5, abs=0.5)


def test_a_source_whose_clock_is_behind_counts_no_second_twice() -> None:
    co2 = Story("mean_within", period=900.0, least=0.01)
    co2.at(0, value=1000.0)
    co2.at(100, value=1000.0)
    assert co2.at(60, value=2000.0) == 1000.0
    assert co2.at(200, value=2000.0) == pytest.approx(1500.0)


readings = some.lists(some.tuples(some.floats(0.5, 200), some.floats(-50, 50) | some.none()), min_size=1, max_size=40)


@settings(deadline=None)
@given(readings)
def test_a_mean_equals_that_of_a_plain_model(walk: list[tuple[float, float | None]]) -> None:
    """Over the 300 s that ended with the last multiple of 10 s since 1970."""
    story, now = Story("mean_within", period=300.0, least=0.5), 0.0
    told: list[tuple[float, float | None]] = []
    for wait, value in walk:
        now += wait
        told.append((now, value))
        mean = story.at(now, value=SILENT if value is None else value)
        ends = now // 10.0 * 10.0
        spans = [
            (min(end, ends) - max(start, ends - 300.0), each)
            for (start, each), (end, _) in pairwise(told)
            if each is not None and end > ends - 300.0 and start < ends
        ]
        known = math.fsum(seconds for seconds, _ in spans)
        assert isinstance(mean, BadReading) or value is not None
        assert value is None or isinstance(mean, BadReading) == (known < 150.0) or known == pytest.approx(150.0)
        if isinstance(mean, float):
            assert mean == pytest.approx(math.fsum(seconds * each for seconds, each in spans) / known, abs=1e-6)


def test_an_equivalent_level_adds_energy_not_decibels() -> None:
    """Half the time at 60 dB and half at 50 dB is 57.4 dB, not 55: 10·lg((10^6 + 10^5) / 2)."""
    noise = Story("equivalent_level", period=600.0)
    noise.at(0, value=60.0)
    follow(noise, 300, 60.0)
    noise.at(300, value=50.0)
    assert follow(noise, 600, 50.0) == pytest.approx(57.404, abs=0.001)


def test_a_level_that_cannot_be_is_no_part_of_the_mean() -> None:
    noise = Story("equivalent_level", period=600.0, least=0.5)
    noise.at(0, value=50.0)
    follow(noise, 300, 50.0)
    assert noise.at(300, value=999.0) == BadReading("out-of-validity", "999 is not -20 … 200")
    assert noise.at(310, value=50.0) == pytest.approx(50.0)


@settings(deadline=None)
@given(some.lists(some.floats(0, 140), min_size=1, max_size=20))
def test_an_equivalent_level_lies_between_the_plain_mean_and_the_loudest(levels: list[float]) -> None:
    noise = Story("equivalent_level", period=600.0, least=0.01)
    for number, level in enumerate([*levels, levels[-1]]):
        noise.at(number * 20.0, value=level)
    assert isinstance(noise.last.value, float)
    assert math.fsum(levels) / len(levels) - 1e-6 <= noise.last.value <= max(levels) + 1e-6


@pytest.mark.parametrize(("lit", "lamps", "share"), [(98, 100, 98.0), (49, 50, 98.0), (0, 3, 0.0), (7, 7, 100.0)])
def test_a_share_in_percent(lit: int, lamps: int, share: float) -> None:
    assert Story("share").at(0, part=lit, whole=lamps) == share


def test_a_share_of_too_few_says_nothing() -> None:
    refused = Story("share", least=20.0)
    assert refused.at(0, part=5, whole=19) == BadReading("too-few", "19 in all, at least 20 are needed")
    assert refused.at(1, part=5, whole=20) == 25.0
    assert Story("share", least=0.0).at(0, part=0, whole=0) == BadReading("too-few", "0 in all, at least 0 are needed")


@pytest.mark.parametrize("part", [-1, 6])
def test_a_part_that_is_no_part_has_no_share(part: int) -> None:
    assert Story("share").at(0, part=part, whole=5) == BadReading("out-of-validity", f"{part} of 5")
