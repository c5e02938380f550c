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
from gateway.tickets.service_level import Step
from gateway.tickets.ticket import GATEWAY, Entry, Pause, Ticket, TicketState
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


def test_who_acknowledges_the_alarm_or_takes_the_work_has_seen_the_ticket() -> None:
    seen = replace(RAISED, acknowledged_at=130.0, acknowledged_by="li")
    after = desk.follow(OPEN, seen, MEASURED, "", 140.0)
    assert (after.acknowledged_at, after.log) == (130.0, OPEN.log)
    assert desk.take(after, "wei", 150.0).acknowledged_at == 130.0, "the first time counts"
    assert desk.take(OPEN, "wei", 150.0).acknowledged_at == 150.0
    assert desk.finish(OPEN, "wei", "", 160.0).acknowledged_at == 160.0
    older = replace(seen, acknowledged_at=99.0)
    assert desk.follow(OPEN, older, MEASURED, "", 140.0) is OPEN, "that was another time"


def test_a_person_arrives_once() -> None:
    there = desk.arrive(OPEN, "li", 130.0)
    assert (there.arrived_at, there.acknowledged_at, there.owner, there.state) == (130.0, 130.0, "li", "taken")
    assert there.log[-1] == Entry(130.0, "li", "arrived")
    assert desk.arrive(desk.take(OPEN, "li", 110.0), "wei", 130.0).owner == "li"
    with pytest.raises(Refused, match="on site for ticket 7 already"):
        desk.arrive(there, "wei", 140.0)


def test_a_ticket_is_paused_with_a_reason_and_goes_on() -> None:
    paused = desk.pause(OPEN, "li", "parts", 130.0)
    assert (paused.pause, paused.log[-1]) == (Pause(130.0, None, "li", "parts"), Entry(130.0, "li", "paused", "parts"))
    again = desk.resume(paused, "wei", 190.0)
    assert (again.pause, again.pauses) == (None, (Pause(130.0, 190.0, "li", "parts"),))
    assert again.log[-1] == Entry(190.0, "wei", "resumed", "parts")
    assert desk.pause(again, "li", "customer", 200.0).pauses[0] == again.pauses[0]


def test_what_is_said_to_be_done_or_proven_waits_no_longer() -> None:
    paused = desk.pause(OPEN, "li", "parts", 130.0)
    ended = (Pause(130.0, 200.0, "li", "parts"),)
    assert desk.finish(paused, "li", "", 200.0).pauses == ended
    assert desk.follow(paused, CLEARED, MEASURED, "", 200.0).pauses == ended
    assert desk.retired(paused, 200.0).pauses == ended


def test_what_cannot_be_paused_says_why() -> None:
    paused = desk.pause(OPEN, "li", "parts", 130.0)
    for ticket, reason, why in (
        (OPEN, " ", "a reason is needed"), (paused, "more parts", "ticket 7 is paused already: parts"),
        (desk.finish(OPEN, "li", "", 130.0), "parts", "ticket 7 is said to be done"), (closed(1.0), "x", "is closed"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why):
            desk.pause(ticket, "li", reason, 140.0)
    with pytest.raises(Refused, match="ticket 7 is not paused"):
        desk.resume(OPEN, "li", 140.0)


def test_what_comes_back_after_it_was_closed_gets_new_clocks_and_what_was_never_closed_keeps_them() -> None:
    told = replace(desk.arrive(OPEN, "li", 130.0), told={"resolve": 0.5})
    done = desk.finish(told, "li", "", 140.0)
    again = desk.reopen(replace(done, state=TicketState.CLOSED, closed_at=200.0), "p false", 300.0)
    assert (again.since, again.acknowledged_at, again.arrived_at, again.told) == (300.0, None, None, {})
    wrong = desk.reopen(done, "p false", 300.0)
    assert (wrong.since, wrong.acknowledged_at, wrong.arrived_at, wrong.told) == (None, 130.0, 130.0, {"resolve": 0.5})


def test_a_step_is_written_down_with_its_clock() -> None:
    terms = clause("k", POINT, ticket={"trade": "fire", "on_site": "10min"})
    after = desk.remind(OPEN, Step(400.0, "on_site", 0.5), terms, 400.1)
    assert after.log[-1] == Entry(400.1, GATEWAY, "due", "on_site: 50% of 10 min", "on_site", 0.5)
    assert after.told == {"on_site": 0.5}
    assert last(desk.remind(OPEN, Step(700.0, "on_site", 1.0), terms, 700.0)) == "overdue"
    assert last(desk.remind(OPEN, Step(1000.0, "on_site", 1.5), terms, 1000.0)) == "escalated"
