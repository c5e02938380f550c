"""Stories with numbers in them: what the pipeline makes of readings as time passes."""

from __future__ import annotations

import pytest

from gateway.actions import (
    Acknowledge,
    FinishTicket,
    NoteTicket,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    Unshelve,
)
from gateway.alarms.alarm import Phase
from gateway.estate import DerivedPoint
from gateway.model import BadReading, Readings
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import TicketState
from tests.story import NOON, Plan, Story, clause

LOW = clause("extinguisher", {"point": "pressure", "at_least": "1.0 MPa", "deadband": "0.05 MPa"}, on_delay=60.0)
FORCED = clause("access-door", {"point": "forced", "equals": False}, latched=True, priority="P1", off_delay=0.0)


@pytest.fixture
def extinguisher() -> Story:
    plan = Plan({"extinguisher.low": LOW})
    plan.asset("ext", "extinguisher", ["pressure"])
    return Story(plan.estate())


@pytest.fixture
def door() -> Story:
    plan = Plan({"access-door.forced": FORCED})
    plan.asset("door", "access-door", ["forced"])
    return Story(plan.estate())


def test_nothing_is_ok_before_it_was_read(extinguisher: Story) -> None:
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.UNKNOWN
    extinguisher.read("ext", pressure=1.2)
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.MET


