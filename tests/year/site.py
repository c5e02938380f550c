"""Writes the site folder of a simulated year: two profiles of ideal devices, the luminaires, what tests are asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.estate import AssetCommand, Estate
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
    """The site of that year, with all commands of its luminaires allowed."""
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
    for way in sorted({lamp.way for lamp in lamps}):
        _write(
            folder / "device_profiles" / f"year-{way}.yaml", _profile(next(each for each in lamps if each.way == way))
        )
    _write(folder / "site.yaml", site)
    return commanded(load_estate(folder, now=START), year)


def commanded(estate: Estate, year: Year) -> Estate:
    """All commands of the luminaires allowed; how a site's files allow them is tested elsewhere."""
    assets = dict(estate.assets)
    for name, lamp in year.lamps.items():
        names = ("break_supply", "restore_supply") if lamp.way == "relay" else (*OWN, "stop_test")
        own = {each: AssetCommand(_device(lamp), each, lamp.timed, _is_timed(lamp, each)) for each in names}
        assets[name] = replace(assets[name], commands=own)
    return replace(estate, assets=assets)


def _is_timed(lamp: Lamp, command: str) -> bool:
    return lamp.timed and command == "break_supply"


def _device(lamp: Lamp) -> str:
    return f"{lamp.name}-device"


def _wired(lamp: Lamp) -> dict[str, Any]:
    return {"profile": f"year-{lamp.way}", "connection": "broker", "asset": lamp.name}


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
    }  # fmt: skip


def _write(path: Path, content: Any) -> None:
    """JSON, which is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
