"""Faults drawn at random, alone and two at once, while a battery is tested and the site's files are edited.

Whatever happens: nothing is passed that was not lit, no good battery fails, and no relay stays open unseen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from gateway.model import Readings
from tests.proof_story import Lamp, Property
from tests.proving.test_false_passes import NoResult
from tests.proving.test_running_machine import Truth

STORIES = 1000 if os.environ.get("TOUCHPOINT_FULL") else 24
A_GROUP = STORIES // 8
Act: TypeAlias = Callable[[], None]
Plan: TypeAlias = list[tuple[float, Act]]
STOPS, STARTS = ("restore_supply", "stop_test"), ("break_supply", "start_duration_test")


class Wire(Truth):
    """What the lamps tell comes late, and out of order, or comes again."""

    def __init__(self, folder: Path, lamps: list[Lamp], random: Random) -> None:
        self.latest, self.again = 0.0, 0.0
        """Seconds by which a reading comes late at most; how often an old one comes once more."""
        self._random, self._under_way, self._old = random, list[tuple[float, Readings]](), list[Readings]()
        super().__init__(folder, lamps, "")

    def _readings(self) -> list[Readings]:
        told = super()._readings()
        mine = [each for each in told if each.device.startswith("d-")]
        self._old += mine
        self._under_way += [(self.now + self._random.uniform(0.0, self.latest), each) for each in mine]
        come = sorted((each for each in self._under_way if each[0] <= self.now), key=lambda each: each[0])
        self._under_way = [each for each in self._under_way if each[0] > self.now]
        old = [self._random.choice(self._old)] if self._random.random() < self.again and self._old else []
        lines = [each for each in told if not each.device.startswith("d-")]
        return [*lines, *map(self._now, [*(each for _, each in come), *old])]

    def _now(self, told: Readings) -> Readings:
        return Readings(told.device, told.at, self.now, told.points, told.values)


def _begun(folder: Path, random: Random) -> tuple[Wire, Lamp]:
    way = random.choice(("relay", "hand", "device", "no-result"))
    lasts = random.choice((random.uniform(700.0, 900.0), random.uniform(840.0, 900.0), 3600.0))
    rated, stale_after = random.choice((960.0, 1980.0)), random.choice(("30s", "90s", "300s"))
    made = NoResult if way == "no-result" else Lamp
    lamp = made("lamp", way.replace("no-result", "device"), lasts=lasts, rated=rated, stale_after=stale_after)
    return Wire(folder, [lamp], random), lamp


def _fault(name: str, prop: Wire, lamp: Lamp, random: Random) -> Plan:
    """What happens when, in seconds since the battery was put to its test."""
    at = random.choice((random.uniform(0.0, 1000.0), random.uniform(800.0, 960.0)))
    until = at + random.choice((random.uniform(5.0, 60.0), random.uniform(5.0, 600.0)))
    clock, late, away = random.uniform(1.0, 58.0), random.uniform(5.0, 90.0), random.choice((2.0, 30.0, 55.0, 100.0))
    if name == "clock set forward":
        lamp.clock = -clock
    plans: Mapping[str, Plan] = {
        "clock set forward": [(at, lambda: setattr(lamp, "clock", 0.0))],
        "clock set back": [(at, lambda: setattr(lamp, "clock", -clock)), (2000.0, lambda: setattr(lamp, "clock", 0.0))],
        "frozen": [(at, lambda: setattr(lamp, "frozen", True)), (until, lambda: setattr(lamp, "frozen", False))],
        "silent": [(at, lambda: setattr(lamp, "silent", True)), (until, lambda: setattr(lamp, "silent", False))],
        "killed": [(at, lambda: prop.kill(away))],
        "late": [(at, lambda: setattr(prop, "latest", late)), (until, lambda: setattr(prop, "latest", 0.0))],
        "again": [(0.0, lambda: setattr(prop, "again", 0.3))],
        "mains": [(each, lambda: lamp.mains(not lamp.feed, prop.now)) for each in (at, until + 60.0)],
        "deaf": [(0.0, lambda: setattr(lamp, "deaf", STOPS)), (1100.0, lambda: setattr(lamp, "deaf", ()))],
        "refuses": [(0.0, lambda: setattr(lamp, "refuses", STOPS)), (1100.0, lambda: setattr(lamp, "refuses", ()))],
        "lost": [(0.0, lambda: setattr(lamp, "lost", STARTS))],
        "by hand": [(at, lambda: lamp._carry_out("restore_supply", prop.now))],
    }
    return plans[name]


FAULTS = (
    "clock set forward", "clock set back", "frozen", "silent", "killed", "late", "again", "mains", "deaf", "refuses",
    "lost", "by hand",
)  # fmt: skip


def _lived(folder: Path, random: Random, at_once: int) -> str:
    """One test of one battery; returns what went by."""
    prop, lamp = _begun(folder, random)
    every, faults = random.choice((5.0, 10.0, 20.0)), random.sample(FAULTS, at_once)
    plan = [each for name in faults for each in _fault(name, prop, lamp, random)]
    prop.go_on(60.0, every)
    if random.random() < 0.8 or lamp.way != "device":
        prop.ask("lamp", "duration")
    else:
        lamp.obey("start_duration_test", prop.now)
    prop.go_on(2 * every, every)
    if lamp.way == "hand":
        lamp.mains(False, prop.now)
        plan.append((random.uniform(895.0, 1100.0), lambda: lamp.mains(True, prop.now)))
    began = prop.now
    for at, happens in sorted(plan, key=lambda each: each[0]):
        if began + at > prop.now:
            prop.go_on(began + at - prop.now, every)
        happens()
    prop.go_on(2100.0, every)
    _is_true(prop, lamp, faults)
    prop.close()
    return f"{lamp.way} {lamp.lasts:g} {faults}"


def _is_true(prop: Wire, lamp: Lamp, faults: list[str]) -> None:
    story = (lamp.way, lamp.lasts, lamp.rated, faults)
    for entry in prop.book():
        lit = prop.lit_within("lamp", entry.started_at - 120.0, entry.ended_at + 120.0)
        assert entry.outcome != "passed" or entry.kind != "duration" or lit > 900.0, (entry, story)
        assert entry.outcome != "failed" or lamp.lasts < 3600.0, (entry, story)
    assert not lamp.open, story
    assert prop.pipeline.proofs.proving.procedures == {}, story


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("group", range(8))
def test_whatever_goes_wrong_nothing_is_passed_that_was_not_lit(tmp_path: Path, group: int, at_once: int) -> None:
    for number in range(A_GROUP):
        folder = tmp_path / str(number)
        folder.mkdir()
        _lived(folder, Random(f"{at_once}/{group}/{number}"), at_once)


# --- the site's files are edited meanwhile


def _edit(prop: Property, lamp: Lamp, random: Random) -> None:
    what = random.choice(("allow", "rename", "gone", "back"))
    if what == "allow":
        lamp.allowed = not lamp.allowed
    elif what == "back":
        prop.lamps[lamp.name] = lamp
    elif lamp.name in prop.lamps and len(prop.lamps) > 1:
        del prop.lamps[lamp.name]
        if what == "rename":
            lamp.name += "x"
            prop.lamps[lamp.name] = lamp
    prop.change_site()


def _happens(prop: Property, lamp: Lamp, random: Random) -> None:
    match random.choice(("asked", "asked", "time", "time", "edit", "edit", "killed", "trouble", "mended", "stopped")):
        case "asked" if lamp.name in prop.lamps:
            prop.ask(lamp.name, random.choice(("function", "duration")))
        case "time":
            prop.go_on(random.choice((5.0, 15.0, 40.0, 100.0, 400.0, 1000.0)))
        case "edit":
            _edit(prop, lamp, random)
        case "killed":
            prop.kill(random.choice((1.0, 30.0, 100.0, 4000.0)))
        case "trouble":
            lamp.silent = random.random() < 0.5
            lamp.refuses = random.choice(((), STOPS, STARTS))
        case "mended":
            lamp.silent, lamp.refuses = False, ()
        case "stopped" if lamp.name in prop.lamps:
            prop.stop(lamp.name)


def _is_told(prop: Property, lamp: Lamp) -> bool:
    """Whether an open relay that nobody can close any more is told of."""
    if lamp.name not in prop.lamps:
        return any(each.finding == "asset-gone" for each in prop.book())
    ticket = prop.ticket(lamp.name, "test-ends")
    return not lamp.allowed and ticket is not None and ticket.is_open


@pytest.mark.parametrize("group", range(8))
def test_however_the_files_are_edited_meanwhile_no_relay_stays_open_unseen(tmp_path: Path, group: int) -> None:
    for number in range(A_GROUP):
        random, folder = Random(f"edit/{group}/{number}"), tmp_path / str(number)
        folder.mkdir()
        lamps = [Lamp("first", "relay"), Lamp("second", random.choice(("relay", "device"))), Lamp("third", "relay")]
        prop = Property(folder, lamps)
        prop.go_on(30.0)
        for _ in range(random.randint(4, 10)):
            _happens(prop, random.choice(lamps), random)
        for lamp in lamps:
            lamp.silent, lamp.refuses = False, ()
        prop.go_on(1500.0, every=10.0)
        for lamp in lamps:
            assert not lamp.open or _is_told(prop, lamp), (group, number, lamp.name)
        starts = Counter((each.asset, each.procedure) for each in prop.starts())
        assert max(starts.values(), default=1) == 1, (group, number)
        prop.close()
