"""Plans and plain arithmetic: when work is due again, and what a value is of its normal one."""

from __future__ import annotations

import pytest

from gateway.model import BadReading
from tests.assets.story import Story

DAY = 86400.0


def test_due_again_so_many_days_after_it_was_done() -> None:
    plan = Story("days_after")
    assert plan.at(0, date=1_800_000_000.0, days=90) == 1_800_000_000.0 + 90 * DAY
    assert plan.at(0, date=1_800_000_000.0, days=0.5) == 1_800_000_000.0 + 43200.0


@pytest.mark.parametrize("days", [0, -7])
def test_an_interval_that_is_none_gives_no_date(days: float) -> None:
    assert Story("days_after").at(0, date=0.0, days=days) == BadReading("out-of-validity", f"every {days} days")


def test_never_done_is_never_due_on_a_date() -> None:
    due = Story("days_after").at(0, date=BadReading("no-record"), days=90)
    assert isinstance(due, BadReading)
    assert "no-record" in str(due)


def test_a_value_in_per_cent_of_its_normal_one() -> None:
    share = Story("percent_of")
    assert share.at(0, value=8.0, normal=10.0) == 80.0
    assert share.at(0, value=11.6, normal=10.0) == 116.0
    assert share.at(0, value=0.0, normal=10.0) == 0.0


@pytest.mark.parametrize(("value", "normal"), [(1.0, 0.0), (1.0, -5.0), (-0.1, 10.0)])
def test_no_share_of_nothing_and_none_below_it(value: float, normal: float) -> None:
    told = Story("percent_of").at(0, value=value, normal=normal)
    assert isinstance(told, BadReading)
    assert told.reason == "out-of-validity"
