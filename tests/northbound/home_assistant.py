"""What Home Assistant accepts of a device that is told over MQTT: its fields, classes and units, as facts in a table.

Source: home-assistant/core (Apache-2.0), as of its 2026 development line: homeassistant/components/mqtt/schemas.py
(DEVICE_DISCOVERY_SCHEMA and what it consists of), config.py, sensor.py, binary_sensor.py, button.py, discovery.py
(TOPIC_MATCHER), abbreviations.py; homeassistant/components/sensor/const.py at 00eb6680 (DEVICE_CLASS_UNITS,
DEVICE_CLASS_STATE_CLASSES); homeassistant/components/binary_sensor/__init__.py at 027590d9; homeassistant/const.py
(units). Of fields that came later than device discovery itself (2024.11) none is used here: see ``SINCE_THEN``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TOPIC = re.compile(r"homeassistant/(?P<component>\w+)/(?:([a-zA-Z0-9_-]+)/)?([a-zA-Z0-9_-]+)/config")
SHORT = {"dev": "device", "o": "origin", "cmps": "components", "p": "platform", "avty": "availability"}
SHORT_DEVICE = {
    "ids": "identifiers", "cns": "connections", "mf": "manufacturer", "mdl": "model", "mdl_id": "model_id",
    "hw": "hw_version", "sw": "sw_version", "sa": "suggested_area", "sn": "serial_number", "cu": "configuration_url",
}  # fmt: skip
SHORT_ORIGIN = {"sw": "sw_version", "url": "support_url"}

AVAILABILITY = {
    "availability", "availability_mode", "availability_topic", "availability_template", "payload_available",
    "payload_not_available",
}  # fmt: skip
AVAILABLE = {"topic", "payload_available", "payload_not_available", "value_template"}
MODES = {"all", "any", "latest"}
SINCE_THEN = {"message_expiry_interval", "visible_by_default", "default_entity_id", "group", "entity_picture"}
"""They are accepted today, and an older Home Assistant would refuse or ignore them."""
SHARED = AVAILABILITY | {"state_topic", "command_topic", "qos", "encoding"}
ROOT = SHARED | {"device", "origin", "components"}
DEVICE = {
    "identifiers", "connections", "manufacturer", "model", "model_id", "name", "hw_version", "serial_number",
    "sw_version", "via_device", "suggested_area", "configuration_url",
}  # fmt: skip
ORIGIN = {"name", "sw_version", "support_url"}
ENTITY = AVAILABILITY | {
    "platform", "device", "origin", "enabled_by_default", "entity_category", "icon", "json_attributes_topic",
    "json_attributes_template", "unique_id", "name", "device_class", "qos", "encoding",
}  # fmt: skip
READ_ONLY = ENTITY | {"state_topic", "value_template"}
FIELDS: Mapping[str, set[str]] = {
    "sensor": READ_ONLY | {
        "expire_after", "force_update", "last_reset_value_template", "options", "suggested_display_precision",
        "state_class", "unit_of_measurement",
    },
    "binary_sensor": READ_ONLY | {"expire_after", "force_update", "off_delay", "payload_on", "payload_off"},
    "button": ENTITY | {"command_topic", "command_template", "payload_press", "retain"},
}  # fmt: skip
REQUIRED: Mapping[str, set[str]] = {
    "sensor": {"state_topic", "unique_id"},
    "binary_sensor": {"state_topic", "unique_id"},
    "button": {"command_topic", "unique_id"},
}
BINARY_CLASSES = {
    "battery", "battery_charging", "carbon_monoxide", "cold", "connectivity", "door", "garage_door", "gas", "heat",
    "light", "lock", "moisture", "motion", "moving", "occupancy", "opening", "plug", "power", "presence", "problem",
    "running", "safety", "smoke", "sound", "tamper", "update", "vibration", "window",
}  # fmt: skip
BUTTON_CLASSES = {"identify", "restart", "update"}
TIMES = {"d", "h", "min", "s", "ms"}
LENGTHS = {"km", "m", "cm", "mm", "mi", "nmi", "yd", "in", "ft"}
UNITS: Mapping[str, set[str | None]] = {
    "battery": {"%"},
    "carbon_dioxide": {"ppm"},
    "current": {"A", "mA"},
    "distance": {*LENGTHS},
    "duration": {*TIMES},
    "humidity": {"%"},
    "illuminance": {"lx"},
    "ph": {None},
    "power": {"W", "kW", "MW", "GW", "TW"},
    "pressure": {"Pa", "hPa", "kPa", "bar", "cbar", "mbar", "mmHg", "inHg", "psi"},
    "sound_pressure": {"dB", "dBA"},
    "speed": {"ft/s", "in/d", "in/h", "in/s", "km/h", "kn", "m/s", "mph", "mm/d", "mm/h", "mm/s", "Beaufort"},
    "temperature": {"°C", "°F", "K"},
    "timestamp": {None},
    "volatile_organic_compounds_parts": {"ppm", "ppb"},
    "voltage": {"V", "mV", "kV", "MV"},
    "weight": {"kg", "g", "mg", "oz", "lb", "st"},
}
"""Of those device classes of sensors that are used here; any other is refused by ``wrong``."""
STATE_CLASSES = {"measurement", "total", "total_increasing"}
NOT_NUMERIC = {"date", "enum", "timestamp"}
CATEGORIES = {"config", "diagnostic"}
QOS = {0, 1, 2}


def expanded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with its abbreviations written out, as Home Assistant does first."""
    whole = _long(payload, SHORT)
    whole["device"] = _long(whole.get("device", {}), SHORT_DEVICE)
    whole["origin"] = _long(whole.get("origin", {}), SHORT_ORIGIN)
    whole["components"] = {name: _long(each, SHORT) for name, each in whole.get("components", {}).items()}
    return whole