def test_low_pressure_becomes_a_ticket_after_a_minute_and_closes_when_measured_good(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(59, ext={"pressure": 0.9})
    assert extinguisher.tickets() == []
    extinguisher.wait(1, ext={"pressure": 0.9})
    (ticket,) = extinguisher.tickets()
    assert (ticket.clause, ticket.priority, ticket.source_protocol) == ("extinguisher.low", "P2", "modbus")
    assert ticket.log[0].text == "pressure 0.9; requires pressure at least 1 MPa"
    extinguisher.read("ext", pressure=1.02)
    extinguisher.wait(60, ext={"pressure": 1.02})
    assert extinguisher.tickets()[0].is_open, "inside the deadband is not yet well"
    extinguisher.read("ext", pressure=1.2)
    extinguisher.wait(9, ext={"pressure": 1.2})
    assert extinguisher.tickets()[0].is_open
    extinguisher.wait(1, ext={"pressure": 1.2})
    (ticket,) = extinguisher.tickets()
    assert ticket.state is TicketState.CLOSED
    assert ticket.log[-1].text.startswith("pressure 1.2")
    assert extinguisher.told() == ["gateway.started", "alarm.raised", "ticket.opened", "alarm.cleared", "ticket.closed"]


def test_a_short_dip_raises_nothing(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(30, ext={"pressure": 0.9})
    extinguisher.read("ext", pressure=1.2)
    extinguisher.wait(120, ext={"pressure": 1.2})
    assert extinguisher.told() == ["gateway.started"]


def test_unknown_neither_raises_nor_clears_and_is_told_itself(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    extinguisher.read("ext", pressure=BadReading("sensor-error"))
    extinguisher.wait(119, ext={"pressure": BadReading("sensor-error")})
    assert [each.clause for each in extinguisher.tickets()] == ["extinguisher.low"]
    assert extinguisher.alarm("ext", "extinguisher.low").phase is Phase.ACTIVE
    extinguisher.wait(2, ext={"pressure": BadReading("sensor-error")})
    low, judgeable = extinguisher.tickets()
    assert low.is_open
    assert judgeable.clause == "asset.judgeable"
    assert judgeable.log[0].text == "cannot be judged: extinguisher.low"


def test_a_silent_device_has_one_ticket_and_its_assets_are_unknown(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=1.2)
    extinguisher.lose("ext", BadReading("no-answer"))
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.UNKNOWN
    for _ in range(60):
        extinguisher.wait(10)
        extinguisher.lose("ext", BadReading("no-answer"))
    assert [(each.asset, each.clause) for each in extinguisher.tickets()] == [("device/ext-device", "device.answers")]
    extinguisher.read("ext", pressure=1.2)
    extinguisher.wait(20, ext={"pressure": 1.2})
    assert [each.state for each in extinguisher.tickets()] == [TicketState.CLOSED]


def test_a_lost_device_whose_own_clause_is_switched_off_is_told_by_what_hangs_on_it() -> None:
    plan = Plan({"extinguisher.low": LOW})
    del plan.clauses["device.answers"]
    plan.asset("ext", "extinguisher", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=1.2)
    for _ in range(13):
        story.lose("ext", BadReading("no-answer"))
        story.wait(10)
    assert [(each.asset, each.clause) for each in story.tickets()] == [("ext", "asset.judgeable")]
    story.read("ext", pressure=1.2)
    story.wait(20, ext={"pressure": 1.2})
    assert [each.state for each in story.tickets()] == [TicketState.CLOSED]


def test_a_line_of_which_nothing_is_heard_is_one_ticket() -> None:
    plan = Plan({"extinguisher.low": LOW})
    for number in range(60):
        plan.asset(f"ext-{number}", "extinguisher", ["pressure"])
    story = Story(plan.estate())
    for number in range(60):
        story.read(f"ext-{number}", pressure=1.2)
    story.line = False
    for number in range(60):
        story.lose(f"ext-{number}", BadReading("line-down"), answers=BadReading("line-down"))
    story.wait(3600, every=60)
    assert {story.pipeline.asset_outcome(f"ext-{number}") for number in range(60)} == {Outcome.UNKNOWN}
    assert [(each.asset, each.clause) for each in story.tickets()] == [("connection/line", "connection.answers")]


def test_what_came_late_grows_stale_by_its_own_time_and_not_with_what_came_before_it() -> None:
    plan = Plan({"low": clause("ext", {"point": "pressure", "at_least": "1 MPa"})})
    ids = plan.asset("ext", "ext", ["pressure", "temperature"])
    story = Story(plan.estate())
    story.read("ext", temperature=20.0)
    late = Readings("ext-device", NOON - 25.0, NOON, [ids["pressure"]], [1.2])
    story.pipeline.tick([late], [], NOON)
    story.wait(4)
    assert story.pipeline.asset_outcome("ext") is Outcome.MET
    story.wait(1)
    assert story.pipeline.asset_outcome("ext") is Outcome.UNKNOWN, "30 s after it was said"
    assert story.pipeline.latest.reading(ids["temperature"]) == 20.0


def test_a_reading_that_is_not_renewed_grows_stale(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=1.2)
    extinguisher.wait(29)
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.MET
    extinguisher.wait(2)
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.UNKNOWN
    verdict = extinguisher.pipeline.verdict("ext", "extinguisher.low")
    assert verdict.evidence[0].reading == BadReading("stale")


def test_an_old_message_neither_clears_nor_overwrites(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    extinguisher.read("ext", at=extinguisher.now - 50, pressure=1.2)
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.VIOLATED
    assert extinguisher.pipeline.verdict("ext", "extinguisher.low").evidence[0].reading == 0.9


def test_a_message_older_than_fresh_is_no_evidence(extinguisher: Story) -> None:
    extinguisher.read("ext", at=NOON - 3600, pressure=1.2)
    assert extinguisher.pipeline.asset_outcome("ext") is Outcome.UNKNOWN


def test_a_pulse_inside_one_poll_is_never_lost(door: Story) -> None:
    door.read("door", forced=False)
    door.read("door", forced=True)
    door.read("door", forced=False)
    (ticket,) = door.tickets()
    assert ticket.log[0].text.startswith("forced yes")
    door.wait(3600, every=10, door={"forced": False})
    assert door.tickets()[0].is_open, "latched: a person must look"
    door.act(TakeTicket(1, "wei"), FinishTicket(1, "wei", "lock adjusted"))
    door.wait(2, door={"forced": False})
    assert door.tickets()[0].state is TicketState.CLOSED


def test_finished_without_proof_reopens_and_says_why(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    extinguisher.act(FinishTicket(1, "li", "refilled"))
    assert extinguisher.tickets()[0].state is TicketState.FINISHED
    extinguisher.wait(601, every=5, ext={"pressure": 0.9})
    (ticket,) = extinguisher.tickets()
    assert (ticket.state, ticket.reopened) == (TicketState.OPEN, 1)
    assert ticket.log[-1].what == "reopened"
    assert "pressure 0.9" in ticket.log[-1].text


def test_what_comes_back_within_the_hour_reopens_the_same_ticket(door: Story) -> None:
    for _ in range(2):
        door.read("door", forced=True)
        door.read("door", forced=False)
        door.act(FinishTicket(1, "wei", ""))
        door.wait(60, every=10, door={"forced": False})
    (ticket,) = door.tickets()
    assert (ticket.state, ticket.reopened, ticket.occurrences) == (TicketState.CLOSED, 1, 2)
    door.wait(3700, every=10, door={"forced": False})
    door.read("door", forced=True)
    assert [each.id for each in door.tickets()] == [1, 2]


def test_shelving_hides_and_ends_by_itself(extinguisher: Story) -> None:
    until = NOON + 600
    extinguisher.act(Shelve("ext", "extinguisher.low", "li", "hydro test", until))
    extinguisher.wait(599, every=10, ext={"pressure": 0.9})
    assert extinguisher.tickets() == []
    extinguisher.wait(10, ext={"pressure": 0.9})
    assert len(extinguisher.tickets()) == 1


def test_out_of_service_is_judged_anew_afterwards(extinguisher: Story) -> None:
    extinguisher.act(TakeOutOfService("ext", None, "li", "removed for service", NOON + 3600))
    extinguisher.wait(120, every=5, ext={"pressure": 0.0})
    assert extinguisher.tickets() == []
    extinguisher.act(ReturnToService("ext", None, "li"))
    assert [each.clause for each in extinguisher.tickets()] == ["extinguisher.low"]


def test_refusals_say_why_and_change_nothing(extinguisher: Story) -> None:
    extinguisher.act(
        TakeTicket(7, "li"),
        Acknowledge("ext", "extinguisher.low", "li"),
        Acknowledge("ext", "nope", "li"),
        Shelve("ext", "extinguisher.low", "li", " ", NOON + 60),
        Shelve("ext", "extinguisher.low", "li", "x", NOON - 60),
        Shelve("ext", "extinguisher.low", "li", "x", NOON + 90_000),
        Unshelve("ext", "extinguisher.low", "li"),
        TakeOutOfService("nothing", None, "li", "x", NOON + 60),
    )
    assert extinguisher.refusals == [
        "there is no ticket 7",
        "extinguisher.low on ext is not raised",
        "there is no clause nope on ext",
        "a reason is needed",
        "the end lies in the past",
        "a P2 alarm may be hidden for 24 hours at most",
        "extinguisher.low on ext is not shelved",
        "there is no clause at all on nothing",
    ]
    assert extinguisher.changes.audit == []


def test_every_action_is_audited(door: Story) -> None:
    door.read("door", forced=True)
    door.act(Acknowledge("door", "access-door.forced", "li"), NoteTicket(1, "li", "on my way"))
    assert [(entry.who, entry.what, entry.subject) for entry in door.changes.audit] == [
        ("li", "Acknowledge", "door/access-door.forced"),
        ("li", "NoteTicket", "ticket/1"),
    ]


def test_the_worse_clause_explains_the_lesser_away() -> None:
    low = clause("extinguisher", {"point": "pressure", "at_least": "1.0 MPa"}, superseded_by=("extinguisher.critical",))
    critical = clause("extinguisher", {"point": "pressure", "at_least": "0.8 MPa"}, priority="P1")
    plan = Plan({"extinguisher.low": low, "extinguisher.critical": critical})
    plan.asset("ext", "extinguisher", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.1)
    assert [each.clause for each in story.tickets()] == ["extinguisher.critical"]
    story.read("ext", pressure=0.9)
    story.wait(11, ext={"pressure": 0.9})
    assert [each.clause for each in story.tickets()] == ["extinguisher.critical", "extinguisher.low"]


def test_what_the_worse_clause_explained_is_not_told_when_both_are_mended_at_once() -> None:
    low = clause("extinguisher", {"point": "pressure", "at_least": "1.0 MPa"}, superseded_by=("extinguisher.critical",))
    critical = clause("extinguisher", {"point": "pressure", "at_least": "0.8 MPa"}, priority="P1")
    plan = Plan({"extinguisher.low": low, "extinguisher.critical": critical})
    plan.asset("ext", "extinguisher", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.1)
    story.read("ext", pressure=1.2)
    story.wait(60, ext={"pressure": 1.2})
    assert [(each.clause, each.state) for each in story.tickets()] == [("extinguisher.critical", TicketState.CLOSED)]
    assert story.told("alarm") == ["alarm.raised", "alarm.cleared"]
    assert not story.alarm("ext", "extinguisher.low").hidden


def test_one_faulty_clause_touches_no_other() -> None:
    faulty = clause("extinguisher", {"point": "label", "at_least": "1"})
    plan = Plan({"extinguisher.faulty": faulty, "extinguisher.low": LOW})
    plan.asset("ext", "extinguisher", ["pressure", "label"])
    story = Story(plan.estate())
    story.read("ext", pressure=1.2, label="text where a number belongs")
    assert story.pipeline.judge.faults == 1
    outcomes = {check.clause_id: check.outcome for check in story.pipeline.checks_of_asset("ext")}
    assert outcomes == {"extinguisher.faulty": Outcome.UNKNOWN, "extinguisher.low": Outcome.MET}


def test_derived_points_feed_clauses_and_remember_over_restarts() -> None:
    plan = Plan({"access-door.held": clause("access-door", {"point": "open_for", "at_most": "120 s"}, off_delay=0.0)})
    open_for = plan.point("door/open_for")
    closed = len(plan.points)
    derived = DerivedPoint(open_for, "held_open_time", {"closed": closed})
    plan.asset("door", "access-door", ["closed"], [derived], open_for=open_for)
    story = Story(plan.estate())
    story.read("door", closed=True)
    story.read("door", closed=False)
    story.wait(60, door={"closed": False})
    story = Story(story.estate, story.saved(), story.now + 1)
    story.wait(70, door={"closed": False})
    assert [each.clause for each in story.tickets()] == ["access-door.held"]


def test_only_what_was_asked_for_goes_to_an_output(extinguisher: Story) -> None:
    extinguisher.read("ext", pressure=0.9)
    extinguisher.wait(61, ext={"pressure": 0.9})
    assert [(output, event.type) for output, event in extinguisher.changes.outbox] == [
        ("log", "touchpoint.ticket.opened.v1")
    ]


@pytest.mark.parametrize("off_delay", [0.0, 10.0])
def test_ten_minutes_of_chatter_are_one_ticket_with_a_count_and_three_notices_at_most(off_delay: float) -> None:
    tamper = clause("access-door", {"point": "tamper", "equals": False}, off_delay=off_delay)
    plan = Plan({"access-door.tamper": tamper})
    plan.asset("door", "access-door", ["tamper"])
    story = Story(plan.estate())
    for number in range(3000):
        story.now += 0.2
        story.read("door", tamper=number % 2 == 1)
    (ticket,) = story.tickets()
    assert ticket.is_open
    assert ticket.occurrences == 1500
    assert len(story.told("ticket")) <= 3
    story.wait(70, door={"tamper": False})
    assert story.tickets()[0].state is TicketState.CLOSED
