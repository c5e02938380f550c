"""A patience of days: it goes on through restarts of the real store, and ends once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.alarms.panel import JUDGEABLE
from gateway.estate import Estate
from gateway.model import BadReading, Reading
from gateway.saved import Saved
from gateway.store.sqlite import Database
from tests.story import NOON, Plan, Story, clause

DAY = 86400.0
LEVEL = "lift.level"
KEY = ("lift-1", LEVEL)
LEARNING = BadReading("learning")
HALF_HOUR = 1800.0


def estate(patience: str = "3d") -> Estate:
    plan = Plan({LEVEL: clause("lift", {"point": "level_error", "at_most": 10}, patience=patience)})
    plan.asset("lift-1", "lift", ["level_error"])
    plan.devices = {name: replace(device, stale_after=DAY) for name, device in plan.devices.items()}
    return plan.estate()


class Box:
    """A gateway on a file, started again and again on what that file has."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, NOON

    @contextmanager
    def up(self, site: Estate | None = None) -> Iterator[Story]:
        """Runs it; what changed is committed, and then the power fails."""
        database = Database(self.path, site or estate())
        story = Story(site or estate(), database.load(self.now), self.now)
        try:
            yield story
            database.commit(story.changes)
        finally:
            self.now = story.now
            database.close()

    def saved(self, site: Estate | None = None) -> Saved:
        """What the file has now."""
        database = Database(self.path, site or estate())
        try:
            return database.load(self.now)
        finally:
            database.close()

    def away(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path / "gateway.db")


def learn(story: Story, days: float, reading: Reading = LEARNING) -> None:
    """The lift answers each half hour; how well it levels is still being learned."""
    story.wait(days * DAY, every=HALF_HOUR, lift_1={"level_error": reading})


def unjudged(story: Story) -> list[tuple[int, bool]]:
    return [(each.id, each.is_open) for each in story.tickets() if (each.asset, each.clause) == ("lift-1", JUDGEABLE)]


def test_three_days_are_three_days_however_often_it_is_started(box: Box) -> None:
    for _ in range(5):
        with box.up() as story:
            learn(story, 0.5)
            assert unjudged(story) == []
        box.away(600.0)
    with box.up() as story:
        learn(story, 0.75)
        ((number, is_open),) = unjudged(story)
        (ticket,) = [each for each in story.tickets() if each.id == number]
        assert is_open
        assert NOON + 3 * DAY <= ticket.opened_at <= NOON + 3 * DAY + HALF_HOUR


def test_nothing_is_doubled_by_a_restart_after_it_was_told_and_it_closes_when_judged(box: Box) -> None:
    with box.up() as story:
        learn(story, 3.1)
        told = unjudged(story)
        assert len(told) == 1
    for _ in range(3):
        with box.up() as story:
            story.wait(300.0, lift_1={"level_error": LEARNING})
            learn(story, 0.2)
            assert unjudged(story) == told
            assert [event.type for event in story.events if event.data.get("asset") == "lift-1"] == []
    with box.up() as story:
        learn(story, 0.1, 3.0)
        assert unjudged(story) == [(told[0][0], False)]
    assert KEY not in box.saved().unknown_since


def test_time_away_counts_but_a_first_reading_is_waited_for(box: Box) -> None:
    with box.up() as story:
        learn(story, 1.0)
    box.away(9 * DAY)
    with box.up() as story:
        story.read("lift-1", level_error=LEARNING)
        story.wait(119.0, lift_1={"level_error": LEARNING})
        assert unjudged(story) == []
        story.read("lift-1", level_error=3.0)
        story.wait(DAY, every=HALF_HOUR, lift_1={"level_error": 3.0})
        assert unjudged(story) == []
    with box.up() as story:
        learn(story, 2.0)
        assert unjudged(story) == [], "it was known in between: the patience began anew"


def test_what_was_judged_before_a_restart_begins_its_patience_there(box: Box) -> None:
    with box.up() as story:
        learn(story, 2.0, 3.0)
    assert KEY not in box.saved().unknown_since
    started = box.now
    with box.up() as story:
        learn(story, 2.9)
        assert unjudged(story) == []
    assert box.saved().unknown_since[KEY] == started


def test_a_device_that_comes_and_goes_does_not_begin_a_patience_of_days_anew(box: Box) -> None:
    with box.up() as story:
        for _ in range(6):
            learn(story, 0.49)
            story.lose("lift-1", BadReading("no-answer"))
            story.wait(HALF_HOUR, every=HALF_HOUR)
        learn(story, 0.1)
        assert len(unjudged(story)) == 1


def test_a_short_patience_is_not_kept_and_one_that_the_site_shortened_is_forgotten(box: Box) -> None:
    with box.up() as story:
        learn(story, 0.5)
    assert box.saved().unknown_since == {KEY: NOON}
    with box.up(estate("2h")) as story:
        learn(story, 0.05)
    assert box.saved().unknown_since == {}
