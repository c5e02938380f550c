"""The report, and the judgement of what truly happened against what was ticketed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.model import BadReading, Priority
from gateway.proof_tests.entry import Entry, Outcome
from gateway.report import LOGGED_WITHIN, NOTICED_WITHIN, PROVEN_WITHIN, compare, needing_tests, report
from gateway.tickets.ticket import Ticket, TicketState
from tests.story import NOON, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, off_delay=0.0)
ONSET = {"phase": "onset", "asset": "ext", "fault": "leak", "expect": "low", "at": NOON}
END = {"phase": "end", "asset": "ext", "fault": "leak", "at": NOON + 100}
OPEN = Ticket(1, "ext", "low", Priority.P2, TicketState.OPEN, NOON + 5)
CLOSED = replace(OPEN, state=TicketState.CLOSED, closed_at=NOON + 120)
BURNT = {"asset": "ext", "kind": "duration", "began": NOON, "lasted": 1000.0, "passed": True}
PASSED = Entry(1, "ext", "duration", Outcome.PASSED, "device", NOON + 4, NOON + 1004, 995.0, 10.0, 900.0)


def test_a_report_tells_counts_alarms_and_tickets() -> None:
    plan = Plan({"low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.5)
    story.now += 60
    story.read("ext", pressure=1.2)
    story.read("ext", pressure=BadReading("sensor-error"))
    told = report(story.pipeline)
    about = {"asset": "ext", "asset_kind": "ext", "clause": "low", "priority": "P2", "source_protocol": "modbus"}
    times = {"opened_at": "2026-01-01T12:00:00.000Z", "closed_at": "2026-01-01T12:01:00.000Z"}
    assert told["alarms"] == [{"id": "ext/low", **about, "state": "normal", **times}]
    assert told["tickets"] == [{"id": 1, **about, "state": "closed", **times}]
    assert (told["site"], told["bad_readings"], told["proof_tests"]) == ("test-site", 1, [])
    assert told["readings"] == 1 + 3 * 3, "the line, and with each answer of the device the line again"


def test_a_report_tells_of_assets_that_are_gone() -> None:
    plan = Plan({"low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.5)
    told = report(Story(Plan({}).estate(), story.saved(), story.now).pipeline)
    assert told["tickets"][0]["asset_kind"] == told["tickets"][0]["priority"] == ""
    assert told["tickets"][0]["state"] == "closed"
    assert told["alarms"] == []


@pytest.mark.parametrize(
    ("rows", "tickets", "later", "verdict"),
    [
        ([ONSET], [OPEN], 10.0, "agrees"),
        ([ONSET, END], [CLOSED], 200.0, "agrees"),
        ([ONSET], [], NOTICED_WITHIN - 1, "too early"),
        ([ONSET], [], NOTICED_WITHIN, "missed"),
        ([ONSET], [replace(OPEN, clause="high")], NOTICED_WITHIN, "missed"),
        ([ONSET], [replace(OPEN, asset="other")], NOTICED_WITHIN, "missed"),
        ([ONSET], [replace(OPEN, opened_at=NOON - 1)], NOTICED_WITHIN, "missed"),
        ([ONSET], [OPEN, replace(OPEN, id=2)], 10.0, "doubled"),
        ([ONSET], [CLOSED], 200.0, "closed without a repair"),
        ([ONSET, END], [OPEN], 100.0 + PROVEN_WITHIN - 1, "too early"),
        ([ONSET, END], [OPEN], 100.0 + PROVEN_WITHIN, "not closed after the repair"),
        ([ONSET, {**END, "at": NOON - 5}], [OPEN], 10.0, "agrees"),
        ([ONSET, {**END, "fault": "other"}], [CLOSED], 200.0, "closed without a repair"),
        ([ONSET, {**END, "at": NOON + 121}], [CLOSED], 200.0, "closed before the repair"),
    ],
)
def test_a_fault_agrees_with_exactly_one_ticket(
    rows: Sequence[Mapping[str, Any]], tickets: Sequence[Ticket], later: float, verdict: str
) -> None:
    judged = compare(rows, tickets, NOON + later)
    assert [each["verdict"] for each in judged["faults"]] == [verdict]
    if verdict not in ("agrees", "too early"):
        assert not judged["agrees"]


def test_a_ticket_without_a_fault_is_unexplained() -> None:
    judged = compare([ONSET], [OPEN, replace(OPEN, id=2, asset="other")], NOON + 10)
    assert (judged["unexplained"], judged["agrees"]) == ([2], False)


def test_what_the_standard_does_not_expect_to_see_is_no_fault() -> None:
    judged = compare([{**ONSET, "expect": "none"}], [], NOON + 9999)
    assert (judged["faults"], judged["writes"], judged["agrees"]) == ([], 0, True)


@pytest.mark.parametrize(("commanded", "agrees"), [(0, False), (2, False), (3, True), (4, True)])
def test_no_device_may_be_written_to_more_often_than_the_gateway_has_written_down(commanded: int, agrees: bool) -> None:
    frame, message = {"write": {"device": "dali"}}, {"message": {"device": "relay"}}
    rows = [{"at": NOON, **each} for each in (frame, frame, message)]
    judged = compare(rows, [], NOON + 10, commanded=commanded)
    assert (judged["writes"], judged["written"]) == (3, {"dali": 2, "relay": 1})
    assert (judged["commanded"], judged["agrees"]) == (commanded, agrees)


def test_what_is_too_early_counts_for_nothing_and_without_a_ledger_nothing_agrees() -> None:
    assert compare([ONSET], [], NOON + 10)["agrees"]
    assert not compare([], [], NOON)["agrees"]


def test_a_fault_that_came_twice_is_held_against_its_own_end() -> None:
    again = [ONSET, END, {**ONSET, "at": NOON + 5000}]
    second = replace(OPEN, id=2, opened_at=NOON + 5005)
    judged = compare(again, [CLOSED, second], NOON + 5010)
    assert [(each["tickets"], each["end"] is None) for each in judged["faults"]][1] == ([2], True)


def over(at: float, **change: Any) -> dict[str, Any]:
    """The ledger's line of a discharge that ended so many seconds after noon."""
    return {"at": NOON + at, "discharge": {**BURNT, **change}}


