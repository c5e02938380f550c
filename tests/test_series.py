"""Verdicts and alarms as whole numbers over time: only when they change, unknown at first, the worst is highest."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions import Acknowledge
from gateway.changes import StatePoint
from gateway.estate import Estate, Keep, OutputSettings
from gateway.model import BadReading, noun_and_verb
from gateway.outputs.wording import sentence
from gateway.series import ALARM, VERDICT
from gateway.store.rows import cloud_event
from gateway.words import Overflow
from tests.api.serving import LIGHT, small_site
from tests.story import NOON, Story

SPOOLED = {"influx": OutputSettings("influx", "influx", (), {}, keep=Keep(10_000, 86_400.0))}


def site() -> Estate:
    return replace(small_site(), outputs=SPOOLED)


def of(story: Story, measurement: str, asset: str) -> list[StatePoint]:
    return [each for each in story.changes.states if each.measurement == measurement and each.tags["asset"] == asset]


def test_a_verdict_is_unknown_until_read_and_told_when_it_changes() -> None:
    story = Story(site())
    story.read("light-3f", battery_voltage=13.0)
    story.wait(60.0, light_3f={"battery_voltage": 13.1})
    story.read("light-3f", battery_voltage=9.0)
    story.read("light-3f", battery_voltage=BadReading("sensor-error"))
    told = of(story, VERDICT, "light-3f")
    assert [each.fields for each in told] == [{"outcome": 1}, {"outcome": 0}, {"outcome": 2}, {"outcome": 1}]
    assert [each.at for each in told] == [NOON, NOON, NOON + 60.0, NOON + 60.0]
    assert {each.tags["clause"] for each in told} == {LIGHT}


def test_an_alarm_tells_its_phase_and_what_people_made_of_it() -> None:
    story = Story(site())
    story.read("light-3f", battery_voltage=9.0)
    story.act(Acknowledge("light-3f", LIGHT, "li"))
    told = of(story, ALARM, "light-3f")
    assert [each.fields for each in told] == [
        {"phase": 2, "acknowledged": 0, "hidden": 0},
        {"phase": 2, "acknowledged": 1, "hidden": 0},
    ]
    assert told[0].tags == {"asset": "light-3f", "clause": LIGHT, "priority": "P2"}


def test_nothing_is_written_down_where_nobody_keeps_series() -> None:
    story = Story(small_site())
    story.read("light-3f", battery_voltage=9.0)
    assert story.changes.states == []
    assert story.pipeline.judge.turned == {}


def test_a_full_spool_is_told_in_both_languages() -> None:
    story = Story(site())
    begun = Overflow("influx", 500, NOON, over=False)
    over = Overflow("influx", 1234, NOON, over=True)
    changes, refusals = story.pipeline.tick([], [begun, over], NOON + 5.0)
    assert refusals == ["", ""]
    assert changes.overflows == [begun, over]
    said = [[sentence(cloud_event(event), language) for language in ("en", "zh")] for event in changes.events]
    assert said[0][0].startswith("Readings that wait for output influx are being lost")
    assert "从最旧的开始" in said[0][1]
    assert said[1] == [
        "Output influx has taken what waited. 1234 readings since 2026-01-01T12:00:00.000Z are lost: "
        "more waited than may, or they were older than it keeps any",
        "输出 influx 已接收全部待发读数。自 2026-01-01T12:00:00.000Z 起共丢失 1234 条读数:"
        "等待的读数超过上限,或早于其保留期限",
    ]


def test_no_event_is_ever_laid_into_the_outbox_of_an_output_of_readings() -> None:
    """Nobody would fetch it there, and whoever relied on it would hear nothing."""
    hook, down = (OutputSettings(name, "log", ("ticket.*",), {}) for name in ("hook", "down"))
    story = Story(replace(small_site(), outputs={**SPOOLED, "hook": hook, "down": down}))
    story.pipeline.journal.tell_of_output("output.failing", "down", {"output": "down"}, NOON)
    story.read("light-3f", battery_voltage=9.0)
    laid = [(output, noun_and_verb(event.type)) for output, event in story.changes.outbox]
    assert laid[0] == ("hook", "output.failing")
    assert {output for output, _ in laid} == {"hook", "down"}
