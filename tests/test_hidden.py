"""What ends to be hidden: what is mended is not told, what is not is told at once, the unknown is looked at first."""

from __future__ import annotations

import pytest

from gateway.actions import FinishTicket, ReturnToService, Shelve, TakeOutOfService, Unshelve
from gateway.alarms.alarm import Phase
from gateway.model import BadReading, Reading
from gateway.tickets.ticket import TicketState
from tests.story import NOON, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, superseded_by=("critical",))
CRITICAL = clause("ext", {"point": "pressure", "at_least": "0.5 MPa"}, on_delay=5.0)
BAD = BadReading("sensor-error")
WAYS = ["put back", "unshelved", "its end", "the end of shelving"]


def site(**changes: object) -> Plan:
    plan = Plan({"low": LOW.model_copy(update=changes), "critical": CRITICAL})
    plan.asset("ext", "ext", ["pressure"])
    return plan


def hide(story: Story, way: str) -> None:
    """For ten minutes."""
    end = story.now + 600
    for name in ("low", "critical"):
        if way in ("unshelved", "the end of shelving"):
            story.act(Shelve("ext", name, "wei", "refill", end))
    if way in ("put back", "its end"):
        story.act(TakeOutOfService("ext", None, "wei", "refill", end))


def show(story: Story, way: str) -> None:
    if way == "put back":
        story.act(ReturnToService("ext", None, "wei"))
    elif way == "unshelved":
        story.act(Unshelve("ext", "low", "wei"))


@pytest.mark.parametrize("way", WAYS)
def test_who_mends_it_and_shows_it_again_at_once_is_told_nothing(way: str) -> None:
    story = Story(site().estate())
    story.read("ext", pressure=1.2)
    hide(story, way)
    story.wait(595, every=5, ext={"pressure": 0.8})
    story.wait(5 if "end" in way else 3, ext={"pressure": 1.2})
    show(story, way)
    assert story.alarm("ext", "low").phase is Phase.CLEARING
    story.wait(60, ext={"pressure": 1.2})
    assert (story.tickets(), story.told("alarm")) == ([], [])
    assert (story.alarm("ext", "low").phase, story.alarm("ext", "low").hidden) == (Phase.NORMAL, False)
    story.read("ext", pressure=0.8)
    assert [each.clause for each in story.tickets()] == ["low"]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_mended_after_all_is_told_before_its_off_delay_is_over(way: str) -> None:
    story = Story(site(off_delay=3600.0).estate())
    hide(story, way)
    story.wait(595, every=5, ext={"pressure": 0.8})
    story.wait(5, ext={"pressure": 1.2})
    show(story, way)
    assert story.tickets() == []
    story.read("ext", pressure=0.8)
    assert [each.clause for each in story.tickets()] == ["low"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("then", "clauses"), [(0.8, ["low"]), (1.2, []), (BAD, ["asset.judgeable"])])
def test_what_is_unknown_as_it_is_shown_is_looked_at_first(way: str, then: Reading, clauses: list[str]) -> None:
    story = Story(site().estate())
    hide(story, way)
    story.wait(595, every=5, ext={"pressure": 0.8})
    story.read("ext", pressure=BAD)
    story.wait(5, ext={"pressure": BAD})
    show(story, way)
    assert (story.tickets(), story.alarm("ext", "low").phase) == ([], Phase.ACTIVE)
    story.read("ext", pressure=then)
    story.wait(130, every=5, ext={"pressure": then})
    assert [each.clause for each in story.tickets()] == clauses
    assert story.alarm("ext", "low").phase is (Phase.NORMAL if then == 1.2 else Phase.ACTIVE)
    story.wait(20, ext={"pressure": 0.8})
    assert "low" in [each.clause for each in story.tickets()]


def test_what_may_be_unknown_for_days_is_told_as_it_is_shown() -> None:
    story = Story(site(patience=30 * 86400.0).estate())
    hide(story, "its end")
    story.wait(595, every=5, ext={"pressure": 0.8})
    story.wait(10, ext={"pressure": BAD})
    assert [each.clause for each in story.tickets()] == ["low"]


@pytest.mark.parametrize("way", WAYS)
def test_a_ticket_from_before_closes_all_the_same_and_tells_of_no_new_trouble(way: str) -> None:
    story = Story(site().estate())
    story.read("ext", pressure=0.8)
    hide(story, way)
    story.act(FinishTicket(1, "wei", "refilled"))
    story.wait(595, every=5, ext={"pressure": 0.8})
    story.wait(5 if "end" in way else 3, ext={"pressure": 1.2})
    show(story, way)
    story.wait(20, ext={"pressure": 1.2})
    assert [(each.state, each.occurrences) for each in story.tickets()] == [(TicketState.CLOSED, 1)]
    assert story.told("alarm.raised") == ["alarm.raised"]


