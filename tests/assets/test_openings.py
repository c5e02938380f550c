"""Whole openings of a window: over midnight, in both nights on which clocks are changed, by the sun."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.assets.openings import open_until, opening, openings
from gateway.assets.windows import Almanac
from gateway.standards.windows import Location, Window

BERLIN = ZoneInfo("Europe/Berlin")
TROMSO = Location(latitude=69.65, longitude=18.96)


def almanac(**says: Any) -> Almanac:
    return Almanac({"w": Window.model_validate(says)}, BERLIN, TROMSO)


def at(written: str, fold: int = 0) -> float:
    return datetime.fromisoformat(written).replace(tzinfo=BERLIN, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-05T21:59", None), ("2026-05-05T22:00", "2026-05-06T06:00"), ("2026-05-06T00:00", "2026-05-06T06:00"),
        ("2026-05-06T05:59", "2026-05-06T06:00"), ("2026-05-06T06:00", None),
    ],
)  # fmt: skip
def test_a_window_over_midnight_is_open_until_the_morning(now: str, until: str | None) -> None:
    assert open_until(almanac(daily=["22:00", "06:00"]), "w", at(now)) == (until and at(until))


@pytest.mark.parametrize(("night", "hours"), [("2026-03-29", 3), ("2026-03-30", 4), ("2026-10-25", 5)])
def test_the_nights_on_which_clocks_are_changed_are_shorter_and_longer(night: str, hours: int) -> None:
    found = opening(almanac(daily=["01:00", "05:00"]), "w", at(f"{night}T00:00"))
    assert found == (at(f"{night}T01:00"), at(f"{night}T05:00"))
    assert found[1] - found[0] == hours * 3600


def test_openings_follow_each_other_and_the_first_begins_now() -> None:
    nights = almanac(daily=["01:00", "05:00"])
    now = at("2026-05-05T02:00")
    assert list(openings(nights, "w", now, now + 2 * 86400)) == [
        (now, at("2026-05-05T05:00")), (at("2026-05-06T01:00"), at("2026-05-06T05:00")),
        (at("2026-05-07T01:00"), at("2026-05-07T05:00")),
    ]  # fmt: skip
    sundays = almanac(weekdays=["sun"], daily=["01:00", "05:00"])
    assert opening(sundays, "w", now) == (at("2026-05-10T01:00"), at("2026-05-10T05:00"))


def test_where_nobody_can_tell_it_is_not_open() -> None:
    dark = almanac(sun={"from": "dusk", "to": "dawn"})
    midsummer = at("2026-06-21T00:30")
    assert open_until(dark, "w", midsummer) is None
    found = opening(dark, "w", midsummer)
    assert found
    assert at("2026-07-15T00:00") < found[0] < found[1] < at("2026-09-15T00:00")


def test_a_window_that_hardly_ever_closes_is_open_for_days() -> None:
    until = open_until(almanac(season=["01-02", "12-31"]), "w", at("2026-05-05T12:00"))
    assert until
    assert until - at("2026-05-05T12:00") > 2 * 86400
