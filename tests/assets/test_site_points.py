"""Windows and the day in the running gateway: a guard and an input like any other, kept by the time alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.standards.verdict import Outcome
from gateway.standards.windows import Window
from tests.story import Plan, Story, clause

SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2027, 3, 1, tzinfo=SHANGHAI).timestamp()
HOUR = 3600.0
LIT = clause(
    "lamp", {"point": "lux", "at_least": "10 lx"}, only_while={"during": "night"}, on_delay=60.0, off_delay=60.0
)


def windows(**written: Mapping[str, Any]) -> Mapping[str, Window]:
    """Windows as a file would say them."""
    return {
        name: Window.model_validate({"title": {"zh": "夜间", "en": name}, **says}) for name, says in written.items()
    }


def lamp(now: float) -> Story:
    """A lamp with a lux meter, which must be bright from 22:00 to 06:00."""
    plan = Plan({"lamp.lit": LIT})
    points = {"site.night": plan.point("site.night"), "site.day": plan.point("site.day")}
    plan.asset("lamp", "lamp", ["lux"], **{"site.night": points["site.night"]})
    night = windows(night={"daily": ["22:00", "06:00"]})
    return Story(replace(plan.estate(), windows=night, site_points=points), now=now)


def outcome(story: Story) -> Outcome:
    return story.pipeline.verdict("lamp", "lamp.lit").outcome


def test_a_dark_lamp_is_found_at_night_and_left_alone_by_day() -> None:
    story = lamp(MIDNIGHT + 12 * HOUR)
    story.read("lamp", lux=0.0)
    assert outcome(story) is Outcome.MET
    story.wait(10 * HOUR - 1, every=10.0, lamp={"lux": 0.0})
    assert (outcome(story), story.tickets()) == (Outcome.MET, [])
    story.wait(1.0, lamp={"lux": 0.0})
    assert outcome(story) is Outcome.VIOLATED
    story.wait(60.0, every=10.0, lamp={"lux": 0.0})
    assert [ticket.opened_at for ticket in story.tickets()] == [MIDNIGHT + 22 * HOUR + 60]
    story.wait(8 * HOUR, every=10.0, lamp={"lux": 0.0})
    assert outcome(story) is Outcome.MET
