"""Central-battery plants put together of shipped device models: a real gateway tests them over real Modbus TCP.

Time stands still while the wire is asked, and goes on when everything was read: a second of battery is then a second on
the slowest machine. The simulated plants share nothing with the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.actions import StartTest
from gateway.app import Gateway
from gateway.clock import ManualClock
from gateway.proof_tests.entry import Entry
from gateway.saved import Saved
from gateway.site import load_estate
from gateway.store.log_book import Asked
from gateway.store.store import Store
from simulators.ledger import Ledger
from simulators.plants import CentralBattery
from simulators.property import load_property
from simulators.serve import Wires, Wiring
from simulators.serve import run as serve
from simulators.world import World
from tests.live.black_box import until
from tests.proof_story import NIGHT

LASTS = {"short": 899.0, "exact": 900.0, "long": 901.0, "broken": 3600.0, "sunk": 950.0}
RATED = {"sunk": ", battery_rated_voltage: 24 V"}
"""Whose voltage counts as well as its light: on its way down a battery is below 85 % long before it is empty."""
AMPS = 10.0
"""Four circuits of 60 W take so much from a battery of 24 V."""
EVERY, SELDOM = 0.25, 10.0
"""Seconds from one look at the plants to the next: where a second matters, and where none does."""

PLANT = "  {name}: {{family: central-battery, circuits: 4, circuit_watts: 60, capacity_ah: {ah}, step: 0.25}}\n"
WIRED = """  contacts-{name}: {{model: wb-mcm8, connection: plant-room, unit: 1{unit}, plants: [{name}]}}
  meter-{name}: {{model: pzem-016, connection: plant-room, unit: 2{unit}, plants: [{name}]}}
"""
SHARED = """  battery-inputs: {{model: wb-mai6, connection: plant-room, unit: 3, plants: [{names}]}}
  relays: {{model: waveshare-relay-d, connection: plant-room, unit: 4, plants: [{names}]}}
"""
DEVICES = """
  contacts-{name}: {{profile: wb-mcm8, connection: plant-room, unit: 1{unit}, every: 250ms}}
  meter-{name}: {{profile: pzem-016, connection: plant-room, unit: 2{unit}, every: 250ms}}
  volts-{name}: {{profile: wb-mai6, connection: plant-room, unit: 3, channel: {unit}, every: 250ms}}
  relay-{name}:
    profile: waveshare-relay-d
    connection: plant-room
    unit: 4
    relay: {relay}
    every: 250ms
    allow: [break_supply, restore_supply]
    allow_without_timeout: [break_supply]
"""
ASSET = """
  {name}:
    kind: central-battery
    touchpoint: car-park
    place: {{zh: 配电间 {name}, en: Switch room {name}}}
    points:
      mains_present: contacts-{name}.input1
      battery_full: contacts-{name}.input2
      circuit_1: contacts-{name}.input3
      circuit_2: contacts-{name}.input4
      circuit_3: contacts-{name}.input5
      circuit_4: contacts-{name}.input6
      load_power: meter-{name}.motor_power
      battery_voltage: volts-{name}.battery_voltage
      supply_broken: relay-{name}.supply_broken
      feed_present: relay-{name}.feed_present
    commands: {{break_supply: relay-{name}.break_supply, restore_supply: relay-{name}.restore_supply}}
    facts: {{circuits: 4, whole_load: 240 W, smallest_load: 60 W{rated}}}