def test_a_latched_alarm_is_told_though_it_is_met_because_it_waits_for_a_person() -> None:
    story = Story(site(latched=True).estate())
    hide(story, "its end")
    story.wait(300, every=5, ext={"pressure": 0.8})
    story.wait(310, every=5, ext={"pressure": 1.2})
    assert [(each.clause, each.is_open) for each in story.tickets()] == [("low", True)]


@pytest.mark.parametrize(("way", "after"), [("its end", 1.2), ("the end of shelving", 1.2), ("its end", 0.8)])
def test_what_was_hidden_to_the_end_of_a_downtime_is_looked_at_first(way: str, after: float) -> None:
    """The gateway was down when it ended: whether it was mended meanwhile is read before anybody is told."""
    story = Story(site().estate())
    hide(story, way)
    story.wait(60, every=5, ext={"pressure": 0.8})
    assert story.alarm("ext", "low").phase is Phase.ACTIVE
    story = Story(story.estate, story.saved(), NOON + 3600)
    assert (story.tickets(), story.alarm("ext", "low").phase) == ([], Phase.PENDING)
    story.read("ext", pressure=after)
    assert [each.clause for each in story.tickets()] == ([] if after > 1.0 else ["low"])
    story.wait(60, every=5, ext={"pressure": after})
    assert len(story.tickets()) == (0 if after > 1.0 else 1)


def test_an_edit_that_drops_the_worse_clause_tells_nothing_of_what_is_mended() -> None:
    """Both were about to clear when the gateway was stopped, and only the worse of them had been told."""
    story = Story(site().estate())
    story.wait(20, ext={"pressure": 0.3})
    story.wait(5, ext={"pressure": 1.2})
    assert [each.clause for each in story.tickets()] == ["critical"]
    edited = site(superseded_by=())
    del edited.clauses["critical"]
    story = Story(edited.estate(), story.saved(), story.now + 60)
    story.wait(60, ext={"pressure": 1.2})
    assert [(each.clause, each.is_open) for each in story.tickets()] == [("critical", False)]


def test_restarts_are_no_occurrences_of_what_is_suppressed() -> None:
    """Lost pressure hides low pressure; the gateway is started three times within a minute meanwhile."""
    story = Story(site().estate())
    story.wait(20, ext={"pressure": 0.3})
    for _ in range(3):
        story = Story(site().estate(), story.saved(), story.now + 5)
        story.wait(10, ext={"pressure": 0.3})
        low = story.alarm("ext", "low")
        assert (low.suppressed_by, low.occurrences, low.chattering) == ("critical", 1, False)
    assert [(each.clause, each.occurrences) for each in story.tickets()] == [("critical", 1)]


def test_what_is_undecided_waits_for_a_guard_that_shuts() -> None:
    """A lamp that was mended is put back in service by day: nothing is to be judged until the evening."""
    lit = clause("light", {"point": "lit", "equals": True}, only_while={"point": "on", "equals": True}, on_delay=5.0)
    plan = Plan({"lit": lit})
    plan.asset("light", "light", ["lit", "on"])
    for last, opened in ((True, []), (False, ["lit"])):
        story = Story(plan.estate())
        story.act(TakeOutOfService("light", None, "wei", "lamp", story.now + 600))
        story.wait(300, every=5, light={"lit": False, "on": True})
        story.wait(5, light={"lit": True, "on": True})
        story.act(ReturnToService("light", None, "wei"))
        story.wait(900, every=5, light={"lit": False, "on": False})
        assert (story.tickets(), story.pipeline.asset_outcome("light")) == ([], "unknown")
        story.wait(60, every=5, light={"lit": last, "on": True})
        assert [each.clause for each in story.tickets()] == opened


def test_what_is_undecided_hides_no_lesser_trouble() -> None:
    """Its sensor is broken as the asset is put back in service, so that nobody is told of it: of the rest they are."""
    weight = clause("ext", {"point": "mass", "at_least": "4 kg"}, superseded_by=("critical",))
    plan = Plan({"weight": weight, "critical": CRITICAL})
    plan.asset("ext", "ext", ["pressure", "mass"])
    story = Story(plan.estate())
    hide(story, "its end")
    story.wait(590, every=5, ext={"pressure": 0.3, "mass": 3.0})
    story.wait(15, every=5, ext={"pressure": BAD, "mass": 3.0})
    assert story.alarm("ext", "critical").undecided
    assert [each.clause for each in story.tickets()] == ["weight"]
