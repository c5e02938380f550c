"""What a restart, or an edit of the site's files before it, makes of alarms, tickets and what was remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.estate import DerivedPoint
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import TicketState
from tests.story import NOON, Plan, Story, clause

LOW = clause("extinguisher", {"point": "pressure", "at_least": "1.0 MPa", "deadband": "0.05 MPa"}, on_delay=60.0)


@pytest.fixture
def extinguisher() -> Story:
    plan = Plan({"extinguisher.low": LOW})
    plan.asset("ext", "extinguisher", ["pressure"])
    return Story(plan.estate())


def test_delays_survive_a_restart(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(50, ext={"pressure": 0.9})
    again = Story(extinguisher.estate, extinguisher.saved(), extinguisher.now + 5)
    again.read("ext", pressure=0.9)
    again.wait(4, ext={"pressure": 0.9})
    assert again.tickets() == []
    again.wait(2, ext={"pressure": 0.9})
    assert len(again.tickets()) == 1


def test_a_restart_repeats_and_forgets_nothing(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    story = extinguisher
    for _ in range(20):
        story = Story(story.estate, story.saved(), story.now + 5)
        story.read("ext", pressure=0.9)
        assert story.told() == ["gateway.started"]
    assert [each.id for each in story.tickets()] == [1]


@pytest.mark.parametrize(("mounted", "state"), [("yes", TicketState.OPEN), ("no", TicketState.CLOSED)])
def test_a_fact_that_says_that_nothing_is_asked_of_it_ends_its_ticket(mounted: str, state: TicketState) -> None:
    guard = {"point": "mounted", "equals": "yes"}
    plan = Plan({"ext.low": clause("ext", {"point": "pressure", "at_least": "1 MPa"}, only_while=guard)})
    fact = plan.point("ext/mounted")
    plan.asset("ext", "ext", ["pressure"], mounted=fact)
    story = Story(plan.estate({fact: "yes"}))
    story.read("ext", pressure=0.9)
    assert [each.state for each in story.tickets()] == [TicketState.OPEN]
    after = Story(plan.estate({fact: mounted}), story.saved(), story.now + 5)
    after.read("ext", pressure=0.9)
    assert [each.state for each in after.tickets()] == [state]
    assert after.pipeline.verdict("ext", "ext.low").outcome.value == {"yes": "violated", "no": "met"}[mounted]


def test_a_clause_that_is_gone_from_the_files_ends_its_ticket(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    plan = Plan({})
    plan.asset("ext", "extinguisher", ["pressure"])
    after = Story(plan.estate(), extinguisher.saved(), extinguisher.now)
    assert [(each.state, each.log[-1].text) for each in after.tickets()] == [
        (TicketState.CLOSED, "the site's files no longer ask for this")
    ]


def test_a_ticket_whose_asset_can_no_longer_answer_stays_and_says_so_once(extinguisher: Story) -> None:
    """A points line that is lost in an edit proves no repair."""
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    plan = Plan({"extinguisher.low": LOW})
    plan.asset("ext", "extinguisher", ["temperature"])
    after = Story(plan.estate(), extinguisher.saved(), extinguisher.now)
    after = Story(plan.estate(), after.saved(), after.now + 5)
    after.wait(3600, ext={"temperature": 20.0})
    (ticket,) = [each for each in after.tickets() if each.clause == "extinguisher.low"]
    assert ticket.state is TicketState.OPEN
    assert [each.what for each in ticket.log] == ["opened", "noted"]
    whole = Story(extinguisher.estate, after.saved(), after.now)
    whole.read("ext", pressure=1.2)
    whole.wait(61, ext={"pressure": 1.2})
    assert [each.state for each in whole.tickets()] == [TicketState.CLOSED], "measured again, it closes"


def test_an_activation_seen_before_a_restart_still_counts_after_it_and_an_older_one_does_not() -> None:
    """The rule is 7 days; the zone is silent after the restart, and the gateway needs no reading to say what it saw."""
    plan = Plan({"zone.activated": clause("zone", {"point": "activated", "within": "7 d"}, patience=30 * 86400.0)})
    plan.asset("zone", "zone", ["alarm"])
    point = plan.point("zone/activated")
    zone = plan.assets["zone"]
    derived = DerivedPoint(point, "last_true", {"value": zone.ids["alarm"]})
    plan.assets["zone"] = replace(zone, ids={**zone.ids, "activated": point}, derived=(derived,))
    before = Story(plan.estate())
    before.read("zone", alarm=False)
    assert before.pipeline.asset_outcome("zone") is Outcome.UNKNOWN
    before.read("zone", alarm=True)
    assert before.pipeline.asset_outcome("zone") is Outcome.MET
    after = Story(plan.estate(), before.saved(), NOON + 6 * 86400.0)
    assert after.pipeline.asset_outcome("zone") is Outcome.MET
    after.wait(86400.0, every=3600.0)
    assert [ticket.asset for ticket in after.tickets()] == ["device/zone-device"], "that it is silent is told by itself"
    after.wait(3600.0, every=3600.0)
    assert [ticket.clause for ticket in after.tickets() if ticket.asset == "zone"] == ["zone.activated"]


def test_what_ran_when_the_gateway_stopped_ran_until_it_stopped_listening() -> None:
    """An hour seen running, two hours down, then half an hour more: 1.5 h, of which no second is made up."""
    plan = Plan({"pump.serviced": clause("pump", {"point": "hours", "at_most": "1.2"}, patience=86400.0)})
    plan.asset("pump", "pump", ["running"])
    hours, pump = plan.point("pump/hours"), plan.assets["pump"]
    derived = DerivedPoint(hours, "run_time", {"running": pump.ids["running"]})
    plan.assets["pump"] = replace(pump, ids={**pump.ids, "hours": hours}, derived=(derived,))
    before = Story(plan.estate())
    before.read("pump", running=True)
    before.wait(3600.0, every=20.0, pump={"running": True})
    assert before.pipeline.latest.reading(hours) == 1.0
    saved = replace(before.saved(), listened_until=before.now)
    after = Story(plan.estate(), saved, before.now + 7200.0)
    assert after.pipeline.asset_outcome("pump") is Outcome.UNKNOWN
    after.read("pump", running=True)
    assert after.pipeline.latest.reading(hours) == 1.0
    after.wait(1800.0, every=20.0, pump={"running": True})
    assert after.pipeline.latest.reading(hours) == 1.5
    assert [ticket.clause for ticket in after.tickets()] == ["pump.serviced"]
