"""A year of luminaires that somebody tests by command: their neighbours, their troubles, and the book of the truth.

Batteries grow weak, relays stick, mains fail, now and then in the middle of a test, and the wire loses words. Moved on
a time that is handed in, the same way for the same seed; knows no gateway.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from simulators.plants import EmergencyLight
from simulators.plants.plant import DAY
from simulators.year_lamps import STARTS, Book, Lamp, Together, Told

START = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8))).timestamp()
SECTION = 10
"""Luminaires on one circuit, one corridor: each hangs beside the next one."""
STAIR = 3
"""The first of a corridor light one stair: they are a group."""
CAPACITY_AH, LOAD_A, RATED_MIN = 2.0, 0.9, 32
FULL_MIN = 60 * CAPACITY_AH / LOAD_A
WEAK, STUCK = 0.05, 0.02
"""Shares of all luminaires."""
SHORT_MIN, MIDDLING_MIN = (5.0, 14.0), 20.0
"""Minutes for which a weak battery lasts; one in three does for a quarter of an hour, and not for its rated time."""
SECTION_OUTAGES, SITE_OUTAGES = 3.0, 1.5
"""A year."""
OUTAGE_IN_TEST, SILENT_IN_TEST, FROZEN_IN_TEST, RESTART_IN_TEST = 0.02, 0.02, 0.01, 0.01
IN_TEST = 900.0
"""Seconds after its start within which such a thing befalls a test; and for how long a device is silent, or frozen:"""
SILENT, FROZEN = (20.0, 600.0), (900.0, 3 * 3600.0)
LOST_ANSWER, LOST_FRAME, REFUSED = 0.02, 0.01, 0.01
BLINK = 20.0
"""Seconds within which nobody can know that a neighbour's mains have just failed."""


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    days: int = 365
    lamps: int = 200
    seed: int = 1

    @property
    def end(self) -> float:
        """Seconds since 1970."""
        return START + self.days * DAY


class Weak(NamedTuple):
    """A battery that lasts only so many minutes, from a time on until somebody replaces it."""

    asset: str
    minutes: float
    since: float
    until: float


