"""Property files: the shipped one, and what is told about broken ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import simulators
from simulators.clock import ManualClock
from simulators.ledger import Ledger
from simulators.property import PropertyError, load_property
from simulators.world import World

RIVERSIDE = Path(simulators.__file__).parent / "properties" / "riverside.yaml"

GOOD = """
property: small
connections: {bus: {kind: modbus-tcp, port: 0}, broker: {kind: mqtt, port: 0}}
plants: {d: {family: access-door}, e: {family: extinguisher, mean: 10}}
devices:
  di: {model: wb-mcm8, connection: bus, unit: 1, plants: [d, e]}
  mag: {model: milesight-ws301, connection: broker, topic: application/a/device/b, plant: e}
"""


def load(tmp_path: Path, text: str) -> World:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    return World(load_property(path), ManualClock(), Ledger())


def test_riverside_has_52_assets_half_of_each_family_on_each_protocol() -> None:
    prop = load_property(RIVERSIDE)
    families = Counter(plant.family for plant in prop.plants.values())
    assert families == {
        "access-door": 12,
        "barrier-gate": 6,
        "emergency-light": 16,
        "extinguisher": 12,
        "lift": 6,
    }
    over_mqtt = {plant for device in prop.devices.values() if device.topic for plant in device.plants}
    over_modbus = {plant for device in prop.devices.values() if device.unit is not None for plant in device.plants}
    assert over_mqtt.isdisjoint(over_modbus)
    assert over_mqtt | over_modbus == prop.plants.keys()
    halves = Counter(prop.plants[plant].family for plant in over_mqtt)
    assert all(halves[family] * 2 == count for family, count in families.items())
    assert {connection.kind for connection in prop.connections.values()} == {
        "modbus-tcp",
        "modbus-rtu-over-tcp",
        "modbus-rtu",
        "mqtt",
    }


def test_a_good_property_is_built(tmp_path: Path) -> None:
    world = load(tmp_path, GOOD)
    assert set(world.plants) == {"d", "e"}
    assert list(world.modbus) == ["di"]
    assert list(world.mqtt) == ["mag"]
    assert list(world.lines["bus"].units) == [1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("family: access-door", "family: trapdoor", "plants.d: no family trapdoor"),
        ("mean: 10", "mead: 10", "plants.e: .*mead"),
        ("kind: modbus-tcp", "kind: carrier-pigeon", "connections.bus: no kind carrier-pigeon"),
        ("plants: [d, e]", "plants: [d, x]", "devices.di: no plant x"),
        ("connection: bus", "connection: bass", "devices.di: no connection bass"),
        ("unit: 1, ", "", "devices.di: a Modbus device needs a unit"),
        ("topic: application/a/device/b, ", "", "devices.mag: an MQTT device needs a topic"),
        ("plant: e}", "plant: e, colour: red}", "devices.mag: .*colour"),
        (
            "plant: e}",
            "plant: e}\n  two: {model: wb-mcm8, connection: bus, unit: 1, plant: e}",
            "two: same address as di",
        ),
        ("plants: {d", "plans: {d", "'plants'"),
        ("property: small", "property: small\nproperty: big", "property"),
        ("plant: e}", "plant: d}", "devices.mag: needs one Extinguisher"),
        (GOOD, "[]", "expected a mapping"),
    ],
)
def test_a_broken_property_is_told_with_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(PropertyError, match=says):
        load(tmp_path, GOOD.replace(old, new))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PropertyError, match=r"nowhere\.yaml"):
        load_property(tmp_path / "nowhere.yaml")
