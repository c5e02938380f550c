"""``touchpoint read``: one Modbus device, once: raw words, value, quality."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.commands import DOES_NOT_HOLD, DONE, WrongUsage
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, table
from gateway.data import shipped
from gateway.documents import suggest
from gateway.model import BadReading
from gateway.profiles import ModbusProfile, Profile, load_profile
from gateway.site import load_estate
from gateway.sources.modbus import read_once
from gateway.sources.source import Connection, Device

KINDS = ("modbus-tcp", "modbus-rtu-over-tcp")
MODBUS_PORT = 502


def read_device(folder: Path, name: str, as_json: bool) -> int:
    """Read a device of a site; raises WrongUsage when it is none that can be asked."""
    estate = load_estate(folder)
    device = estate.devices.get(name)
    if device is None:
        raise WrongUsage(f"{folder} has no device {name!r}{suggest(name, estate.devices)}")
    return _read(estate.connections[estate.device_connection[name]], device, as_json)


def read_address(url: str, unit: int, profile: str, parameters: Sequence[str], as_json: bool) -> int:
    """Read whatever answers at an address as ``profile`` says; raises WrongUsage for what cannot be asked."""
    found = _profile(profile)
    device = Device("device", found, {}, -1, 1.0, 3.0, unit, _parameters(found, parameters))
    return _read(_connection(url), device, as_json)


def _connection(url: str) -> Connection:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or MODBUS_PORT
    except ValueError as error:
        raise WrongUsage(f"{url}: {error}") from error
    if parts.scheme not in KINDS or not host:
        raise WrongUsage(f"{url}: write one of {', '.join(KINDS)} and where, like modbus-tcp://10.0.4.20:502")
    return Connection("address", parts.scheme, -1, host, port, timeout=3.0)


def _profile(name: str) -> Profile:
    """A shipped profile by its name, or one in a file."""
    if not name:
        raise WrongUsage("--profile is missing: name a shipped profile (device_profiles/SUPPORTED.md), or a file")
    if Path(name).suffix == ".yaml":
        return load_profile(Path(name))
    names = {path.stem: path for path in shipped().profiles.glob("*.yaml")}
    if name not in names:
        raise WrongUsage(f"--profile: there is no shipped profile {name!r}{suggest(name, names)}")
    return load_profile(names[name], f"{name}.yaml")


def _parameters(profile: Profile, written: Sequence[str]) -> Mapping[str, int | str]:
    given = dict(each.partition("=")[::2] for each in written)
    unknown = given.keys() - profile.parameters.keys()
    if unknown:
        raise WrongUsage(f"--parameter: the profile has no {', '.join(sorted(unknown))}")
    values = {**profile.parameters, **{name: int(text) if text.isdecimal() else text for name, text in given.items()}}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise WrongUsage(f"the profile needs --parameter {missing[0]}=…")
    return {name: value for name, value in values.items() if value is not None}


def _read(connection: Connection, device: Device, as_json: bool) -> int:
    if not isinstance(device.profile, ModbusProfile):
        raise WrongUsage(f"{device.name} speaks MQTT: it is not asked, it tells; see it in the running gateway's API")
    # Everything that the profile knows, not only what the site's assets use.
    whole = replace(device, point_ids={name: number for number, name in enumerate(device.profile.points)})
    rows = asyncio.run(_raw(connection, whole))
    if as_json:
        print_json({"device": device.name, "unit": device.unit, "points": rows})
    else:
        line(f"{device.profile.title}, unit {device.unit}")
        columns = [
            [row["point"], row["table"], row["address"], row["raw"], _value(row), row["quality"]] for row in rows
        ]
        table(["point", "table", "address", "raw", "value", "quality"], columns, "the profile has no points")
    return DONE if any(row["quality"] == "good" for row in rows) else DOES_NOT_HOLD


async def _raw(connection: Connection, device: Device) -> list[dict[str, Any]]:
    rows = []
    for each in await read_once(connection, device):
        bad = isinstance(each.value, BadReading)
        rows.append(
            {
                "point": each.name, "table": each.table, "address": each.address, "raw": each.words,
                "value": None if bad else each.value, "unit": each.unit, "quality": str(each.value) if bad else "good",
            }
        )  # fmt: skip
    return rows


def _value(row: Mapping[str, Any]) -> str:
    value = row["value"]
    if value is None:
        return "-"
    return f"{value:.6g} {row['unit']}".rstrip() if isinstance(value, float) else f"{value} {row['unit']}".rstrip()
