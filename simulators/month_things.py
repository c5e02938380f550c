"""What ideal devices of the five families tell, by change and at a slow regular beat. Knows no standard and no faults.

A thing is a plant with its device: the device may fall silent, or measure nonsense.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.plants import FAMILIES as PLANTS
from simulators.plants.plant import Plant

Value = bool | float | int | str
Values = dict[str, Value]
Say = Callable[[float, str, Mapping[str, Value]], None]
UNITS: Mapping[str, str] = {
    "motor_power": "W", "battery_voltage": "V", "lamp_power": "W", "pressure": "MPa", "temperature": "°C",
    "level_error": "mm", "vibration": "mm/s", "car_lux": "lx",
}  # fmt: skip
OWN_FAULTS = ("silent", "sensor_failed", "visit_missed")
"""Faults of the device, or of who should come, rather than of the plant."""
VISIT_EVERY_S, OVERDUE_AFTER_S = 13 * 86_400.0, 15 * 86_400.0


@dataclass(frozen=True)
class Family:
    """`states` are told at once when they change, `samples` only every `beat` seconds, and everything with them."""

    options: Mapping[str, float]
    beat: float
    night: float
    states: Callable[[Any], Values]
    samples: Callable[[Any], Values]


@dataclass
class Thing:
    """A plant and what its device has told. `facts` are what its papers say."""

    name: str
    family: str
    plant: Any
    say: Say
    facts: Mapping[str, Value] = field(default_factory=dict)
    light_sensor: bool = False
    """A lift car has one, or else only a contact that tells whether its light is on."""
    random: random.Random = field(default_factory=random.Random)
    trouble: set[str] = field(default_factory=set)
    said: Values = field(default_factory=dict)
    visited: float = 0.0
    """When somebody last came to maintain it, simulated epoch seconds."""

    def live(self, phase: float) -> None:
        """Begins to tell; `phase`, 0 to 1, is when in the beat it does so."""
        beat = FAMILIES[self.family].beat
        age = self.random.uniform(0.0, VISIT_EVERY_S)
        self.visited = self.plant.now - age
        self.plant.after(OVERDUE_AFTER_S - age, self.look)
        self.plant.after(VISIT_EVERY_S - age, lambda: self.plant.every(VISIT_EVERY_S, self.visit))
        self.plant.after(VISIT_EVERY_S - age, self.visit)
        self.plant.watch(self.look)
        self.plant.after(0.0, self.tell_all)
        self.plant.after(phase * beat, self.tell_all)
        self.plant.after(phase * beat, lambda: self.plant.every(beat, self.tell_all))

    def described(self) -> dict[str, object]:
        """What it is and tells: family, facts, beat in seconds, each point's type and unit."""
        family = FAMILIES[self.family]
        points = {point: (_type(value), UNITS.get(point, "")) for point, value in self._everything().items()}
        return {"family": self.family, "facts": self.facts, "beat": family.beat, "points": points}

    def _everything(self) -> Values:
        return FAMILIES[self.family].states(self) | FAMILIES[self.family].samples(self)

    def visit(self) -> None:
        """Somebody comes to maintain it, and has a tag read there."""
        if "visit_missed" not in self.trouble:
            self.visited = self.plant.now
            self.plant.after(OVERDUE_AFTER_S, self.look)

    def look(self) -> None:
        """Tells the states that changed."""
        now = FAMILIES[self.family].states(self)
        changed = {point: value for point, value in now.items() if self.said.get(point) != value}
        if changed and self.said and "silent" not in self.trouble:
            self.said |= changed
            self.say(self.plant.now, self.name, changed)

    def tell_all(self) -> None:
        """Tells everything."""
        if "silent" not in self.trouble:
            self.said = FAMILIES[self.family].states(self)
            self.say(self.plant.now, self.name, self.said | FAMILIES[self.family].samples(self))

    def fail(self, fault: str, params: Mapping[str, float]) -> None:
        """Begins a fault of the plant or of the device."""
        if fault not in OWN_FAULTS:
            self.plant.fail(fault, **params)
            return
        self.trouble.add(fault)
        self.tell_all()

    def repair(self, fault: str) -> None:
        """Ends it."""
        if fault not in OWN_FAULTS:
            self.plant.repair(fault)
            return
        self.trouble.discard(fault)
        if fault == "visit_missed":
            self.visit()
        self.tell_all()

    def measured(self, value: float, noise: float, step: float) -> float:
        """A value as a sensor with normal noise and rounding to `step` tells it; nonsense while it is failed."""
        if "sensor_failed" in self.trouble:
            return -999.0
        return round(round(self.random.gauss(value, noise) / step) * step, 6)


