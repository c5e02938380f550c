"""Which points a recording may tell, under which names, and what their values look like. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.documents import suggest
from gateway.estate import Estate
from gateway.model import BadReading, Reading
from gateway.profiles import ModbusPoint, MqttPoint
from gateway.site.assets import type_of

BOOLEANS = {"true": True, "t": True, "1": True, "1.0": True, "false": False, "f": False, "0": False, "0.0": False}
NO_VALUE = BadReading("no-value", "in the recording")
MOST_SUGGESTED_FROM = 5000
"""Looking for the nearest of more names than these takes too long."""


@dataclass(frozen=True, slots=True)
class Told:
    """A point that a device (or a line) tells. ``owner`` is what its readings are delivered under."""

    point: int
    owner: str
    type: str = "number"
    inverted: bool = False
    choices: tuple[str, ...] = ()
    plausible: tuple[float, float] | None = None


def sources(estate: Estate) -> dict[int, Told]:
    """Every point that comes from outside, by id; derived points and facts do not."""
    told = {}
    for name, device in estate.devices.items():
        told[device.answers_id] = Told(device.answers_id, name, "boolean")
        for point, number in device.point_ids.items():
            told[number] = _told(number, name, device.profile.points.get(point))
    for name, line in estate.connections.items():
        told[line.answers_id] = Told(line.answers_id, f"connection/{name}", "boolean")
    return told


def _told(number: int, device: str, point: ModbusPoint | MqttPoint | None) -> Told:
    if point is None:
        return Told(number, device)
    choices = tuple(point.enum.values()) if point.enum and not point.is_boolean else ()
    return Told(number, device, type_of(point), choices=choices, plausible=point.plausible)


class Names:
    """Finds points by ``asset.point``, ``device:point``, or as the estate calls them."""

    def __init__(self, estate: Estate) -> None:
        told = sources(estate)
        self._known = {estate.points[number]: each for number, each in told.items()}
        self._known |= dict(_short_names(estate, told))
        self._refused: dict[str, str] = {}
        for asset in estate.assets.values():
            self._add_asset(estate, asset.name, told)

    def _add_asset(self, estate: Estate, name: str, told: dict[int, Told]) -> None:
        asset = estate.assets[name]
        opposites = {each.id: each.inputs["value"] for each in asset.derived if each.function == "inverted"}
        for point, number in asset.ids.items():
            full_name, opposite = f"{name}.{point}", opposites.get(number)
            if number in told:
                self._known[full_name] = told[number]
            elif opposite in told:
                self._known[full_name] = replace(told[opposite], inverted=True)
            elif number in estate.fixed:
                self._refused[full_name] = "is a fact of the site's files, which a recording cannot tell"
            else:
                self._refused[full_name] = "is computed: give the points that it is computed from"

    def find(self, name: str) -> Told:
        """The point of that name; raises ValueError with the reason why there is none."""
        found = self._known.get(name)
        if found is None:
            self._refused.setdefault(name, f"no such point{self._hint(name)}")
            raise ValueError(f"{name!r}: {self._refused[name]}")
        return found

    def _hint(self, name: str) -> str:
        return suggest(name, self._known) if len(self._known) <= MOST_SUGGESTED_FROM else ""


def _short_names(estate: Estate, told: dict[int, Told]) -> Iterator[tuple[str, Told]]:
    for name, device in estate.devices.items():
        yield f"{name}:answers", told[device.answers_id]
        for point, number in device.point_ids.items():
            yield f"{name}:{point}", told[number]


def read_value(written: str, told: Told) -> Reading:
    """A value as it is written; nothing is a bad reading. Raises ValueError when it is none of this point."""
    if not written:
        return NO_VALUE
    if told.type == "boolean":
        return _boolean(written, told)
    if told.type == "text":
        if told.choices and written not in told.choices:
            raise ValueError(f"{written!r} is no value of this point{suggest(written, told.choices)}")
        return written
    return _number(written, told)


def _boolean(written: str, told: Told) -> Reading:
    value = BOOLEANS.get(written.lower())
    if value is None:
        raise ValueError(f"{written!r} is neither true nor false")
    return value is not told.inverted


def _number(written: str, told: Told) -> Reading:
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in written:
        raise ValueError(f"{written!r} is no number")
    if told.plausible and not told.plausible[0] <= value <= told.plausible[1]:
        return BadReading("out-of-range", f"{value:g}")
    return value
