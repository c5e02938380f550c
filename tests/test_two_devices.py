"""An asset that two devices tell of: one that is lost explains nothing of the other. And what nobody tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.model import BadReading, Reading, Readings
from gateway.sources.source import Device
from gateway.standards.verdict import Outcome
from tests.story import NOON, PROFILE, Plan, Story, clause

BAD, SILENT = BadReading("sensor-error"), BadReading("no-answer")


@pytest.fixture
def story() -> Story:
    """An extinguisher whose pressure one device tells, and its temperature another, ``second``."""
    plan = Plan({
        "low": clause("ext", {"point": "pressure", "at_least": "1 MPa"}),
        "hot": clause("ext", {"point": "temperature", "at_most": "50"}),
        "weighed": clause("ext", {"point": "weighed", "within": "2 d"}, patience=600.0),
    })  # fmt: skip
    plan.asset("ext", "ext", ["pressure"])
    temperature, answers = plan.point("second/temperature"), plan.point("device/second/answers")
    plan.devices["second"] = Device("second", PROFILE, {"temperature": temperature}, answers, 10.0, 30.0)
    plan._add_asset("device/second", "device", {"answers": answers})
    ext = plan.assets["ext"]
    plan.assets["ext"] = replace(ext, ids={**ext.ids, "temperature": temperature}, devices=("ext-device", "second"))
    plan.records("ext", "weighed")
    return Story(plan.estate())


def read_both(story: Story, pressure: Reading, answers: bool) -> None:
    """The first device answers with a pressure; the second answers well, or not at all."""
    ids, devices = story.estate.assets["ext"].ids, story.estate.devices
    first, second = devices["ext-device"], devices["second"]
    told = (20.0 if answers else SILENT, answers)
    changes, _ = story.pipeline.tick([
        Readings("connection/line", story.now, story.now, (story.estate.connections["line"].answers_id,), (True,)),
        Readings("ext-device", story.now, story.now, (ids["pressure"], first.answers_id), (pressure, True)),
        Readings("second", story.now, story.now, (ids["temperature"], second.answers_id), told),
    ], [], story.now)  # fmt: skip
    story.changes.absorb(changes)


def live(story: Story, seconds: int, pressure: Reading, answers: Callable[[int], bool]) -> list[tuple[str, str, float]]:
    """Both are read each ten seconds; every ticket with when it was opened."""
    for step in range(seconds // 10):
        story.now += 10.0
        read_both(story, pressure, answers(step))
    return [(each.asset, each.clause, each.opened_at - NOON) for each in story.tickets()]


def test_a_sensor_that_fails_while_the_other_device_is_lost_is_told(story: Story) -> None:
    tickets = live(story, 3600, BAD, lambda step: False)
    assert tickets == [("device/second", "device.answers", 10.0), ("ext", "asset.judgeable", 130.0)]


def test_a_sensor_that_fails_is_told_though_the_other_device_comes_and_goes(story: Story) -> None:
    tickets = live(story, 600, BAD, lambda step: step // 3 % 2 == 0)
    assert tickets == [("device/second", "device.answers", 40.0), ("ext", "asset.judgeable", 130.0)]


def test_what_the_lost_device_itself_explains_is_told_once(story: Story) -> None:
    """Neither its own clauses nor what only people tell make a second ticket."""
    assert live(story, 3600, 1.2, lambda step: False) == [("device/second", "device.answers", 10.0)]
    assert live(story, 900, 1.2, lambda step: True)[1:] == [("ext", "asset.judgeable", 4210.0)], "never weighed"


@pytest.mark.parametrize("answers", [True, None, False])
def test_an_asset_of_which_nothing_is_to_be_judged_now_is_not_well_unless_it_answers(answers: bool | None) -> None:
    plan = Plan({"on": clause("lamp", {"point": "lit", "equals": True}, only_while={"point": "night", "equals": True})})
    night = plan.point("lamp/night")
    plan.asset("lamp", "lamp", ["lit"], night=night)
    story = Story(plan.estate(fixed={night: False}))
    assert story.pipeline.asset_outcome("lamp") is Outcome.UNKNOWN, "nothing was read yet"
    if answers:
        story.read("lamp", lit=False)
    elif answers is False:
        story.lose("lamp", SILENT)
    assert story.pipeline.asset_outcome("lamp") is (Outcome.MET if answers else Outcome.UNKNOWN)
    story.wait(60)
    assert story.pipeline.asset_outcome("lamp") is Outcome.UNKNOWN, "what was said grows old"


def test_the_first_word_of_one_device_is_waited_for_anew_when_another_begins_to_answer(story: Story) -> None:
    """The first is there, and has not told its pressure since the start; a whole property does not begin at once."""
    first, second = story.estate.devices["ext-device"], story.estate.devices["second"]
    opened: list[float] = []
    for moment in range(0, 400, 10):
        story.now = NOON + moment
        told = [Readings("ext-device", story.now, story.now, (first.answers_id,), (True,))]
        if moment >= 90:
            ids = (*second.point_ids.values(), second.answers_id)
            told.append(Readings("second", story.now, story.now, ids, (20.0, True)))
        changes, _ = story.pipeline.tick(told, [], story.now)
        about = [each.data["asset"] for each in changes.events if each.type == "touchpoint.ticket.opened.v1"]
        opened += [moment for asset in about if asset == "ext"]
    assert opened == [210], "120 s after the second one's first answer, and not after the first one's"
