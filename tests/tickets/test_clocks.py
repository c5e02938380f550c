"""Stories of tickets that take too long: what is told when, and once, whatever is restarted in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.actions import Acknowledge, ArriveAtTicket, FinishTicket, PauseTicket, ResumeTicket, TakeTicket
from gateway.estate import Estate
from gateway.model import Event, Priority
from gateway.store.rows import dump_dataclass, load_ticket
from gateway.tickets.calendars import Calendar
from gateway.tickets.service_level import Service
from tests.story import NOON, Plan, Story, clause

TERMS = {"trade": "fire", "acknowledge": "2min", "on_site": "10min", "resolve": "30min"}
FORCED = clause("door", {"point": "forced", "equals": False}, priority="P1", ticket=TERMS, off_delay=0.0)
SLOW = clause("door", {"point": "forced", "equals": False}, priority="P3", ticket={"trade": "fire", "resolve": "2h"})
STEPS = ("ticket.due", "ticket.overdue", "ticket.escalated")


def estate(service: Service | None = None, terms: str = "P1") -> Estate:
    plan = Plan({"forced": FORCED if terms == "P1" else SLOW})
    plan.asset("door", "door", ["forced"])
    return replace(plan.estate(), service=service or Service())


@pytest.fixture
def story() -> Story:
    told = Story(estate())
    told.read("door", forced=True)
    return told


def steps(events: list[Event]) -> list[tuple[float, str, float]]:
    """When (seconds after noon), which clock, which share."""
    return [
        (each.at - NOON, each.data["step"]["clock"], each.data["step"]["share"])
        for each in events
        if each.type.removeprefix("touchpoint.").removesuffix(".v1") in STEPS
    ]


def restarted(story: Story, now: float) -> Story:
    """The same site from what its store has."""
    kept = story.saved()
    tickets = [load_ticket(dump_dataclass(each)) for each in kept.tickets]
    return Story(story.estate, replace(kept, tickets=tickets), now)


def test_nobody_comes_and_each_step_is_told_to_the_second(story: Story) -> None:
    story.wait(2800, door={"forced": True})
    assert steps(story.events) == [
        (60, "acknowledge", 0.5), (120, "acknowledge", 1.0), (180, "acknowledge", 1.5), (300, "on_site", 0.5),
        (600, "on_site", 1.0), (900, "resolve", 0.5), (900, "on_site", 1.5), (1800, "resolve", 1.0),
        (2700, "resolve", 1.5),
    ]  # fmt: skip
    assert story.told("ticket.") == [f"ticket.{each.what}" for each in story.tickets()[0].log]
    assert [each.what for each in story.tickets()[0].log[:5]] == ["opened", "due", "overdue", "escalated", "due"]


def test_the_agenda_wakes_the_gateway_for_each_step(story: Story) -> None:
    """No other tick is needed, and none comes early: what is planned next is the step itself."""
    agenda, moments = story.pipeline.agenda, []
    while (moment := agenda.next()) is not None and moment <= NOON + 200:
        changes, _ = story.pipeline.tick([], [], moment)
        moments += [each.at - NOON for each in changes.events if each.subject == "ticket/1"]
    assert moments == [60, 120, 180]


def test_seen_then_there_then_done_ends_one_clock_after_the_other(story: Story) -> None:
    story.wait(30, door={"forced": True})
    story.act(Acknowledge("door", "forced", "li"))
    story.wait(400, door={"forced": True})
    story.act(ArriveAtTicket(1, "li"))
    story.wait(600, door={"forced": True})
    assert steps(story.events) == [(300, "on_site", 0.5), (900, "resolve", 0.5)]
    story.read("door", forced=False)
    story.wait(3000, every=10.0, door={"forced": False})
    assert steps(story.events)[2:] == [], "what is closed has no clocks"


def test_a_word_that_is_not_proven_lets_the_clocks_go_on(story: Story) -> None:
    story.act(FinishTicket(1, "li", "adjusted"))
    story.wait(599, door={"forced": True})
    assert steps(story.events) == []
    story.wait(2, door={"forced": True})
    assert story.told("ticket.")[-3:] == ["ticket.reopened", "ticket.due", "ticket.overdue"], "nobody ever arrived"
    assert {each[1] for each in steps(story.events)} == {"on_site"}


def test_a_pause_moves_every_later_step_by_as_much(story: Story) -> None:
    story.act(TakeTicket(1, "li"), ArriveAtTicket(1, "li"))
    story.wait(100, door={"forced": True})
    story.act(PauseTicket(1, "li", "parts ordered"))
    story.wait(5000, every=10.0, door={"forced": True})
    assert steps(story.events) == []
    story.act(ResumeTicket(1, "li"))
    story.wait(2000, door={"forced": True})
    assert steps(story.events) == [(5900, "resolve", 0.5), (6800, "resolve", 1.0)]
    assert [each.what for each in story.tickets()[0].log[:5]] == ["opened", "taken", "arrived", "paused", "resumed"]


@pytest.mark.parametrize("down", [1.0, 100.0, 3000.0])
def test_each_step_is_told_once_over_a_restart(story: Story, down: float) -> None:
    """What was committed is not told again; what fell due while nothing ran is told at the start, in its order."""
    story.wait(150, door={"forced": True})
    again = restarted(story, story.now + down)
    again.read("door", forced=True)
    again.wait(max(0.0, NOON + 2710 - again.now), door={"forced": True})
    told = [each[1:] for each in steps(story.events) + steps(again.events)]
    assert len(told) == len(set(told)) == 9
    assert [each.what for each in again.tickets()[0].log].count("overdue") == 3


def test_a_step_whose_commit_was_lost_is_told_by_the_next_start(story: Story) -> None:
    story.wait(59, door={"forced": True})
    before = story.saved()
    story.wait(1, door={"forced": True})
    assert steps(story.events) == [(60, "acknowledge", 0.5)]
    again = Story(story.estate, before, NOON + 61)
    assert [each[1:] for each in steps(again.events)] == [("acknowledge", 0.5)]


@pytest.mark.parametrize(("ahead", "hours"), [(0.0, 14.0), (3600.0, 13.0)])
def test_working_hours_are_those_of_the_clock_on_the_wall_as_it_is_set(ahead: float, hours: float) -> None:
    """Noon UTC is 20:00 in Shanghai: the office opens at 08:00, and two of its hours later it is 10:00."""
    office = Calendar((((8 * 60, 17 * 60),),) * 7)
    story = Story(estate(Service(Plan({}).estate().timezone, {"office": office}, "office"), "P3"))
    story.read("door", forced=True)
    told = []
    for moment in (0.0, hours * 3600 - 1, hours * 3600):
        changes, _ = story.pipeline.tick([], [], NOON + moment, ahead)
        told.append(steps(changes.events))
    assert told == [[], [], [(hours * 3600, "resolve", 1.0)]]


def test_shares_are_the_sites_to_choose() -> None:
    own = Story(estate(Service(shares={Priority.P1: (1.0,)})))
    own.read("door", forced=True)
    own.wait(700, door={"forced": True})
    assert steps(own.events) == [(120, "acknowledge", 1.0), (600, "on_site", 1.0)]
