"""Luminaires with batteries, told to the real pipeline on a real file: they obey, they fail, and the gateway dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from gateway.actions import Action, StartTest, StopTest
from gateway.changes import Changes
from gateway.estate import Estate
from gateway.model import Event, Reading, Readings
from gateway.pipeline import Pipeline
from gateway.proof_tests.command import Command, Sent, Told
from gateway.proof_tests.entry import Entry
from gateway.site import load_estate
from gateway.store.log_book import Asked
from gateway.store.sqlite import Database
from gateway.tickets.ticket import Ticket

NIGHT = 1_767_289_200.0
"""2026-01-02, 01:40 in Shanghai."""
PROFILE = """title: bench
maker: none
source: none
verified: simulator
protocol: modbus
every: 10s
points:
  mains_present: {address: 0, bit: 0}
  lamp_on: {address: 0, bit: 1}
  battery_full: {address: 0, bit: 2}
  supply_broken: {address: 0, bit: 3}
  feed_present: {address: 0, bit: 4}
  battery_voltage: {address: 1, unit: V, scale: 0.01}
  mode: {address: 2, enum: {0: normal, 1: function-test, 2: duration-test, 3: emergency}}
  function_test_done: {address: 0, bit: 5}
  duration_test_done: {address: 0, bit: 6}
  function_test_failed: {address: 0, bit: 7}
  duration_test_failed: {address: 0, bit: 8}
  duration_test_result: {address: 3, unit: min}
  battery_level: {address: 5, unit: "%"}
  fire: {address: 4, bit: 0}
  load_power: {address: 6, unit: W}
  circuit_1: {address: 7, bit: 0}
  circuit_2: {address: 7, bit: 1}
  circuit_3: {address: 7, bit: 2}
commands:
  break_supply:
    {means: {zh: 断开, en: break}, table: coil, address: 0, value: 1, reads_back: supply_broken, ends_by_itself: true}
  restore_supply:
    {means: {zh: 恢复, en: restore}, table: coil, address: 0, value: 0, reads_back: supply_broken, stops: true}
  start_function_test: {means: {zh: 功能, en: function}, address: 63, value: 1, reads_back: mode, ends_by_itself: true}
  start_duration_test: {means: {zh: 放电, en: duration}, address: 64, value: 1, reads_back: mode, ends_by_itself: true}
  stop_test: {means: {zh: 停止, en: stop}, address: 65, value: 1, reads_back: mode, stops: true}
