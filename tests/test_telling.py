"""What is told of alarms and tickets: what, where, why, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.alarms.alarm import Alarm, Phase
from gateway.alarms.panel import JUDGEABLE
from gateway.model import BadReading
from gateway.telling import alarm_change
from tests.story import NOON, WORDS, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, priority="P1")
QUIET, RAISED = Alarm("a", "c"), Alarm("a", "c", phase=Phase.ACTIVE, raised_at=1.0)
HIDDEN = replace(RAISED, shelved_until=9.0)
SEEN = replace(RAISED, acknowledged_at=2.0, acknowledged_by="li")


@pytest.fixture
def story() -> Story:
    plan = Plan({"low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    return Story(plan.estate())


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (QUIET, RAISED, "raised"), (RAISED, QUIET, "cleared"), (RAISED, HIDDEN, "hidden"), (HIDDEN, RAISED, "raised"),
        (HIDDEN, QUIET, None), (QUIET, HIDDEN, None), (RAISED, SEEN, "acknowledged"), (SEEN, RAISED, None),
        (RAISED, replace(RAISED, phase=Phase.CLEARING), None), (QUIET, replace(QUIET, phase=Phase.PENDING), None),
        (replace(QUIET, suppressed_by="x"), QUIET, None),
    ],
)  # fmt: skip
def test_what_is_told_of_an_alarm_that_moved(before: Alarm, after: Alarm, told: str | None) -> None:
    assert alarm_change(before, after) == told


def test_a_ticket_is_told_with_place_priority_action_and_evidence(story: Story) -> None:
    story.read("ext", pressure=0.93)
    raised, opened = story.events[-2:]
    assert (raised.type, raised.subject) == ("touchpoint.alarm.raised.v1", "ext/low")
    assert (opened.type, opened.subject) == ("touchpoint.ticket.opened.v1", "ticket/1")
    evidence = [{"point": "pressure", "means": {}, "value": 0.93, "unit": "", "at": NOON}]
    assert opened.data == {
        "site": "test-site", "asset": "ext", "clause": "low", "asset_kind": "ext", "touchpoint": "corridor",
        "place": {"zh": "ext", "en": "ext"}, "source_protocol": "modbus", "priority": "P1", "title": WORDS,
        "action": WORDS, "ticket": 1, "state": "open", "opened_at": "2026-01-01T12:00:00.000Z", "occurrences": 1,
        "owner": "", "assigned_to": "", "trade": "general", "evidence": evidence,
        "basis": {"document": "test", "kind": "proposed", "note": ""},
        "standard": {"version": "test", "digest": opened.data["standard"]["digest"]},
        "entry": {
            "at": "2026-01-01T12:00:00.000Z", "by": "gateway", "what": "opened",
            "text": "pressure 0.93; requires pressure at least 1 MPa",
        },
        "requires": {"zh": "pressure 不低于 1 MPa", "en": "pressure at least 1 MPa"},
    }  # fmt: skip
    assert raised.data["standard"] == opened.data["standard"]
    assert raised.data["phase"] == "active"
    assert (raised.data["outcome"], raised.data["raised_at"]) == ("violated", "2026-01-01T12:00:00.000Z")


def test_what_cannot_be_judged_is_told_with_each_reading_that_is_missing_once() -> None:
    plan = Plan({"low": LOW, "high": clause("ext", {"point": "pressure", "at_most": "1.4 MPa"})})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    for _ in range(14):
        story.read("ext", pressure=BadReading("sensor-error", "E4"))
        story.wait(10)
    ticket = next(event for event in story.events if event.type == "touchpoint.ticket.opened.v1")
    assert ticket.data["clause"] == JUDGEABLE
    assert [(each["point"], each["bad"]) for each in ticket.data["evidence"]] == [("pressure", "sensor-error (E4)")]
    assert ticket.data["entry"]["text"] == "cannot be judged: low, high"
    story.wait(11, ext={"pressure": 1.2})
    assert story.tickets()[0].log[-1].text == "judged again"


def test_what_the_files_no_longer_have_is_told_with_what_is_known(story: Story) -> None:
    story.read("ext", pressure=0.5)
    plan = Plan({})
    plan.asset("other", "ext", ["pressure"])
    after = Story(plan.estate(), story.saved(), story.now)
    assert after.told() == ["alarm.hidden", "gateway.started", "ticket.closed"]
    closed = after.events[-1].data
    assert (closed["asset"], closed["evidence"], "place" in closed, "title" in closed) == ("ext", [], False, False)


def test_an_event_says_by_which_edition_of_the_clause(story: Story) -> None:
    """A limit that the site changes gives another digest; the same clause the same one, whoever runs it."""

    def digest(at_least: str) -> str:
        plan = Plan({"low": clause("ext", {"point": "pressure", "at_least": at_least}, priority="P1")})
        plan.asset("ext", "ext", ["pressure"])
        told = Story(plan.estate())
        told.read("ext", pressure=0.5)
        found: str = told.events[-1].data["standard"]["digest"]
        return found

    story.read("ext", pressure=0.5)
    assert story.events[-1].data["standard"]["digest"] == digest("1 MPa")
    assert digest("1 MPa") != digest("0.9 MPa")
    assert len(digest("1 MPa")) == 12


def test_what_waits_by_right_is_no_reason_that_an_asset_cannot_be_judged() -> None:
    """A trend that needs a month more is not why somebody has to look at the sensor today."""
    plan = Plan({"low": LOW, "trend": clause("ext", {"point": "change", "at_least": "-1"}, patience=60 * 86400.0)})
    plan.asset("ext", "ext", ["pressure", "change"])
    told = Story(plan.estate())
    for _ in range(14):
        told.wait(10, ext={"pressure": BadReading("sensor-error"), "change": BadReading("too-few-days")})
    (opened,) = [each for each in told.events if each.type == "touchpoint.ticket.opened.v1"]
    assert [each["point"] for each in opened.data["evidence"]] == ["pressure"]
    told.read("ext", pressure=1.2)
    told.wait(61, every=10, ext={"pressure": 1.2, "change": BadReading("too-few-days")})
    (closed,) = [each for each in told.events if each.type == "touchpoint.ticket.closed.v1"]
    assert closed.data["evidence"] == []
