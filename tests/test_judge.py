"""From readings to outcomes: what is judged when, what is remembered, and what one fault may touch (nothing else)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.estate import Estate
from gateway.judge import describe, make_checks
from gateway.model import BadReading, Reading, Record
from gateway.profiles import MqttPoint, MqttProfile
from gateway.saved import Saved
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import TicketState
from tests.story import LINE_ANSWERS, NOON, Plan, Story, clause

MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa", "deadband": "0.1 MPa"}, off_delay=0.0)
HIGH = clause("ext", {"point": "pressure", "at_most": "1.4 MPa"}, off_delay=0.0)
FAULTY = clause("ext", {"point": "label", "at_least": "1"})
BAD = BadReading("sensor-error")
HOUR = 3600.0


def outcomes(story: Story, asset: str = "ext") -> dict[str, Outcome]:
    return {check.clause_id: check.outcome for check in story.pipeline.checks_of_asset(asset)}


def estate(deadband: float = 0.0) -> Estate:
    plan = Plan({"low": LOW, "high": HIGH})
    plan.asset("ext", "ext", ["pressure"])
    made = plan.estate()
    return replace(made, deadbands=[deadband if name.endswith("pressure") else 0.0 for name in made.points])


def test_only_clauses_that_the_asset_can_answer_are_judged() -> None:
    plan = Plan({"low": LOW, "faulty": FAULTY})
    plan.asset("ext", "ext", ["pressure"])
    plan.asset("door", "door", ["closed"])
    found = [(check.asset, check.clause_id) for check in make_checks(plan.estate())]
    assert ("ext", "low") in found
    assert not {"faulty", "door"} & {name for pair in found for name in pair}


@pytest.mark.parametrize(("count", "label"), [(1, "text"), (50, "text")])
def test_a_clause_that_fails_is_unknown_and_touches_no_other(count: int, label: str) -> None:
    plan = Plan({"faulty": FAULTY, "low": LOW})
    for number in range(count):
        plan.asset(f"ext-{number}", "ext", ["pressure", "label"])
    story = Story(plan.estate())
    for number in range(count):
        story.read(f"ext-{number}", pressure=0.5 if number % 2 else 1.2, label=label)
    assert story.pipeline.judge.faults == count
    for number in range(count):
        assert outcomes(story, f"ext-{number}") == {"faulty": UNKNOWN, "low": VIOLATED if number % 2 else MET}
    assert len(story.tickets()) == count // 2


def test_a_fault_ends_when_the_reading_makes_sense_again() -> None:
    plan = Plan({"faulty": FAULTY})
    plan.asset("ext", "ext", ["label"])
    story = Story(plan.estate())
    for label, outcome in (("text", UNKNOWN), (3, MET), (0.5, VIOLATED), ("text", UNKNOWN)):
        story.read("ext", label=label)
        assert outcomes(story)["faulty"] is outcome


readings = st.one_of(st.floats(0.5, 2.0), st.sampled_from([1.0, 1.1, 1.4, BAD, BadReading("stale"), 1, 0, 2]))


@given(st.lists(readings, max_size=25))
def test_what_is_passed_over_on_the_hot_path_would_have_been_judged_the_same(told: list[Reading]) -> None:
    """Every check after every reading, against the requirement itself asked each time."""
    story = Story(estate())
    known = {"low": UNKNOWN, "high": UNKNOWN}
    for reading in told:
        story.now += 1.0
        story.read("ext", pressure=reading)
        found = {
            "low": LOW.require.judge([reading], known["low"], story.now),
            "high": HIGH.require.judge([reading], known["high"], story.now),
        }
        assert outcomes(story) == found
        known |= {name: outcome for name, outcome in found.items() if outcome is not UNKNOWN}


def stored(story: Story, name: str = "ext-device/pressure") -> list[Reading]:
    point = story.estate.points.index(name)
    return [
        reading
        for block in story.changes.history
        for each, reading in zip(block.points, block.readings, strict=True)
        if each == point
    ]


def test_history_keeps_what_changed_with_the_sources_time() -> None:
    story = Story(estate())
    story.now += 10
    for at, value in ((NOON + 4, 1.2), (NOON + 5, 1.2), (NOON + 6, BAD)):
        story.read("ext", at=at, pressure=value)
    assert stored(story) == [1.2, BAD]
    point = story.estate.points.index("ext-device/pressure")
    assert [block.at for block in story.changes.history if point in block.points] == [NOON + 4, NOON + 6]


def test_history_passes_over_what_moves_less_than_the_deadband_and_judging_does_not() -> None:
    story = Story(estate(deadband=0.5))
    for value in (1.2, 1.3, 0.9, 1.8, BAD, 1.79):
        story.now += 1
        story.read("ext", pressure=value)
        assert outcomes(story)["low"] is (UNKNOWN if value is BAD else VIOLATED if value == 0.9 else MET)
    assert stored(story) == [1.2, 1.8, BAD, 1.79], "what follows a bad reading is kept, however near it lies"


def test_facts_are_judged_from_the_start_and_fall_due_by_themselves() -> None:
    plan = Plan({"dated": clause("ext", {"point": "valid_until", "in_date": True}, off_delay=0.0)})
    fact = plan.point("ext/valid_until")
    plan.asset("ext", "ext", [], valid_until=fact)
    story = Story(plan.estate(fixed={fact: NOON + 100.0}))
    assert outcomes(story)["dated"] is MET
    story.wait(99)
    assert story.tickets() == []
    story.wait(1)
    assert [each.clause for each in story.tickets()] == ["dated"]


def test_a_date_that_a_device_cannot_tell_now_is_not_held_to_be_none_beside_an_old_record() -> None:
    """The lift calls by itself every three days and says so; a person tried it ten days ago."""
    either = {"any_of": [{"point": "called_on", "within": "3 d"}, {"point": "tried", "within": "3 d"}]}
    plan = Plan({"call": clause("lift", either)})
    plan.asset("lift", "lift", ["called_on"])
    plan.records("lift", "tried")
    tried = Record("lift", "tried", NOON - 240 * HOUR, "li", "", NOON - 240 * HOUR)
    story = Story(plan.estate(), Saved(records=[tried]))
    assert outcomes(story, "lift") == {"call": UNKNOWN}, "it was not read yet"
    story.read("lift", called_on=NOON - 24 * HOUR)
    assert outcomes(story, "lift") == {"call": MET}
    story.lose("lift", BadReading("no-answer"))
    assert outcomes(story, "lift") == {"call": UNKNOWN}
    assert [each.clause for each in story.tickets()] == ["device.answers"]
    story.read("lift", called_on=NOON - 96 * HOUR)
    assert outcomes(story, "lift") == {"call": VIOLATED}


def test_a_device_that_answers_again_has_its_patience_anew() -> None:
    story = Story(estate())
    for _ in range(13):
        story.wait(10)
        story.lose("ext", BadReading("no-answer"))
    story.read("ext", pressure=BAD)
    story.wait(119, every=5, ext={"pressure": BAD})
    assert [each.clause for each in story.tickets()] == ["device.answers"]
    story.wait(2, ext={"pressure": BAD})
    assert "asset.judgeable" in [each.clause for each in story.tickets()]


def test_a_device_that_says_nothing_once_its_line_is_back_is_told() -> None:
    """The patience ran out while the line was down, which explained it; then nothing but the line changed."""
    story = Story(estate())
    story.line = False
    story.wait(600, every=10)
    assert [(each.asset, each.clause) for each in story.tickets()] == [("connection/line", "connection.answers")]
    story.line = True
    story.wait(119, every=1)
    assert len(story.tickets()) == 1, "whoever hangs on it has a moment to speak"
    story.wait(2)
    opened = [(each.asset, each.clause) for each in story.tickets() if each.is_open]
    assert opened == [("device/ext-device", "asset.judgeable")]


def test_a_device_that_speaks_each_half_hour_is_waited_for_when_its_line_is_back() -> None:
    """A broker that has lost our session: nothing counts any more, and nothing new comes for half an hour."""
    story = Story(speaking_each_half_hour())
    story.read("ext", pressure=1.2)
    story.line = False
    story.lose("ext", BadReading("line-down"), answers=BadReading("line-down"))
    story.wait(600, every=10)
    story.line = True
    story.wait(4200 + 119, every=10)
    assert [each.clause for each in story.tickets()] == ["connection.answers"]


def test_a_sensor_that_fails_behind_a_line_that_blinks_is_told() -> None:
    """The line is never down for long enough to be told itself."""
    made = estate()
    slower = LINE_ANSWERS.model_copy(update={"on_delay": 30.0})
    clauses = {**made.standard.clauses, "connection.answers": slower}
    story = Story(replace(made, standard=made.standard.model_copy(update={"clauses": clauses})))
    story.read("ext", pressure=1.2)
    for _ in range(3):
        assert story.tickets() == []
        story.line = False
        story.lose("ext", BadReading("line-down"), answers=BadReading("line-down"))
        story.wait(20, every=10)
        story.line = True
        story.wait(50, every=1, ext={"pressure": BAD})
    opened = [(each.asset, each.clause, each.opened_at - NOON) for each in story.tickets()]
    assert opened == [("ext", "asset.judgeable", 21 + 120 + 2 * 21)], "while it was away twice more, nothing counted"


def test_a_device_that_died_behind_a_line_that_is_set_up_anew_each_night_is_told() -> None:
    """It speaks once a day or so; each night the line is down for a minute, and what was said before counts no more."""
    story = Story(speaking(stale_after=30 * HOUR))
    story.read("ext", pressure=1.2)
    for _ in range(3):
        story.line = False
        story.lose("ext", BadReading("line-down"), answers=BadReading("line-down"))
        story.wait(60)
        story.line = True
        story.wait(24 * HOUR - 60, every=60)
    opened = [(each.asset, each.clause, (each.opened_at - NOON) // HOUR) for each in story.tickets()]
    assert [each for each in opened if each[0] != "connection/line"] == [("device/ext-device", "asset.judgeable", 30)]


@pytest.mark.parametrize("between", ["a bad reading", "a silence", "a restart"])
def test_nothing_seen_for_a_while_does_not_end_a_violation_within_its_deadband(between: str) -> None:
    story = Story(estate())
    story.read("ext", pressure=0.9)
    story.wait(20, ext={"pressure": 1.05})
    if between == "a bad reading":
        story.read("ext", pressure=BAD)
    elif between == "a silence":
        story.wait(60)
        assert outcomes(story)["low"] is UNKNOWN
    else:
        story = Story(story.estate, story.saved(), story.now + 3600)
    story.wait(20, ext={"pressure": 1.05})
    low = [each for each in story.tickets() if each.clause == "low"]
    assert (outcomes(story)["low"], [each.is_open for each in low]) == (VIOLATED, [True])
    story.read("ext", pressure=1.1)
    assert (outcomes(story)["low"], story.tickets()[0].state) == (MET, TicketState.CLOSED)
    story.read("ext", pressure=BAD)
    story.read("ext", pressure=1.05)
    assert outcomes(story)["low"] is MET, "what was met before it was unknown is met within the deadband too"


def test_what_was_never_told_needs_no_deadband_after_a_silence() -> None:
    """Low for a moment, then nothing for two days, then within the limit: there was nothing to tell, and is nothing."""
    plan = Plan({"low": LOW.model_copy(update={"on_delay": 60.0})})
    plan.asset("ext", "ext", ["pressure"])
    story = Story(plan.estate())
    story.read("ext", pressure=0.9)
    story = Story(story.estate, story.saved(), story.now + 200_000)
    story.wait(600, every=10, ext={"pressure": 1.05})
    assert (story.tickets(), outcomes(story)["low"]) == ([], MET)


def speaking_each_half_hour() -> Estate:
    return speaking(stale_after=4200.0)


def speaking(stale_after: float) -> Estate:
    made = estate()
    speaks = MqttProfile(
        title="s", maker="m", source="s", verified="simulator", protocol="mqtt", stale_after=stale_after,
        points={"pressure": MqttPoint(topic="up", path="p")},
    )  # fmt: skip
    devices = {name: replace(device, profile=speaks, stale_after=stale_after) for name, device in made.devices.items()}
    return replace(made, devices=devices)


def test_a_device_that_speaks_each_half_hour_is_not_silent_two_minutes_after_a_start() -> None:
    story = Story(speaking_each_half_hour())
    story.wait(4200 + 119, every=60)
    assert story.tickets() == []
    story.wait(2)
    assert {(each.asset, each.clause) for each in story.tickets()} == {("device/ext-device", "asset.judgeable")}


def test_what_could_not_be_judged_is_not_judged_again_by_a_restart_or_a_hiccup() -> None:
    story = Story(estate())
    for _ in range(14):
        story.wait(10, ext={"pressure": BAD})
    (ticket,) = story.tickets()
    story.lose("ext", BadReading("no-answer"))
    story.wait(60, every=5, ext={"pressure": BAD})
    story = Story(story.estate, story.saved(), story.now)
    story.wait(60, every=5, ext={"pressure": BAD})
    judgeable = next(each for each in story.tickets() if each.clause == "asset.judgeable")
    assert (judgeable.id, judgeable.state, judgeable.reopened) == (ticket.id, TicketState.OPEN, 0)


@pytest.mark.parametrize(
    ("reading", "unit", "text"),
    [(0.93, "MPa", "0.93 MPa"), (3, "", "3"), (True, "", "yes"), (False, "", "no"), ("fire", "", "fire"),
     (BadReading("stale"), "V", "unknown: stale"), (1234567.0, "", "1.235e+06"), (-0.0, "mm", "0 mm")],
)  # fmt: skip
def test_readings_are_described_in_words(reading: Reading, unit: str, text: str) -> None:
    assert describe(reading, unit) == text