"""
COMMANDS = {
    "relay": "[break_supply, restore_supply]", "device": "[start_function_test, start_duration_test, stop_test]",
    "hand": "[]",
}  # fmt: skip
RELAY = ("mains_present", "lamp_on", "battery_full", "supply_broken", "feed_present", "battery_voltage")
DALI = (
    "mains_present",
    "lamp_on",
    "battery_full",
    "mode",
    "function_test_done",
    "duration_test_done",
    "function_test_failed",
    "duration_test_failed",
    "duration_test_result",
    "battery_level",
)
HAND = ("mains_present", "lamp_on", "battery_full", "battery_voltage")
POINTS = {"relay": RELAY, "device": DALI, "hand": HAND}  # fmt: skip
SITE = """site: lights
name: {zh: 灯, en: Lights}
timezone: Asia/Shanghai
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
devices:
"""


@dataclass
class Lamp:
    """One luminaire as it truly is. ``lasts``: seconds for which its battery carries the lamp."""

    name: str
    way: str
    lasts: float = 3600.0
    feed: bool = True
    open: bool = False
    test: str = ""
    began: float = 0.0
    full: bool = True
    refuses: tuple[str, ...] = ()
    """Commands whose answer is an exception: nothing is carried out."""
    deaf: tuple[str, ...] = ()
    """Commands that are acknowledged and not carried out."""
    lost: tuple[str, ...] = ()
    """Commands that are carried out and whose answer is lost."""
    rated: float = 1980.0
    silent: bool = False
    frozen: bool = False
    apart: tuple[str, ...] = ()
    """The points that a device of its own tells, ``r-`` and the name: the relay's, or a light sensor."""
    apart_silent: bool = False
    allowed: bool = True
    """The site allows its commands."""
    maintained: bool = False
    """The mains light it too."""
    stale_after: str = "30s"
    clock: float = 0.0
    """Seconds by which the clock of its device is ahead of the gateway's."""
    kind: str = "emergency-light"
    facts: str = ""
    done: dict[str, bool] = field(default_factory=dict)
    result: float = 0.0
    asserted: list[tuple[float, str]] = field(default_factory=list)
    """What it carried out, and when."""
    told: Mapping[str, Reading] = field(default_factory=dict)

    @property
    def points(self) -> tuple[str, ...]:
        """What its device tells of it."""
        return POINTS[self.way]

    @property
    def dark_supply(self) -> bool:
        """There are no mains at the lamp."""
        return not self.feed or self.open

    @property
    def on_battery(self) -> bool:
        """It runs from its battery."""
        return self.dark_supply or self.test != ""

    def lit(self, now: float) -> bool:
        """Light comes out."""
        return now - self.began < self.lasts if self.on_battery else self.maintained

    def obey(self, name: str, now: float) -> Sent:
        """Carry out a command; what the wire says of it."""
        if name in self.refuses:
            return Sent.REFUSED
        if name not in self.deaf:
            self.asserted.append((now, name))
            self._carry_out(name, now)
        return Sent.UNSURE if name in self.lost else Sent.TAKEN

    def _carry_out(self, name: str, now: float) -> None:
        was = self.on_battery
        if name in ("break_supply", "restore_supply"):
            self.open = name == "break_supply"
        elif name == "stop_test":
            self.test = ""
        elif not self.dark_supply and not self.test:
            self.test = name.removeprefix("start_").removesuffix("_test")
            self.done.pop(self.test, None)
        self._changed(was, now)

    def _changed(self, was: bool, now: float) -> None:
        if self.on_battery and not was:
            self.began, self.full = now, False

    def mains(self, there: bool, now: float) -> None:
        """The mains before it fail or come back; a test that it runs is over then."""
        was = self.on_battery
        self.feed, self.test = there, "" if not there else self.test
        self._changed(was, now)

    def turn(self, now: float) -> None:
        """Its own test ends by itself."""
        ends = {"function": 40.0, "duration": min(self.rated, self.lasts)}.get(self.test)
        if ends is not None and now - self.began >= ends:
            passed = self.lasts >= (40.0 if self.test == "function" else self.rated)
            self.result = (now - self.began) // 120 * 2 if self.test == "duration" else self.result
            self.done[self.test], self.test = passed, ""

    def readings(self, now: float) -> Mapping[str, Reading]:
        """What its device tells."""
        if self.frozen and self.told:
            return self.told
        seconds = now - self.began if self.on_battery else 0.0
        mode = f"{self.test}-test" if self.test else "emergency" if self.dark_supply else "normal"
        told: dict[str, Reading] = {
            "mains_present": not self.dark_supply, "lamp_on": self.lit(now), "battery_full": self.full,
            "supply_broken": self.open, "feed_present": self.feed, "battery_voltage": round(13.2 - seconds / 3600, 3),
            "mode": mode, "function_test_done": self.done.get("function", False),
            "duration_test_done": self.done.get("duration", False), "duration_test_result": self.result,
            "function_test_failed": self.done.get("function") is False,
            "duration_test_failed": self.done.get("duration") is False,
            "battery_level": round(100 - seconds / 40, 2),
        }  # fmt: skip
        self.told = told
        return told


