"""Planned work on the real pipeline: announced, begun and ended by itself, never hiding more than was announced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.actions import CancelWork, PlanWork, ReturnToService, TakeOutOfService
from gateway.alarms.alarm import Phase
from gateway.estate import Estate
from gateway.outputs.wording import sentence
from gateway.store.rows import cloud_event
from gateway.store.sqlite import Database
from gateway.tickets.planned import WorkState
from tests.story import NOON, Plan, Story, clause

DAY = 86400.0


def site(priority: str = "P2", second: bool = False, off_delay: float = 0.0) -> Estate:
    plan = Plan({"runs": clause("lift", {"point": "runs", "equals": True}, priority=priority, off_delay=off_delay)})
    plan.asset("lift-1", "lift", ["runs"])
    if second:
        plan.asset("lift-2", "lift", ["runs"])
    return plan.estate(outputs=("work.*",))


@pytest.fixture
def story() -> Story:
    told = Story(site())
    told.read("lift-1", runs=True)
    return told


def plan(story: Story, ahead: float = 3600.0, lasts: float = 1800.0, asset: str = "lift-1", **others: Any) -> str:
    since = story.now + ahead
    story.act(
        PlanWork(**{"asset": asset, "since": since, "until": since + lasts, "who": "wei", "reason": "ropes", **others})
    )
    return story.refusals[0]


def state(story: Story, number: int = 1) -> WorkState:
    return story.pipeline.works.works[number].state


def test_work_is_told_ahead_begins_at_its_time_hides_and_is_judged_again_at_its_end(story: Story) -> None:
    assert plan(story) == ""
    told = next(each for each in story.events if each.type == "touchpoint.work.planned.v1")
    assert (told.subject, told.data["ahead_s"], told.data["since"]) == ("work/1", 3600, "2026-01-01T13:00:00.000Z")
    assert sentence(cloud_event(told), "en") == (
        "Planned work 1 on lift-1: ropes. 2026-01-01 21:00 – 21:30, announced by wei; "
        "it will be out of service meanwhile"
    )
    story.wait(3599, lift_1={"runs": True})
    assert (state(story), story.alarm("lift-1", "runs").hidden) == (WorkState.PLANNED, False)
    story.wait(1, lift_1={"runs": True})
    alarm = story.alarm("lift-1", "runs")
    assert (state(story), alarm.out_of_service_until, alarm.out_of_service_by) == (WorkState.BEGUN, NOON + 5400, "wei")
    assert alarm.out_of_service_reason == "planned work: ropes"
    story.wait(1799, lift_1={"runs": False})
    assert (story.tickets(), story.told("alarm")) == ([], [])
    story.wait(1, lift_1={"runs": False})
    assert story.told("work") == ["work.planned", "work.begun", "work.ended"]
    assert [each.clause for each in story.tickets()] == ["runs"], "nobody put it back: that is told at once"
    assert [(each.what, each.who, each.subject) for each in story.changes.audit] == [("PlanWork", "wei", "work/1")]
    assert [each.type for _, each in story.changes.outbox] == [f"touchpoint.work.{each}.v1" for each in
                                                               ("planned", "begun", "ended")]  # fmt: skip


def test_no_tick_but_the_agendas_own_is_needed(story: Story) -> None:
    plan(story)
    moments = []
    while (due := story.pipeline.agenda.next()) is not None and due <= NOON + 5400:
        changes, _ = story.pipeline.tick([], [], due)
        moments += [(each.at - NOON, each.type) for each in changes.events if ".work." in each.type]
    assert moments == [(3600, "touchpoint.work.begun.v1"), (5400, "touchpoint.work.ended.v1")]


def test_work_is_called_off_and_what_is_done_early_is_in_service_early(story: Story) -> None:
    plan(story)
    story.act(CancelWork(1, "li"))
    assert (state(story), story.told("work")[-1]) == (WorkState.CANCELLED, "work.cancelled")
    story.act(CancelWork(1, "li"))
    assert story.refusals == ["there is no planned work 1 to come or under way"]
    plan(story, ahead=0.0)
    story.wait(60, lift_1={"runs": False})
    assert story.alarm("lift-1", "runs").hidden
    story.act(CancelWork(2, "li"))
    assert (state(story, 2), story.alarm("lift-1", "runs").hidden) == (WorkState.ENDED, False)
    assert story.told("ticket") == ["ticket.opened"]


def test_who_returns_it_to_service_during_the_work_ends_what_is_hidden_and_nothing_hides_it_again(story: Story) -> None:
    plan(story, ahead=0.0)
    story.wait(60, lift_1={"runs": False})
    story.act(ReturnToService("lift-1", None, "li"))
    story.wait(1740, lift_1={"runs": False})
    assert story.told("ticket") == ["ticket.opened"]
    assert story.told("work") == ["work.planned", "work.begun", "work.ended"]


@pytest.mark.parametrize("called_off", [False, True])
def test_what_a_person_hid_for_longer_stays_hidden_when_work_is_over(story: Story, called_off: bool) -> None:
    story.act(TakeOutOfService("lift-1", None, "li", "new ropes", NOON + 8 * 3600))
    plan(story, ahead=600.0, lasts=600.0)
    story.wait(900, every=10, lift_1={"runs": False})
    if called_off:
        story.act(CancelWork(1, "wei"))
    story.wait(8 * 3600 - 901, every=60, lift_1={"runs": False})
    assert (state(story), story.told("alarm"), story.tickets()) == (WorkState.ENDED, [], [])
    assert story.alarm("lift-1", "runs").out_of_service_by == "li"
    story.wait(1, lift_1={"runs": False})
    assert [each.clause for each in story.tickets()] == ["runs"]


def test_work_that_lasts_longer_than_what_a_person_hid_hides_to_its_own_end(story: Story) -> None:
    story.act(TakeOutOfService("lift-1", None, "li", "new ropes", NOON + 700))
    plan(story, ahead=600.0, lasts=600.0)
    story.wait(1199, lift_1={"runs": False})
    assert story.tickets() == []
    story.wait(1, lift_1={"runs": False})
    assert [each.clause for each in story.tickets()] == ["runs"]


@pytest.mark.parametrize("reason", ["ropes", "brakes"])
@pytest.mark.parametrize("restarted", [None, 900.0, 1195.0])
def test_work_that_begins_as_other_work_ends_goes_on_hiding(story: Story, reason: str, restarted: float | None) -> None:
    """By the same person, for the same reason or another; the gateway may have been down for a while between."""
    plan(story, ahead=600.0, lasts=600.0)
    plan(story, ahead=1200.0, lasts=600.0, reason=reason)
    story.wait(600, lift_1={"runs": True})
    story.wait(595 if restarted is None else restarted - 600, lift_1={"runs": False})
    if restarted is not None:
        story = Story(story.estate, story.saved(), story.now + 10)
    story.wait(NOON + 1799 - story.now, lift_1={"runs": False})
    assert (state(story, 2), story.tickets()) == (WorkState.BEGUN, [])
    assert [each for each in story.told("alarm") if each != "alarm.hidden"] == []
    assert [each.id for each in story.pipeline.works.open()] == [2]
    story.wait(1, lift_1={"runs": False})
    assert (state(story, 2), [each.clause for each in story.tickets()]) == (WorkState.ENDED, ["runs"])


@pytest.mark.parametrize(
    ("others", "refusal"),
    [
        ({"asset": "no-such"}, "there is no clause at all on no-such"), ({"reason": " "}, "a reason is needed"),
        ({"ahead": -1.0}, "the beginning lies in the past"),
        ({"lasts": 25 * 3600.0, "ahead": 9000.0}, "a P2 alarm may be hidden for 24 hours at most"),
        ({"ahead": 5000.0}, "there is planned work on lift-1 at that time already: number 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_when_it_is_announced(others: dict[str, Any], refusal: str) -> None:
    story = Story(site(second=True))
    plan(story)
    assert plan(story, **others) == refusal
    assert plan(story, asset="lift-2") == ""
    assert plan(story, ahead=5400.0) == "", "it begins as the other ends"


def test_what_is_not_urgent_may_be_worked_on_for_days() -> None:
    story = Story(site("P3"))
    assert plan(story, lasts=3 * DAY) == "a P2 alarm may be hidden for 24 hours at most", "that it can be judged is P2"
    assert plan(story, lasts=DAY) == ""


@pytest.mark.parametrize(
    ("down", "told"),
    [
        (600.0, ["work.begun", "work.ended"]), (3700.0, ["work.begun", "work.ended"]), (9000.0, ["work.cancelled"]),
    ],
)  # fmt: skip
def test_a_restart_forgets_no_work_and_what_was_slept_through_hides_nothing(
    story: Story, down: float, told: list[str]
) -> None:
    plan(story)
    again = Story(story.estate, story.saved(), story.now + down)
    again.read("lift-1", runs=True)
    again.wait(max(0.0, NOON + 5401 - again.now), lift_1={"runs": True})
    again.wait(2, lift_1={"runs": True})
    assert again.told("work") == told
    assert not again.alarm("lift-1", "runs").hidden
    assert plan(again) == ""
    assert max(again.pipeline.works.works) == 2, "numbers are not used again"


def test_an_edited_site_that_forbids_it_keeps_watching_and_says_so(story: Story) -> None:
    """The lift was taken out of the files between the announcement and the beginning."""
    plan(story)
    gone = Plan({"runs": clause("lift", {"point": "runs", "equals": True})})
    gone.asset("lift-2", "lift", ["runs"])
    again = Story(gone.estate(), story.saved(), story.now + 10)
    again.wait(5400, every=60)
    begun = next(each for each in again.events if each.type == "touchpoint.work.begun.v1")
    assert begun.data["in_service"] == "there is no clause at all on lift-1"
    assert again.told("work") == ["work.begun", "work.ended"]


def test_what_is_under_way_on_what_is_gone_can_be_called_off(story: Story) -> None:
    plan(story, ahead=0.0)
    gone = Plan({"runs": clause("lift", {"point": "runs", "equals": True})})
    gone.asset("lift-2", "lift", ["runs"])
    again = Story(gone.estate(), story.saved(), story.now + 10)
    again.act(CancelWork(1, "li"))
    assert (again.refusals, state(again), again.told("work")) == ([""], WorkState.ENDED, ["work.ended"])


def test_work_that_begins_with_the_gateway_closes_nothing_that_was_about_to_clear() -> None:
    """The lift ran again for a moment when the gateway was killed: nobody has seen it since."""
    story = Story(site(off_delay=60.0))
    story.read("lift-1", runs=False)
    plan(story)
    story.read("lift-1", runs=True)
    again = Story(story.estate, story.saved(), NOON + 3601)
    assert (state(again), again.alarm("lift-1", "runs").phase) == (WorkState.BEGUN, Phase.ACTIVE)
    assert [each.is_open for each in again.tickets()] == [True]
    again.wait(70, every=10, lift_1={"runs": True})
    assert [each.is_open for each in again.tickets()] == [False]


@pytest.mark.parametrize("down", [10.0, 3600.0])
def test_what_work_hid_on_what_is_gone_is_told_by_nobody(story: Story, down: float) -> None:
    """The lift left the files while it was worked on; the work goes on, or is over, as the gateway starts."""
    plan(story, ahead=0.0)
    story.wait(60, lift_1={"runs": False})
    assert story.alarm("lift-1", "runs").standing
    gone = Plan({"runs": clause("lift", {"point": "runs", "equals": True})})
    gone.asset("lift-2", "lift", ["runs"])
    again = Story(gone.estate(), story.saved(), story.now + down)
    assert (again.told("alarm"), again.tickets()) == ([], [])
    assert again.changes.alarms["lift-1", "runs"].phase is Phase.NORMAL


def test_the_time_is_that_of_the_clock_on_the_wall(story: Story) -> None:
    """The wall was set an hour on: what is planned for 14:00 there is 13:00 of steady time, and told as 14:00 UTC."""
    changes, refusals = story.pipeline.tick(
        [], [PlanWork("lift-1", NOON + 7200, NOON + 9000, "wei", "ropes")], NOON, 3600.0
    )
    assert refusals == [""]
    assert ("work", "1") in story.pipeline.agenda
    assert story.pipeline.agenda.due(NOON + 3600)[-1] == ("work", "1")
    (told,) = [each for each in changes.events if ".work." in each.type]
    assert (told.data["since"], told.data["times"]) == ("2026-01-01T14:00:00.000Z", "2026-01-01 22:00 – 22:30")


def test_the_file_keeps_work_that_is_to_come_and_the_last_number(tmp_path: Path) -> None:
    story = Story(site(second=True))
    plan(story)
    plan(story, asset="lift-2")
    story.act(CancelWork(2, "li"))
    database = Database(tmp_path / "gateway.db", story.estate)
    database.commit(replace(story.changes))
    saved = database.load(story.now)
    database.connection.close()
    assert (list(saved.works), saved.last_work) == (story.pipeline.works.open(), 2)
