"""What a broker kept for us without its time: that it happened counts, how long it took does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from gateway.estate import DerivedPoint
from gateway.model import BadReading, Reading
from tests.story import Plan, Story, clause

LINE_DOWN = BadReading("line-down")
Said: TypeAlias = Mapping[str, Reading]
OPEN: Said = {"closed": False}
SHUT: Said = {"closed": True}
CLOSING: Said = {"status": "closing", "obstruction": False}
STOPPED: Said = {"status": "closing", "obstruction": True}
TURNED: Said = {"status": "opening", "obstruction": True}


def thing(function: str, points: tuple[str, ...], require: dict[str, Any], **parameters: float) -> Story:
    """A thing of which one function tells what it makes of its points, and a clause on that."""
    plan = Plan({"right": clause("thing", {"point": "found", **require}, patience=86_400.0, off_delay=0.0)})
    found = plan.point("thing/found")
    first = len(plan.points)
    inputs = {name: first + number for number, name in enumerate(points)}
    derived = (DerivedPoint(found, function, inputs, parameters),)
    plan.asset("thing", "thing", points, derived, found=found)
    return Story(plan.estate())


def found(story: Story) -> Reading:
    return story.pipeline.latest.reading(story.estate.assets["thing"].ids["found"])


def live(story: Story, *told: tuple[float, Said]) -> None:
    """The device says something, and after so many seconds the next thing."""
    for seconds, points in told:
        story.read("thing", None, **points)
        story.now += seconds


def kept(story: Story, *told: Said) -> None:
    """The line is gone for a minute; all this was said meanwhile, and comes at once when it is back."""
    lost_at = story.now
    story.lose("thing", LINE_DOWN, answers=LINE_DOWN)
    story.now += 20.0
    for number, points in enumerate(told, 1):
        story.read_undated("thing", lost_at + 0.001 * number, points)


def test_openings_that_come_all_at_once_prove_no_closer_repaired() -> None:
    door = thing("closing_time", ("closed",), {"at_most": 25}, closings=3)
    live(door, (1, SHUT), *[(40, OPEN), (10, SHUT)] * 3)
    kept(door, *[OPEN, SHUT] * 3)
    assert (found(door), [each.is_open for each in door.tickets()]) == (40.0, [True])
    live(door, *[(6, OPEN), (10, SHUT)] * 3)
    assert (found(door), [each.is_open for each in door.tickets()]) == (6.0, [False])


def test_nor_do_they_say_that_a_door_slams() -> None:
    door = thing("slowest_closing_time", ("closed",), {"at_least": 5}, closings=10)
    live(door, (1, SHUT), *[(8, OPEN), (10, SHUT)] * 10)
    kept(door, *[OPEN, SHUT] * 11)
    assert (found(door), door.tickets()) == (8.0, [])


def test_a_door_that_turned_back_at_a_time_that_nobody_knows_did_not_do_so_within_a_second() -> None:
    points = ("status", "obstruction")
    reversed_on = thing("last_reversal", points, {"within": "7 d"})
    live(reversed_on, (1, CLOSING))
    kept(reversed_on, CLOSING, STOPPED, TURNED)
    assert isinstance(found(reversed_on), BadReading)
    live(reversed_on, (5, CLOSING), (0.5, STOPPED), (1, TURNED))
    assert found(reversed_on) == reversed_on.now - 1
    taken = thing("reversal_time", points, {"at_most": 1}, give_up=10.0)
    live(taken, (1, CLOSING))
    kept(taken, CLOSING, STOPPED)
    live(taken, (1, TURNED))
    assert taken.tickets() == [], "it need not have waited since the line was lost"


def test_releases_that_come_all_at_once_need_not_have_followed_one_another() -> None:
    lock = thing("fruitless_unlocks", ("closed", "unlocked"), {"at_most": 2})
    live(lock, (1, {"closed": True, "unlocked": False}))
    kept(lock, *[{"closed": True, "unlocked": True}, {"closed": True, "unlocked": False}] * 3)
    assert (found(lock), lock.tickets()) == (0.0, [])


def test_a_door_is_not_forced_whose_release_may_have_been_missed() -> None:
    """Shut for ten minutes, says the broker once the line is back; a second later it is opened."""
    door = thing("forced_open", ("closed", "unlocked"), {"equals": False}, window=5.0)
    live(door, (600, {"closed": True, "unlocked": False}))
    door.lose("thing", LINE_DOWN, answers=LINE_DOWN)
    door.now += 25.0
    door.read_undated("thing", door.now - 25.0, {"closed": True, "unlocked": False})
    live(door, (1, {"closed": False, "unlocked": False}))
    assert (isinstance(found(door), BadReading), door.tickets()) == (True, [])
    live(door, (10, {"closed": True, "unlocked": False}), (1, {"closed": False, "unlocked": False}))
    assert found(door) is True


def test_a_time_that_runs_begins_when_it_is_heard() -> None:
    pump = thing("run_time", ("running",), {"at_most": 1})
    live(pump, (1, {"running": False}))
    kept(pump, {"running": True})
    live(pump, (0, {"running": False}))
    assert found(pump) == 0.0, "and not when the line was lost"
