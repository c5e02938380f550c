"""The ticket desk: what an alarm, a person and the time make of a ticket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.alarms.alarm import Alarm, Phase
from gateway.errors import Refused
from gateway.model import Priority
from gateway.standards.verdict import Outcome
from gateway.tickets import desk
from gateway.tickets.desk import REOPEN_WITHIN, VERIFY_WITHIN
from gateway.tickets.ticket import GATEWAY, Entry, Ticket, TicketState
from tests.story import clause

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
POINT = {"point": "p", "equals": True}
MEASURED = clause("k", POINT)
BOTH = clause("k", POINT, ticket={"trade": "fire", "closes_when": "finished-and-measured"}, priority="P1")
RAISED = Alarm("a", "c", VIOLATED, Phase.ACTIVE, 100.0, 100.0, occurrences=1)
CLEARED = replace(RAISED, outcome=MET, phase=Phase.NORMAL, since=200.0, cleared_at=200.0)
OPEN = desk.open_ticket(7, RAISED, BOTH, "p false", "mqtt", 100.0)


def closed(at: float) -> Ticket:
    return replace(OPEN, state=TicketState.CLOSED, closed_at=at)


def last(ticket: Ticket) -> str:
    return ticket.log[-1].what


def test_a_new_ticket_carries_its_alarm_clause_and_evidence() -> None:
    assert (OPEN.id, OPEN.asset, OPEN.clause, OPEN.priority) == (7, "a", "c", Priority.P1)
    assert (OPEN.state, OPEN.opened_at, OPEN.source_protocol) == (TicketState.OPEN, 100.0, "mqtt")
    assert (OPEN.occurrences, OPEN.counted) == (1, 1)
    assert OPEN.log == (Entry(100.0, GATEWAY, "opened", "p false"),)


@pytest.mark.parametrize(
    ("alarm", "wanted"),
    [
        (RAISED, True), (replace(RAISED, phase=Phase.CLEARING), True), (CLEARED, False),
        (replace(RAISED, phase=Phase.PENDING), False), (replace(RAISED, shelved_until=900.0), False),
        (replace(RAISED, suppressed_by="worse"), False), (replace(RAISED, out_of_service_until=900.0), False),
    ],
)  # fmt: skip
def test_only_what_stands_and_shows_wants_a_ticket(alarm: Alarm, wanted: bool) -> None:
    assert desk.wanted(alarm) is wanted


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_a_proven_end_closes(phase: Phase, outcome: Outcome) -> None:
    after = desk.follow(OPEN, replace(RAISED, phase=phase, outcome=outcome), MEASURED, "p true", 200.0)
    proven = phase is Phase.NORMAL and outcome is MET
    assert after.is_open is not proven
    if proven:
        assert (after.closed_at, after.log[-1]) == (200.0, Entry(200.0, GATEWAY, "closed", "p true"))


def test_some_clauses_also_want_a_persons_word() -> None:
    assert desk.follow(OPEN, CLEARED, BOTH, "", 200.0) is OPEN
    assert desk.follow(desk.finish(OPEN, "li", "", 150.0), CLEARED, BOTH, "", 200.0).state is TicketState.CLOSED


@pytest.mark.parametrize(
    ("alarm", "at", "what"),
    [
        (RAISED, VERIFY_WITHIN - 1, "finished"), (RAISED, VERIFY_WITHIN, "reopened"),
        (replace(RAISED, outcome=UNKNOWN), VERIFY_WITHIN, "reopened"),
        (replace(CLEARED, outcome=UNKNOWN), VERIFY_WITHIN, "reopened"),
        (replace(RAISED, phase=Phase.CLEARING, outcome=MET), VERIFY_WITHIN, "finished"),
        (CLEARED, VERIFY_WITHIN, "closed"),
    ],
)  # fmt: skip
def test_done_by_word_of_mouth_must_be_proven_in_time(alarm: Alarm, at: float, what: str) -> None:
    done = desk.finish(OPEN, "li", "new seal", 0.0)
    after = desk.follow(done, alarm, BOTH, "p false", at)
    assert last(after) == what
    if what == "reopened":
        assert (after.state, after.finished_at, after.reopened) == (TicketState.OPEN, None, 1)
        assert after.log[-1].text == "p false"


def test_taking_the_work_back_unsays_that_it_is_done() -> None:
    again = desk.take(desk.finish(OPEN, "li", "", 0.0), "wei", 10.0)
    assert (again.state, again.owner, desk.proof_due(again)) == (TicketState.TAKEN, "wei", None)
    assert desk.follow(again, RAISED, BOTH, "", VERIFY_WITHIN) is again


def test_proof_is_due_only_for_finished_work() -> None:
    done = desk.finish(OPEN, "li", "", 50.0)
    assert desk.proof_due(done) == 50.0 + VERIFY_WITHIN
    assert desk.proof_due(OPEN) is None
    assert desk.proof_due(replace(done, state=TicketState.CLOSED)) is None


def test_coming_again_is_counted_and_written_down() -> None:
    after = desk.follow(OPEN, replace(RAISED, occurrences=3), MEASURED, "p false", 120.0)
    assert (after.occurrences, after.counted, last(after)) == (3, 3, "reoccurred")


def test_chatter_is_counted_and_not_written_down() -> None:
    chatter = replace(RAISED, occurrences=900, recent=(1.0, 2.0, 3.0))
    after = desk.follow(OPEN, chatter, MEASURED, "", 120.0)
    assert (after.occurrences, after.log) == (900, OPEN.log)


def test_coming_again_after_it_was_called_done_reopens_at_once() -> None:
    after = desk.follow(desk.finish(OPEN, "li", "", 110.0), replace(RAISED, occurrences=2), BOTH, "p false", 120.0)
    assert (after.state, after.reopened, after.occurrences, last(after)) == (TicketState.OPEN, 1, 2, "reopened")


def test_within_an_hour_of_closing_the_same_ticket_is_reopened() -> None:
    again = replace(RAISED, occurrences=2)
    after = desk.follow(closed(1000.0), again, MEASURED, "p false", 1000.0 + REOPEN_WITHIN)
    assert (after.state, after.closed_at, after.reopened, after.occurrences) == (TicketState.OPEN, None, 1, 2)
    late = closed(1000.0)
    assert desk.follow(late, again, MEASURED, "", 1001.0 + REOPEN_WITHIN) is late
    assert desk.follow(late, CLEARED, MEASURED, "", 1001.0) is late
    assert not desk.may_reopen(OPEN, 1000.0)


def test_people_take_note_and_finish_open_tickets() -> None:
    taken = desk.take(OPEN, "li", 110.0)
    noted = desk.note(taken, "wei", "key at the desk", 120.0)
    done = desk.finish(noted, "wei", "done", 130.0)
    assert [(each.who, each.what, each.text) for each in done.log[1:]] == [
        ("li", "taken", ""), ("wei", "noted", "key at the desk"), ("wei", "finished", "done"),
    ]  # fmt: skip
    assert (done.owner, done.finished_at) == ("li", 130.0), "the one who took it owns it"
    assert desk.finish(OPEN, "wei", "", 130.0).owner == "wei"


def test_a_closed_ticket_takes_notes_and_nothing_else() -> None:
    ended = closed(200.0)
    assert desk.note(ended, "li", "it was the hinge", 300.0).state is TicketState.CLOSED
    with pytest.raises(Refused, match="ticket 7 is closed"):
        desk.take(ended, "li", 300.0)
    with pytest.raises(Refused, match="ticket 7 is closed"):
        desk.finish(ended, "li", "", 300.0)
