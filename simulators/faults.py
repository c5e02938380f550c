"""Reads a scenario and breaks and repairs plants, devices and connections at its times. Writes the ledger."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.clock import seconds
from simulators.plants.plant import UnknownFault
from simulators.property import PropertyError, read_yaml
from simulators.world import World

# Default parameter of each device fault: the exception code, and real seconds of delay.
DEVICE_FAULTS: Mapping[str, Mapping[str, float]] = {
    "silent": {},
    "exception": {"code": 4},
    "slow": {"seconds": 2.0},
    "sensor_error": {},
    "frozen": {},
}
_MQTT_FAULTS = ("silent", "sensor_error")
_KEYS = {"at", "asset", "on", "fault", "for", "with", "expect"}

Cut = Callable[[str, bool], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """One fault. `asset` is whose ticket it should be, `target` what breaks; `lasts` is None for never repaired."""

    at: float
    asset: str
    target: str
    fault: str
    lasts: float | None
    params: Mapping[str, float]
    expect: str


def load_scenario(path: Path) -> list[Row]:
    """Reads a scenario, earliest fault first. Raises `PropertyError`."""
    rows = read_yaml(path).get("faults") or []
    try:
        return sorted((_row(entry) for entry in rows), key=lambda row: row.at)
    except (KeyError, TypeError, ValueError) as error:
        raise PropertyError(f"{path}: {error!r}") from error


def _row(entry: Mapping[str, Any]) -> Row:
    unknown = entry.keys() - _KEYS
    if unknown:
        raise ValueError(f"{entry['at']} {entry['asset']}: unknown key {', '.join(sorted(unknown))}")
    return Row(
        at=seconds(entry["at"]),
        asset=entry["asset"],
        target=entry.get("on", entry["asset"]),
        fault=entry["fault"],
        lasts=seconds(entry["for"]) if "for" in entry else None,
        params=entry.get("with") or {},
        expect=entry["expect"],
    )


def problems(rows: list[Row], world: World) -> Iterator[str]:
    """What in a scenario does not fit the property."""
    faults: Mapping[str, Mapping[str, float]]
    for row in rows:
        kind, _, name = row.target.rpartition("/")
        if kind == "connection":
            known, faults = name in world.property.connections, {"cut": {}}
        elif kind == "device":
            known = name in world.modbus or name in world.mqtt
            faults = {fault: DEVICE_FAULTS[fault] for fault in (_MQTT_FAULTS if name in world.mqtt else DEVICE_FAULTS)}
        else:
            known = name in world.plants
            faults = world.plants[name].FAULTS if known else {}
        if not known:
            yield f"{row.fault} at {row.at:g} s: nothing is called {row.target}"
        elif row.fault not in faults:
            yield f"{row.target}: no fault {row.fault}; it can have {', '.join(faults)}"
        elif not row.params.keys() <= faults[row.fault].keys():
            yield f"{row.target}: {row.fault} has no {', '.join(row.params.keys() - faults[row.fault].keys())}"


@dataclass
class Director:
    """Carries out a scenario. `cut` takes a connection away or gives it back. Times count from `start`."""

    world: World
    rows: list[Row]
    cut: Cut
    start: float
    _due: list[tuple[float, int, Row, bool]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Puts onsets and repairs in order."""
        for index, row in enumerate(self.rows):
            heapq.heappush(self._due, (self.start + row.at, index, row, True))
            if row.lasts is not None:
                heapq.heappush(self._due, (self.start + row.at + row.lasts, index, row, False))

    async def turn(self, now: float) -> None:
        """Everything that is due by `now`, each at its own time."""
        while self._due and self._due[0][0] <= now:
            at, _, row, begins = heapq.heappop(self._due)
            await self._carry_out(row, at, begins)
            facts = {"asset": row.asset, "target": row.target, "fault": row.fault, "expect": row.expect}
            self.world.ledger.condition(at, "onset" if begins else "end", facts)

    async def _carry_out(self, row: Row, at: float, begins: bool) -> None:
        kind, _, name = row.target.rpartition("/")
        if kind == "connection":
            await self.cut(name, begins)
        elif kind == "device":
            self._trouble_device(name, row, begins)
        else:
            self._break_plant(name, row, at, begins)

    def _break_plant(self, name: str, row: Row, at: float, begins: bool) -> None:
        plant = self.world.plants[name]
        plant.advance(at)
        try:
            plant.fail(row.fault, **row.params) if begins else plant.repair(row.fault)
        except UnknownFault as error:
            raise PropertyError(str(error)) from error

    def _trouble_device(self, name: str, row: Row, begins: bool) -> None:
        device = self.world.modbus.get(name) or self.world.mqtt[name]
        if row.fault in ("sensor_error", "frozen"):
            setattr(device.trouble, row.fault, begins)
        elif name in self.world.mqtt:
            device.trouble.silent = begins
        else:
            self._mend_manners(name, row, begins)

    def _mend_manners(self, name: str, row: Row, begins: bool) -> None:
        spec = self.world.property.devices[name]
        manners = self.world.lines[spec.connection].manners_of(spec.unit or 0)
        params = {**DEVICE_FAULTS[row.fault], **row.params}
        if row.fault == "silent":
            manners.silent = begins
        elif row.fault == "exception":
            manners.exception = int(params["code"]) if begins else None
        else:
            manners.delay_s = params["seconds"] if begins else 0.0
