"""Reads a property file: connections, plants and devices. Checks names and wiring; builds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from simulators.devices import MODBUS, MQTT
from simulators.plants import FAMILIES

MODBUS_KINDS = ("modbus-tcp", "modbus-rtu-over-tcp", "modbus-rtu")


class PropertyError(Exception):
    """A file says something that cannot be; the message names file and place."""


@dataclass(frozen=True)
class ConnectionSpec:
    """One wire. `port` is a TCP port, or for modbus-rtu a serial device or None for a pty."""

    id: str
    kind: str
    port: int | str | None = None
    refuse_absent: bool = False


@dataclass(frozen=True)
class PlantSpec:
    """One physical thing; its id is the asset's name."""

    id: str
    family: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class DeviceSpec:
    """One device model, wired to plants, at a Modbus unit or an MQTT topic."""

    id: str
    model: str
    connection: str
    plants: tuple[str, ...]
    unit: int | None
    topic: str | None
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Property:
    """A whole property."""

    name: str
    connections: Mapping[str, ConnectionSpec]
    plants: Mapping[str, PlantSpec]
    devices: Mapping[str, DeviceSpec]


class _Loader(yaml.SafeLoader):
    """YAML 1.2: ``22:30`` and ``no`` are words, and a key that stands twice is an error."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML declares it so

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({*keys}) < len(keys):
            raise yaml.constructor.ConstructorError("a key stands twice", node.start_mark, None, None)
        return super().construct_mapping(node, deep)


for _tag, _looks, _first in (
    ("null", "~|null|", "~n"),
    ("bool", "true|false", "tf"),
    ("int", "[-+]?(0|[1-9][0-9]*)|0x[0-9a-f]+", "-+0123456789"),
    ("float", r"[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?|[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_looks})$"), ["", *_first])


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML 1.2 mapping. Raises `PropertyError`."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise PropertyError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise PropertyError(f"{path}: expected a mapping")
    return document


def load_property(path: Path) -> Property:
    """Reads and checks a property file. Raises `PropertyError`."""
    document = read_yaml(path)
    try:
        found = Property(
            name=str(document["property"]),
            connections={name: ConnectionSpec(name, **spec) for name, spec in document["connections"].items()},
            plants=dict(_plants(document["plants"])),
            devices=dict(_devices(document["devices"])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise PropertyError(f"{path}: {error}") from error
    problems = list(_problems(found))
    if problems:
        raise PropertyError("\n".join(f"{path}: {problem}" for problem in problems))
    return found


def _plants(section: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, PlantSpec]]:
    for name, spec in section.items():
        options = dict(spec)
        yield name, PlantSpec(name, options.pop("family"), options)


def _devices(section: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, DeviceSpec]]:
    for name, spec in section.items():
        options = dict(spec)
        plants = options.pop("plants", None) or [options.pop("plant")]
        model, connection = options.pop("model"), options.pop("connection")
        unit, topic = options.pop("unit", None), options.pop("topic", None)
        yield name, DeviceSpec(name, model, connection, tuple(plants), unit, topic, options)


def _problems(found: Property) -> Iterator[str]:
    for plant in found.plants.values():
        if plant.family not in FAMILIES:
            yield f"plants.{plant.id}: no family {plant.family}"
    for connection in found.connections.values():
        if connection.kind not in (*MODBUS_KINDS, "mqtt"):
            yield f"connections.{connection.id}: no kind {connection.kind}"
    addresses: dict[tuple[str, int | str | None], str] = {}
    for device in found.devices.values():
        yield from _device_problems(found, device)
        address = (device.connection, device.unit if device.unit is not None else f"{device.model} {device.topic}")
        other = addresses.setdefault(address, device.id)
        # Two controllers of one uhppoted share its topics.
        if other != device.id and device.model != "uhppoted-mqtt":
            yield f"devices.{device.id}: same address as {other}"


def _device_problems(found: Property, device: DeviceSpec) -> Iterator[str]:
    where = f"devices.{device.id}"
    connection = found.connections.get(device.connection)
    if connection is None:
        yield f"{where}: no connection {device.connection}"
        return
    for plant in device.plants:
        if plant not in found.plants:
            yield f"{where}: no plant {plant}"
    if connection.kind == "mqtt":
        if device.model not in MQTT or device.topic is None:
            yield f"{where}: an MQTT device needs a topic and one of the models {', '.join(MQTT)}"
    elif device.model not in MODBUS or device.unit is None:
        yield f"{where}: a Modbus device needs a unit and one of the models {', '.join(MODBUS)}"