def _long(part: Mapping[str, Any], short: Mapping[str, str]) -> dict[str, Any]:
    return {short.get(name, name): value for name, value in part.items()}


def wrong(payload: Mapping[str, Any]) -> Iterator[str]:
    """Everything about which Home Assistant would complain."""
    whole = expanded(payload)
    yield from (f"{name} is no field" for name in whole.keys() - ROOT)
    yield from (f"{name} is missing" for name in {"device", "origin", "components"} - whole.keys())
    yield from (f"device.{name} is no field" for name in whole["device"].keys() - DEVICE)
    yield from (f"origin.{name} is no field" for name in whole["origin"].keys() - ORIGIN)
    if not whole["device"].get("identifiers") and not whole["device"].get("connections"):
        yield "device has neither identifiers nor connections"
    if not whole["origin"].get("name"):
        yield "origin.name is missing"
    yield from _availability(whole)
    for name, each in whole["components"].items():
        yield from (f"components.{name}: {what}" for what in _component({**_shared(whole), **each}))


def _shared(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in whole.items() if name in SHARED}


def _component(each: Mapping[str, Any]) -> Iterator[str]:
    platform = str(each.get("platform"))
    if platform not in FIELDS:
        yield f"platform {platform} is not supported here"
        return
    yield from (f"{name} is no field of a {platform}" for name in each.keys() - FIELDS[platform])
    yield from (f"{name} is missing" for name in REQUIRED[platform] - each.keys())
    yield from (f"{name} is no topic" for name, text in each.items() if name.endswith("_topic") and not _topic(text))
    yield from _availability(each)
    if each.get("entity_category", "diagnostic") not in CATEGORIES:
        yield "entity_category is unknown"
    if each.get("qos", 0) not in QOS:
        yield "qos is unknown"
    if platform == "sensor":
        yield from _sensor(each)
    elif each.get("device_class") not in {None, *(BINARY_CLASSES if platform == "binary_sensor" else BUTTON_CLASSES)}:
        yield f"device_class {each['device_class']} is unknown"


def _sensor(each: Mapping[str, Any]) -> Iterator[str]:
    device_class, unit, state = each.get("device_class"), each.get("unit_of_measurement"), each.get("state_class")
    if device_class is not None and device_class not in UNITS:
        yield f"device_class {device_class} is unknown"
    elif device_class is not None and unit not in UNITS[device_class]:
        yield f"{device_class} is not told in {unit}"
    if state not in {None, *STATE_CLASSES} or (device_class in NOT_NUMERIC and state is not None):
        yield f"state_class {state} does not go with {device_class}"


def _availability(each: Mapping[str, Any]) -> Iterator[str]:
    if {"availability", "availability_topic"} <= each.keys():
        yield "availability is said twice"
    if each.get("availability_mode", "all") not in MODES:
        yield "availability_mode is unknown"
    for one in each.get("availability", ()):
        yield from (f"availability.{name} is no field" for name in one.keys() - AVAILABLE)
        if not _topic(one.get("topic", "")):
            yield "availability.topic is no topic"


def _topic(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text.encode()) <= 65535 and not set(text) & set("+#\0")
