"""Many tickets at once on the real pipeline: all are there, all are named together, the most urgent first (B3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.estate import Estate
from gateway.family import children_of, parent_of
from gateway.model import BadReading, Event, Readings
from gateway.outputs.wording import sentence
from gateway.store.rows import cloud_event
from gateway.tickets.floods import WITHIN
from tests.story import NOON, Plan, Story, clause

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"}, off_delay=0.0)
FORCED = clause("door", {"point": "forced", "equals": False}, priority="P1", off_delay=0.0)


def property_of(extinguishers: int, doors: int = 0) -> Estate:
    plan = Plan({"low": LOW, "forced": FORCED})
    for number in range(extinguishers):
        plan.asset(f"ext-{number:03}", "ext", ["pressure"])
    for number in range(doors):
        plan.asset(f"door-{number:03}", "door", ["forced"])
    return plan.estate()


def bad(story: Story, name: str) -> Readings:
    """A reading of the asset that is against its clause."""
    asset = story.estate.assets[name]
    device = story.estate.devices[f"{name}-device"]
    values = [0.5, True] if asset.kind == "ext" else [True, True]
    point = asset.ids["pressure" if asset.kind == "ext" else "forced"]
    return Readings(device.name, story.now, story.now, [point, device.answers_id], values)


def breaks(story: Story, *names: str) -> None:
    story._tick([bad(story, name) for name in names], [])


def flooded(story: Story, what: str = "flooded") -> list[Event]:
    return [each for each in story.events if each.type == f"touchpoint.tickets.{what}.v1"]


def test_five_hundred_at_once_are_all_ticketed_and_named_the_most_urgent_first() -> None:
    story = Story(property_of(480, 20))
    breaks(story, *[name for name in story.estate.assets if name.startswith(("ext", "door"))])
    assert len(story.tickets()) == 500
    opened = [each for each in story.events if each.type == "touchpoint.ticket.opened.v1"]
    assert ["flood" in each.data for each in opened] == [False] * 20 + [True] * 480, "nobody knew of it before"
    (event,) = flooded(story)
    assert event.subject == "flood/2026-01-01T12:00:00.000Z"
    assert (event.data["count"], event.data["by_priority"]) == (500, {"P1": 20, "P2": 480, "P3": 0, "P4": 0})
    assert {each["ticket"] for each in event.data["tickets"]} == set(range(1, 501))
    assert [each["asset"] for each in event.data["tickets"][:2]] == ["door-000", "door-001"]
    assert sentence(cloud_event(event), "en").startswith("Flood: 500 tickets at once")
    assert {each.flood for each in story.tickets()} == {NOON}
    assert len({(each.asset, each.clause) for each in story.tickets()}) == 500


def test_five_hundred_in_ten_seconds_are_named_when_it_begins_and_all_of_them_when_it_is_over() -> None:
    story = Story(property_of(500))
    for second in range(10):
        story.now = NOON + second
        for part in range(10):  # fifty a second, five in a tick
            breaks(story, *[f"ext-{second * 50 + part * 5 + each:03}" for each in range(5)])
    (begins,) = flooded(story)
    assert begins.data["count"] == 25, "all of the tick in which it was recognised"
    story.wait(WITHIN - 1)
    assert flooded(story, "subsided") == []
    story.wait(1)
    (ends,) = flooded(story, "subsided")
    assert (ends.data["count"], ends.data["open"], len(ends.data["tickets"])) == (500, 500, 500)
    assert ends.subject == begins.subject
    assert ("flood",) not in story.pipeline.agenda


def test_twenty_are_no_flood_and_another_one_later_has_its_own_name() -> None:
    story = Story(property_of(60))
    breaks(story, *[f"ext-{each:03}" for each in range(20)])
    assert (flooded(story), {each.flood for each in story.tickets()}) == ([], {None})
    story.wait(100, every=20)
    breaks(story, *[f"ext-{each:03}" for each in range(20, 60)])
    (event,) = flooded(story)
    assert event.data["count"] == 40
    assert {each.flood for each in story.tickets()} == {None, NOON + 100}


@pytest.mark.parametrize("down", [1.0, 59.0, 500.0])
def test_the_end_of_a_flood_is_told_once_over_a_restart(down: float) -> None:
    story = Story(property_of(30))
    breaks(story, *[f"ext-{each:03}" for each in range(30)])
    saved = replace(story.saved(), listened_until=story.now)
    again = Story(story.estate, saved, story.now + down)
    again.wait(65, every=5)
    assert (flooded(again), [each.data["count"] for each in flooded(again, "subsided")]) == ([], [30])
    once_more = Story(story.estate, replace(again.saved(), listened_until=again.now), again.now + 1)
    once_more.wait(65, every=5)
    assert once_more.told("tickets") == []


def test_each_ticket_of_a_flood_closes_by_its_own_measurement() -> None:
    story = Story(property_of(30))
    breaks(story, *[f"ext-{each:03}" for each in range(30)])
    story.read("ext-007", pressure=1.2)
    assert [each.asset for each in story.tickets() if not each.is_open] == ["ext-007"]
    story.wait(61)
    (ends,) = flooded(story, "subsided")
    assert (ends.data["count"], ends.data["open"]) == (30, 29)


def test_the_ticket_of_a_lost_line_is_the_parent_of_what_cannot_be_proven_meanwhile() -> None:
    story = Story(property_of(4, 1))
    breaks(story, "ext-000", "ext-002", "door-000")
    estate, register = story.estate, story.pipeline.register
    assert [parent_of(estate, register, each) for each in story.tickets()] == [None, None, None]
    story.line = False
    for name in ("ext-000", "ext-002", "door-000"):
        story.lose(name, BadReading("line-down"), answers=BadReading("line-down"))
    line = next(each for each in story.tickets() if each.asset == "connection/line")
    assert [parent_of(estate, register, each) for each in story.tickets()] == [line.id] * 3 + [None]
    assert children_of(estate, register, line) == [3, 1, 2], "the P1 first"
    story.line = True
    story.wait(31)
    assert [parent_of(estate, register, each) for each in story.tickets()] == [None] * 4
    assert children_of(estate, register, register.get(line.id)) == []


def test_the_ticket_of_a_lost_device_is_the_parent_of_its_assets() -> None:
    story = Story(property_of(2))
    breaks(story, "ext-000", "ext-001")
    story.lose("ext-001", BadReading("no-answer"))
    lost = next(each for each in story.tickets() if each.asset == "device/ext-001-device")
    tickets = {each.asset: parent_of(story.estate, story.pipeline.register, each) for each in story.tickets()}
    assert tickets == {"ext-000": None, "ext-001": lost.id, "device/ext-001-device": None}
