"""One clause on one asset: its points by id, its guard, its evidence."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model import BadReading, Reading
from gateway.standards.check import Check, answerable
from gateway.standards.verdict import Evidence, Outcome
from tests.story import clause

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
BAD = BadReading("stale")
LOW = {"point": "pressure", "at_least": "1 MPa", "deadband": "0.1 MPa"}
FAULTS = {"none_true": ["lamp_fault", "battery_fault", "charger_fault"]}
GUARDED = clause("k", LOW, only_while={"point": "mounted", "equals": True})


def test_readings_are_found_by_their_ids() -> None:
    check = Check("a", "c", clause("k", LOW), {"other": 0, "pressure": 1})
    assert check.judge([0.0, 1.2], 0.0) is MET
    assert (check.points, check.ids, check.outcome, check.unknown_since) == (("pressure",), (1,), UNKNOWN, None)


def test_the_deadband_looks_at_the_last_outcome() -> None:
    check = Check("a", "c", clause("k", LOW), {"pressure": 0})
    check.outcome = VIOLATED
    assert check.judge([1.05], 0.0) is VIOLATED
    check.outcome = MET
    assert check.judge([1.05], 0.0) is MET


@pytest.mark.parametrize(
    ("mounted", "pressure", "expected"),
    [(True, 0.5, VIOLATED), (True, 1.2, MET), (False, 0.5, MET), (False, BAD, MET), (BAD, 0.5, UNKNOWN),
     (BAD, 1.2, UNKNOWN), (True, BAD, UNKNOWN)],
)  # fmt: skip
def test_a_guard_decides_whether_there_is_anything_to_judge(
    mounted: Reading, pressure: Reading, expected: Outcome
) -> None:
    check = Check("a", "c", GUARDED, {"pressure": 0, "mounted": 1})
    assert check.judge([pressure, mounted], 0.0) is expected


def test_fault_bits_that_the_asset_lacks_are_left_out() -> None:
    check = Check("a", "c", clause("k", FAULTS), {"battery_fault": 4, "lamp_fault": 2})
    assert (check.points, check.ids) == (("lamp_fault", "battery_fault"), (2, 4))
    assert check.judge([BAD, BAD, False, BAD, False], 0.0) is MET


@pytest.mark.parametrize(
    ("terms", "ids", "can"),
    [
        ({"require": LOW}, ["pressure"], True), ({"require": LOW}, ["voltage"], False),
        ({"require": FAULTS}, ["charger_fault"], True), ({"require": FAULTS}, ["pressure"], False),
        ({"require": LOW, "only_while": {"point": "mounted", "equals": True}}, ["pressure"], False),
        ({"require": LOW, "only_while": {"point": "mounted", "equals": True}}, ["pressure", "mounted"], True),
        ({"require": {"agree": ["floor", "shown"]}}, ["floor"], False),
    ],
)  # fmt: skip
def test_only_an_asset_with_the_points_can_answer(terms: dict[str, Any], ids: list[str], can: bool) -> None:
    assert answerable(clause("k", **terms), {name: number for number, name in enumerate(ids)}) is can


def test_when_time_alone_may_change_it() -> None:
    check = Check("a", "c", clause("k", {"point": "valid_until", "in_date": True}), {"valid_until": 0})
    assert check.next_change([1000.0], 0.0) == 1000.0
    assert Check("a", "c", clause("k", LOW), {"pressure": 0}).next_change([1.0], 0.0) is None


def test_a_verdict_carries_its_evidence_the_guards_too() -> None:
    check = Check("a", "c", GUARDED, {"pressure": 0, "mounted": 1})
    values: list[Reading] = [BAD, True]
    check.outcome = check.judge(values, 0.0)
    verdict = check.verdict(values.__getitem__, [50.0, 60.0].__getitem__, ["MPa", ""])
    assert verdict.evidence == (Evidence("pressure", BAD, "MPa", 50.0), Evidence("mounted", True, "", 60.0))
    assert verdict.as_data() == {
        "asset": "a", "clause": "c", "outcome": "unknown",
        "evidence": [
            {"point": "pressure", "means": {}, "bad": "stale", "unit": "MPa", "at": 50.0},
            {"point": "mounted", "means": {}, "value": True, "unit": "", "at": 60.0},
        ],
        "requires": {"zh": "pressure 不低于 1 MPa", "en": "pressure at least 1 MPa"},
    }  # fmt: skip
