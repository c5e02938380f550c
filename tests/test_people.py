"""What people may do and what they are refused, and what is written down of it."""

from __future__ import annotations

import pytest

from gateway.actions import (
    Acknowledge,
    Action,
    FinishTicket,
    NoteTicket,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    Unshelve,
)
from gateway.alarms.alarm import Phase
from gateway.people import LONGEST_SHELF
from gateway.tickets.ticket import TicketState
from tests.story import NOON, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, off_delay=0.0)
SEAL = clause("ext", {"point": "sealed", "equals": True}, priority="P3", latched=True, off_delay=0.0)
BOTH = clause(
    "ext", {"point": "sealed", "equals": True}, off_delay=0.0,
    ticket={"trade": "fire", "closes_when": "finished-and-measured"},
)  # fmt: skip


@pytest.fixture
def story() -> Story:
    plan = Plan({"low": LOW, "seal": SEAL, "both": BOTH})
    plan.asset("ext", "ext", ["pressure", "sealed"])
    told = Story(plan.estate())
    told.read("ext", pressure=0.5, sealed=True)
    return told


def test_a_ticket_goes_through_hands(story: Story) -> None:
    story.act(TakeTicket(1, "li"), NoteTicket(1, "wei", "valve leaks"), FinishTicket(1, "li", "refilled"))
    assert story.refusals == ["", "", ""]
    assert [(entry.who, entry.what) for entry in story.tickets()[0].log[1:]] == [
        ("li", "taken"), ("wei", "noted"), ("li", "finished"),
    ]  # fmt: skip
    assert [(each.subject, each.data) for each in story.changes.audit] == [
        ("ticket/1", {"ticket": 1}), ("ticket/1", {"ticket": 1, "text": "valve leaks"}),
        ("ticket/1", {"ticket": 1, "text": "refilled"}),
    ]  # fmt: skip


def test_who_finishes_has_seen_the_alarm(story: Story) -> None:
    story.act(FinishTicket(1, "li", ""))
    assert story.alarm("ext", "low").acknowledged_by == "li"


def test_what_is_measured_well_already_closes_with_the_persons_word() -> None:
    """Cleared before anybody said "done": the word is all that was missing, no other measurement will come."""
    plan = Plan({"both": BOTH})
    plan.asset("ext", "ext", ["sealed"])
    story = Story(plan.estate())
    story.read("ext", sealed=False)
    story.act(Acknowledge("ext", "both", "li"))
    story.read("ext", sealed=True)
    assert story.tickets()[0].state is TicketState.OPEN
    story.act(FinishTicket(1, "li", "new seal"))
    (ticket,) = story.tickets()
    assert [entry.what for entry in ticket.log] == ["opened", "finished", "closed"]


def test_a_latched_alarm_clears_when_it_is_acknowledged(story: Story) -> None:
    story.read("ext", pressure=0.5, sealed=False)
    story.read("ext", pressure=0.5, sealed=True)
    assert story.alarm("ext", "seal").phase is Phase.CLEARING
    story.act(Acknowledge("ext", "seal", "li"))
    assert story.alarm("ext", "seal").phase is Phase.NORMAL


def test_shelving_hides_until_it_is_lifted(story: Story) -> None:
    story.act(Shelve("ext", "low", "li", "refill tomorrow", story.now + 3600))
    assert (story.alarm("ext", "low").hidden, story.told("alarm")[-1]) == (True, "alarm.hidden")
    story.act(Unshelve("ext", "low", "li"))
    assert (story.alarm("ext", "low").hidden, story.told("alarm")[-1]) == (False, "alarm.raised")
    assert story.tickets()[0].is_open


@pytest.mark.parametrize(
    ("name", "seconds", "refusal"),
    [
        ("low", LONGEST_SHELF, ""), ("low", LONGEST_SHELF + 1, "a P2 alarm may be hidden for 24 hours at most"),
        ("seal", 30 * LONGEST_SHELF, ""), ("low", 0.0, "the end lies in the past"),
    ],
)  # fmt: skip
def test_what_is_urgent_is_not_hidden_for_long(story: Story, name: str, seconds: float, refusal: str) -> None:
    story.act(Shelve("ext", name, "li", "why", story.now + seconds))
    assert story.refusals == [refusal]
    assert story.alarm("ext", name).hidden is not bool(refusal)


def test_an_asset_with_one_clause_that_may_not_be_hidden_stays_in_service_as_a_whole() -> None:
    plan = Plan({"seal": SEAL, "urgent": clause("ext", {"point": "pressure", "at_least": "1 MPa"}, priority="P1")})
    plan.asset("ext", "ext", ["pressure", "sealed"])
    story = Story(plan.estate())
    story.act(TakeOutOfService("ext", None, "li", "repair", NOON + 2 * LONGEST_SHELF))
    assert story.refusals == ["a P1 alarm may be hidden for 24 hours at most"]
    story.read("ext", pressure=1.2, sealed=False)
    assert [each.clause for each in story.tickets()] == ["seal"]


def test_a_whole_asset_or_one_clause_of_it_goes_out_of_service(story: Story) -> None:
    story.act(TakeOutOfService("ext", "seal", "li", "repair", NOON + 60))
    assert (story.alarm("ext", "seal").hidden, story.alarm("ext", "low").hidden) == (True, False)
    story.act(TakeOutOfService("ext", None, "li", "repair", NOON + 60))
    assert story.alarm("ext", "low").out_of_service_reason == "repair"
    assert story.alarm("ext", "asset.judgeable").hidden, "who takes the sensor off is not told that it is gone"
    story.act(ReturnToService("ext", None, "li"))
    assert not any(alarm.hidden for alarm in story.pipeline.alarms.values())
    assert [each.subject for each in story.changes.audit] == ["ext"] * 3


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        (TakeTicket(9, "li"), "there is no ticket 9"),
        (Acknowledge("ext", "seal", "li"), "seal on ext is not raised"),
        (Acknowledge("gone", "low", "li"), "there is no clause low on gone"),
        (Shelve("ext", "gone", "li", "x", NOON + 9), "there is no clause gone on ext"),
        (Shelve("ext", "low", "li", "\t ", NOON + 9), "a reason is needed"),
        (Unshelve("ext", "low", "li"), "low on ext is not shelved"),
        (TakeOutOfService("ext", "gone", "li", "x", NOON + 9), "there is no clause gone on ext"),
        (TakeOutOfService("ext", None, "li", "", NOON + 9), "a reason is needed"),
        (ReturnToService("gone", None, "li"), "there is no clause at all on gone"),
    ],
)
def test_a_refusal_says_why_and_leaves_all_as_it_was(story: Story, action: Action, refusal: str) -> None:
    alarms, tickets = dict(story.pipeline.alarms), dict(story.pipeline.tickets)
    story.act(action)
    assert story.refusals == [refusal]
    assert (dict(story.pipeline.alarms), dict(story.pipeline.tickets)) == (alarms, tickets)
    assert story.changes.audit == []
