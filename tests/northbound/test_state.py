"""The state of an asset, without a broker: what a commit touches, and what counts as changed."""

from __future__ import annotations

from gateway.actions import Acknowledge, TakeTicket
from gateway.changes import Changes
from gateway.model import BadReading
from gateway.northbound.state import States, same
from tests.story import Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, on_delay=0.0)


def told() -> tuple[Story, States]:
    plan = Plan({"low": LOW})
    plan.asset("ext-1", "ext", ["pressure"])
    plan.asset("ext-2", "ext", ["pressure"])
    story = Story(plan.estate())
    story.changes = Changes()
    return story, States(story.pipeline)


def test_at_first_nothing_is_known_and_nothing_is_well() -> None:
    _, states = told()
    state = states.of("ext-1")
    assert (state["verdict"], state["available"], state["alarms"], state["tickets"]) == ("unknown", False, [], [])
    assert state["points"]["pressure"] == {
        "value": None, "quality": "bad", "reason": "never-read", "unit": "", "at": None,
    }  # fmt: skip


def test_a_reading_touches_the_assets_that_it_feeds_and_no_other() -> None:
    story, states = told()
    story.read("ext-1", pressure=1.2)
    assert states.touched(story.changes) == {"ext-1", "device/ext-1-device"}
    assert states.of("ext-1")["points"]["pressure"]["value"] == 1.2
    assert states.of("ext-1")["verdict"] == "met"
    assert states.of("ext-2")["verdict"] == "unknown"


def test_an_alarm_and_its_ticket_are_told_until_both_are_over() -> None:
    story, states = told()
    story.read("ext-1", pressure=0.2)
    state = states.of("ext-1")
    assert state["alarms"] == [{
        "clause": "low", "title": {"zh": "字", "en": "word"}, "priority": "P2", "phase": "active",
        "raised_at": "2026-01-01T12:00:00.000Z", "acknowledged": False, "hidden": False,
    }]  # fmt: skip
    assert [(each["ticket"], each["state"], each["owner"]) for each in state["tickets"]] == [(1, "open", "")]
    story.act(Acknowledge("ext-1", "low", "li"))
    story.act(TakeTicket(1, "li"))
    state = states.of("ext-1")
    assert (state["alarms"][0]["acknowledged"], state["tickets"][0]["owner"]) == (True, "li")
    story.read("ext-1", pressure=1.2)
    for _ in range(6):
        story.wait(5.0)
        story.read("ext-1", pressure=1.2)
    assert (states.of("ext-1")["alarms"], states.of("ext-1")["tickets"]) == ([], [])


def test_silence_takes_the_value_away() -> None:
    story, states = told()
    story.read("ext-1", pressure=1.2)
    story.lose("ext-1", BadReading("no-answer"))
    state = states.of("ext-1")
    assert (state["verdict"], state["available"]) == ("unknown", False)
    assert (state["points"]["pressure"]["value"], state["points"]["pressure"]["reason"]) == (None, "no-answer")


def test_the_same_value_read_later_is_no_change() -> None:
    story, states = told()
    story.read("ext-1", pressure=1.2)
    before = states.of("ext-1")
    story.wait(5.0)
    story.read("ext-1", pressure=1.2)
    later = states.of("ext-1")
    assert before["points"]["pressure"]["at"] != later["points"]["pressure"]["at"]
    assert same(before, later)
    assert not same(None, later)
    story.read("ext-1", pressure=1.3)
    assert not same(before, states.of("ext-1"))


def test_an_integer_beyond_what_json_carries_is_told_as_a_float() -> None:
    story, states = told()
    story.read("ext-1", pressure=2**70)
    assert states.of("ext-1")["points"]["pressure"]["value"] == float(2**70)
