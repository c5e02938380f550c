"""A house with what people look at and try: a lift, barriers, doors, a cabinet, an extinguisher."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.actions import Action, AnswerTask
from gateway.alarms.panel import JUDGEABLE
from gateway.changes import Changes
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import Entry
from gateway.rounds.tasks import Task
from gateway.site import load_estate
from gateway.standards.verdict import Outcome
from gateway.store.log_book import Asked
from gateway.store.sqlite import Database

NOON = 1_767_268_800.0
DAY = 86_400.0
SITE = """
site: house
name: {zh: 小楼, en: House}
timezone: Asia/Shanghai
languages: [zh, en]
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
devices:
  di: {profile: wb-mcm8, connection: bus, unit: 1, stale_after: 400d}
assets:
  lift: {kind: lift, touchpoint: lift, place: {zh: 1号梯, en: Lift 1}, points: {door_obstructed: di.input1}}
  gate:
    kind: barrier-gate
    touchpoint: vehicle-entrance
    place: {zh: 东门, en: East gate}
    points: {boom_intact: di.input2}
  garage: {kind: barrier-gate, touchpoint: car-park, place: {zh: 车库, en: Garage}, points: {boom_intact: di.input3}}
  door: {kind: access-door, touchpoint: unit-door, place: {zh: 大堂, en: Lobby}, points: {closed: di.input4}}
  smoke-door:
    kind: access-door
    touchpoint: corridor
    place: {zh: 3层, en: Floor 3}
    points: {closed: di.input5}
    facts: {smoke_door: "yes"}
  cabinet: {kind: fire-cabinet, touchpoint: corridor, place: {zh: 3层, en: Floor 3}, facts: {half_monthly: "yes"}}
  bottle: {kind: extinguisher, touchpoint: corridor, place: {zh: 2层, en: Floor 2}, points: {present: di.input6}}
"""


class House:
    """The house and the gateway that watches it; ``kill`` is a crash."""

    def __init__(self, folder: Path, state: Path | None = None) -> None:
        (folder / "site.yaml").write_text(SITE, encoding="utf-8")
        self.estate = load_estate(folder)
        self.file = (state or folder) / "gateway.db"
        self.now = NOON
        self.refusals: list[str] = []
        self.events: list[Any] = []
        self.start()

    def start(self) -> None:
        """A gateway starts on what the file has."""
        self.database = Database(self.file, self.estate)
        self.pipeline = Pipeline(self.estate, self.database.load(self.now), self.now)

    def kill(self) -> None:
        """The process is gone at once, and another one starts."""
        self.database.connection.close()
        self.start()

    def tell(self, *actions: Action, **points: Reading) -> Changes:
        """What was read and what people say, in one tick, committed."""
        device, line = self.estate.devices["di"], self.estate.connections["bus"]
        ids = [*(device.point_ids[name] for name in points), device.answers_id]
        readings = [
            Readings("connection/bus", self.now, self.now, [line.answers_id], [True]),
            Readings("di", self.now, self.now, ids, [*points.values(), True]),
        ]
        changes, self.refusals = self.pipeline.tick(readings, actions, self.now)
        self.events += changes.events
        self.database.commit(changes)
        return changes

    def wait(self, seconds: float) -> None:
        """Time passes; whatever falls due happens at its own time."""
        until = self.now + seconds
        while (due := self.pipeline.agenda.next()) is not None and due < until:
            self.now = max(due, self.now)
            self.tell()
        self.now = until
        self.tell()

    def answer(self, asset: str, what: str, passed: bool = True, **others: Any) -> str:
        """What Li says of it, now unless otherwise told; returns why it was refused."""
        self.tell(AnswerTask(**{"asset": asset, "what": what, "passed": passed, "at": self.now, "who": "li", **others}))
        return self.refusals[0]

    def task(self, asset: str, what: str) -> Task | None:
        """What is to be done there, None where nothing is."""
        return self.pipeline.rounds.task(asset, what, self.now)

    def outcome(self, asset: str, clause: str) -> Outcome:
        """What the clause comes to there."""
        return self.pipeline.panel.checks[asset, clause].outcome

    def tickets(self) -> list[tuple[str, str, str]]:
        """Asset, clause and state of every ticket, but for what nobody has answered in time."""
        found = (each for each in self.pipeline.tickets.values() if each.clause != JUDGEABLE)
        return [(each.asset, each.clause, each.state.value) for each in found]

    def book(self) -> list[Entry]:
        """The log book."""
        return self.database.log_book(Asked())