class Property:
    """Lamps and the gateway that tests them; ``kill`` is a crash: what was not committed is gone."""

    def __init__(self, folder: Path, lamps: list[Lamp], rules: str = "", **stanzas: str) -> None:
        self.lamps = {lamp.name: lamp for lamp in lamps}
        self._folder, self._rules, self._stanzas = folder, rules, stanzas
        (folder / "device_profiles").mkdir(exist_ok=True)
        (folder / "device_profiles" / "bench.yaml").write_text(PROFILE, encoding="utf-8")
        self._write_site()
        self.now = NIGHT
        self.fire: Reading = False
        self.trusted = True
        """Whether the clock on the wall can be believed."""
        self.commands: list[Command] = []
        """Every command that was committed."""
        self.sent: list[Command] = []
        """Every command that went out."""
        self.dies = ""
        """Where the gateway dies in the next tick: ``before`` the commit, or ``after`` it and before the wire."""
        self.before_sending: Callable[[], None] | None = None
        """What happens between the commit and the wire."""
        self.events: list[Event] = []
        self.start()

    def _write_site(self) -> None:
        site = _site([*self.lamps.values()], self._rules, self._stanzas)
        (self._folder / "site.yaml").write_text(site, encoding="utf-8")
        self.estate: Estate = load_estate(self._folder)

    def change_site(self) -> None:
        """The gateway is started again on files that say what ``lamps`` are now."""
        self._write_site()
        self.kill()

    def start(self, is_sure: bool = True) -> None:
        """A gateway starts on what the file has; ``is_sure``: as in Saved."""
        self.database = Database(self._folder / "gateway.db", self.estate)
        saved = replace(self.database.load(self.now), is_sure=is_sure)
        self.pipeline = Pipeline(self.estate, saved, self.now)
        self._waiting: list[Told] = []

    def kill(self, seconds: float = 2.0, is_sure: bool = True) -> None:
        """The process is gone at once, and another one starts a little later."""
        self.database.connection.close()
        self.now += seconds
        self.start(is_sure)

    def close(self) -> None:
        """Let go of the file."""
        self.database.connection.close()

    def tick(self, *actions: Action, commit: bool = True) -> list[str]:
        """Everything is read once, and what follows is committed and sent; returns what was refused."""
        told, self._waiting = self._waiting, []
        changes, refusals = self.pipeline.tick(self._readings(), [*told, *actions], self.now, 0.0, self.trusted)
        if not commit:
            return refusals
        dies, self.dies = self.dies, ""
        if dies != "before":
            self.database.commit(changes)
            self.commands.extend(changes.commands)
        if dies:
            self.kill()
            return refusals[len(told) :]
        self.send(changes)
        return refusals[len(told) :]

    def send(self, changes: Changes) -> None:
        """What was committed goes out."""
        self.events.extend(changes.events)
        if changes.commands and self.before_sending:
            self.before_sending()
        for command in changes.commands:
            wanted = self.pipeline.proofs.wanted(command, self.now)
            self.sent.extend([command] if wanted else [])
            lamp = self.lamps[command.asset]
            said = lamp.obey(command.name, self.now) if wanted else Sent.WITHDRAWN
            self._waiting.append(Told(command, said, self.now))

    def _readings(self) -> list[Readings]:
        line = self.estate.connections["bus"].answers_id
        told = [Readings("connection/bus", self.now, self.now, [line], [True])]
        for name, lamp in self.lamps.items():
            lamp.turn(self.now)
            values = lamp.readings(self.now)
            if not lamp.silent:
                told.append(self._reading(f"d-{name}", values, lamp.clock))
            if lamp.apart and not lamp.apart_silent:
                told.append(self._reading(f"r-{name}", values))
        return told + ([self._reading("panel", {"fire": self.fire})] if "panel" in self.estate.devices else [])

    def _reading(self, name: str, values: Mapping[str, Reading], ahead: float = 0.0) -> Readings:
        device = self.estate.devices[name]
        points = {device.point_ids[point]: values[point] for point in device.point_ids} | {device.answers_id: True}
        return Readings(name, self.now + ahead, self.now, [*points], [*points.values()])

    def go_on(self, seconds: float, every: float = 5.0) -> None:
        """Time passes, and everything is read over and over."""
        until = self.now + seconds
        while self.now < until:
            self.now += every
            self.tick()

    def live(self, days: float, idle: float = 600.0) -> None:
        """Days pass; everything is read each 10 s while anything runs, and rarely otherwise."""
        until = self.now + days * 86_400.0
        while self.now < until:
            proofs = self.pipeline.proofs
            busy = proofs.proving.procedures or any(each.watch.run for each in proofs.discharges.seers.values())
            self.now = min(self.now + (10.0 if busy else idle), until)
            self.tick()
            for lamp in self.lamps.values():
                lamp.full = lamp.full or (not lamp.on_battery and self.now - lamp.began > 10 * 3600.0)

    def ask(self, asset: str, kind: str, who: str = "li") -> str:
        """A person asks for a test; returns the refusal, "" for none."""
        (refusal,) = self.tick(StartTest(asset, kind, who, "commissioning"))
        return refusal

    def stop(self, asset: str, who: str = "li") -> str:
        """A person ends one."""
        (refusal,) = self.tick(StopTest(asset, who, "enough"))
        return refusal

    def book(self) -> list[Entry]:
        """The log book."""
        return self.database.log_book(Asked())

    def starts(self) -> list[Command]:
        """The starts that went out."""
        return [each for each in self.sent if not each.stops]

    def ticket(self, asset: str, clause: str) -> Ticket | None:
        """The latest ticket of that clause on an asset."""
        return self.pipeline.register.latest(asset, f"{self.lamps[asset].kind}.{clause}")


Make: TypeAlias = Callable[..., Property]


def _commands(lamp: Lamp) -> str:
    return COMMANDS[lamp.way] if lamp.allowed else "[]"


def _site(lamps: list[Lamp], rules: str, stanzas: Mapping[str, str]) -> str:
    lines = [SITE.rstrip()]
    for number, lamp in enumerate(lamps, 1):
        wire = f"profile: bench, connection: bus, unit: {number}, stale_after: {lamp.stale_after}"
        lines.append(f"  d-{lamp.name}: {{{wire}, allow: {_commands(lamp)}}}")
        lines += [f"  r-{lamp.name}: {{{wire.replace('unit: ', 'unit: 10')}}}"] if lamp.apart else []
    lines += ["  panel: {profile: bench, connection: bus, unit: 99, stale_after: 30s}"] if "panel" in rules else []
    lines.append("assets:")
    for lamp in lamps:
        points = ", ".join(
            f"{point}: {'r' if point in lamp.apart else 'd'}-{lamp.name}.{point}" for point in lamp.points
        )
        names = _commands(lamp).strip("[]")
        commands = ", ".join(f"{each}: d-{lamp.name}.{each}" for each in names.split(", ") if each)
        facts = f", facts: {{{lamp.facts}}}" if lamp.facts else ""
        more = f"commands: {{{commands}}}{facts}" + stanzas.get(lamp.name.replace("-", "_"), "")
        about = f"kind: {lamp.kind}, touchpoint: corridor, place: {lamp.name}"
        lines.append(f"  {lamp.name}: {{{about}, points: {{{points}}}, {more}}}")
    return "\n".join([*lines, rules, ""])
