"""Windows and the day in the running gateway: a guard and an input like any other, kept by the time alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.actions import FinishTicket
from gateway.alarms.alarm import Phase
from gateway.assets.latest import Latest
from gateway.assets.site_points import SitePoints
from gateway.changes import Changes
from gateway.estate import DerivedPoint, Estate
from gateway.model import BadReading, Reading
from gateway.recordings import open_recording
from gateway.replay import replay
from gateway.saved import Saved
from gateway.standards.verdict import Outcome
from gateway.standards.windows import Location, Window
from gateway.store.sqlite import Database
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


def estate(says: Mapping[str, Any] | None = None, location: Location | None = None) -> Estate:
    """A lamp with a lux meter, which must be bright in the window ``night``; it tells the day turned round, too."""
    plan = Plan({"lamp.lit": LIT})
    points = {"site.night": plan.point("site.night"), "site.day": plan.point("site.day")}
    by_day = plan.point("lamp/by_day")
    derived = [DerivedPoint(by_day, "inverted", {"value": points["site.night"]})]
    plan.asset("lamp", "lamp", ["lux"], derived, by_day=by_day, **{"site.night": points["site.night"]})
    night = windows(night=says or {"daily": ["22:00", "06:00"]})
    return replace(plan.estate(), windows=night, location=location, site_points=points)


def lamp(now: float, saved: Saved | None = None) -> Story:
    return Story(estate(), saved, now)


def value(story: Story, name: str) -> Reading:
    found = story.estate
    return story.pipeline.latest.values[found.assets["lamp"].ids[name] if name == "by_day" else found.site_points[name]]


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


def test_the_morning_repairs_no_lamp_and_the_next_evening_proves_that_it_is_repaired() -> None:
    story = lamp(MIDNIGHT + 22 * HOUR)
    story.wait(120.0, every=10.0, lamp={"lux": 0.0})
    story.wait(9 * HOUR, every=20.0, lamp={"lux": 0.0})
    assert (outcome(story), value(story, "site.night")) == (Outcome.VIOLATED, False)
    assert [(each.id, each.state.value) for each in story.tickets()] == [(1, "open")]
    story.act(FinishTicket(1, "li", "new lamp"))
    story.wait(15 * HOUR - 120, every=20.0, lamp={"lux": 0.0})
    assert story.tickets()[0].state.value == "finished"  # nothing to judge by day: the proof waits
    story.wait(120.0, every=20.0, lamp={"lux": 30.0})
    assert story.tickets()[0].state.value == "closed"
    assert story.told("ticket.") == ["ticket.opened", "ticket.finished", "ticket.closed"]


def test_a_lamp_said_to_be_repaired_that_is_dark_in_the_evening_is_told_again() -> None:
    story = lamp(MIDNIGHT + 22 * HOUR)
    story.wait(120.0, every=10.0, lamp={"lux": 0.0})
    story.wait(9 * HOUR, every=20.0, lamp={"lux": 0.0})
    story.act(FinishTicket(1, "li", "new lamp"))
    story.wait(15.5 * HOUR, every=20.0, lamp={"lux": 0.0})
    assert story.told("ticket.") == ["ticket.opened", "ticket.finished", "ticket.reopened"]


def test_what_was_clearing_when_the_window_shut_is_not_cleared_by_that() -> None:
    story = lamp(MIDNIGHT + 22 * HOUR)
    story.wait(8 * HOUR - 30, every=10.0, lamp={"lux": 0.0})
    story.wait(60.0, every=10.0, lamp={"lux": 30.0})
    assert story.alarm("lamp", "lamp.lit").phase is Phase.ACTIVE
    story.wait(HOUR, every=10.0, lamp={"lux": 30.0})
    assert story.alarm("lamp", "lamp.lit").occurrences == 1


def test_what_had_not_lasted_when_the_window_shut_is_forgotten() -> None:
    story = lamp(MIDNIGHT + 29 * HOUR + 3570)
    story.wait(120.0, every=10.0, lamp={"lux": 0.0})
    assert (outcome(story), story.alarm("lamp", "lamp.lit").phase, story.tickets()) == (Outcome.MET, Phase.NORMAL, [])


def test_it_is_known_at_the_start_before_anything_is_read() -> None:
    story = lamp(MIDNIGHT + 23 * HOUR)
    assert value(story, "site.night") is True
    assert value(story, "by_day") is False
    assert value(story, "site.day") == date(2027, 3, 1).toordinal()
    assert outcome(story) is Outcome.UNKNOWN  # the lamp itself has told nothing
    assert outcome(lamp(MIDNIGHT + 12 * HOUR)) is Outcome.MET  # by day nothing is asked of it


def test_what_is_made_from_it_follows_at_once() -> None:
    story = lamp(MIDNIGHT + 22 * HOUR - 1)
    assert (value(story, "site.night"), value(story, "by_day")) == (False, True)
    story.wait(1.0)
    assert (value(story, "site.night"), value(story, "by_day")) == (True, False)
    story.wait(2 * HOUR, every=60.0)
    assert value(story, "site.day") == date(2027, 3, 2).toordinal()


def test_what_is_read_at_the_moment_at_which_the_window_shuts_is_not_in_it() -> None:
    story = lamp(MIDNIGHT + 30 * HOUR - 5)
    story.read("lamp", lux=30.0)
    story.now += 5.0
    story.read("lamp", lux=0.0)
    assert (outcome(story), story.alarm("lamp", "lamp.lit").phase) == (Outcome.MET, Phase.NORMAL)


def test_nothing_else_wakes_the_gateway_between_two_changes() -> None:
    found = estate()
    points, due, seen = SitePoints(found, Latest(len(found.points))), MIDNIGHT + 12 * HOUR, []
    while due < MIDNIGHT + 36 * HOUR:
        changed, until = points.compute(due, 0.0)
        seen.append(((due - MIDNIGHT) / HOUR, [found.points[point] for point in changed]))
        assert until is not None
        due = until
    assert seen == [
        (12.0, ["site.night", "site.day"]), (22.0, ["site.night"]), (24.0, ["site.day"]), (30.0, ["site.night"]),
    ]  # fmt: skip


def transitions(changes: Changes, points: Mapping[str, int]) -> list[tuple[float, Reading]]:
    return [
        ((block.at - MIDNIGHT) / HOUR, reading)
        for block in changes.history
        for point, reading in zip(block.points, block.readings, strict=True)
        if point == points["site.night"]
    ]


def test_the_history_keeps_when_it_opened_and_closed() -> None:
    story = lamp(MIDNIGHT + 12 * HOUR)
    story.wait(36 * HOUR, every=600.0)
    assert transitions(story.changes, story.estate.site_points) == [
        (12.0, False), (22.0, True), (30.0, False), (46.0, True),
    ]  # fmt: skip


def test_after_a_restart_the_alarm_stands_at_night_and_by_day() -> None:
    story = lamp(MIDNIGHT + 22 * HOUR)
    story.wait(120.0, every=10.0, lamp={"lux": 0.0})
    (ticket,) = story.tickets()
    again = lamp(story.now + 5.0, story.saved())
    again.wait(30.0, every=10.0, lamp={"lux": 0.0})
    assert [(each.id, each.is_open) for each in again.tickets()] == [(ticket.id, True)]
    by_day = lamp(MIDNIGHT + 32 * HOUR, again.saved())
    by_day.wait(120.0, every=10.0, lamp={"lux": 0.0})
    assert [(each.id, each.is_open) for each in by_day.tickets()] == [(ticket.id, True)]
    assert by_day.alarm("lamp", "lamp.lit").phase is Phase.ACTIVE


def test_where_nobody_can_tell_the_clause_is_unknown_and_not_met() -> None:
    tromso = Location(latitude=69.65, longitude=18.96)
    midsummer = datetime(2027, 6, 21, 12, tzinfo=SHANGHAI).timestamp()
    story = Story(estate({"sun": {"from": "dusk", "to": "dawn"}}, tromso), now=midsummer)
    story.read("lamp", lux=50.0)
    assert isinstance(value(story, "site.night"), BadReading)
    assert outcome(story) is Outcome.UNKNOWN


# --- the clock on the wall is set


def test_when_the_clock_is_set_the_window_is_right_with_the_next_tick() -> None:
    """A box without a battery clock starts at noon; then the network says that it is 23:00."""
    story = lamp(MIDNIGHT + 12 * HOUR)
    story.read("lamp", lux=0.0)
    assert outcome(story) is Outcome.MET
    story.pipeline.tick([], [], story.now + 2.0, ahead=11 * HOUR)
    assert outcome(story) is Outcome.VIOLATED
    assert value(story, "site.day") == date(2027, 3, 1).toordinal()
    story.pipeline.tick([], [], story.now + HOUR, ahead=11 * HOUR)
    assert value(story, "site.day") == date(2027, 3, 2).toordinal()


def test_it_is_followed_when_it_is_set_back() -> None:
    story = lamp(MIDNIGHT + 22.5 * HOUR)
    assert value(story, "site.night") is True
    story.pipeline.tick([], [], story.now, ahead=-HOUR)
    assert value(story, "site.night") is False
    story.pipeline.tick([], [], story.now + HOUR / 2, ahead=-HOUR)
    assert value(story, "site.night") is True


# --- a recording


def test_a_recording_told_again_opens_the_window_at_the_same_times(tmp_path: Path) -> None:
    found = estate()
    story = lamp(MIDNIGHT + 21 * HOUR)
    database = Database(tmp_path / "gateway.db", found)
    database.load(story.now)
    story.wait(10 * HOUR, every=20.0, lamp={"lux": 0.0})
    database.commit(story.changes)
    database.close()
    (ticket,) = story.tickets()
    with closing(open_recording(tmp_path / "gateway.db", found)) as recording:
        done = replay(found, recording, MIDNIGHT, story.now)
    assert [(each.opened_at, each.closed_at) for each in done.tickets] == [(ticket.opened_at, ticket.closed_at)]
