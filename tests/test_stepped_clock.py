"""What people hide, on a box whose clock is set: real pipeline, real database, restarts in the middle.

Planned work goes by the clock on the wall, whatever it is set to; "for two hours" are two hours. In doubt all is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from gateway.actions import Action, PlanWork, ReturnToService, Shelve, TakeOutOfService
from gateway.clock import ManualClock, resumed
from gateway.estate import Estate
from gateway.model import Readings, noun_and_verb
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.store import outbox
from gateway.store.sqlite import Database
from tests.story import NOON, Plan, clause

MINUTE, HOUR, YEAR = 60.0, 3600.0, 365.25 * 86400.0
SINCE, UNTIL = NOON + HOUR, NOON + 2.5 * HOUR
ROPES = PlanWork("lift-1", SINCE, UNTIL, "wei", "ropes")
STEPS = [0.0, HOUR, -2 * HOUR, 10 * YEAR, -10 * YEAR]


def lift() -> Estate:
    plan = Plan({"runs": clause("lift", {"point": "runs", "equals": True}, off_delay=0.0)})
    plan.asset("lift-1", "lift", ["runs", "trips"])
    return plan.estate()


class Box:
    """A lift that does not run, watched by a gateway that is started anew as ``app`` does it."""

    device = "lift-1-device"

    def __init__(self, folder: Path, estate: Estate | None = None) -> None:
        self.estate, self.file = estate or lift(), folder / "gateway.db"
        self.clock = ManualClock(NOON)
        self.truth = NOON
        """What a clock tells that nobody sets and nothing stops."""
        self.told: list[str] = []
        self.database = Database(self.file, self.estate)
        self.pipeline = Pipeline(self.estate, Saved(), NOON)
        self.tick()

    @property
    def wall(self) -> float:
        return self.clock.now() + self.clock.stepped

    def hidden(self) -> bool:
        return self.pipeline.panel.alarm(("lift-1", "runs")).hidden

    def tick(self, *actions: Action) -> None:
        now, device = self.clock.now(), self.estate.devices[self.device]
        line = Readings("connection/line", now, now, [self.estate.connections["line"].answers_id], [True])
        ids = [*device.point_ids.values(), device.answers_id]
        read = [line, Readings(device.name, now, now, ids, [False, now // MINUTE, True])]
        changes, refusals = self.pipeline.tick(read, actions, now, self.clock.ahead(), self.clock.trusted())
        assert refusals == [""] * len(actions)
        self.told += [noun_and_verb(each.type) for each in changes.events]
        self.database.commit(changes)

    def set_clock(self, wall: float) -> None:
        self.clock.stepped, self.clock.believed = wall - self.clock.now(), True
        self.tick()

    def wait(self, seconds: float, every: float = MINUTE) -> None:
        for _ in range(round(seconds / every)):
            self.clock.advance(every)
            self.truth += every
            self.tick()

    def restart(self, off: float = 0.0, wall: float | None = None) -> None:
        """``wall``: what the clock tells after it, where it did not go on."""
        wall = self.wall + off if wall is None else wall
        self.truth += off
        self.database.close()
        self.database = Database(self.file, self.estate)
        saved = self.database.load(wall)
        start = resumed(wall, saved.seen, saved.ahead)
        self.clock = ManualClock(start.now)
        self.clock.stepped, self.clock.believed = start.ahead, start.trusted
        self.pipeline = Pipeline(self.estate, replace(saved, is_sure=start.sure), start.now, ahead=start.ahead)
        self.tick()

    def close(self) -> None:
        self.database.close()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.mark.parametrize(("step", "at", "restart"), [*product(STEPS, [10, 80], [None, 75])])
def test_planned_work_hides_while_the_wall_says_so_and_at_no_other_minute(
    box: Box, step: float, at: int, restart: int | None
) -> None:
    """Announced at 12:00 for 13:00 to 14:30. The clock is set in minute ``at``, the gateway started anew later."""
    box.tick(ROPES)
    hidden = 0
    for minute in range(300):
        if minute == at:
            box.set_clock(box.wall + step)
        if minute == restart:
            box.restart(off=MINUTE)
        box.wait(MINUTE)
        assert box.hidden() is (SINCE <= box.wall < UNTIL), f"minute {minute}"
        hidden += box.hidden()
    assert bool(hidden) is (abs(step) < YEAR or at == 80)
    assert box.told.count("clock.stepped") == bool(step)
    box.close()


def test_work_that_had_begun_by_a_wrong_clock_is_to_come_again(box: Box) -> None:
    box.tick(ROPES)
    box.wait(70 * MINUTE)
    assert box.hidden()
    box.set_clock(box.wall - 2 * HOUR)
    assert not box.hidden()
    assert box.told[-3:] == ["clock.stepped", "work.planned", "alarm.raised"]
    box.wait(110 * MINUTE)
    assert [each for each in box.told if each.startswith("work.")] == ["work.planned", "work.begun"] * 2
    assert box.hidden()
    box.wait(90 * MINUTE)
    assert (box.hidden(), box.told.count("work.ended")) == (False, 1)
    box.close()


def test_who_put_it_back_in_service_is_not_overruled_by_a_clock_that_is_set(box: Box) -> None:
    box.tick(ROPES)
    box.wait(70 * MINUTE)
    box.tick(ReturnToService("lift-1", None, "li"), TakeOutOfService("lift-1", None, "li", "oil", box.truth + 600.0))
    box.set_clock(box.wall + 0.5 * HOUR)
    box.restart()
    box.wait(10 * MINUTE)
    assert not box.hidden(), "not before 14:30, as the work would have it"
    box.close()


@pytest.mark.parametrize("wall", [0.0, NOON + 30 * MINUTE])
def test_by_a_clock_that_lost_its_time_nothing_is_hidden_until_it_is_set(box: Box, wall: float) -> None:
    """The power fails at 12:50 for 20 min, and the clock wakes in 1970, or where it was last written down."""
    box.tick(ROPES)
    box.wait(50 * MINUTE)
    box.restart(off=20 * MINUTE, wall=wall)
    box.wait(15 * MINUTE)
    assert not box.hidden()
    assert box.pipeline.works.works[1].in_service == "the clock on the wall cannot be believed"
    box.set_clock(box.truth)
    assert (box.hidden(), box.pipeline.works.works[1].in_service) == (True, "")
    box.wait(UNTIL - box.truth - MINUTE)
    assert box.hidden()
    box.wait(MINUTE)
    assert (box.hidden(), box.told.count("work.ended")) == (False, 1)
    box.close()


def hide(now: float) -> Sequence[Action]:
    until = now + 2 * HOUR
    return Shelve("lift-1", "runs", "li", "known", until), TakeOutOfService("lift-1", None, "li", "repair", until)


@pytest.mark.parametrize(("step", "action"), [*product(STEPS, [0, 1])])
def test_two_hours_are_two_hours_whatever_the_clock_is_set_to(box: Box, step: float, action: int) -> None:
    box.tick(hide(NOON)[action])
    for minute in range(180):
        if minute == 60:
            box.set_clock(box.wall + step)
        box.wait(MINUTE)
        assert box.hidden() is (box.truth < NOON + 2 * HOUR), f"minute {minute}"
    box.close()


@pytest.mark.parametrize(
    ("step", "action", "off", "lost"),
    [*product(STEPS, [0, 1], [0.0, 30 * MINUTE, 5 * HOUR], [False, True])],
)
def test_no_restart_hides_anything_for_longer_than_was_asked(
    box: Box, step: float, action: int, off: float, lost: bool
) -> None:
    """Hidden at 12:00 for two hours; the clock is set at 12:20, and the gateway away from 12:40 on."""
    box.tick(hide(NOON)[action])
    box.wait(20 * MINUTE)
    box.set_clock(box.wall + step)
    box.wait(20 * MINUTE)
    assert box.hidden()
    box.restart(off, wall=max(box.wall - HOUR, 0.0) if lost else None)
    if not off and not lost and step <= 0.0:
        assert box.hidden(), "nobody shows what is rightly hidden"
    while box.truth < NOON + 9 * HOUR:
        assert not box.hidden() or box.truth < NOON + 2 * HOUR
        box.wait(5 * MINUTE, every=5 * MINUTE)
    assert box.told[-1] == "alarm.raised"
    box.close()


def test_a_device_whose_clock_is_ahead_does_not_make_ours_doubtful(box: Box) -> None:
    """Its last reading is of 50 s from now, as far as it knows; the gateway is started anew at once."""
    box.tick(hide(NOON)[0])
    box.wait(10 * MINUTE)
    now, device = box.clock.now(), box.estate.devices[box.device]
    changes, _ = box.pipeline.tick(
        [Readings(device.name, now + 50.0, now, [device.point_ids["trips"]], [9e9])], [], now
    )
    box.database.commit(changes)
    box.restart(off=1.0)
    assert (box.clock.now(), box.clock.ahead(), box.clock.trusted()) == (now + 1.0, 0.0, True)
    assert box.hidden()
    box.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_that_was_set_is_believed_after_a_restart_and_times_go_on(box: Box, step: float) -> None:
    box.set_clock(box.wall + step)
    box.wait(10 * MINUTE)
    wall = box.wall
    for _ in range(3):
        box.restart(off=MINUTE)
        assert box.clock.trusted()
    assert box.wall == pytest.approx(wall + 3 * MINUTE, abs=1.0)
    if step < -YEAR:
        box.restart(off=11 * YEAR)
        assert box.clock.ahead() == 0.0, "steady time and the wall are one again as soon as they can be"
    box.close()


def test_a_clock_that_was_set_back_is_believed_after_a_restart_however_long_ago_that_was(box: Box) -> None:
    """Up for four months after an hour was taken off; events are kept for 90 days."""
    box.set_clock(box.wall - HOUR)
    box.wait(120 * 86_400.0, every=86_400.0)
    while outbox.forget(box.database.connection, box.clock.now() - 90 * 86_400.0, 1000):
        pass
    kept = box.database.connection.execute(
        "SELECT type FROM events WHERE type NOT LIKE '%.ticket.%' AND at < ?", (NOON + HOUR,)
    )
    assert [noun_and_verb(each) for (each,) in kept] == ["clock.stepped"]
    box.restart(off=MINUTE)
    assert (box.clock.ahead(), box.clock.trusted()) == (-HOUR, True)
    box.close()
