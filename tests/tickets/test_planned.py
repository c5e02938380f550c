"""Planned work: which times are none, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import Refused
from gateway.tickets.planned import PlannedWork, WorkState, check, over

DAY = 86400.0
WORK = PlannedWork(1, "lift-1", 1000.0, 4600.0, "wei", "new ropes", 500.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"since": 499.0}, "the beginning lies in the past"), ({"until": 1000.0}, "does not come after the beginning"),
        ({"until": 1001.0 + 31 * DAY}, "31 days at most"), ({"reason": " "}, "a reason is needed"),
        ({"since": 501.0 + 366 * DAY, "until": 502.0 + 366 * DAY}, "within 366 days"),
    ],
)  # fmt: skip
def test_times_that_are_none(change: dict[str, float], why: str) -> None:
    check(WORK)
    with pytest.raises(Refused, match=why):
        check(replace(WORK, **change))  # type: ignore[arg-type]  # by name


def test_it_is_due_at_its_beginning_then_at_its_end_then_never() -> None:
    begun = replace(WORK, state=WorkState.BEGUN)
    ended, cancelled = over(begun, "", 4600.0), over(WORK, "wei", 700.0)
    assert [each.due for each in (WORK, begun, ended, cancelled)] == [1000.0, 4600.0, None, None]
    assert (ended.state, ended.over_by, cancelled.state, cancelled.over_at) == ("ended", "", "cancelled", 700.0)
    assert [each.is_open for each in (WORK, begun, ended, cancelled)] == [True, True, False, False]


def test_works_that_meet_do_not_overlap() -> None:
    assert not WORK.overlaps(replace(WORK, since=4600.0, until=9000.0))
    assert WORK.overlaps(replace(WORK, since=4599.0, until=9000.0))
    assert not WORK.overlaps(replace(WORK, asset="lift-2"))
