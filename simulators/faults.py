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
    "deaf": {},
    "stop_refused": {},
    "reboot": {},
}
_MQTT_FAULTS = ("silent", "sensor_error", "deaf", "stop_refused", "reboot")
_TROUBLES = ("sensor_error", "frozen", "deaf", "stop_refused")
_KEYS = {"at", "asset", "on", "fault", "for", "with", "expect"}
_ACT_KEYS = {"at", "asset", "act"}

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


@dataclass(frozen=True)
class Act:
    """Something that a plant does by itself at a time, and that is no fault: a luminaire begins its battery test."""

    at: float
    asset: str
    act: str


def load_scenario(path: Path) -> list[Row | Act]:
    """Reads a scenario, earliest first. Raises `PropertyError`."""
    document = read_yaml(path)
    try:
        faults = [_row(entry) for entry in document.get("faults") or []]
        acts = [_act(entry) for entry in document.get("acts") or []]
    except (KeyError, TypeError, ValueError) as error:
        raise PropertyError(f"{path}: {error!r}") from error
    return sorted((*faults, *acts), key=lambda row: row.at)


def _only(keys: set[str], entry: Mapping[str, Any]) -> None:
    unknown = entry.keys() - keys
    if unknown:
        raise ValueError(f"{entry['at']} {entry['asset']}: unknown key {', '.join(sorted(unknown))}")


def _act(entry: Mapping[str, Any]) -> Act:
    _only(_ACT_KEYS, entry)
    return Act(seconds(entry["at"]), entry["asset"], entry["act"])


def _row(entry: Mapping[str, Any]) -> Row:
    _only(_KEYS, entry)
    return Row(
        at=seconds(entry["at"]),
        asset=entry["asset"],
        target=entry.get("on", entry["asset"]),
        fault=entry["fault"],
        lasts=seconds(entry["for"]) if "for" in entry else None,
        params=entry.get("with") or {},
        expect=entry["expect"],
    )


def problems(rows: list[Row | Act], world: World) -> Iterator[str]:
    """What in a scenario does not fit the property."""
    for row in rows:
        problem = _fault_problem(row, world) if isinstance(row, Row) else _act_problem(row, world)
        if problem:
            yield problem


def _act_problem(row: Act, world: World) -> str:
    plant = world.plants.get(row.asset)
    if plant is None:
        return f"{row.act} at {row.at:g} s: nothing is called {row.asset}"
    can = ", ".join(plant.ACTS) or "nothing"
    return "" if row.act in plant.ACTS else f"{row.asset}: no act {row.act}; it can do {can}"


def _fault_problem(row: Row, world: World) -> str:
    faults = _faults_of(row.target, world)
    if faults is None:
        return f"{row.fault} at {row.at:g} s: nothing is called {row.target}"
    if row.fault not in faults:
        return f"{row.target}: no fault {row.fault}; it can have {', '.join(faults)}"
    foreign = row.params.keys() - faults[row.fault].keys()
    return f"{row.target}: {row.fault} has no {', '.join(foreign)}" if foreign else ""


def _faults_of(target: str, world: World) -> Mapping[str, Mapping[str, float]] | None:
    """What can befall a plant, a device or a connection, with its parameters; None where there is no such thing."""
    kind, _, name = target.rpartition("/")
    if kind == "connection":
        return {"cut": {}} if name in world.property.connections else None
    if kind == "device":
        if name in world.mqtt:
            return {fault: DEVICE_FAULTS[fault] for fault in _MQTT_FAULTS}
        return DEVICE_FAULTS if name in world.modbus else None
    return world.plants[name].FAULTS if name in world.plants else None


@dataclass
class Director:
    """Carries out a scenario. `cut` takes a connection away or gives it back. Times count from `start`."""

    world: World
    rows: list[Row | Act]
    cut: Cut
    start: float
    _due: list[tuple[float, int, Row | Act, bool]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Puts onsets and repairs in order."""
        for index, row in enumerate(self.rows):
            heapq.heappush(self._due, (self.start + row.at, index, row, True))
            if isinstance(row, Row) and row.lasts is not None:
                heapq.heappush(self._due, (self.start + row.at + row.lasts, index, row, False))

    async def turn(self, now: float) -> None:
        """Everything that is due by `now`, each at its own time."""
        while self._due and self._due[0][0] <= now:
            at, _, row, begins = heapq.heappop(self._due)
            if isinstance(row, Act):
                self._do(row, at)
                continue
            await self._carry_out(row, at, begins)
            facts = {"asset": row.asset, "target": row.target, "fault": row.fault, "expect": row.expect}
            self.world.ledger.condition(at, "onset" if begins else "end", facts)

    def _do(self, row: Act, at: float) -> None:
        plant = self.world.plants[row.asset]
        plant.advance(at)
        if not plant.act(row.act):
            raise PropertyError(f"{row.asset} refuses its {row.act} at {row.at:g} s")

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
        if row.fault == "reboot" and begins:
            device.restart()  # it is silent for as long as that takes
        if row.fault in _TROUBLES:
            setattr(device.trouble, row.fault, begins)
        elif name in self.world.mqtt:
            device.trouble.silent = begins
        else:
            self._mend_manners(name, row, begins)

    def _mend_manners(self, name: str, row: Row, begins: bool) -> None:
        spec = self.world.property.devices[name]
        manners = self.world.lines[spec.connection].manners_of(spec.unit or 0)
        params = {**DEVICE_FAULTS[row.fault], **row.params}
        if row.fault in ("silent", "reboot"):
            manners.silent = begins
        elif row.fault == "exception":
            manners.exception = int(params["code"]) if begins else None
        else:
            manners.delay_s = params["seconds"] if begins else 0.0
