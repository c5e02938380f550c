"""Sources: one guarded bus per Modbus line, one shared client per MQTT broker. Which exist is this table."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

from gateway.clock import Clock
from gateway.sources.source import Connection, Device, Resume, Source

SOURCES: Mapping[str, str] = {
    "modbus-tcp": "gateway.sources.modbus:ModbusSource",
    "modbus-rtu": "gateway.sources.modbus:ModbusSource",
    "modbus-rtu-over-tcp": "gateway.sources.modbus:ModbusSource",
    "mqtt": "gateway.sources.mqtt:MqttSource",
}
"""Kind of connection → what reads it. Only those that a site uses are imported."""


def build_source(connection: Connection, devices: Sequence[Device], clock: Clock, resume: Resume) -> Source:
    """The source for a connection; raises KeyError for an unknown kind."""
    module, _, name = SOURCES[connection.kind].partition(":")
    source: Source = getattr(importlib.import_module(module), name)(connection, devices, clock, resume)
    return source
