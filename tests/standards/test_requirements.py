"""Every comparison of the vocabulary: met, violated, unknown, its deadband, its words, and when time alone moves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import BadReading, Reading, Value
from gateway.standards.dates import Dated
from gateway.standards.requirement import OnePoint, Requirement
from gateway.standards.requirements import COMPARISONS, AnyOf, Combination, Limit, parse_requirement, value_matches
from gateway.standards.verdict import Outcome

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
BAD = BadReading("no-answer")
DAY = 86400.0

AT_LEAST = {"point": "p", "at_least": "1.0 MPa"}
AT_MOST = {"point": "p", "at_most": "6 s"}
BETWEEN = {"point": "p", "between": ["1.0 MPa", "1.4 MPa"]}
EQUALS = {"point": "p", "equals": "normal"}
CLOSED = {"point": "p", "equals": True}
ONE_OF = {"point": "p", "one_of": ["normal", "parking"]}
NONE_TRUE = {"none_true": ["p", "q"]}
AGREE = {"agree": ["p", "q"]}
IN_DATE = {"point": "p", "in_date": True, "ahead": "30 d"}
WITHIN = {"point": "p", "within": "31 d"}
ANY_OF = {"any_of": [WITHIN, {"point": "q", "equals": True}]}
ALL_OF = {"all_of": [CLOSED, {"point": "q", "at_most": "6 s"}]}
PROOF_TEST = {"proof_test": "duration", "longer_than": "15 min", "tested_within": "31 d"}
PERSON_LOOKS = {"person_looks": "handle-firm", "within": "31 d"}
DURING = {"during": "night"}
EVERY = (AT_LEAST, AT_MOST, BETWEEN, EQUALS, ONE_OF, NONE_TRUE, AGREE, IN_DATE, WITHIN, ANY_OF, ALL_OF, PROOF_TEST,
         PERSON_LOOKS, DURING)  # fmt: skip


def judged(written: Mapping[str, Any], *readings: Reading, before: Outcome = UNKNOWN, now: float = 0.0) -> Outcome:
    return parse_requirement(written).judge(readings, before, now)


@pytest.mark.parametrize(
    ("written", "readings", "expected"),
    [
        (AT_LEAST, [1.0], MET), (AT_LEAST, [2], MET), (AT_LEAST, [0.999], VIOLATED), (AT_LEAST, [BAD], UNKNOWN),
        (AT_MOST, [6.0], MET), (AT_MOST, [6.001], VIOLATED), (AT_MOST, [BAD], UNKNOWN),
        (BETWEEN, [1.0], MET), (BETWEEN, [1.4], MET), (BETWEEN, [0.99], VIOLATED), (BETWEEN, [1.41], VIOLATED),
        (BETWEEN, [BAD], UNKNOWN),
        (EQUALS, ["normal"], MET), (EQUALS, ["fault"], VIOLATED), (EQUALS, [BAD], UNKNOWN),
        (CLOSED, [True], MET), (CLOSED, [False], VIOLATED), (CLOSED, [BAD], UNKNOWN),
        (ONE_OF, ["parking"], MET), (ONE_OF, ["fire"], VIOLATED), (ONE_OF, [BAD], UNKNOWN),
        (NONE_TRUE, [False, False], MET), (NONE_TRUE, [False, True], VIOLATED), (NONE_TRUE, [BAD, True], VIOLATED),
        (NONE_TRUE, [BAD, False], UNKNOWN), (NONE_TRUE, [0, False], UNKNOWN),
        (AGREE, [3, 3], MET), (AGREE, [3, 4], VIOLATED), (AGREE, [BAD, 3], UNKNOWN), (AGREE, [3, BAD], UNKNOWN),
        (AGREE, [BAD, BAD], UNKNOWN),
        (IN_DATE, [31 * DAY], MET), (IN_DATE, [30 * DAY], VIOLATED), (IN_DATE, [BAD], UNKNOWN),
        (IN_DATE, ["soon"], UNKNOWN), (IN_DATE, [True], UNKNOWN),
        (WITHIN, [-31 * DAY], MET), (WITHIN, [-31 * DAY - 0.001], VIOLATED), (WITHIN, [BAD], UNKNOWN),
        (WITHIN, [DAY], MET), (WITHIN, [DAY + 1], UNKNOWN), (WITHIN, ["never"], UNKNOWN),
        (PROOF_TEST, [], UNKNOWN), (PERSON_LOOKS, [], UNKNOWN),
        (DURING, [True], MET), (DURING, [False], VIOLATED), (DURING, [BAD], UNKNOWN), (DURING, [1], UNKNOWN),
    ],
)  # fmt: skip
def test_met_violated_unknown(written: Mapping[str, Any], readings: list[Reading], expected: Outcome) -> None:
    assert judged(written, *readings) is expected


@pytest.mark.parametrize("written", [AT_LEAST, AT_MOST, BETWEEN])
def test_a_limit_on_what_is_no_number_is_a_fault_of_its_own(written: Mapping[str, Any]) -> None:
    with pytest.raises(TypeError, match="p is 'open', not a number"):
        judged(written, "open")


@pytest.mark.parametrize(
    ("written", "value"),
    [(AT_LEAST, 1.04), (AT_MOST, 5.96), (BETWEEN, 1.04), (BETWEEN, 1.36)],
)
def test_inside_the_deadband_a_violation_lasts_and_none_begins(written: Mapping[str, Any], value: float) -> None:
    unit = "s" if written is AT_MOST else "MPa"
    banded = {**written, "deadband": f"0.05 {unit}"}
    assert judged(banded, value, before=VIOLATED) is VIOLATED
    assert judged(banded, value, before=MET) is MET
    assert judged(banded, value, before=UNKNOWN) is MET


@pytest.mark.parametrize(
    ("written", "value"), [(AT_LEAST, 1.06), (AT_MOST, 5.9), (BETWEEN, 1.06), (BETWEEN, 1.34)]
)  # fmt: skip
def test_beyond_the_deadband_a_violation_ends(written: Mapping[str, Any], value: float) -> None:
    unit = "s" if written is AT_MOST else "MPa"
    assert judged({**written, "deadband": f"0.05 {unit}"}, value, before=VIOLATED) is MET


@given(st.floats(-10, 10), st.floats(0, 1), st.sampled_from([AT_LEAST, AT_MOST, BETWEEN]))
def test_a_deadband_only_ever_makes_a_violation_last(value: float, band: float, written: Mapping[str, Any]) -> None:
    band = min(band, 0.19)
    plain = judged(written, value)
    banded = judged({**written, "deadband": str(band)}, value, before=VIOLATED)
    assert banded in (plain, VIOLATED)


@given(st.floats(-10, 10), st.sampled_from([AT_LEAST, AT_MOST, BETWEEN]), st.sampled_from(list(Outcome)))
def test_what_is_judged_twice_stays_what_it_is(value: float, written: Mapping[str, Any], before: Outcome) -> None:
    banded = {**written, "deadband": "0.1"}
    once = judged(banded, value, before=before)
    assert judged(banded, value, before=once) is once


def test_a_date_is_due_ahead_of_its_end_and_says_when() -> None:
    requirement = parse_requirement(IN_DATE)
    assert requirement.next_change([400 * DAY], 0.0) == 370 * DAY
    assert requirement.next_change([BAD], 0.0) is None
    assert requirement.judge([400 * DAY], UNKNOWN, 370 * DAY - 1) is MET
    assert requirement.judge([400 * DAY], UNKNOWN, 370 * DAY) is VIOLATED


def test_what_happened_lately_is_met_to_the_end_of_its_time_and_not_a_moment_longer() -> None:
    requirement = parse_requirement(WITHIN)
    last = 1000 * DAY
    ends = requirement.next_change([last], last)
    assert ends is not None
    assert last + 31 * DAY < ends < last + 31 * DAY + 0.001
    assert requirement.judge([last], MET, last + 31 * DAY) is MET
    assert requirement.judge([last], MET, ends) is VIOLATED
    assert requirement.next_change([last], ends) is None


def test_a_last_time_that_lies_ahead_is_believed_when_it_is_a_day_away() -> None:
    requirement = parse_requirement(WITHIN)
    assert requirement.judge([10 * DAY], UNKNOWN, 9 * DAY - 1) is UNKNOWN
    assert requirement.next_change([10 * DAY], 9 * DAY - 1) == 9 * DAY
    assert requirement.judge([10 * DAY], UNKNOWN, 9 * DAY) is MET


@pytest.mark.parametrize("written", [AT_LEAST, BETWEEN, EQUALS, NONE_TRUE, AGREE, ALL_OF])
def test_nothing_else_changes_by_time_alone(written: Mapping[str, Any]) -> None:
    requirement = parse_requirement(written)
    assert (requirement.timed, requirement.next_change([1.0, 1.0], 0.0)) == (False, None)


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        (AT_LEAST, "p 不低于 1 MPa", "p at least 1 MPa"),
        (AT_MOST, "p 不高于 6 s", "p at most 6 s"),
        (BETWEEN, "p 在 1 MPa 与 1.4 MPa 之间", "p between 1 MPa and 1.4 MPa"),
        (EQUALS, "p 为 normal", "p is normal"),
        (ONE_OF, "p 为 normal, parking 之一", "p one of normal, parking"),
        (NONE_TRUE, "以下均未出现:p, q", "none of: p, q"),
        (AGREE, "p 与 q 一致", "p and q agree"),
        (IN_DATE, "p 未过期(提前 30 d)", "p in date (30 d ahead)"),
        ({"point": "p", "in_date": True}, "p 未过期", "p in date"),
        (WITHIN, "p 距今不超过 31 d", "p not longer than 31 d ago"),
        (ANY_OF, "p 距今不超过 31 d,或 q 为 是", "p not longer than 31 d ago, or q is yes"),
        (
            {"any_of": [ALL_OF, EQUALS]},
            "(p 为 是,且 q 不高于 6 s),或 p 为 normal",
            "(p is yes, and q at most 6 s), or p is normal",
        ),
        (
            PROOF_TEST,
            "31 d 内通过放电时间测试,持续超过 15 min",
            "duration test passed within 31 d, lasting more than 15 min",
        ),
        (
            {"proof_test": "alarm-call", "tested_within": "72 h"},
            "3 d 内通过报警通话测试",
            "alarm-call test passed within 3 d",
        ),
        (PERSON_LOOKS, "31 d 内经人员查看:handle-firm", "looked at by a person within 31 d: handle-firm"),
    ],
)
def test_every_requirement_explains_itself_in_two_languages(written: Mapping[str, Any], zh: str, en: str) -> None:
    said = parse_requirement(written).explain()
    assert {"zh": said["zh"].replace("：", ":").replace("（", "(").replace("）", ")").replace("，", ","),
            "en": said["en"]} == {
        "zh": zh, "en": en,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "limits"),
    [
        (AT_LEAST, ["1 MPa"]), ({**AT_LEAST, "deadband": "0.1 bar"}, ["1 MPa", "0.1 bar"]), (AT_MOST, ["6 s"]),
        (BETWEEN, ["1 MPa", "1.4 MPa"]), (EQUALS, []), (NONE_TRUE, []),
    ],
)  # fmt: skip
def test_limits_are_told_for_the_check_of_units(written: Mapping[str, Any], limits: list[str]) -> None:
    assert [str(each) for each in parse_requirement(written).limits()] == limits


def test_the_points_that_a_requirement_looks_at() -> None:
    assert parse_requirement(AT_LEAST).points == ("p",)
    assert parse_requirement(NONE_TRUE).points == parse_requirement(AGREE).points == ("p", "q")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("pressure > 1", "a requirement is a mapping"),
        ({"point": "p"}, "exactly one of at_least, at_most"),
        ({"point": "p", "at_least": "1", "at_most": "2"}, r"here: \['at_least', 'at_most'\]"),
        ({"point": "p", "between": ["2 s", "1 s"]}, "2 s is not below 1 s"),
        ({"point": "p", "between": ["1 s", "2 s"], "deadband": "0.5 s"}, "wider than the band"),
        ({"point": "p", "at_least": "much"}, "is no quantity"),
        ({"point": "p", "one_of": []}, "at least 1 item"),
        ({"none_true": []}, "at least 1 item"),
        ({"point": "p", "in_date": False}, "in_date can only be true"),
        ({"point": "p", "in_date": True, "ahead": "2 h"}, "counted in days"),
        ({"point": "p", "at_least": "1", "hysteresis": "2"}, "hysteresis"),
        ({"point": "p", "within": 31}, "is no duration"),
        ({"point": "p", "within": "0 d"}, "greater than 0"),
        ({"any_of": [EQUALS]}, "two members or more"),
        ({"any_of": [EQUALS, {"point": "p"}]}, "exactly one of at_least"),
        ({"proof_test": "durations", "tested_within": "1 d"}, 'did you mean "duration"'),
        ({"proof_test": "duration"}, "tested_within"),
        ({"person_looks": "Handle firm", "within": "1 d"}, "should match pattern"),
    ],
)
def test_what_is_written_wrongly_is_refused_with_the_reason(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_requirement(written)


def test_what_is_parsed_already_is_taken_as_it_is() -> None:
    requirement = parse_requirement(AT_LEAST)
    assert parse_requirement(requirement) is requirement
    assert {type(parse_requirement(each)) for each in EVERY} == set(COMPARISONS.values())


@pytest.mark.parametrize("unfinished", [Requirement, OnePoint, Limit, Dated, Combination])
def test_a_new_comparison_must_say_all_of_itself(unfinished: type[Requirement]) -> None:
    with pytest.raises(TypeError, match="abstract"):
        unfinished()


def test_in_a_file_a_time_inside_a_combination_states_its_unit() -> None:
    written = {"any_of": [{"point": "p", "within": 5.0}, EQUALS]}
    assert isinstance(parse_requirement(written), AnyOf)
    with pytest.raises(ValueError, match=r"5.0 is no duration"):
        parse_requirement(written, {"written": True})


@pytest.mark.parametrize(
    ("value", "types"),
    [(True, {"boolean"}), ("on", {"text"}), (3, {"number", "date"}), (1.5, {"number", "date"})],
)
def test_which_value_is_of_which_type(value: Value, types: set[str]) -> None:
    assert {each for each in ("boolean", "text", "number", "date") if value_matches(value, each)} == types
