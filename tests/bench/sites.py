"""Writes the site folders that are measured: many like devices, every point judged by a clause of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Keys = Mapping[str, Any]
TEXT = {"zh": "测量", "en": "measured"}
LIMITS: Sequence[Mapping[str, Any]] = ({"at_most": 65535}, {"at_least": 0}, {"between": [-1, 65536]})
"""Never violated: what is measured is judging, not alarming."""
FIELDS = 4
"""Values in one MQTT message."""


def modbus_site(folder: Path, ports: Sequence[int], registers: int) -> Path:
    """One connection, one device and one asset for each port; all ``registers`` are read every second."""
    points = [f"p{number:02d}" for number in range(registers)]
    profile = {"protocol": "modbus", "points": {name: {"address": place} for place, name in enumerate(points)}}
    connections = {f"wire-{port}": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": port} for port in ports}
    devices = {f"dev-{port}": {"profile": "bench", "connection": f"wire-{port}", "every": "1s"} for port in ports}
    _write(folder, points, profile, connections, devices)
    return folder


def mqtt_site(folder: Path, port: int, devices: int) -> Path:
    """One broker, ``devices`` that publish JSON of ``FIELDS`` values on ``bench/<number>``."""
    points = [f"p{number:02d}" for number in range(FIELDS)]
    fields = {name: {"topic": "bench/{number}", "path": name} for name in points}
    profile = {"protocol": "mqtt", "stale_after": "1h", "parameters": {"number": None}, "points": fields}
    wired = {
        f"dev-{number}": {"profile": "bench", "connection": "broker", "number": number} for number in range(devices)
    }
    _write(folder, points, profile, {"broker": {"kind": "mqtt", "host": "127.0.0.1", "port": port}}, wired)
    return folder


def _write(folder: Path, points: Sequence[str], profile: Keys, connections: Keys, devices: Keys) -> None:
    """Every file of a site folder, in JSON, which is YAML."""
    asset = {"kind": "bench-block", "touchpoint": "corridor", "place": TEXT}
    assets = {device.replace("dev", "asset"): {**asset, "points": device} for device in devices}
    wiring = {"connections": connections, "devices": devices, "assets": assets}
    says = {"title": "Bench", "maker": "nobody", "source": "made up", "verified": "simulator"}
    kind = {"title": TEXT, "points": {name: {"type": "number", "means": TEXT} for name in points}}
    clauses = {f"bench-block.{name}": _clause(name, LIMITS[n % len(LIMITS)]) for n, name in enumerate(points)}
    files: Mapping[str, Keys] = {
        "site.yaml": {"site": "bench", "name": TEXT, "timezone": "UTC", **wiring},
        "kinds.yaml": {"kinds": {"bench-block": kind}},
        "standards.yaml": {"version": "bench", "clauses": clauses},
        "device_profiles/bench.yaml": {**says, **profile},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _clause(point: str, limit: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": TEXT, "applies_to": "bench-block", "require": {"point": point, **limit},
        "basis": {"document": "bench", "kind": "proposed"}, "priority": "P4",
        "ticket": {"trade": "general"}, "action": TEXT,
    }  # fmt: skip
