"""``touchpoint check``: everything wrong or doubtful in a site's files, and how busy its lines will be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.commands import CONFIGURATION, DONE
from gateway.commands.outputs import wrong_outputs
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, local, table
from gateway.commands.test import OWN, own_examples
from gateway.documents import Document
from gateway.errors import DocumentError, Problem
from gateway.site import Loaded, load_site
from gateway.site.files import Findings
from gateway.site.standard import unanswered
from gateway.sources.bus import wire_load
from gateway.sources.source import Connection, Device
from gateway.trial import ExamplesFile

FEW = 5
"""Devices that are named in a line."""
BUSY, FULL = 0.7, 1.0
"""Share of a serial line's time: above the first there is little room for retries, above the second polls lag."""


def check_site(folder: Path, as_json: bool) -> int:
    """Print what is wrong, or what the site consists of; returns the exit status."""
    try:
        loaded = _loaded(folder)
    except DocumentError as error:
        if as_json:
            print_json({"ok": False, "problems": [asdict(each) for each in error.problems], "warnings": []})
            return CONFIGURATION
        raise
    found = summary(loaded)
    print_json(found) if as_json else _show(found)
    return DONE


def _loaded(folder: Path) -> Loaded:
    """The site; raises DocumentError with what is wrong in any of its files, also those that running does not need."""
    findings = Findings()
    loaded = findings.attempt(lambda: load_site(folder, now=SystemClock().now()))
    if loaded:
        own_examples(folder, loaded.estate, findings)
        findings.problems += wrong_outputs(loaded.estate, folder)
    elif (folder / OWN).exists():  # of what they speak is not known, but their form can be looked at
        findings.attempt(lambda: Document(folder / OWN).parse(ExamplesFile))
    return findings.settle(loaded)


def summary(loaded: Loaded) -> dict[str, Any]:
    """What a correct site consists of."""
    estate = loaded.estate
    real = [asset for asset in estate.assets.values() if asset.kind not in ("device", "connection")]
    on: dict[str, list[Device]] = {name: [] for name in estate.connections}
    for device, connection in estate.device_connection.items():
        on[connection].append(estate.devices[device])
    lines = [_line(connection, on[name]) for name, connection in estate.connections.items()]
    warnings = [asdict(each) for each in loaded.warnings]
    warnings += [asdict(Problem("", 0, f"connections.{each['name']}", each["note"])) for each in lines if each["note"]]
    return {
        "ok": True,
        "problems": [],
        "warnings": warnings,
        "site": estate.site,
        "title": dict(estate.title),
        "standard": estate.standard.version,
        "clauses": len(estate.standard.clauses),
        "unanswered": unanswered(estate.standard.clauses, real),
        "points": len(estate.points),
        "assets": dict(Counter(asset.kind for asset in real)),
        "connections": lines,
        "outputs": sorted(estate.outputs),
        "commands": {name: sorted(each.commands) for name, each in estate.devices.items() if each.commands},
    }


def _line(connection: Connection, devices: Sequence[Device]) -> dict[str, Any]:
    load = None if connection.kind == "mqtt" else wire_load(connection, devices)
    told = {"name": connection.name, "kind": connection.kind, "devices": len(devices), "load": load, "note": ""}
    if load is not None and connection.kind == "modbus-tcp":
        return told | {"unit": "requests/s"}
    if load is not None and load > BUSY:
        told["note"] = "more polls than the line can carry" if load > FULL else "little room for retries"
    return told | {"unit": "" if load is None else "of the wire time"}


def _show(found: dict[str, Any]) -> None:
    line(
        f"{local(found['title'])} ({found['site']}): correct; standard {found['standard']}, {found['clauses']} clauses"
    )
    if found["unanswered"]:
        line(f"nothing here answers {len(found['unanswered'])} of them: touchpoint coverage says what is missing")
    table(["kind", "assets"], sorted(found["assets"].items()), "no assets")
    rows = ([each["name"], each["kind"], each["devices"], _load(each), each["note"]] for each in found["connections"])
    table(["connection", "kind", "devices", "load", ""], rows, "no connections")
    _show_commands(found["commands"])
    for warning in found["warnings"]:
        line(f"warning: {Problem(**warning)}".replace("warning: : ", "warning: "))


def _show_commands(allowed: Mapping[str, Sequence[str]]) -> None:
    """Whoever reads this must see whether anything is ever written to a device, and to which."""
    if not allowed:
        line("nothing is ever written to a device: no command is allowed")
        return
    line(f"WRITES ARE ALLOWED: {sum(map(len, allowed.values()))} commands on {len(allowed)} devices")
    by_command: dict[str, list[str]] = {}
    for device, commands in allowed.items():
        for command in commands:
            by_command.setdefault(command, []).append(device)
    rows = ([name, len(devices), _few(devices)] for name, devices in sorted(by_command.items()))
    table(["command", "devices", ""], rows, "")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def _load(connection: dict[str, Any]) -> str:
    load = connection["load"]
    if load is None:
        return "-"
    return (
        f"{load:.1f} {connection['unit']}" if connection["kind"] == "modbus-tcp" else f"{load:.0%} {connection['unit']}"
    )
