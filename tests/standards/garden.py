"""A garden in winter, as its devices would tell it: lamps, fence, lobby, desk, drain. Time is moved by hand.

The site is written as an engineer writes one, with shipped profiles; the gateway judges it by the shipped standard.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from gateway.actions import Action, AddRecord
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.site import load_estate
from gateway.tickets.ticket import Ticket

ZONE = ZoneInfo("Asia/Shanghai")
STEP = 300.0
HOUR, DAY = 3600.0, 86400.0
SITE = """
site: garden
name: {zh: 花园, en: Garden}
timezone: Asia/Shanghai
languages: [zh, en]
location: {latitude: 31.2, longitude: 121.5}
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
  broker: {kind: mqtt, host: 127.0.0.1}
devices:
  di: {profile: wb-mcm8, connection: bus, unit: 1, stale_after: 20min}
  lobby: {profile: wb-msw-v4, connection: bus, unit: 2, stale_after: 20min}
  drain: {profile: wb-mai6, connection: bus, unit: 3, channel: 1, stale_after: 20min}
  meter: {profile: pzem-016, connection: bus, unit: 4, stale_after: 20min}
  radar: {profile: mtdx62-mb, connection: bus, unit: 5, stale_after: 20min}
  tilt: {profile: chirpstack-em310-tilt, connection: broker, application: app, eui: "24e1"}
  sky: {profile: chirpstack-em500-lgt, connection: broker, application: app, eui: "24e2"}
assets:
  fence:
    kind: perimeter-zone
    touchpoint: perimeter-wall
    place: {zh: 东墙, en: East wall}
    points: {alarm: di.input1}
  lamps:
    kind: street-light
    touchpoint: roads-plaza
    place: {zh: 东路, en: East road}
    points: {switched_on: di.input2, current: meter.motor_current, daylight: sky.daylight}
    facts: {normal_current: 10 A}
  puddle:
    kind: wet-area
    touchpoint: car-park
    place: {zh: 坡道, en: Ramp}
    points: {wet: di.input3, raining: di.input4}
  pump:
    kind: pump-sump
    touchpoint: car-park
    place: {zh: 集水井, en: Sump}
    points: {level: drain.level, pump_running: di.input5, pump_fault: di.input6}
  lobby: {kind: room, touchpoint: lobby, place: {zh: 大堂, en: Lobby}, points: lobby}
  desk: {kind: front-desk, touchpoint: front-desk, place: {zh: 前台, en: Desk}, points: {occupied: radar.occupied}}
  cover:
    kind: cover
    touchpoint: roads-plaza
    place: {zh: 东路, en: East road}
    points: {tilt_x: tilt.tilt_x, tilt_y: tilt.tilt_y}
  post: {kind: patrol-post, touchpoint: roads-plaza, place: {zh: 广场, en: Plaza}}
  cabinet: {kind: fire-cabinet, touchpoint: corridor, place: {zh: 3层, en: Floor 3}, facts: {custodian: 王工}}
  pumps-plan: {kind: planned-work, touchpoint: public-repair, place: {zh: 水泵, en: Pumps}, facts: {every: 14 d}}
"""

Told = dict[str, dict[str, Reading]]
"""Device → point → value."""
Change = Callable[["Garden", Told], None]
"""A fault: changes what is told at this moment."""


def moment(text: str) -> float:
    """``2027-01-05 08:00`` in the garden's zone, in seconds since 1970."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


