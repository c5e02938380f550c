"""Writes the site folder of a simulated year: two profiles of ideal devices, the luminaires, what tests are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.estate import Estate
from gateway.site import load_estate
from simulators.year import START, Year
from simulators.year_lamps import OWN, Lamp

IDLE_EVERY = 12 * 3600.0
"""Seconds: a luminaire at which nothing happens is listened to no more often; what happens is told at once."""
DAY = 86_400.0
QUICK_DAYS = 120
"""A year shorter than this has its rated tests more often, or there would be none."""


def rated_every(days: int) -> float:
    """Seconds between two rated tests of a luminaire."""
    return 365 * DAY if days > QUICK_DAYS else 40 * DAY


def make_estate(folder: Path, year: Year) -> Estate:
    """The site of that year, which allows all commands of its luminaires."""
    broker = {"kind": "mqtt", "host": "127.0.0.1", "port": 1883}
    tests = {
        "window": "low-risk", "at_once": 8, "function": {"every": "30 d"}, "duration": {"every": "30 d"},
        "rated": {"every": f"{rated_every(year.plan.days) / DAY:.0f} d"},
    }  # fmt: skip
    lamps = year.lamps.values()
    site: dict[str, Any] = {
        "site": "year", "name": {"zh": "一年", "en": "A year"}, "timezone": "Asia/Shanghai",
        "connections": {"broker": broker}, "proof_tests": tests,
        "devices": {_device(lamp): _wired(lamp) for lamp in lamps},
        "assets": {lamp.name: _asset(lamp, year) for lamp in lamps},
    }  # fmt: skip
    for name, lamp in {_sort(lamp): lamp for lamp in lamps}.items():
        _write(folder / "device_profiles" / f"{name}.yaml", _profile(lamp))
    _write(folder / "site.yaml", site)
    return load_estate(folder, now=START)


def _device(lamp: Lamp) -> str:
    return f"{lamp.name}-device"


def _sort(lamp: Lamp) -> str:
    return f"year-{lamp.way}{'-timed' if lamp.timed else ''}"


def _wired(lamp: Lamp) -> dict[str, Any]:
    held = {} if lamp.timed or lamp.way == "device" else {"allow_without_timeout": ["break_supply"]}
    allow = [*_commands(lamp)]
    return {"profile": _sort(lamp), "connection": "broker", "asset": lamp.name, "allow": allow, **held}


def _commands(lamp: Lamp) -> dict[str, dict[str, Any]]:
    """What its device can be told to do; what would go over a wire for that is nobody's business here."""
    if lamp.way == "device":
        begun = {name: _command(name, {"reads_back": "mode", "ends_by_itself": True}) for name in OWN}
        return {**begun, "stop_test": _command("stop_test", {"reads_back": "mode", "stops": True})}
    timer = {"seconds_at": "after", "ends_by_itself": True} if lamp.timed else {}
    back = {"reads_back": "supply_broken"}
    return {
        "break_supply": _command("break_supply", {**back, **timer}),
        "restore_supply": _command("restore_supply", {**back, "stops": True}),
    }


def _command(name: str, more: Mapping[str, Any]) -> dict[str, Any]:
    means = {"zh": name, "en": name}
    return {"means": means, "topic": "{asset}/do", "payload": {"do": name}, **more}


def _asset(lamp: Lamp, year: Year) -> dict[str, Any]:
    return {
        "kind": "emergency-light", "touchpoint": "corridor", "place": {"zh": lamp.name, "en": lamp.name},
        "points": _device(lamp),
        **({"next_to": [year.next_to[lamp.name]]} if lamp.name in year.next_to else {}),
        **({"group": year.groups[lamp.name]} if lamp.name in year.groups else {}),
    }  # fmt: skip


def _profile(lamp: Lamp) -> dict[str, Any]:
    points = {
        name: {"topic": "{asset}/state", "path": name, "type": kind} | ({"unit": unit} if unit else {})
        for name, (kind, unit) in lamp.points.items()
    }
    return {
        "title": "Ideal device", "maker": "nobody", "source": "made up", "verified": "simulator", "protocol": "mqtt",
        "parameters": {"asset": None}, "stale_after": f"{IDLE_EVERY + 3600:.0f}s", "points": points,
        "commands": _commands(lamp),
    }  # fmt: skip


def _write(path: Path, content: Any) -> None:
    """JSON, which is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
