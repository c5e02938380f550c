"""Which dry contacts of each family go to an input module, in terminal order. Knows no register."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simulators.plants import AccessDoor, BarrierGate, CentralBattery, Extinguisher, Lift, PerimeterZone
from simulators.plants.emergency_light import FULL
from simulators.plants.plant import Plant

Wire = Callable[[], bool]


def door(plant: AccessDoor) -> list[Wire]:
    """Contact closed, lock released (grant or exit button), reader online, reader tampered."""
    return [
        lambda: plant.contact_closed,
        lambda: plant.unlocked,
        lambda: plant.reader_online,
        lambda: plant.reader_tamper,
    ]


def gate(plant: BarrierGate) -> list[Wire]:
    """Loop occupied, reader online, boom intact, obstruction."""
    return [
        lambda: plant.loop_occupied,
        lambda: plant.reader_online,
        lambda: plant.boom_intact,
        lambda: plant.obstruction,
    ]


def central(plant: CentralBattery) -> list[Wire]:
    """Mains present, battery full, and a current relay in each circuit."""
    circuits = range(1, plant.circuits + 1)
    return [
        lambda: plant.mains_present,
        lambda: plant.battery.soc > FULL and not plant.on_battery,
        *(partial(plant.carried, circuit) for circuit in circuits),
    ]


def extinguisher(plant: Extinguisher) -> list[Wire]:
    """Present in its bracket, unobstructed."""
    return [lambda: plant.present, lambda: plant.unobstructed]


def lift(plant: Lift) -> list[Wire]:
    """Door zone, car occupied, call button asserted, alarm button, car light on."""
    return [
        lambda: plant.door_zone,
        lambda: plant.occupied,
        lambda: plant.call_asserted,
        lambda: plant.alarm_button,
        lambda: plant.car_light_on,
    ]


def zone(plant: PerimeterZone) -> list[Wire]:
    """In alarm, test input driven, housing closed."""
    return [lambda: plant.alarm, lambda: plant.stimulated, lambda: not plant.tampered]


def wires(plant: Plant) -> list[Wire]:
    """The contacts of a plant. Raises TypeError for a family without any."""
    if isinstance(plant, AccessDoor):
        return door(plant)
    if isinstance(plant, BarrierGate):
        return gate(plant)
    if isinstance(plant, CentralBattery):
        return central(plant)
    if isinstance(plant, Extinguisher):
        return extinguisher(plant)
    if isinstance(plant, Lift):
        return lift(plant)
    if isinstance(plant, PerimeterZone):
        return zone(plant)
    raise TypeError(f"{plant.id}: a {type(plant).__name__} has no contacts to wire")
