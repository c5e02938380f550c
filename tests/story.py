"""A small site without files, and a story told to it: set a reading, pass time, see the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from gateway.actions import Action
from gateway.alarms.alarm import Alarm
from gateway.changes import Changes
from gateway.estate import Asset, DerivedPoint, Estate, OutputSettings
from gateway.kinds import Kind, KindRecord
from gateway.model import Event, Gap, Priority, Reading, Readings, noun_and_verb
from gateway.pipeline import Pipeline
from gateway.profiles import ModbusProfile
from gateway.saved import Saved
from gateway.sources.source import Connection, Device
from gateway.standards.requirements import parse_requirement
from gateway.standards.standard import Basis, Clause, Standard, TicketTerms
from gateway.tickets.ticket import Ticket

NOON = 1_767_268_800.0
WORDS = {"zh": "字", "en": "word"}
PROFILE = ModbusProfile(
    title="t", maker="m", source="s", verified="simulator", protocol="modbus", points={"p": {"address": 0}}
)


def clause(applies_to: str, require: Mapping[str, Any], **others: Any) -> Clause:
    """A clause with short delays unless stated."""
    given = {
        "title": WORDS, "action": WORDS, "basis": Basis(document="test", kind="proposed"),
        "priority": Priority.P2, "ticket": TicketTerms(trade="general"), "off_delay": 10.0, "patience": 120.0,
    }  # fmt: skip
    return Clause.model_validate({**given, "applies_to": applies_to, "require": parse_requirement(require), **others})


ANSWERS = clause("device", {"point": "answers", "equals": True})
LINE_ANSWERS = clause("connection", {"point": "answers", "equals": True}, off_delay=30.0)
JUDGEABLE = clause("asset", {"point": "judgeable", "equals": True})


class Ticking(Protocol):
    """Has a pipeline, and ticks it at ``now``."""

    now: float
    pipeline: Pipeline

    def tick(self) -> None:
        """Once."""


def pass_time(site: Ticking, seconds: float) -> None:
    """Time passes; a tick whenever something falls due, as the runner has it."""
    end = site.now + seconds
    while site.now < end:
        due = site.pipeline.agenda.next()
        site.now = end if due is None else max(min(due, end), site.now)
        site.tick()


class Plan:
    """Collects devices and assets, and gives out point ids."""

    def __init__(self, clauses: Mapping[str, Clause]) -> None:
        self.points: list[str] = []
        self.devices: dict[str, Device] = {}
        self.assets: dict[str, Asset] = {}
        self.clauses = {
            **clauses, "device.answers": ANSWERS, "connection.answers": LINE_ANSWERS, "asset.judgeable": JUDGEABLE,
        }  # fmt: skip
        self.line = Connection("line", "modbus-tcp", self.point("connection/line/answers"), "127.0.0.1", 502)
        self._add_asset("connection/line", "connection", {"answers": self.line.answers_id})

    def point(self, name: str) -> int:
        """A new point id."""
        self.points.append(name)
        return len(self.points) - 1

    def _add_asset(self, name: str, kind: str, ids: Mapping[str, int], **others: Any) -> None:
        place = {"zh": name, "en": name}
        self.assets[name] = Asset(name, kind, "corridor", place, ids, protocol="modbus", **others)

    def asset(
        self, name: str, kind: str, points: Sequence[str], derived: Sequence[DerivedPoint] = (), **ids: int
    ) -> dict[str, int]:
        """An asset fed by a device of its own, ``<name>-device``."""
        device = f"{name}-device"
        own = {point: self.point(f"{device}/{point}") for point in points}
        answers = self.point(f"device/{device}/answers")
        self.devices[device] = Device(device, PROFILE, own, answers, 10.0, 30.0)
        self._add_asset(f"device/{device}", "device", {"answers": answers})
        self._add_asset(name, kind, {**own, **ids}, derived=derived, devices=(device,))
        return own

    def records(self, asset: str, *names: str) -> None:
        """What people record of the asset."""
        found, own = self.assets[asset], {name: self.point(f"{asset}/{name}") for name in names}
        self.assets[asset] = replace(found, ids={**found.ids, **own}, records=own)

    def _kind(self, name: str) -> Kind:
        records = {each for asset in self.assets.values() if asset.kind == name for each in asset.records}
        return Kind(title=WORDS, records={each: KindRecord(means={"zh": each, "en": each}) for each in sorted(records)})

    def estate(self, fixed: Mapping[int, Any] | None = None, outputs: Sequence[str] = ("ticket.*",)) -> Estate:
        """The site as planned, with one output called ``log``."""
        size = len(self.points)
        return Estate(
            site="test-site", title=WORDS, timezone=ZoneInfo("Asia/Shanghai"), languages=("zh", "en"),
            connections={"line": self.line}, devices=self.devices,
            device_connection=dict.fromkeys(self.devices, "line"), assets=self.assets,
            kinds={asset.kind: self._kind(asset.kind) for asset in self.assets.values()},
            standard=Standard(version="test", clauses=self.clauses),
            outputs={"log": OutputSettings("log", "log", outputs, {})}, points=self.points,
            units=[""] * size, deadbands=[0.0] * size, fixed=fixed or {},
        )  # fmt: skip


class Story:
    """Tells a pipeline what happens; remembers all changes."""

    def __init__(self, estate: Estate, saved: Saved | None = None, now: float = NOON) -> None:
        self.estate = estate
        self.now = now
        self.line: Reading = True
        self.pipeline = Pipeline(estate, saved or Saved(), now)
        self.events: list[Event] = []
        self.changes = Changes()
        self.refusals: list[str] = []
        self._tick([], [])

    def _tick(self, readings: Sequence[Readings], actions: Sequence[Action]) -> None:
        line = Readings(
            "connection/line", self.now, self.now, [self.estate.connections["line"].answers_id], [self.line]
        )
        changes, self.refusals = self.pipeline.tick([line, *readings], actions, self.now)
        self.events.extend(changes.events)
        self.changes.absorb(changes)

    def read(self, asset: str, at: float | None = None, **points: Reading) -> None:
        """The asset's device answers with these values."""
        self._tell(asset, self.now if at is None else at, points)

    def read_undated(self, asset: str, bound: float, points: Mapping[str, Reading]) -> None:
        """The broker had kept this, said at nobody knows what time after ``bound``."""
        self._tell(asset, bound, points, undated=True)

    def _tell(self, asset: str, at: float, points: Mapping[str, Reading], undated: bool = False) -> None:
        found = self.estate.assets[asset]
        device = self.estate.devices[found.devices[0]]
        ids = [*(found.ids[name] for name in points), device.answers_id]
        self._tick([Readings(device.name, at, self.now, ids, [*points.values(), True], undated=undated)], [])

    def line_gap(self, gap: Gap) -> None:
        """The line is listened to again."""
        line = self.estate.connections["line"]
        self._tick([Readings("connection/line", self.now, self.now, [line.answers_id], [True], gap=gap)], [])

    def lose(self, asset: str, reading: Reading, answers: Reading = False) -> None:
        """The asset's device does not answer: all its points are bad."""
        device = self.estate.devices[self.estate.assets[asset].devices[0]]
        ids = [*device.point_ids.values(), device.answers_id]
        self._tick([Readings(device.name, self.now, self.now, ids, [*[reading] * len(device.point_ids), answers])], [])

    def act(self, *actions: Action) -> None:
        """People do something."""
        self._tick([], actions)

    def wait(self, seconds: float, every: float = 1.0, **kept: Mapping[str, Reading]) -> None:
        """Time passes, in steps; ``kept`` assets go on telling the same."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + every, end)
            self._tick([], [])
            for asset, points in kept.items():
                self.read(asset.replace("_", "-"), None, **points)

    def alarm(self, asset: str, clause_id: str) -> Alarm:
        """One alarm."""
        return self.pipeline.panel.alarm((asset, clause_id))

    def tickets(self) -> list[Ticket]:
        """Every ticket there is."""
        return list(self.pipeline.tickets.values())

    def told(self, pattern: str = "") -> list[str]:
        """``ticket.opened`` and so on, in order."""
        words = [noun_and_verb(event.type) for event in self.events]
        return [word for word in words if word.startswith(pattern)]

    def saved(self) -> Saved:
        """What a store would give back now."""
        pipeline = self.pipeline
        return Saved(
            list(pipeline.alarms.values()), self.tickets(), max(pipeline.tickets, default=0),
            self.events[-1].sequence, dict(pipeline.judge.derivations.memories),
            records=list(pipeline.records.latest.values()), unknown_since=pipeline.judge.patient_unknowns(),
            runs=pipeline.discharges.running(), last_entry=pipeline.discharges.last_entry,
            works=pipeline.works.open(), last_work=max(pipeline.works.works, default=0),
            passes=dict(pipeline.judge.passes), listened_until=self.now,
        )  # fmt: skip
