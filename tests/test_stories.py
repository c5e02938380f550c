"""Longer stories, with the figures that the gateway promises: pulses, dead lines, silence, restarts, edited files."""

from __future__ import annotations

import pytest

from gateway.actions import FinishTicket, NoteTicket, TakeOutOfService
from gateway.alarms.alarm import Phase
from gateway.model import BadReading
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import TicketState
from tests.story import NOON, Plan, Story, clause

FORCED = clause("door", {"point": "forced", "equals": False}, priority="P1")
LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, superseded_by=("critical",))
CRITICAL = clause("ext", {"point": "pressure", "at_least": "0.5 MPa"}, priority="P1")


def one(kind: str, point: str, **clauses: object) -> Plan:
    plan = Plan(clauses)  # type: ignore[arg-type]  # clauses by name
    plan.asset(kind, kind, [point])
    return plan


def test_a_thousand_pulses_of_a_second_are_a_thousand_notices() -> None:
    story = Story(one("door", "forced", forced=FORCED).estate())
    for _ in range(1000):
        story.read("door", forced=True)
        story.now += 1
        story.read("door", forced=False)
        story.wait(89, every=29, door={"forced": False})
    assert story.alarm("door", "forced").occurrences == 1000
    assert story.told("alarm.raised") == ["alarm.raised"] * 1000
    assert sum(ticket.occurrences for ticket in story.tickets()) == 1000
    assert all(ticket.state is TicketState.CLOSED for ticket in story.tickets())


def test_a_thousand_pulses_inside_one_gathering_are_all_counted() -> None:
    story = Story(one("door", "forced", forced=FORCED).estate())
    for _ in range(1000):
        story.now += 0.05
        story.read("door", forced=True)
        story.read("door", forced=False)
    (ticket,) = story.tickets()
    assert (ticket.occurrences, story.alarm("door", "forced").occurrences) == (1000, 1000)
    assert len(story.told("ticket")) <= 3


def test_a_dead_line_is_one_ticket_and_open_alarms_stay_open() -> None:
    plan = Plan({"low": LOW})
    names = [f"ext-{number}" for number in range(60)]
    for name in names:
        plan.asset(name, "ext", ["pressure"])
    story = Story(plan.estate())
    for number, name in enumerate(names):
        story.read(name, pressure=0.9 if number < 5 else 1.2)
    story.line = False
    for _ in range(60):
        for name in names:
            story.lose(name, BadReading("line-down"), answers=BadReading("line-down"))
        story.wait(60, every=60)
    assert {story.pipeline.asset_outcome(name) for name in names} == {Outcome.UNKNOWN}
    opened = [each for each in story.tickets() if each.is_open]
    assert sorted(each.clause for each in opened) == ["connection.answers"] + ["low"] * 5
    assert len(story.tickets()) == 6


@pytest.mark.parametrize("every", [1.0, 10.0])
def test_a_silent_sensor_is_unknown_within_three_polls(every: float) -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    story.read("ext", pressure=1.2)
    device = story.estate.devices["ext-device"]
    assert device.stale_after == 3 * device.every
    story.wait(device.stale_after - 1, every=every)
    assert story.pipeline.asset_outcome("ext") is Outcome.MET
    story.wait(1, every=every)
    assert story.pipeline.asset_outcome("ext") is Outcome.UNKNOWN


def test_a_message_that_was_long_on_its_way_is_stale_by_its_own_time() -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    story.read("ext", at=NOON - 20, pressure=1.2)
    story.wait(9)
    assert story.pipeline.asset_outcome("ext") is Outcome.MET
    story.wait(1)
    assert story.pipeline.asset_outcome("ext") is Outcome.UNKNOWN


