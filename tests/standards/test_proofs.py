"""A proof test as a requirement: answered by the last judged test, on assets on which such tests are recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kinds import proof_points
from gateway.model import NO_RECORD
from gateway.standards.requirement import DAY, MET, UNKNOWN, VIOLATED
from gateway.standards.requirements import parse_requirement
from gateway.standards.verdict import Outcome

MONTHLY = parse_requirement({"proof_test": "duration", "longer_than": "15 min", "tested_within": "31 d"})
BOUND = MONTHLY.on(proof_points("duration"))
NOW = 1_767_268_800.0


def judged(passed: float | None, failed: float | None, now: float = NOW) -> Outcome:
    assert BOUND is not None
    dates = [NO_RECORD if each is None else NOW - each * DAY for each in (passed, failed)]
    return BOUND.judge(dates, UNKNOWN, now)


def test_where_no_such_test_is_recognised_there_is_no_answer() -> None:
    assert MONTHLY.on(proof_points("function")) is None
    assert MONTHLY.on({"mode", "lamp_on"}) is None
    assert MONTHLY.points == ()
    assert BOUND is not None
    assert BOUND.points == proof_points("duration")
    assert BOUND.on(set()) is None
    assert BOUND.explain() == MONTHLY.explain()


@pytest.mark.parametrize(
    ("passed", "failed", "outcome"),
    [
        (None, None, UNKNOWN), (1.0, None, MET), (31.0, None, MET), (31.00002, None, VIOLATED),
        (None, 400.0, VIOLATED), (2.0, 1.0, VIOLATED), (1.0, 2.0, MET), (40.0, 50.0, VIOLATED), (1.0, 1.0, VIOLATED),
        (-1.5, None, UNKNOWN),
    ],
)  # fmt: skip
def test_the_last_judged_test_counts_for_so_many_days(
    passed: float | None, failed: float | None, outcome: Outcome
) -> None:
    assert judged(passed, failed) is outcome


@given(st.none() | st.floats(-3.0, 100.0), st.none() | st.floats(-3.0, 100.0))
def test_nothing_but_a_pass_later_than_any_failure_is_met(passed: float | None, failed: float | None) -> None:
    if judged(passed, failed) is MET:
        assert passed is not None
        assert -1.0 <= passed <= 31.0
        assert failed is None or failed > passed


def test_it_says_when_it_will_change() -> None:
    assert BOUND is not None
    assert BOUND.timed
    assert BOUND.next_change([NO_RECORD, NO_RECORD], NOW) is None
    change = BOUND.next_change([NOW, NO_RECORD], NOW)
    assert change is not None
    assert BOUND.judge([NOW, NO_RECORD], MET, change) is VIOLATED
    assert BOUND.judge([NOW, NO_RECORD], MET, NOW + 31 * DAY) is MET
