"""A luminaire of the year: what its device tells and does, and what is written down of it. Knows no gateway.

One half run their own tests, as DALI gear does; in the feed of the others is a relay, with or without a timer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from simulators.plants.emergency_light import FULL, EmergencyLight

Told = Mapping[str, bool | float | str]
OWN = {"start_function_test": "function", "start_duration_test": "duration"}
STARTS = (*OWN, "break_supply")
_POINTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "device": {
        "mains_present": ("boolean", ""), "lamp_on": ("boolean", ""), "mode": ("text", ""),
        "battery_level": ("number", "%"), "battery_full": ("boolean", ""), "function_test_done": ("boolean", ""),
        "function_test_failed": ("boolean", ""), "duration_test_done": ("boolean", ""),
        "duration_test_failed": ("boolean", ""), "duration_test_result": ("number", "min"),
    },
    "relay": {
        "mains_present": ("boolean", ""), "lamp_on": ("boolean", ""), "battery_voltage": ("number", "V"),
        "battery_level": ("number", "%"), "supply_broken": ("boolean", ""), "feed_present": ("boolean", ""),
    },
}  # fmt: skip
"""What the devices of each way tell: type and unit."""


class Burnt(NamedTuple):
    """A discharge: how it came about, when it began and ended, and for how many seconds the lamp was lit."""

    asset: str
    kind: str
    began: float
    ended: float
    lit: float


class Frame(NamedTuple):
    """A command that came to a device, and whether anything came of it."""

    asset: str
    at: float
    name: str
    acted: bool


class Held(NamedTuple):
    """What a command held on: a test of its own, or the relay; and who ended it."""

    asset: str
    output: str
    began: float
    ended: float
    by: str


class Blind(NamedTuple):
    """A time in which a device told nothing, or the same over and over."""

    asset: str
    since: float
    until: float


class Together(NamedTuple):
    """A commanded discharge began while a neighbour ran on its battery (`since`), or recharged it."""

    asset: str
    at: float
    neighbour: str
    since: float


@dataclass
class Book:
    """What truly happened."""

    burnt: list[Burnt] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    together: list[Together] = field(default_factory=list)
    blind: list[Blind] = field(default_factory=list)

    def keep(self, at: float, what: str, facts: Mapping[str, object]) -> None:
        """What a plant tells of what is over."""
        told = [facts.get(name) for name in ("asset", "kind", "output", "began", "lasted", "by")]
        asset, kind, output, began, lasted, by = told
        if what == "discharge":
            self.burnt.append(Burnt(str(asset), str(kind), _number(began), at, _number(lasted)))
        elif what == "released":
            self.held.append(Held(str(asset), str(output), _number(began), at, str(by)))


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


class Lamp:
    """One luminaire. `way` is `device` or `relay`; a relay that is `timed` gives the supply back by itself."""

    def __init__(self, plant: EmergencyLight, way: str, *, timed: bool, book: Book) -> None:
        self.plant, self.way, self.timed, self.book = plant, way, timed, book
        self.name = plant.id
        self.on_battery_since: float | None = None
        self._timer = 0
        self.silent_until = self._frozen_until = 0.0
        self._frozen: Told = {}
        self.seen = self._state()

    @property
    def points(self) -> Mapping[str, tuple[str, str]]:
        """What its device tells: type and unit."""
        return _POINTS[self.way]

    @property
    def recharges(self) -> bool:
        """Its battery is not full, and it does not run from it."""
        return not self.plant.on_battery and self.plant.battery.soc <= FULL

    def changed(self) -> bool:
        """Whether it shows anything else than when this was asked last."""
        before, self.seen = self.seen, self._state()
        if self.plant.on_battery != (self.on_battery_since is not None):
            self.on_battery_since = self.plant.now if self.plant.on_battery else None
        return before != self.seen

    def fall_silent(self, seconds: float) -> None:
        """Its device tells nothing from now on, for so long."""
        self.silent_until = self.plant.now + seconds
        self.book.blind.append(Blind(self.name, self.plant.now, self.silent_until))

    def freeze(self, seconds: float) -> None:
        """Its device tells from now on, for so long, what it told now."""
        self._frozen, self._frozen_until = self._all(), self.plant.now + seconds
        self.book.blind.append(Blind(self.name, self.plant.now, self._frozen_until))

    def told(self) -> Told | None:
        """All that its device tells now; None while it is silent."""
        if self.plant.now < self.silent_until:
            return None
        return self._frozen if self.plant.now < self._frozen_until else self._all()

    def _all(self) -> Told:
        plant, tests = self.plant, self.plant.self_test
        told: dict[str, bool | float | str] = {
            "mains_present": plant.mains_present, "lamp_on": plant.lamp_on,
            "battery_level": round(100 * plant.battery.soc, 1),
        }  # fmt: skip
        if self.way == "relay":
            feed = {"supply_broken": plant.feed.coil, "feed_present": plant.feed.mains}
            return {**told, **feed, "battery_voltage": round(plant.battery.volts, 2)}
        mode = f"{plant.test}-test" if plant.test else "normal" if plant.mains_present else "emergency"
        flags = {
            f"{kind}_test_{word}": kind in kinds
            for word, kinds in (("done", tests.done), ("failed", tests.failing))
            for kind in ("function", "duration")
        }
        result = float(int((tests.last_duration_min or 0.0) // 2) * 2)
        return {**told, **flags, "mode": mode, "battery_full": plant.battery.soc > FULL, "duration_test_result": result}

    def obey(self, name: str, seconds: float | None) -> bool:
        """Does as a command says; returns whether anything came of it."""
        plant = self.plant
        if name in OWN:
            acted = plant.ask_test(OWN[name])
        elif name == "stop_test":
            acted = plant.stop_test()
        else:
            acted = plant.switch_relay(name == "break_supply")
            self._set_timer(seconds if self.timed and name == "break_supply" else None)
        self.book.frames.append(Frame(self.name, plant.now, name, acted))
        return acted

    def _set_timer(self, seconds: float | None) -> None:
        """The relay's own timer; a new command takes the place of the last one's."""
        self._timer += 1
        number = self._timer
        if seconds is not None:
            self.plant.after(seconds, lambda: self._let_go() if number == self._timer else None)

    def _let_go(self) -> None:
        self.plant.switch_relay(False, "timer")

    def _state(self) -> tuple[object, ...]:
        plant = self.plant
        return (
            plant.mains_present, plant.test, plant.lamp_on, plant.feed.coil, plant.feed.mains, plant.battery.soc > FULL,
            tuple(plant.self_test.done), tuple(plant.self_test.failing),
        )  # fmt: skip