def test_twenty_restarts_in_two_minutes_repeat_and_forget_nothing() -> None:
    plan = Plan({"low": LOW, "forced": FORCED})
    plan.asset("ext", "ext", ["pressure"])
    plan.asset("door", "door", ["forced"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.9)
    story.read("door", forced=True)
    story.act(NoteTicket(1, "li", "seen"))
    story.read("door", forced=False)
    for _ in range(20):
        before = story.tickets()
        story = Story(story.estate, story.saved(), story.now + 6)
        assert story.tickets() == before
        story.read("ext", pressure=0.9)
        story.read("door", forced=False)
        assert story.told() == ["gateway.started"]
    story.wait(11, door={"forced": False}, ext={"pressure": 0.9})
    assert [(each.clause, each.state) for each in story.tickets()] == [
        ("low", TicketState.OPEN), ("forced", TicketState.CLOSED),
    ]  # fmt: skip


def test_what_was_hidden_by_a_clause_that_is_gone_shows_again() -> None:
    story = Story(one("ext", "pressure", low=LOW, critical=CRITICAL).estate())
    story.read("ext", pressure=0.3)
    assert [each.clause for each in story.tickets()] == ["critical"]
    after = Story(one("ext", "pressure", low=LOW).estate(), story.saved(), story.now)
    after.read("ext", pressure=0.3)
    assert [(each.clause, each.is_open) for each in after.tickets()] == [("critical", False), ("low", True)]


@pytest.mark.parametrize("then", [(1.2, 0.9), (0.9, 0.9)])
def test_a_latched_alarm_that_only_waits_for_a_person_explains_nothing_away(then: tuple[float, float]) -> None:
    """Nobody has acknowledged that it was critical; days later it is low, or it has been low all the while."""
    critical = CRITICAL.model_copy(update={"latched": True})
    story = Story(one("ext", "pressure", low=LOW, critical=critical).estate())
    story.read("ext", pressure=0.3)
    story.wait(60, every=10, ext={"pressure": then[0]})
    assert story.alarm("ext", "critical").phase is Phase.CLEARING
    assert [each.clause for each in story.tickets()] == ["critical"] + ["low"] * (then[0] < 1.0)
    story = Story(story.estate, story.saved(), story.now + 86_400)
    told = story.told("alarm")
    story.wait(60, every=10, ext={"pressure": then[1]})
    assert [(each.clause, each.is_open) for each in story.tickets()] == [("critical", True), ("low", True)]
    assert (told, story.told("alarm")) == ([], ["alarm.raised"] * (then[0] > 1.0)), "nothing is told anew by a restart"
    story.read("ext", pressure=BadReading("sensor-error"))
    story.wait(60, every=10, ext={"pressure": then[1]})
    assert len(story.told("alarm")) == (then[0] > 1.0), "nor by a bad reading"
    story.read("ext", pressure=0.3)
    assert (story.told("alarm")[-1], story.alarm("ext", "low").hidden) == ("alarm.hidden", True), "it is critical again"


def test_an_asset_that_is_gone_takes_its_tickets_with_it() -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    for _ in range(14):
        story.wait(10, ext={"pressure": BadReading("sensor-error")})
    assert [each.clause for each in story.tickets()] == ["asset.judgeable"]
    after = Story(Plan({}).estate(), story.saved(), story.now)
    assert [(each.state, each.log[-1].what) for each in after.tickets()] == [(TicketState.CLOSED, "closed")]
    assert after.pipeline.alarms == {}


def test_a_clause_that_comes_back_counts_on() -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    story.read("ext", pressure=0.9)
    away = Story(one("ext", "pressure").estate(), story.saved(), story.now)
    saved = away.saved()
    saved = type(saved)(list(away.changes.alarms.values()), saved.tickets, saved.last_ticket, saved.last_event)
    back = Story(story.estate, saved, story.now + 60)
    back.read("ext", pressure=0.9)
    (ticket,) = back.tickets()
    assert (ticket.is_open, ticket.reopened, ticket.occurrences) == (True, 1, 2)


def test_a_return_to_service_in_the_moment_of_good_news_clears_all_the_same() -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    story.read("ext", pressure=0.9)
    story.act(TakeOutOfService("ext", None, "li", "refill", NOON + 30))
    story.now += 30
    story.read("ext", pressure=1.2)
    assert story.alarm("ext", "low").phase is Phase.CLEARING
    story.wait(10, ext={"pressure": 1.2})
    assert story.tickets()[0].state is TicketState.CLOSED


def test_finished_and_silent_is_not_proven() -> None:
    story = Story(one("ext", "pressure", low=LOW).estate())
    story.read("ext", pressure=0.9)
    story.act(FinishTicket(1, "li", "swapped the sensor"))
    for _ in range(61):
        story.lose("ext", BadReading("no-answer"))
        story.wait(10)
    ticket = story.tickets()[0]
    assert (ticket.clause, ticket.state, ticket.reopened) == ("low", TicketState.OPEN, 1)
    assert "unknown: no-answer" in ticket.log[-1].text
