"""What is calm need not be judged: nothing that could change an outcome may ever be called calm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import BadReading, Reading
from gateway.standards.calm import Calm
from gateway.standards.check import Check
from gateway.standards.verdict import Outcome
from tests.story import clause

LOW = {"point": "pressure", "at_least": 1}
HIGH = {"point": "pressure", "at_most": 3}
BAND = {"point": "pressure", "between": [1, 3], "deadband": 0.5}
EXACT = {"point": "pressure", "equals": 2}
EITHER = {"any_of": [LOW, {"point": "on", "equals": True}]}
BOTH = {"all_of": [LOW, HIGH]}
LATELY = {"point": "pressure", "within": "1 d"}


def checks(*written: Mapping[str, Any], outcome: Outcome = Outcome.MET, **more: Any) -> list[Check]:
    made = [Check("a", str(n), clause("k", each, **more), {"pressure": 0, "on": 1}) for n, each in enumerate(written)]
    for check in made:
        check.outcome = outcome
    return made


def is_calm(value: Reading, on_point: list[Check]) -> bool:
    return not Calm([on_point, []]).restless([0], [value, True])


@pytest.mark.parametrize(
    ("written", "calm", "restless"),
    [([LOW], 1.0, 0.99), ([HIGH], 3, 4), ([BAND], 2.5, 3.1), ([LOW, HIGH], 2.0, 0.0), ([LOW, HIGH], 1, 5)],
)
def test_numbers_at_which_every_limit_stays_met_are_calm(
    written: list[Mapping[str, Any]], calm: float, restless: float
) -> None:
    assert is_calm(calm, checks(*written))
    assert not is_calm(restless, checks(*written))


@pytest.mark.parametrize("value", [BadReading("stale"), float("nan"), "2", True])
def test_what_is_no_number_is_judged(value: Reading) -> None:
    assert not is_calm(value, checks(LOW))


@pytest.mark.parametrize("outcome", [Outcome.VIOLATED, Outcome.UNKNOWN])
def test_what_is_not_met_is_judged(outcome: Outcome) -> None:
    assert not is_calm(2.0, checks(LOW, outcome=outcome))


def test_a_guard_or_another_comparison_is_always_judged() -> None:
    assert not is_calm(2.0, checks(LOW, only_while={"point": "on", "equals": True}))
    assert not is_calm(2.0, [*checks(LOW), *checks(EXACT)])
    assert not any(is_calm(2.0, checks(each)) for each in (EITHER, BOTH, LATELY))


def test_what_is_told_beside_a_limit_disturbs_nothing() -> None:
    told = checks(LOW, tells=["on"])
    assert is_calm(2.0, told)
    assert Calm([told, []]).restless([1], [2.0, 5.0]) == []


def test_points_without_checks_are_calm() -> None:
    assert is_calm(2.0, [])


def test_a_check_that_changes_makes_its_point_restless_and_calm_again() -> None:
    (check,) = checks(LOW, outcome=Outcome.UNKNOWN)
    calm = Calm([[check]])
    for outcome, left in ((Outcome.MET, []), (Outcome.VIOLATED, [0]), (Outcome.MET, [])):
        check.outcome = outcome
        calm.follow(check)
        assert calm.restless([0], [2.0]) == left


@given(st.floats(), st.lists(st.sampled_from([LOW, HIGH, BAND, EXACT, EITHER, BOTH, LATELY]), max_size=3))
def test_calm_never_hides_a_change(value: float, written: list[Mapping[str, Any]]) -> None:
    on_point = checks(*written)
    if is_calm(value, on_point):
        assert all(check.judge([value, False], 0.0) is Outcome.MET for check in on_point)
