"""A story whose every tick is committed to a real database, and whose power may fail; remembers who was told what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway.actions import Action
from gateway.estate import Estate, OutputSettings
from gateway.model import Priority, Readings
from gateway.pipeline import Pipeline
from gateway.routing.book import Delivered
from gateway.routing.people import Person
from gateway.routing.routes import Quiet, Route, Routing
from gateway.standards.windows import Window
from gateway.store.sqlite import Database
from tests.looks import deliveries
from tests.story import NOON, Plan, Story, clause

NOTICE = "touchpoint.notice.made.v1"


def with_routing(
    estate: Estate, routes: Sequence[Mapping[str, Any]], people: Mapping[str, Mapping[str, str]], **others: Any
) -> Estate:
    """The site with these routes, as they would be written; an output for each channel by which anybody is reached."""
    known = {name: Person(language="en" if name == "anna" else "zh", reach=reach) for name, reach in people.items()}
    channels = {channel for each in people.values() for channel in each}
    outputs = {name: OutputSettings(name, "log", (), {}) for name in sorted(channels)}
    routing = Routing(known, routes=tuple(Route.model_validate(each) for each in routes), **others)
    return replace(estate, outputs={**estate.outputs, **outputs}, routing=routing)


NIGHT = Window.model_validate({"title": {"en": "night"}, "daily": ["22:00", "06:00"]})
QUIET = Quiet(during="night", floor=Priority.P1)
P1 = clause("door", {"point": "closed", "equals": True}, priority=Priority.P1)
P3 = clause("gate", {"point": "closed", "equals": True}, priority=Priority.P3)


def doors(urgent: int, others: int) -> Estate:
    """So many doors that are P1 and gates that are P3 when they stand open, each with a device of its own."""
    plan = Plan({"door.closed": P1, "gate.closed": P3})
    for number in range(urgent):
        plan.asset(f"door-{number}", "door", ["closed"])
    for number in range(others):
        plan.asset(f"gate-{number}", "gate", ["closed"])
    estate = plan.estate()
    patient = {name: replace(device, stale_after=1e6) for name, device in estate.devices.items()}
    return replace(estate, devices=patient)


@dataclass(frozen=True)
class Told:
    """One notice as it lies in its channel's outbox."""

    at: float
    channel: str
    key: str
    data: Mapping[str, Any]

    @property
    def everything(self) -> list[tuple[str, str]]:
        """(subject, kind) of all that is in it."""
        return [(each["subject"], each["kind"]) for each in (*self.data["items"], *self.data.get("also", ()))]


class NoticeStory(Story):
    """``told_people``: every notice that was committed.

    ``takes`` and ``refuses``: the channels that deliver, or never will, whatever they are handed; the others hang.
    """

    def __init__(self, estate: Estate, path: Path, now: float = NOON) -> None:
        self.database = Database(path, estate)
        self.path = path
        self.told_people: list[Told] = []
        self.values: dict[str, bool] = {}
        self.takes: set[str] = set()
        self.refuses: set[str] = set()
        super().__init__(estate, self.database.load(now), now)

    def _tick(self, readings: Sequence[Readings], actions: Sequence[Action | Delivered]) -> None:
        line = [self.estate.connections["line"].answers_id]
        first = Readings("connection/line", self.now, self.now, line, [self.line])
        changes, self.refusals = self.pipeline.tick([first, *readings], actions, self.now)
        self.database.commit(changes)
        self.events.extend(changes.events)
        for channel, event in changes.outbox:
            if event.type == NOTICE:
                self.told_people.append(Told(event.at, channel, event.id, event.data))
        if words := [*self._words()]:
            self._tick([], words)

    def _words(self) -> Iterator[Delivered]:
        """What the channels say of all that waits for them, in order."""
        for channel in sorted(self.takes | self.refuses):
            state = "delivered" if channel in self.takes else "set-aside"
            while rows := self.database.outbox_due(channel, self.now, 1000):
                self.database.outbox_set([row.id for row in rows], state, 0.0, "", self.now)
                yield from (Delivered(row.key, channel in self.takes) for row in rows)

    def at_once(self, **values: bool) -> None:
        """Many assets' devices answer within one tick: ``door_1=False``."""
        readings = []
        self.values |= values
        for name, value in values.items():
            asset = self.estate.assets[name.replace("_", "-")]
            device = self.estate.devices[asset.devices[0]]
            ids = [asset.ids["closed"], device.answers_id]
            readings.append(Readings(device.name, self.now, self.now, ids, [value, True]))
        self._tick(readings, [])

    def crash(self) -> None:
        """The power fails; what was committed is all there is, and everything is read again."""
        self.database.connection.close()
        self.database = Database(self.path, self.estate)
        self.pipeline = Pipeline(self.estate, self.database.load(self.now), self.now)
        self.at_once(**self.values)

    def until_nothing_is_due(self, longest: float = 3600.0) -> None:
        """Time passes from one thing that falls due to the next."""
        end = self.now + longest
        while (due := self.pipeline.agenda.next()) is not None and due <= end:
            self.now = max(self.now, due)
            self._tick([], [])

    def waiting(self) -> dict[tuple[str, str], int]:
        """What lies in the outbox, as the store counts it."""
        return deliveries(self.database.connection, self.database.site)