"""


def write_property(folder: Path) -> Path:
    """Plants, of which each battery carries its whole load for as long as ``LASTS`` has it."""
    plants = "".join(PLANT.format(name=name, ah=AMPS * lasts / 3600) for name, lasts in LASTS.items())
    wired = "".join(WIRED.format(name=name, unit=unit) for unit, name in enumerate(LASTS, 1))
    wires = "property: tested\nconnections: {plant-room: {kind: modbus-tcp, port: 0}}\n"
    path = folder / "property.yaml"
    shared = SHARED.format(names=", ".join(LASTS))
    path.write_text(f"{wires}plants:\n{plants}devices:\n{wired}{shared}", encoding="utf-8")
    return path


def write_site(folder: Path) -> Path:
    """What an engineer writes: each plant is put together of four devices."""
    devices = "".join(DEVICES.format(name=name, unit=unit, relay=unit - 1) for unit, name in enumerate(LASTS, 1))
    assets = "".join(ASSET.format(name=name, rated=RATED.get(name, "")) for name in LASTS)
    wires = "connections: {plant-room: {kind: modbus-tcp, host: 127.0.0.1, timeout: 2s}}\n"
    rules = "proof_tests: {window: low-risk, at_once: 5, function: off, duration: off, rated: off}\n"
    head = f"site: tested\nname: Tested\ntimezone: Asia/Shanghai\n{wires}{rules}"
    (folder / "site.yaml").write_text(f"{head}devices:{devices}assets:{assets}", encoding="utf-8")
    return folder


class StandingClock(ManualClock):
    """A clock that moves only when told to, and knows whether the wire waits for that."""

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self.naps = 0

    async def sleep(self, seconds: float) -> None:
        short = seconds <= EVERY  # the wire's, until its next poll; others sleep for an hour
        self.naps += short
        try:
            await super().sleep(seconds)
        finally:
            self.naps -= short


class PlantRoom:
    """The plants and the gateway that reads them, on one clock that the test moves."""

    def __init__(self, world: World, gateway: Gateway, clock: StandingClock) -> None:
        self.gateway, self.clock = gateway, clock
        self.plants = {name: plant for name, plant in world.plants.items() if isinstance(plant, CentralBattery)}
        estate = gateway.estate
        self._points = [next(iter(device.point_ids.values())) for device in estate.devices.values() if device.point_ids]

    def read(self) -> bool:
        """Whether every device was read and judged at this moment, and the wire waits for the next one."""
        stamps = self.gateway.runner.pipeline.latest.stamps
        return self.clock.naps == 1 and all(stamps[point].arrived >= self.clock.now() for point in self._points)

    async def go_on(self, seconds: float, step: float) -> None:
        """Time passes, and everything is read at each step of it."""
        for _ in range(round(seconds / step)):
            await self.clock.pass_time(step)
            await until(self.read)

    async def book(self) -> dict[str, Entry]:
        """The only line of each plant in the log book."""
        lines = await self.gateway.runner.store.log_book(Asked())
        assert len(lines) == len({line.asset for line in lines})
        return {line.asset: line for line in lines}


@asynccontextmanager
async def plant_room(folder: Path, ledger: Ledger) -> AsyncIterator[PlantRoom]:
    """Both sides at work, once everything was read for the first time."""
    clock, property_, worlds = StandingClock(NIGHT), load_property(write_property(folder)), []
    wires, stop, up = Wires(property_, Wiring(free_ports=True)), asyncio.Event(), asyncio.Event()

    def build() -> World:
        worlds.append(World(property_, clock, ledger))
        return worlds[0]

    serving = asyncio.create_task(serve(wires, build, [], stop, lambda _: up.set()))
    await up.wait()
    ends = {name: (str(port["host"]), int(port["port"])) for name, port in wires.ports.items()}
    estate = load_estate(write_site(folder), endpoints=ends, now=clock.now())
    store = Store(folder / "gateway.db", estate)
    gateway = Gateway(estate, store, Saved(), clock)
    working = asyncio.create_task(gateway.run(("127.0.0.1", 0), folder))
    try:
        room = PlantRoom(worlds[0], gateway, clock)
        await until(room.read)
        yield room
    finally:
        gateway.stop()
        await working
        store.close()
        stop.set()
        await serving


async def story(room: PlantRoom, ledger: Ledger) -> None:
    await room.go_on(1.0, EVERY)
    for name in LASTS:
        await room.gateway.runner.act(StartTest(name, "duration", "li", "commissioning"))
    began = room.clock.now()
    await room.go_on(5.0, EVERY)
    assert all(plant.on_battery and plant.lamp_on for plant in room.plants.values())
    await room.go_on(470.0, SELDOM)
    await room.go_on(5.0, EVERY)
    room.plants["broken"].fail("circuits_out", circuits=1)
    await room.go_on(5.0, EVERY)
    assert not room.plants["broken"].feed.coil, "a plant with a dark circuit has its supply back within seconds"
    await room.go_on(410.0, SELDOM)
    await room.go_on(10.0, EVERY)
    assert room.clock.now() == began + 905.0
    await room.go_on(240.0, SELDOM)


@pytest.mark.asyncio
@pytest.mark.timeout(300)
async def test_batteries_of_14_59_15_00_and_15_01_and_a_circuit_that_drops_out_at_minute_8(tmp_path: Path) -> None:
    ledger = Ledger()
    async with plant_room(tmp_path, ledger) as room:
        await story(room, ledger)
        book = await room.book()
        assert {name: line.outcome.value for name, line in book.items()} == {
            "short": "failed", "exact": "failed", "long": "passed", "broken": "failed", "sunk": "failed",
        }  # fmt: skip
        findings = {name: line.finding for name, line in book.items() if line.finding}
        assert findings == {"short": "lamp-out", "exact": "lamp-out", "broken": "lamp-out", "sunk": "low-voltage"}
        for name, lasts in (("short", 899.0), ("exact", 900.0), ("long", 901.0), ("broken", 480.0)):
            assert lasts - 1.0 <= book[name].lasted <= lasts, name
        assert 20.0 < (book["sunk"].lowest_voltage or 0.0) < 20.4, "85 % of 24 V"
        assert 860.0 <= book["sunk"].lasted <= 890.0, "all of it was lit until then"
        assert [plant.feed.coil for plant in room.plants.values()] == [False] * len(LASTS)
        tickets = room.gateway.runner.pipeline.register
        failed = {name for name in LASTS if tickets.latest(name, "central-battery.duration-test")}
        assert failed == {"short", "exact", "broken", "sunk"}
    writes = [frame for line in ledger.lines if isinstance(frame := line.get("write"), dict)]
    frames = [(each["device"], each["values"], each["address"]) for each in writes]
    relays = range(len(LASTS))
    assert sorted(each for each in frames if each[1] == [1]) == [("relays", [1], relay) for relay in relays]
    assert {each[2] for each in frames if each[1] == [0]} == {*relays}, "every one of them was released"
