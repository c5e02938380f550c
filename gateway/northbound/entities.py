"""How a point is shown in Home Assistant: which class it has, in which unit. Publishes nothing.

Source: home-assistant/core, homeassistant/components/sensor/const.py (DEVICE_CLASS_UNITS), binary_sensor/__init__.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kinds import Kind


@dataclass(frozen=True, slots=True)
class Look:
    """``platform``: sensor or binary_sensor; ``factor`` turns our unit into theirs; ``inverted``: on means false."""

    platform: str
    device_class: str = ""
    unit: str = ""
    factor: float = 1.0
    inverted: bool = False


OF_UNIT: Mapping[str, Look] = {
    "V": Look("sensor", "voltage", "V"),
    "A": Look("sensor", "current", "A"),
    "mA": Look("sensor", "current", "mA"),
    "W": Look("sensor", "power", "W"),
    "°C": Look("sensor", "temperature", "°C"),
    # It has no megapascal.
    "MPa": Look("sensor", "pressure", "kPa", 1000.0),
    "lx": Look("sensor", "illuminance", "lx"),
    "s": Look("sensor", "duration", "s"),
    "min": Look("sensor", "duration", "min"),
    "h": Look("sensor", "duration", "h"),
    "d": Look("sensor", "duration", "d"),
    "kg": Look("sensor", "weight", "kg"),
    "mm": Look("sensor", "distance", "mm"),
    "mm/s": Look("sensor", "speed", "mm/s"),
    "dB(A)": Look("sensor", "sound_pressure", "dBA"),
}
"""A unit that says what is measured. ``closing_shock`` in g is an acceleration, and no weight."""
OF_NUMBER: Mapping[str, Look] = {
    "battery_level": Look("sensor", "battery", "%"),
    "humidity": Look("sensor", "humidity", "%"),
    "co2": Look("sensor", "carbon_dioxide", "ppm"),
    "co2_mean": Look("sensor", "carbon_dioxide", "ppm"),
    "car_co2": Look("sensor", "carbon_dioxide", "ppm"),
    "car_co2_mean": Look("sensor", "carbon_dioxide", "ppm"),
    "tvoc": Look("sensor", "volatile_organic_compounds_parts", "ppb"),
    "ph": Look("sensor", "ph"),
}
"""Where the name says it, and the unit alone does not."""
OF_BOOLEAN: Mapping[str, Look] = {
    "closed": Look("binary_sensor", "door", inverted=True),
    "open": Look("binary_sensor", "door"),
    "unlocked": Look("binary_sensor", "lock"),
    "forced_open": Look("binary_sensor", "safety"),
    "answers": Look("binary_sensor", "connectivity"),
    "online": Look("binary_sensor", "connectivity"),
    "mains_present": Look("binary_sensor", "power"),
    "feed_present": Look("binary_sensor", "power"),
    "battery_low": Look("binary_sensor", "battery"),
    "battery_missing": Look("binary_sensor", "problem"),
    "lamp_on": Look("binary_sensor", "light"),
    "car_light_on": Look("binary_sensor", "light"),
    "moving": Look("binary_sensor", "moving"),
    "occupied": Look("binary_sensor", "occupancy"),
    "loop_occupied": Look("binary_sensor", "occupancy"),
    "wet": Look("binary_sensor", "moisture"),
    "raining": Look("binary_sensor", "moisture"),
    "tamper": Look("binary_sensor", "tamper"),
    "obstruction": Look("binary_sensor", "problem"),
    "door_obstructed": Look("binary_sensor", "problem"),
    "position_lost": Look("binary_sensor", "problem"),
    "boom_intact": Look("binary_sensor", "problem", inverted=True),
    "supply_broken": Look("binary_sensor", "problem"),
}
ENDINGS: Mapping[str, Look] = {
    "_fault": Look("binary_sensor", "problem"),
    "_tamper": Look("binary_sensor", "tamper"),
    "_online": Look("binary_sensor", "connectivity"),
    "_running": Look("binary_sensor", "running"),
}
DATE = Look("sensor", "timestamp")
PROBLEM = Look("binary_sensor", "problem")


def look_of(kind: Kind, point: str) -> Look:
    """How ``point`` of such an asset is shown; raises KeyError when the kind has no such point."""
    type_name, unit = kind.type_of(point), kind.unit_of(point)
    if type_name == "boolean":
        endings = (look for ending, look in ENDINGS.items() if point.endswith(ending))
        return OF_BOOLEAN.get(point) or next(endings, Look("binary_sensor"))
    if type_name == "number":
        named = OF_NUMBER.get(point)
        return named if named and named.unit == unit else OF_UNIT.get(unit, Look("sensor", unit=unit))
    return DATE if type_name == "date" else Look("sensor")