@pytest.mark.parametrize(
    ("truth", "entries", "later", "verdict"),
    [
        ({}, [PASSED], 1000.0, "agrees"),
        ({"passed": False}, [replace(PASSED, outcome=Outcome.FAILED)], 1000.0, "agrees"),
        ({"passed": None}, [replace(PASSED, outcome=Outcome.INCONCLUSIVE)], 1000.0, "agrees"),
        ({"passed": None}, [replace(PASSED, outcome=Outcome.ABORTED)], 1000.0, "agrees"),
        ({"passed": False}, [PASSED], 1000.0, "wrongly a duration passed"),
        ({"passed": None}, [PASSED], 1000.0, "wrongly a duration passed"),
        ({}, [replace(PASSED, outcome=Outcome.INCONCLUSIVE)], 1000.0, "wrongly a duration inconclusive"),
        ({"kind": "function"}, [PASSED], 1000.0, "wrongly a duration passed"),
        ({"lasted": 984.0}, [PASSED], 1000.0, "longer than it was"),
        ({}, [PASSED, replace(PASSED, id=2, kind="discharge")], 1000.0, "doubled"),
        ({}, [], 1000.0 + LOGGED_WITHIN - 1, "too early"),
        ({}, [], 1000.0 + LOGGED_WITHIN, "missed"),
        ({}, [replace(PASSED, started_at=NOON - 1)], 1000.0 + LOGGED_WITHIN, "missed"),
        ({}, [replace(PASSED, asset="other")], 1000.0 + LOGGED_WITHIN, "missed"),
    ],
)
def test_a_test_agrees_with_exactly_one_entry(
    truth: Mapping[str, Any], entries: Sequence[Entry], later: float, verdict: str
) -> None:
    judged = compare([over(1000.0, **truth)], [], NOON + later, entries)
    assert [each["verdict"] for each in judged["tests"]] == [verdict]
    assert judged["agrees"] == (verdict in ("agrees", "too early"))


def test_an_unplanned_discharge_is_recorded_and_never_judged() -> None:
    recorded = replace(PASSED, kind="discharge", outcome=Outcome.RECORDED)
    truth = over(1000.0, kind="discharge", passed=None)
    assert compare([truth], [], NOON + 1000, [recorded])["agrees"]
    judged = compare([truth], [], NOON + 1000, [replace(recorded, outcome=Outcome.ABORTED)])
    assert judged["tests"][0]["verdict"] == "wrongly a discharge aborted"


def test_an_entry_without_a_discharge_is_unexplained() -> None:
    judged = compare([over(1000.0)], [], NOON + 1000, [PASSED, replace(PASSED, id=2, started_at=NOON + 1001)])
    assert (judged["unexplained_tests"], judged["agrees"]) == ([2], False)


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.MISSED])
def test_a_test_that_never_ran_needs_no_discharge_and_stands_for_none(outcome: Outcome) -> None:
    never = replace(PASSED, id=2, outcome=outcome)
    assert compare([over(1000.0)], [], NOON + 1000, [PASSED, never])["agrees"]
    judged = compare([over(1000.0)], [], NOON + 1000 + LOGGED_WITHIN, [never])
    assert ([each["verdict"] for each in judged["tests"]], judged["agrees"]) == (["missed"], False)


@pytest.mark.parametrize(
    ("rows", "ticket", "verdict"),
    [
        ([over(3000.0)], replace(CLOSED, closed_at=NOON + 3010), "agrees"),
        ([over(3000.0)], CLOSED, "closed before the repair"),
        ([over(3000.0, passed=False)], OPEN, "agrees"),
        ([over(3000.0, passed=False)], CLOSED, "closed without a repair"),
        ([over(90.0)], CLOSED, "closed without a repair"),
        ([over(3000.0, kind="function")], CLOSED, "closed without a repair"),
        ([over(3000.0)], OPEN, "not closed after the repair"),
    ],
)
def test_what_a_test_found_is_closed_by_a_passed_test_after_the_repair_alone(
    rows: Sequence[Mapping[str, Any]], ticket: Ticket, verdict: str
) -> None:
    judged = compare([ONSET, END, *rows], [ticket], NOON + 3000 + PROVEN_WITHIN, [PASSED], {"low": "duration"})
    assert [each["verdict"] for each in judged["faults"]] == [verdict]


def test_a_report_tells_the_log_book_and_which_clauses_a_test_answers() -> None:
    asks = {"proof_test": "duration", "longer_than": "15 min", "tested_within": "31 d"}
    story = Story(Plan({"low": LOW, "lasts": clause("ext", asks)}).estate())
    assert needing_tests(story.pipeline) == {"lasts": "duration"}
    assert report(story.pipeline, [PASSED])["proof_tests"] == [
        {
            "id": 1, "asset": "ext", "kind": "duration", "outcome": "passed", "duration_s": 995.0,
            "reason": {"zh": "通过", "en": "passed"}, "started_at": "2026-01-01T12:00:04.000Z",
        }
    ]  # fmt: skip
