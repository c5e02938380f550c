"""Writes the site folder of a simulated month: sheets of devices and assets, a profile for each sort of device.

Each device is ideal: it tells the very points of its asset's kind, by MQTT.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Thing = Mapping[str, Any]
"""As simulators/month.py describes it: ``family``, ``facts``, ``beat`` (s), ``points`` (name → type, unit)."""
BEATS = 2.5
"""A device that was not heard for so many of its beats is silent."""
TOUCHPOINTS = {
    "access-door": "unit-door", "barrier-gate": "vehicle-entrance", "emergency-light": "corridor",
    "extinguisher": "corridor", "lift": "lift",
}  # fmt: skip
PLAUSIBLE = {"pressure": [-0.1, 4.0], "temperature": [-40, 85], "car_lux": [0, 10000], "battery_voltage": [0, 60]}


def write_site(folder: Path, things: Mapping[str, Thing], standard: Mapping[str, Any] | None = None) -> Path:
    """A site of these things; ``standard`` is its standards.yaml, when it changes the shipped one."""
    broker = {"kind": "mqtt", "host": "127.0.0.1", "port": 1883}
    site = {"site": "month", "name": {"zh": "一个月", "en": "A month"}, "timezone": "Asia/Shanghai"}
    _write(folder / "site.yaml", {**site, "connections": {"broker": broker}})
    if standard:
        _write(folder / "standards.yaml", standard)
    for profile, thing in {_profile(thing): thing for thing in things.values()}.items():
        _write(folder / "device_profiles" / f"{profile}.yaml", _content(thing))
    devices = [
        {"name": f"{name}-device", "profile": _profile(thing), "connection": "broker", "asset": name}
        for name, thing in things.items()
    ]
    _write_sheet(folder / "devices.csv", devices)
    _write_sheet(folder / "assets.csv", [_asset(name, thing) for name, thing in things.items()])
    return folder


def _profile(thing: Thing) -> str:
    """Lift cars differ in what they have; all others of a family are alike."""
    return f"month-{thing['family']}{'-lux' if 'car_lux' in thing['points'] else ''}"


def _content(thing: Thing) -> Mapping[str, Any]:
    points = {
        name: {"topic": "{asset}/state", "path": name, "type": kind}
        | ({"unit": unit} if unit else {})
        | ({"plausible": PLAUSIBLE[name]} if name in PLAUSIBLE else {})
        for name, (kind, unit) in thing["points"].items()
    }
    return {
        "title": "Ideal device", "maker": "nobody", "source": "made up", "verified": "simulator", "protocol": "mqtt",
        "parameters": {"asset": None}, "stale_after": f"{BEATS * thing['beat']:.0f}s", "points": points,
    }  # fmt: skip


def _asset(name: str, thing: Thing) -> dict[str, Any]:
    facts = {f"facts.{fact}": value for fact, value in thing["facts"].items()}
    family = thing["family"]
    place = {"place.zh": name, "place.en": name}
    return {
        "name": name, "kind": family, "touchpoint": TOUCHPOINTS[family], **place, "points": f"{name}-device", **facts,
    }  # fmt: skip


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """JSON, which is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _write_sheet(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
