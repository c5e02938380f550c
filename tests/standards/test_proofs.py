"""A proof test as a requirement: answered by the last judged test, on assets on which such tests are recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kinds import look_points, proof_points
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


LOOK = parse_requirement(
    {"person_looks": "handle-firm", "within": "31 d", "checklist": [{"zh": "把手稳固", "en": "the handle is firm"}]}
)


def test_a_look_is_judged_as_a_test_is() -> None:
    bound = LOOK.on(look_points("handle-firm"))
    assert bound is not None
    assert LOOK.on(look_points("hump-firm")) is None
    assert bound.points == ("person_looks.handle-firm.passed", "person_looks.handle-firm.failed")
    assert bound.judge([NO_RECORD, NO_RECORD], MET, NOW) is UNKNOWN
    assert bound.judge([NOW, NO_RECORD], UNKNOWN, NOW + 31 * DAY) is MET
    assert bound.judge([NOW, NO_RECORD], UNKNOWN, NOW + 31 * DAY + 1) is VIOLATED
    assert bound.judge([NOW, NOW + 5], MET, NOW + 10) is VIOLATED, "the last answer counts"
    assert bound.explain() == {
        "zh": "31 d 内经人员查看:把手稳固", "en": "looked at by a person within 31 d: the handle is firm",
    }  # fmt: skip


EITHER = parse_requirement(
    {"any_of": [{"point": "turned_back_on", "within": "7 d"}, {"proof_test": "reversal", "tested_within": "7 d"}]}
)
DATES = st.none() | st.floats(-20.0, 20.0)


@given(DATES, DATES, DATES)
def test_seen_in_use_or_tried_by_hand_the_best_counts_but_for_a_failure(
    used: float | None, passed: float | None, failed: float | None
) -> None:
    both = EITHER.on({"turned_back_on", *proof_points("reversal")})
    assert both is not None
    told = [NO_RECORD if each is None else NOW - each * DAY for each in (used, passed, failed)]
    outcome = both.judge(told, UNKNOWN, NOW)
    fails = failed is not None and (passed is None or failed <= passed)
    recent = [each for each in (used, passed) if each is not None and -1.0 <= each <= 7.0]
    old = [each for each in (used, passed) if each is not None and each > 7.0]
    if fails:
        assert outcome is VIOLATED
    elif recent:
        assert outcome is MET
    elif len(old) == len([each for each in (used, passed) if each is not None]) and old:
        assert outcome is VIOLATED, "what was never tried by hand is no excuse for what lapsed"
    else:
        assert outcome is UNKNOWN