class Garden:
    """Tells a pipeline what happens, five minutes at a time. ``never`` are records that nobody makes any more."""

    def __init__(self, folder: Path, start: str, change: Change | None = None, never: tuple[str, ...] = ()) -> None:
        (folder / "site.yaml").write_text(SITE, encoding="utf-8")
        self.estate = load_estate(folder)
        self.now = moment(start)
        self.change, self.never = change, never
        self.random = Random(7)
        self.tries: dict[object, float] = {}
        self.pipeline = Pipeline(self.estate, Saved(), self.now)
        self._tick(*self._told(), actions=self._visits(everything=True))

    def run_until(self, end: str) -> None:
        """Time passes. What falls due between two readings happens at its own time."""
        while self.now < moment(end):
            until = self.now + STEP
            while (due := self.pipeline.agenda.next()) is not None and due < until:
                self.now = max(due, self.now)
                self._tick()
            self.now = until
            self._tick(*self._told(), actions=self._visits())

    def tickets(self) -> dict[str, Ticket]:
        """Every ticket, by asset and clause; raises when one of them has two."""
        found = {f"{each.asset} {each.clause}": each for each in self.pipeline.tickets.values()}
        assert len(found) == len(self.pipeline.tickets)
        return found

    @property
    def hour(self) -> float:
        """Of the local day, 0 to 24."""
        local = datetime.fromtimestamp(self.now, ZONE)
        return local.hour + local.minute / 60 + local.second / 3600

    def _tick(self, *readings: Readings, actions: tuple[Action, ...] = ()) -> None:
        _, refusals = self.pipeline.tick(readings, actions, self.now)
        assert not any(refusals)

    def _told(self) -> list[Readings]:
        told = self._healthy()
        if self.change:
            self.change(self, told)
        return [*self._lines(), *(self._readings(device, points) for device, points in told.items())]

    def _lines(self) -> Iterator[Readings]:
        for name, line in self.estate.connections.items():
            yield Readings(f"connection/{name}", self.now, self.now, [line.answers_id], [True])

    def _readings(self, name: str, points: Mapping[str, Reading]) -> Readings:
        device = self.estate.devices[name]
        ids = [device.point_ids[point] for point in points if point in device.point_ids]
        values = [value for point, value in points.items() if point in device.point_ids]
        return Readings(name, self.now, self.now, [*ids, device.answers_id], [*values, True])

    def _healthy(self) -> Told:
        wave = math.sin(self.hour / 24 * 2 * math.pi)
        lamps = not 6.4 <= self.hour < 17.6
        raining = self.now % (3 * DAY) < 4 * HOUR
        level = 50.0 + 25.0 * math.sin(self.now / 2700)
        awake = 7.5 <= self.hour < 22
        return {
            "di": {
                "input1": self._tried(), "input2": lamps, "input3": raining, "input4": raining,
                "input5": level > 60.0, "input6": False,
            },
            "meter": {"motor_current": 10.0 * self.random.uniform(0.95, 1.05) if lamps else 0.0},
            "sky": {"daylight": 9000.0 if 7 <= self.hour < 17 else 2.0 if lamps else 100.0},
            "drain": {"level": level},
            "lobby": {
                "temperature": 20 + 3 * wave, "humidity": 50.0, "co2": 700 - 250 * wave, "tvoc": 200,
                "lux": 300 if awake else 5, "noise": 45.0, "motion": 20,
            },
            "radar": {"occupied": 7.8 <= self.hour < 20.2},
            "tilt": {"tilt_x": self.random.uniform(-3, 3), "tilt_y": self.random.uniform(-3, 3)},
        }  # fmt: skip

    def _tried(self) -> bool:
        """The guard walks along the fence once a day, at any hour, for five minutes."""
        today = datetime.fromtimestamp(self.now, ZONE).date()
        hour = self.tries.setdefault(today, self.random.uniform(8.0, 22.0))
        return hour <= self.hour < hour + STEP / HOUR

    def _visits(self, everything: bool = False) -> tuple[Action, ...]:
        """The patrol comes every 25 min in the rush hour, else every 50; the cabinet and the pumps have their days."""
        rush = 6.5 <= self.hour < 9 or 16.5 <= self.hour < 19
        due = {
            ("post", "patrolled"): self.now % (1500 if rush else 3000) < STEP,
            ("cabinet", "inspection"): self.now % (28 * DAY) < STEP,
            ("cabinet", "custodian_confirmed"): False,
            ("pumps-plan", "done"): self.now % (13 * DAY) < STEP,
        }
        made = [
            (asset, record) for (asset, record), now in due.items() if (now or everything) and record not in self.never
        ]
        return tuple(AddRecord(asset, record, self.now, "wang") for asset, record in made)
