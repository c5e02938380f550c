"""From a site's files to devices that obey: every shipped command against the simulators, which know no profile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.estate import Estate
from gateway.model import Reading, Readings
from gateway.site import load_estate
from gateway.sources import build_source
from gateway.sources.source import Resume, Sent, Source
from simulators.clock import AnchoredClock
from simulators.ledger import Ledger
from simulators.property import load_property
from simulators.serve import Wires, Wiring, run
from simulators.world import World
from tests.waiting import until

PROPERTY = """
property: tested
connections: {bus: {kind: modbus-tcp, port: 0}, broker: {kind: mqtt, port: 0}}
plants:
  dali-light: {family: emergency-light}
  held-light: {family: emergency-light}
  timed: {family: emergency-light}
devices:
  dali: {model: intesis-dali, connection: bus, unit: 1, plants: [dali-light]}
  relays: {model: waveshare-relay-d, connection: bus, unit: 2, plants: [held-light]}
  shelly: {model: shelly-gen2, connection: broker, topic: shelly/feed, plant: timed, switches: feed, report_every: 1}
"""
SITE = """
site: tested
name: Tested
timezone: Asia/Shanghai
connections:
  bus: {kind: modbus-tcp, host: 127.0.0.1}
  broker: {kind: mqtt, host: 127.0.0.1}
devices:
  dali:
    profile: intesis-dali
    connection: bus
    unit: 1
    short_address: 0
    every: 1s
    allow: [start_function_test, start_duration_test, stop_test]
  relay:
    profile: waveshare-relay-d
    connection: bus
    unit: 2
    relay: 0
    every: 1s
    allow: [break_supply, restore_supply]
    allow_without_timeout: [break_supply]
  shelly: {profile: shelly-gen2, connection: broker, prefix: shelly/feed, allow: [break_supply, restore_supply]}
assets:
  by-dali: {kind: emergency-light, touchpoint: corridor, place: A, points: dali}
  by-relay: {kind: emergency-light, touchpoint: corridor, place: B, points: relay}
  by-shelly:
    kind: emergency-light
    touchpoint: corridor
    place: C
    points: {supply_broken: shelly.output, feed_present: shelly.input_0}
    commands: {break_supply: shelly.break_supply, restore_supply: shelly.restore_supply}
"""


class Site:
    """The site's sources at work: commands by asset, as the conductor sends them, and the latest readings."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.now: dict[int, Reading] = {}
        self.sources: dict[str, Source] = {}
        for name, connection in estate.connections.items():
            devices = [each for each in estate.devices.values() if estate.device_connection[each.name] == name]
            self.sources[name] = build_source(connection, devices, SystemClock(), Resume())

    def deliver(self, readings: Readings) -> None:
        self.now.update(zip(readings.points, readings.values, strict=True))

    def sees(self, asset: str, point: str, value: object) -> Callable[[], bool]:
        return lambda: self.now.get(self.estate.assets[asset].ids[point]) == value

    async def tell(self, asset: str, name: str, seconds: float | None = None) -> Sent:
        command = self.estate.assets[asset].commands[name]
        source = self.sources[self.estate.device_connection[command.device]]
        sent, why = await source.command(command.device, command.command, seconds, lambda: True)
        assert not why, why
        return sent


async def commanded(site: Site) -> None:
    """Each luminaire is told to begin and to end; what it does is seen in its points."""
    await until(site.sees("by-dali", "mode", "normal"))
    await until(site.sees("by-relay", "supply_broken", False))
    await until(site.sees("by-shelly", "supply_broken", False))
    assert await site.tell("by-dali", "start_duration_test") is Sent.TAKEN
    await until(site.sees("by-dali", "mode", "duration-test"))
    assert await site.tell("by-dali", "stop_test") is Sent.TAKEN
    await until(site.sees("by-dali", "mode", "normal"))
    for asset, seconds in (("by-relay", None), ("by-shelly", 1200.0)):
        assert await site.tell(asset, "break_supply", seconds) is Sent.TAKEN
        await until(site.sees(asset, "supply_broken", True))
        assert site.sees(asset, "feed_present", True)()
        assert await site.tell(asset, "restore_supply") is Sent.TAKEN
        await until(site.sees(asset, "supply_broken", False))


async def story(folder: Path, ledger: Ledger) -> None:
    property_ = load_property(folder / "property.yaml")
    wires, stop, up = Wires(property_, Wiring(free_ports=True)), asyncio.Event(), asyncio.Event()
    clock = AnchoredClock.starting_now(1.0)
    serving = asyncio.create_task(run(wires, lambda: World(property_, clock, ledger), [], stop, lambda _: up.set()))
    await up.wait()
    ends = {name: (str(port["host"]), int(port["port"])) for name, port in wires.ports.items()}
    site = Site(load_estate(folder, endpoints=ends))
    reading = [asyncio.create_task(source.run(site.deliver)) for source in site.sources.values()]
    try:
        await commanded(site)
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        stop.set()
        await serving


@pytest.mark.asyncio
async def test_every_luminaire_does_what_it_is_told_and_the_ledger_has_it_once(tmp_path: Path) -> None:
    (tmp_path / "property.yaml").write_text(PROPERTY, encoding="utf-8")
    folder, ledger = tmp_path, Ledger()
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    await asyncio.wait_for(story(folder, ledger), 60)
    assert ledger.commands == {"dali": 2, "relays": 2, "shelly": 2}
    writes = [line["write"] for line in ledger.lines if "write" in line]
    assert [(each["device"], each["address"], each["acted"]) for each in writes] == [  # type: ignore[index]
        ("dali", 64, True),
        ("dali", 65, True),
        ("relays", 0, True),
        ("relays", 0, True),
    ]