class Year:
    """All luminaires; `touched` are those that show something new, until it is emptied, `script` is what is to come."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.now = plan, START
        self.random = random.Random(f"{plan.seed}/year")
        self.book, self.touched = Book(), set[str]()
        self.weak: dict[str, Weak] = {}
        self.stuck: dict[str, str] = {}
        self.replaced: list[Weak] = []
        self.script: list[tuple[float, int, Callable[[], None]]] = []
        self._due: list[tuple[float, str]] = []
        self._serial = 0
        names = [f"light-{number:03}" for number in range(plan.lamps)]
        self.lamps = {name: self._lamp(name, number) for number, name in enumerate(names)}
        self.sections = [names[at : at + SECTION] for at in range(0, len(names), SECTION)]
        self.next_to = {name: other for row in self.sections for name, other in pairwise(row)}
        self.groups = {name: f"stair-{number}" for number, row in enumerate(self.sections) for name in row[:STAIR]}
        self.beside = _beside(names, self.next_to, self.groups)
        self._write_script()

    def _lamp(self, name: str, number: int) -> Lamp:
        plant = EmergencyLight(
            name, START, self.plan.seed, capacity_ah=CAPACITY_AH, load_amps=LOAD_A, rated_min=RATED_MIN, idle_step=600.0
        )
        lamp = Lamp(plant, "device" if number % 2 else "relay", timed=number % 4 == 0, book=self.book)
        plant.keep(self.book.keep)
        plant.watch(partial(self._look, lamp))
        heapq.heappush(self._due, (plant.due, name))
        return lamp

    def _look(self, lamp: Lamp) -> None:
        if lamp.changed():
            self.touched.add(lamp.name)

    # --- what happens by itself

    def _write_script(self) -> None:
        plan, shuffled = self.plan, sorted(self.lamps)
        self.random.shuffle(shuffled)
        weak, stuck = max(2, round(WEAK * plan.lamps)), max(2, round(STUCK * plan.lamps))
        for number, name in enumerate(shuffled[:weak]):
            minutes = MIDDLING_MIN if number % 3 == 1 else self.random.uniform(*SHORT_MIN)
            onset = 0.0 if number % 3 == 1 else self.random.uniform(0.0, 0.7 * plan.days) * DAY
            self._at(START + onset, partial(self.weaken, name, minutes))
        relays = [name for name in shuffled[weak:] if self.lamps[name].way == "relay"]
        for number, name in enumerate(relays[:stuck]):
            fault = ("relay_stuck_closed", "relay_welded_open")[number % 2]
            self._at(START + self.random.uniform(0.0, 0.6 * plan.days) * DAY, partial(self._stick, name, fault))
        years = plan.days / 365
        for row in self.sections:
            self._outages(row, SECTION_OUTAGES * years)
        self._outages(list(self.lamps), SITE_OUTAGES * years)

    def _outages(self, names: list[str], expected: float) -> None:
        at = START
        while (at := at + self.random.expovariate(expected / (self.plan.days * DAY))) < self.plan.end:
            self._at(at, partial(self._cut, names))

    def _cut(self, names: list[str]) -> None:
        """The mains of these fail, for some minutes mostly, and seldom for hours."""
        ends = self.now + min(3 * 3600.0, self.random.lognormvariate(math.log(240.0), 1.2))
        for name in names:
            self._break(name, "mains_failure")
        self._at(ends, partial(self._restore, names))

    def _restore(self, names: list[str]) -> None:
        for name in names:
            self._mend(name, "mains_failure")

    def weaken(self, name: str, minutes: float) -> None:
        """Its battery lasts only so long from now on."""
        self.weak[name] = Weak(name, minutes, self.now, math.inf)
        self._break(name, "battery_aged", health=minutes / FULL_MIN)

    def _stick(self, name: str, fault: str) -> None:
        self.stuck[name] = fault
        self._break(name, fault)

    def new_battery(self, name: str) -> None:
        """Somebody has found out that the battery is weak."""
        if name in self.weak:
            self.replaced.append(self.weak.pop(name)._replace(until=self.now))
            self._mend(name, "battery_aged")

    def new_relay(self, name: str) -> None:
        """Somebody has found out that the relay is stuck."""
        if name in self.stuck:
            self._mend(name, self.stuck.pop(name))

    # --- what somebody asks for

    def command(self, name: str, command: str, seconds: float | None) -> str:
        """A command on its way to a device: `taken`, `refused` or `unsure`, which says nothing of what came of it."""
        fate = self.random.random()
        if fate < REFUSED:
            return "refused"
        if fate < REFUSED + LOST_FRAME:
            return "unsure"
        lamp = self._brought_up(name)
        runs = lamp.plant.on_battery
        lamp.obey(command, seconds)
        self._plan_for(name)
        if command in STARTS and lamp.plant.on_battery and not runs:
            self._note_neighbours(lamp)
            self._at(self.now + self.random.uniform(0.0, IN_TEST), self._befalls(lamp))
        return "unsure" if fate < REFUSED + LOST_FRAME + LOST_ANSWER else "taken"

    def _befalls(self, lamp: Lamp) -> Callable[[], None]:
        """What comes between a test and its end; mostly nothing."""
        section = next(row for row in self.sections if lamp.name in row)
        silent, frozen = self.random.uniform(*SILENT), self.random.uniform(*FROZEN)
        happenings: list[Callable[[], None]] = [
            partial(self._cut, section), lambda: self._brought_up(lamp.name).fall_silent(silent),
            lambda: self._brought_up(lamp.name).freeze(frozen), lambda: self.restart(lamp), lambda: None,
        ]  # fmt: skip
        shares = (OUTAGE_IN_TEST, SILENT_IN_TEST, FROZEN_IN_TEST, RESTART_IN_TEST)
        return self.random.choices(happenings, [*shares, 1.0 - sum(shares)])[0]

    def restart(self, lamp: Lamp) -> None:
        """A gear that starts anew knows of no test; a relay that does so is off."""
        plant = self._brought_up(lamp.name).plant
        if lamp.way == "device":
            plant.restart()
        else:
            plant.switch_relay(False, "restart")
        self._plan_for(lamp.name)

    def _note_neighbours(self, lamp: Lamp) -> None:
        for name in self.beside[lamp.name]:
            other = self._brought_up(name)
            since = other.on_battery_since or 0.0
            if other.recharges or (other.plant.on_battery and self.now - since > BLINK):
                self.book.together.append(Together(lamp.name, self.now, name, since))

    # --- time

    def due(self) -> float:
        """When something happens next by itself."""
        script = self.script[0][0] if self.script else math.inf
        return min(script, self._due[0][0] if self._due else math.inf)

    def advance(self, now: float) -> None:
        """Everything that happens up to `now`."""
        while (at := self.due()) <= now:
            self.now = max(self.now, at)
            if self.script and self.script[0][0] <= at:
                heapq.heappop(self.script)[2]()
                continue
            _, name = heapq.heappop(self._due)
            if self.lamps[name].plant.due <= at:
                self.lamps[name].plant.advance(at)
                self._plan_for(name)
        self.now = max(self.now, now)

    def told(self, name: str) -> Told | None:
        """What the device of a luminaire tells now; None while it is silent."""
        return self._brought_up(name).told()

    def _at(self, at: float, action: Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self.script, (at, self._serial, action))

    def _brought_up(self, name: str) -> Lamp:
        lamp = self.lamps[name]
        lamp.plant.advance(self.now)
        return lamp

    def _break(self, name: str, fault: str, **params: float) -> None:
        self._brought_up(name).plant.fail(fault, **params)
        self._plan_for(name)

    def _mend(self, name: str, fault: str) -> None:
        self._brought_up(name).plant.repair(fault)
        self._plan_for(name)

    def _plan_for(self, name: str) -> None:
        heapq.heappush(self._due, (self.lamps[name].plant.due, name))


def _beside(names: list[str], next_to: Mapping[str, str], groups: Mapping[str, str]) -> dict[str, set[str]]:
    """Who must not be without a full battery together with whom."""
    beside: dict[str, set[str]] = {name: set() for name in names}
    pairs = [*next_to.items(), *((a, b) for a in groups for b in groups if a != b and groups[a] == groups[b])]
    for one, other in pairs:
        beside[one].add(other)
        beside[other].add(one)
    return beside


def add_options(parser: argparse.ArgumentParser) -> None:
    """The flags that say which year."""
    for name, value in (("days", 365), ("lamps", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value, help=f"({value})")