def _type(value: Value) -> str:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def make_thing(name: str, family: str, start: float, seed: int, say: Say) -> Thing:
    """A thing with a plant of its own."""
    told = FAMILIES[family]
    plant: Plant = PLANTS[family](name, start, seed, **told.options)
    plant.night = told.night
    return Thing(name, family, plant, say, random=random.Random(f"{seed}/month/{name}"))


def _door(thing: Thing) -> Values:
    plant = thing.plant
    return {
        "closed": plant.contact_closed, "unlocked": plant.unlocked, "reader_online": plant.reader_online,
        "reader_tamper": plant.reader_tamper,
    }  # fmt: skip


def _gate(thing: Thing) -> Values:
    plant = thing.plant
    return {
        "status": plant.state, "fault_code": plant.error_code, "loop_occupied": plant.loop_occupied,
        "boom_intact": plant.boom_intact, "reader_online": plant.reader_online,
        "motor_power": round(plant.motor_watts),
    }  # fmt: skip


def _light(thing: Thing) -> Values:
    plant = thing.plant
    return {
        "mains_present": plant.mains_present, "battery_fault": "battery_failed" in plant.active,
        "charger_fault": not plant.charger_ok, "battery_low": plant.battery_low,
        "lamp_fault": "lamp_failed" in plant.active, "function_test_failed": "self_test_failed" in plant.active,
        "lamp_power": 3.2 if plant.lamp_on else 0.0,
    }  # fmt: skip


def _extinguisher(thing: Thing) -> Values:
    return {"present": thing.plant.present, "unobstructed": thing.plant.unobstructed}


def _pressure(thing: Thing) -> Values:
    """A transmitter of 1 kPa noise and 1 kPa digits beside the cylinder, whose gas follows later than it does."""
    return {
        "pressure": thing.measured(thing.plant.pressure_mpa, 0.001, 0.001),
        "temperature": thing.measured(thing.plant.ambient_celsius, 0.1, 0.1),
    }


def _lift(thing: Thing) -> Values:
    plant = thing.plant
    uneven = 0.9 + 0.2 * (plant.runs * 0.6180339887 % 1.0)  # no ride shakes quite as the one before
    return {
        "mode": "out-of-service" if "stopped_for_work" in plant.active else "normal",
        "controller_fault": plant.fault_code != 0, "position_lost": "position_lost" in plant.active,
        "call_button_fault": "call_button_faulty" in plant.active, "moving": plant.moving,
        "door_zone": plant.door_zone, "occupied": plant.occupied, "call_pressed": plant.call_asserted,
        "floor": plant.car_floor, "displayed_floor": plant.displayed_floor,
        "maintenance": round(thing.visited), "level_error": round(plant.level_error_mm, 1),
        "vibration": round(plant.ride_vibration_mm_s * uneven, 2) if plant.moving else 0.05,
    }  # fmt: skip


def _car_light(thing: Thing) -> Values:
    return {"car_lux": thing.measured(thing.plant.car_lux, 1.0, 1.0)} if thing.light_sensor else {}


def _lift_states(thing: Thing) -> Values:
    contact: Values = {} if thing.light_sensor else {"car_light_on": thing.plant.car_light_on}
    return _lift(thing) | contact


FAMILIES: Mapping[str, Family] = {
    "access-door": Family({"pass_every": 3600.0}, 4 * 3600.0, 6.0, _door, lambda thing: {}),
    "barrier-gate": Family(
        {"vehicle_every": 3600.0}, 3600.0, 6.0, _gate, lambda thing: {"operations": thing.plant.operations}
    ),
    "emergency-light": Family(
        {"step": 1800.0}, 2 * 3600.0, 1.0, _light,
        lambda thing: {"battery_voltage": thing.measured(thing.plant.battery.volts, 0.01, 0.01)},
    ),
    "extinguisher": Family({}, 3600.0, 1.0, _extinguisher, _pressure),
    "lift": Family({"call_every": 3600.0}, 3600.0, 8.0, _lift_states, _car_light),
}  # fmt: skip
