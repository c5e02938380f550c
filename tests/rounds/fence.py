"""A fence of three zones and the gateway that watches it, through days, silences, downtimes and crashes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.estate import Estate
from gateway.model import BadReading, Event, Reading, Readings
from gateway.pipeline import Pipeline
from gateway.proof_tests.command import Command
from gateway.proof_tests.entry import Entry
from gateway.saved import Saved

SITE = """
site: fence
name: {zh: 围墙, en: Fence}
timezone: ZONE
languages: [zh, en]
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
devices:
  di: {profile: wb-mcm8, connection: bus, unit: 1, stale_after: 300d}
assets:
  east:
    kind: perimeter-zone
    touchpoint: perimeter-wall
    place: {zh: 东, en: East}
    points: {alarm: di.input1, test_stimulus: di.input4}
  west: {kind: perimeter-zone, touchpoint: perimeter-wall, place: {zh: 西, en: West}, points: {alarm: di.input2}}
  north: {kind: perimeter-zone, touchpoint: perimeter-wall, place: {zh: 北, en: North}, points: {alarm: di.input3}}
"""
SILENT = BadReading("no-answer")


class Fence:
    """``estate`` of ``SITE``; what was committed is all that outlives ``restart``."""

    def __init__(self, estate: Estate, start: str) -> None:
        self.estate = estate
        self.now = self.moment(start)
        self.entries: list[Entry] = []
        self.events: list[Event] = []
        self.sent: list[tuple[float, Command]] = []
        """What went out, and when."""
        self._memories: dict[int, object] = {}
        self._heard: float | None = None
        self.ahead, self.trusted = 0.0, True
        self.restart()

    @property
    def zone(self) -> ZoneInfo:
        """The site's."""
        return self.estate.timezone

    def moment(self, text: str) -> float:
        """``2027-01-05 08:00`` at the site, in seconds since 1970."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone).timestamp()

    def restart(self) -> None:
        """A gateway starts on what is committed."""
        last = max((each.id for each in self.entries), default=0)
        saved = Saved(memories=self._memories, last_entry=last, last_event=len(self.events), listened_until=self._heard)
        self.pipeline = Pipeline(self.estate, saved, self.now)
        self.tick()

    def tick(self, *readings: Readings, kept: bool = True) -> None:
        """One tick; unless it is ``kept`` the gateway dies before the commit."""
        changes, _ = self.pipeline.tick(readings, [], self.now, self.ahead, self.trusted)
        if kept:
            wanted = (each for each in changes.commands if self.pipeline.proofs.wanted(each, self.now))
            self.sent += [(self.now, each) for each in wanted]
            self.entries += changes.entries
            self.events += changes.events
            self._memories.update(changes.memories)
            self._heard = self.now

    def tell(self, kept: bool = True, **inputs: Reading) -> None:
        """The inputs are read."""
        device, line = self.estate.devices["di"], self.estate.connections["bus"]
        ids = [*(device.point_ids[name] for name in inputs), device.answers_id]
        told = Readings("di", self.now, self.now, ids, [*inputs.values(), True])
        self.tick(Readings("connection/bus", self.now, self.now, [line.answers_id], [True]), told, kept=kept)

    def until(self, end: float | str) -> None:
        """Time passes, and whatever falls due happens at its own time."""
        end = self.moment(end) if isinstance(end, str) else end
        while (due := self.pipeline.agenda.next()) is not None and due < end:
            self.now = max(due, self.now)
            self.tick()
        self.now = end
        self.tick()

    def down_until(self, end: float | str) -> None:
        """The gateway is not there meanwhile."""
        self.now = self.moment(end) if isinstance(end, str) else end
        self.restart()

    def act(self, **inputs: bool) -> None:
        """The zones go into alarm for two seconds, and back."""
        for value in (False, True, False):
            self.tell(**dict.fromkeys(inputs, value))
            self.now += 1.0

    def day(self, moment: float) -> date:
        """The day at the site."""
        return datetime.fromtimestamp(moment, self.zone).date()

    def book(self, asset: str) -> list[tuple[str, str, str]]:
        """Day, outcome and finding of every line on a zone."""
        return [(str(self.day(each.started_at)), each.outcome.value, each.finding) for each in self._of(asset)]

    def _of(self, asset: str) -> Iterator[Entry]:
        return (each for each in self.entries if each.asset == asset)

    def reports(self) -> list[Event]:
        """The days' reports."""
        return [each for each in self.events if each.type == "touchpoint.perimeter.reported.v1"]
