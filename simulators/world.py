"""Builds the plants and devices of a property and wires them. Knows no socket; `serve` puts it on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from simulators.clock import Clock
from simulators.devices import MODBUS, MQTT, ModbusDevice, MqttDevice
from simulators.devices.device import Message
from simulators.ledger import Ledger
from simulators.modbus.line import Line
from simulators.modbus.pdu import Unit, Write
from simulators.plants import FAMILIES, Plant
from simulators.property import ConnectionSpec, DeviceSpec, PlantSpec, Property, PropertyError


class World:
    """All plants and devices of a property, by id, and one `Line` per Modbus connection."""

    def __init__(self, prop: Property, clock: Clock, ledger: Ledger, seed: int = 0) -> None:
        self.property, self.clock, self.ledger = prop, clock, ledger
        self.start = clock.now()
        self.plants = {spec.id: self._plant(spec, seed) for spec in prop.plants.values()}
        for plant in self.plants.values():
            plant.keep(ledger.remember)
        self.modbus: dict[str, ModbusDevice] = {}
        self.mqtt: dict[str, MqttDevice] = {}
        for spec in prop.devices.values():
            self._add_device(spec)
        self.lines = {spec.id: self._line(spec) for spec in prop.connections.values() if spec.kind != "mqtt"}

    def _plant(self, spec: PlantSpec, seed: int) -> Plant:
        try:
            return FAMILIES[spec.family](spec.id, self.start, seed, **spec.options)
        except TypeError as error:
            raise PropertyError(f"plants.{spec.id}: {error}") from error

    def _add_device(self, spec: DeviceSpec) -> None:
        plants = [self.plants[name] for name in spec.plants]
        try:
            if spec.topic is not None:
                self.mqtt[spec.id] = MQTT[spec.model](spec.topic, plants, **spec.options)
                self.mqtt[spec.id].report(self.start)
            else:
                self.modbus[spec.id] = MODBUS[spec.model](plants, self.clock.now, **spec.options)
                self.modbus[spec.id].image()
        except (TypeError, ValueError, KeyError) as error:
            raise PropertyError(f"devices.{spec.id}: {error}") from error

    def _line(self, spec: ConnectionSpec) -> Line:
        units: Mapping[int, Unit] = {
            cast(int, device.unit): self.modbus[device.id]
            for device in self.property.devices.values()
            if device.connection == spec.id
        }

        names = {device.unit: device.id for device in self.property.devices.values() if device.connection == spec.id}

        def on_write(unit: int, write: Write) -> None:
            self.ledger.write(self.clock.now(), spec.id, unit, write, names.get(unit, ""))

        return Line(units, refuse_absent=spec.refuse_absent, on_write=on_write)

    def turn(self) -> list[Message]:
        """Brings everything up to now and returns what MQTT devices have to say."""
        now = self.clock.now()
        for plant in self.plants.values():
            plant.advance(now)
        said = [pair for device in self.mqtt.values() for pair in device.speak(now)]
        # A grant must reach the broker before the contact that opens after it, also when a turn comes late.
        return [message for _, message in sorted(said, key=lambda pair: pair[0])]

    def listens_to(self) -> list[str]:
        """The topics of all commands."""
        return sorted({topic for device in self.mqtt.values() for topic in device.listens_to()})

    def hear(self, topic: str, payload: str) -> None:
        """A command that has come over the broker."""
        now = self.clock.now()
        for name, device in self.mqtt.items():
            if topic in device.listens_to():
                self.ledger.message(now, name, topic, payload, acted=device.hear(payload, now))

    def counters(self) -> dict[str, int]:
        """Requests and writes per Modbus connection."""
        return {f"{name}.{what}": count for name, line in self.lines.items() for what, count in line.counts.items()}
