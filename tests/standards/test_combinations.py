"""Any of, all of: three-valued logic, members that an asset lacks, and when time alone moves the whole."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import NO_RECORD, BadReading, Reading
from gateway.standards.requirements import parse_requirement, proofs
from gateway.standards.verdict import Outcome

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
BAD = BadReading("stale")
DAY = 86400.0
READING: Mapping[Outcome, Reading] = {MET: True, VIOLATED: False, UNKNOWN: BAD}
LIT, DARK = {"point": "lit", "equals": True}, {"point": "lux", "at_most": "10 lx", "deadband": "2 lx"}
CHECKED = {"point": "checked", "within": "31 d"}
TESTED = {"proof_test": "function", "tested_within": "31 d"}


def holds(*points: str) -> list[dict[str, Any]]:
    return [{"point": point, "equals": True} for point in points]


def judged(key: str, outcomes: list[Outcome]) -> Outcome:
    requirement = parse_requirement({key: holds(*map(str, range(len(outcomes))))})
    return requirement.judge([READING[each] for each in outcomes], UNKNOWN, 0.0)


PAIRS = list(product(Outcome, repeat=2))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_all_hold_only_when_each_is_known_to_and_one_that_fails_is_enough(first: Outcome, second: Outcome) -> None:
    both = {first, second}
    assert judged("all_of", [first, second]) is (VIOLATED if VIOLATED in both else UNKNOWN if UNKNOWN in both else MET)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_one_that_holds_is_enough_and_what_is_unknown_may_yet_hold(first: Outcome, second: Outcome) -> None:
    both = {first, second}
    assert judged("any_of", [first, second]) is (MET if MET in both else UNKNOWN if UNKNOWN in both else VIOLATED)


@given(st.lists(st.sampled_from(Outcome), min_size=2, max_size=5))
def test_any_of_is_all_of_seen_from_the_other_side(outcomes: list[Outcome]) -> None:
    other = {MET: VIOLATED, VIOLATED: MET, UNKNOWN: UNKNOWN}
    assert judged("any_of", outcomes) is other[judged("all_of", [other[each] for each in outcomes])]


@given(st.lists(st.sampled_from(Outcome), min_size=2, max_size=5), st.sampled_from(["any_of", "all_of"]))
def test_what_gets_known_never_turns_a_known_answer_round(outcomes: list[Outcome], key: str) -> None:
    before = judged(key, outcomes)
    for guess in (MET, VIOLATED):
        known = judged(key, [guess if each is UNKNOWN else each for each in outcomes])
        assert before in (UNKNOWN, known)


def test_each_member_gets_its_own_readings() -> None:
    requirement = parse_requirement({"all_of": [{"agree": ["a", "b"]}, {"any_of": holds("c", "d")}, LIT]})
    assert requirement.points == ("a", "b", "c", "d", "lit")
    assert requirement.judge([3, 3, False, True, True], UNKNOWN, 0.0) is MET
    assert requirement.judge([3, 4, True, True, True], UNKNOWN, 0.0) is VIOLATED
    assert requirement.judge([3, 3, True, False, False], UNKNOWN, 0.0) is VIOLATED


def test_a_violation_lasts_until_the_limits_in_it_are_back_across_their_deadband() -> None:
    requirement = parse_requirement({"any_of": [LIT, DARK]})
    assert requirement.judge([False, 10.0], MET, 0.0) is MET
    assert requirement.judge([False, 10.1], MET, 0.0) is VIOLATED
    assert requirement.judge([False, 9.0], VIOLATED, 0.0) is VIOLATED
    assert requirement.judge([False, 8.0], VIOLATED, 0.0) is MET
    assert requirement.judge([True, 9.0], VIOLATED, 0.0) is MET


def test_members_that_the_asset_cannot_answer_are_left_out_of_any_of() -> None:
    requirement = parse_requirement({"any_of": [LIT, DARK, CHECKED]})
    without = requirement.on({"lit", "checked"})
    assert without is not None
    assert without.points == ("lit", "checked")
    assert without.explain()["en"] == "lit is yes, or checked not longer than 31 d ago"
    assert requirement.on({"lux"}) == parse_requirement(DARK)
    assert requirement.on({"other"}) is None
    assert (requirement.lacks({"lit"}), requirement.lacks(set())) == ((), ("lit", "lux", "checked"))


def test_all_of_needs_every_point() -> None:
    requirement = parse_requirement({"all_of": [LIT, {"none_true": ["fault", "alarm"]}]})
    bound = requirement.on({"lit", "fault"})
    assert bound is not None
    assert bound.points == ("lit", "fault")
    assert requirement.on({"fault", "alarm"}) is None
    assert requirement.lacks({"lit", "fault"}) == ("alarm",)


def test_what_only_a_test_can_prove_is_never_an_assets_to_answer() -> None:
    either = parse_requirement({"any_of": [TESTED, CHECKED]})
    assert either.on({"checked"}) == parse_requirement(CHECKED)
    assert either.on(set()) is None
    assert parse_requirement({"all_of": [TESTED, LIT]}).on({"lit"}) is None
    assert proofs(either) == (parse_requirement(TESTED),)
    assert proofs(parse_requirement(CHECKED)) == ()


def test_the_whole_may_change_when_the_first_of_its_dates_does() -> None:
    requirement = parse_requirement({"all_of": [CHECKED, {"point": "valid", "in_date": True}, LIT]})
    now, checked, valid = 100 * DAY, 90 * DAY, 110 * DAY
    assert requirement.timed
    assert requirement.next_change([checked, valid, True], now) == valid
    ends = requirement.next_change([checked, valid, True], valid)
    assert ends == pytest.approx(121 * DAY)
    assert requirement.next_change([checked, valid, True], 122 * DAY) is None
    assert requirement.next_change([BAD, valid, True], now) == valid
    assert requirement.judge([checked, valid, True], MET, valid) is VIOLATED


def test_a_date_that_nobody_told_says_nothing_beside_one_that_was_told() -> None:
    sealed = {"point": "sealed_on", "within": "31 d"}
    either, three = (parse_requirement({"any_of": [CHECKED, sealed, *more]}) for more in ([], [LIT]))
    now, long_ago, lately = 100 * DAY, 60 * DAY, 90 * DAY
    none, unseen = NO_RECORD, BadReading("never-seen")
    for checked, sealed_on, outcome in ((long_ago, unseen, VIOLATED), (none, long_ago, VIOLATED), (lately, unseen, MET),
                                        (long_ago, lately, MET), (none, unseen, UNKNOWN), (lately, BAD, MET),
                                        (long_ago, BAD, UNKNOWN), (BAD, long_ago, UNKNOWN)):  # fmt: skip
        assert either.judge([checked, sealed_on], MET, now) is outcome
    assert three.judge([long_ago, unseen, BAD], MET, now) is UNKNOWN, "whether it is lit is no date"


def test_the_single_requirements_inside_are_told_with_their_place() -> None:
    requirement = parse_requirement({"all_of": [LIT, {"any_of": [DARK, CHECKED]}]})
    assert [(place, part.points) for place, part in requirement.parts()] == [
        (("all_of", 0), ("lit",)), (("all_of", 1, "any_of", 0), ("lux",)), (("all_of", 1, "any_of", 1), ("checked",)),
    ]  # fmt: skip
