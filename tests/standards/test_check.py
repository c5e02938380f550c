"""One clause on one asset: its points by id, its guard, its evidence."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.model import BadReading, Reading
from gateway.outputs.wording import verdict_words
from gateway.standards.check import Check, Glossary, answerable
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
    [(True, 0.5, VIOLATED), (True, 1.2, MET), (False, 0.5, None), (False, BAD, None), (BAD, 0.5, UNKNOWN),
     (BAD, 1.2, UNKNOWN), (True, BAD, UNKNOWN)],
)  # fmt: skip
def test_a_guard_decides_whether_there_is_anything_to_judge(
    mounted: Reading, pressure: Reading, expected: Outcome | None
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
    assert check.judge(values, 0.0) is check.outcome is UNKNOWN
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


def test_what_the_clause_tells_beside_goes_with_the_verdict_and_decides_nothing() -> None:
    told = clause("k", LOW, tells=["change", "reaches_limit", "lacking"])
    check = Check("a", "c", told, {"pressure": 0, "change": 1, "reaches_limit": 2})
    assert check.judge([1.2, BAD, BAD], 0.0) is MET
    glossary = Glossary({}, frozenset({"reaches_limit"}), ZoneInfo("Asia/Shanghai"))
    check = Check("a", "c", told, {"pressure": 0, "change": 1, "reaches_limit": 2}, glossary)
    values: list[Reading] = [1.02, -0.6, 1_799_683_200.0]
    verdict = check.verdict(values.__getitem__, lambda _: 50.0, ["MPa", "kPa/d", ""])
    assert [(each.point, each.reading, each.day) for each in verdict.evidence] == [
        ("pressure", 1.02, ""), ("change", -0.6, ""), ("reaches_limit", 1_799_683_200.0, "2027-01-12"),
    ]  # fmt: skip
    words = verdict_words(verdict.as_data(), "en")
    assert words == "pressure at least 1 MPa: pressure 1.02 MPa, change -0.6 kPa/d, reaches_limit 2027-01-12"


@pytest.mark.parametrize("reading", [BAD, float("nan"), -1.0, 1e18, "soon"])
def test_what_is_no_day_is_told_as_it_is(reading: Reading) -> None:
    assert Glossary({}, frozenset({"until"})).day("until", reading) == ""


def test_one_point_looked_at_twice_is_told_once() -> None:
    either = {"any_of": [LOW, {"point": "pressure", "at_most": "0.1 MPa"}]}
    check = Check("a", "c", clause("k", either, only_while={"point": "pressure", "at_least": "0 MPa"}), {"pressure": 0})
    assert [each.point for each in check.verdict([0.5].__getitem__, [1.0].__getitem__, ["MPa"]).evidence] == [
        "pressure"
    ]


def test_a_guard_on_a_date_moves_the_check_by_time_alone() -> None:
    guarded = clause("k", LOW, only_while={"point": "serviced", "within": "10 d"})
    check = Check("a", "c", guarded, {"pressure": 0, "serviced": 1})
    values: list[Reading] = [0.5, 1000.0]
    assert (check.timed, check.judge(values, 1000.0)) == (True, VIOLATED)
    ends = check.next_change(values, 1000.0)
    assert ends is not None
    assert 0 < ends - 865_000.0 < 0.001
    assert check.judge(values, ends) is None


def test_an_asset_that_cannot_answer_gets_no_check() -> None:
    with pytest.raises(ValueError, match="cannot answer"):
        Check("a", "c", GUARDED, {"pressure": 0})
    assert not answerable(clause("k", {"proof_test": "duration", "tested_within": "31 d"}), {"pressure": 0})
