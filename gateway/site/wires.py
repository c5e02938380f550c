"""Connections and devices of a site: what each one is, which profile it has, and whether two of them clash."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.data import Shipped
from gateway.documents import Document, suggest
from gateway.errors import Problem
from gateway.profiles import MqttProfile, Profile, ProfileCommand, load_profile
from gateway.site.files import AnyConnection, DeviceStanza, Findings, MqttBroker, SiteFile
from gateway.sources.source import Connection, Device

LARGEST_SECRET = 4096
CREDENTIALS = "/run/credentials"
FRESH_AT_LEAST = 10.0
"""Seconds that a polled value stays fresh, however often it is read: one time-out of a neighbour takes a second of the
line. A device that stops answering is known by its failed polls long before."""
SERIAL = ("modbus-rtu", "modbus-rtu-over-tcp")
Endpoints = Mapping[str, tuple[str, int | str]]


@dataclass(slots=True)
class Wired:
    """A device whose profile and connection were found."""

    name: str
    stanza: DeviceStanza
    profile: Profile
    parameters: Mapping[str, int | str]
    every: float
    stale_after: float
    points: dict[str, int] = field(default_factory=dict)
    """The profile's points that some asset uses → their ids."""
    commands: dict[str, ProfileCommand] = field(default_factory=dict)
    """The profile's commands that the site allows."""

    def device(self, answers_id: int = 0) -> Device:
        """As a source needs to know it."""
        unit = self.stanza.unit
        return Device(
            name=self.name,
            profile=self.profile,
            point_ids=self.points,
            answers_id=answers_id,
            every=self.every,
            stale_after=self.stale_after,
            unit=1 if unit is None else unit,
            parameters=self.parameters,
            commands=self.commands,
        )


@dataclass(slots=True)
class Profiles:
    """The profiles by name: the site's own before the shipped ones; each is read once, and only when it is used."""

    findings: Findings
    paths: dict[str, tuple[Path, str]]
    read: dict[str, Profile | None] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, shipped: Shipped, findings: Findings) -> Profiles:
        """Those of the site in ``folder`` (all read, so that an unused one is checked too) over the shipped ones."""
        paths = {path.stem: (path, f"device_profiles/{path.name}") for path in sorted(shipped.profiles.glob("*.yaml"))}
        own = _own_profiles(folder / "device_profiles", findings)
        profiles = cls(findings, {**paths, **{path.stem: (path, str(path)) for path in own}})
        for path in own:
            profiles.get(path.stem)
        return profiles

    def get(self, name: str) -> Profile | None:
        """The profile, or None when its file is missing or wrong (which is then noted)."""
        if name not in self.read:
            path, shown_as = self.paths[name]
            self.read[name] = self.findings.attempt(lambda: load_profile(path, shown_as))
        return self.read[name]


def _own_profiles(folder: Path, findings: Findings) -> list[Path]:
    """The site's own profiles; a folder that cannot be looked into is wrong, and no reason to take shipped ones."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except FileNotFoundError:
        return []
    except OSError as error:
        findings.problems.append(Problem(str(folder), 0, "", error.strerror or str(error)))
        return []


def build_connection(name: str, stanza: AnyConnection, answers_id: int, site: str, endpoints: Endpoints) -> Connection:
    """The connection as sources know it, without its password."""
    given = stanza.model_dump(exclude={"password_file", "timeout", "quiet", "kind"})
    if isinstance(stanza, MqttBroker):
        given["client_id"] = stanza.client_id or f"touchpoint-{site}"
    if name in endpoints:
        given["host"], given["port"] = endpoints[name]
    return Connection(
        name=name, kind=stanza.kind, answers_id=answers_id, timeout=stanza.timeout, quiet=stanza.quiet, **given
    )


def read_password(document: Document, name: str, stanza: MqttBroker, findings: Findings) -> str:
    """The password in the connection's file, which nobody else may read; "" when it states none."""
    if not stanza.password_file:
        return ""
    return read_secret(document, ("connections", name, "password_file"), stanza.password_file, findings)


def read_secret(document: Document, here: Sequence[str], file: str, findings: Findings) -> str:
    """What stands in ``file``, found from the document's folder; "" when it cannot be used, which is then noted."""
    path = document.path.parent / file
    try:
        status = path.stat()
        wrong = _wrong_secret(status.st_mode, status.st_size)
        secret = "" if wrong else path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        wrong, secret = getattr(error, "strerror", None) or "is not readable as text", ""
        if path.is_relative_to(CREDENTIALS):
            wrong += ": systemd has it there while the service runs, for the service and root alone"
    if wrong or not secret:
        findings.wrong(document, here, f"{file}: {wrong or 'is empty'}")
    return secret


def _wrong_secret(mode: int, size: int) -> str:
    if not stat.S_ISREG(mode):
        return "is no file"
    if mode & stat.S_IROTH:
        return "can be read by everybody: chmod 0600 it"
    return f"is larger than {LARGEST_SECRET} bytes" if size > LARGEST_SECRET else ""


def check_connections(document: Document, site: SiteFile, findings: Findings) -> None:
    """Two connections that would talk on one wire at the same time, and wires without devices."""
    seen: dict[tuple[str, object], str] = {}
    used = {device.connection for device in site.devices.values()}
    used |= {str((each.model_extra or {}).get("connection", "")) for each in site.outputs.values()}
    for name, stanza in site.connections.items():
        end = (getattr(stanza, "host", ""), stanza.port)
        other = seen.setdefault(end, name)
        if other != name:
            _check_shared(document, site, (name, other), findings)
        if name not in used:
            findings.doubtful(document, ("connections", name), "no device is on this connection")


def _check_shared(document: Document, site: SiteFile, names: tuple[str, str], findings: Findings) -> None:
    name, other = names
    here = ("connections", name)
    first, second = (getattr(site.connections[each], "line", "") for each in (other, name))
    if first != second:
        message = f"has the line setting {second or 'none'}, and {other!r} on the same port has {first or 'none'}"
        findings.wrong(document, (*here, "line"), message)
    elif site.connections[name].kind in SERIAL:
        findings.wrong(document, (*here, "port"), f"is the port of {other!r}: put all its devices on one connection")
    else:
        findings.doubtful(document, here, f"goes to the same place as {other!r}")


def wire_devices(document: Document, site: SiteFile, profiles: Profiles, findings: Findings) -> dict[str, Wired]:
    """Every device whose profile and connection are right."""
    wired = {}
    for name, stanza in site.devices.items():
        here = ("devices", name)
        profile = None
        if stanza.profile in profiles.paths:
            profile = profiles.get(stanza.profile)
        else:
            message = f"no device profile {stanza.profile!r}{suggest(stanza.profile, profiles.paths)}"
            findings.wrong(document, (*here, "profile"), message)
        connection = site.connections.get(stanza.connection)
        if connection is None:
            message = f"no connection {stanza.connection!r}{findings.near(stanza.connection, site.connections)}"
            findings.wrong(document, (*here, "connection"), message)
        if profile is not None and connection is not None:
            _check_fit(document, here, stanza, profile, connection, findings)
            wired[name] = _wire(document, name, stanza, profile, findings)
    _check_addresses(document, wired, site, findings)
    return wired


def _check_fit(
    document: Document,
    here: Sequence[str],
    stanza: DeviceStanza,
    profile: Profile,
    connection: AnyConnection,
    findings: Findings,
) -> None:
    mqtt = isinstance(profile, MqttProfile)
    if mqtt != (connection.kind == "mqtt"):
        message = f"{stanza.profile} speaks {profile.protocol}, and {stanza.connection!r} is {connection.kind}"
        findings.wrong(document, (*here, "connection"), message)
        return
    if isinstance(profile, MqttProfile):
        for key in ("unit", "every"):
            if getattr(stanza, key) is not None:
                findings.wrong(document, (*here, key), "an MQTT device has none: it speaks when it wants to")
        return
    if stanza.unit is None and connection.kind in SERIAL:
        findings.wrong(document, here, "unit is missing: on a serial line every device has its own")
    if stanza.unit == 0 and connection.kind in SERIAL:
        message = "0 is every device of a serial line at once, and none answers to it: write the device's own, from 1"
        findings.wrong(document, (*here, "unit"), message)
    line = getattr(connection, "line", "")
    if line and profile.line and line != profile.line:
        message = f"{stanza.profile} leaves the factory with {profile.line}, and the line is {line}"
        findings.doubtful(document, here, message)


def _wire(document: Document, name: str, stanza: DeviceStanza, profile: Profile, findings: Findings) -> Wired:
    here = ("devices", name)
    parameters = _parameters(document, here, stanza, profile, findings)
    if isinstance(profile, MqttProfile):
        every, stale_after = 0.0, profile.stale_after
    else:
        every = stanza.every or profile.every
        stale_after = max(profile.stale_after or 0.0, 3 * every, FRESH_AT_LEAST)
    if stanza.stale_after is not None:
        stale_after = stanza.stale_after
        if stale_after <= every:
            message = f"is not longer than every ({every:g} s): each value would be stale before the next"
            findings.wrong(document, (*here, "stale_after"), message)
    return Wired(name, stanza, profile, parameters, every, stale_after)


def _parameters(
    document: Document, here: Sequence[str], stanza: DeviceStanza, profile: Profile, findings: Findings
) -> dict[str, int | str]:
    """The profile's parameters with the site's values for them."""
    values: dict[str, int | str] = {key: value for key, value in profile.parameters.items() if value is not None}
    for key, value in (stanza.model_extra or {}).items():
        default = profile.parameters.get(key)
        wanted = (int, str) if default is None else (type(default),)
        if key not in profile.parameters:
            known = {*DeviceStanza.model_fields, *profile.parameters}
            findings.wrong(document, (*here, key), f"unknown key{suggest(key, known)}")
        elif isinstance(value, bool) or not isinstance(value, wanted):
            names = " or ".join("text" if each is str else "a whole number" for each in wanted)
            findings.wrong(document, (*here, key), f"must be {names}")
        else:
            values[key] = value
    for key in profile.parameters.keys() - values.keys() - (stanza.model_extra or {}).keys():
        findings.wrong(document, here, f"{key} is missing: {stanza.profile} needs it")
    return values


def _check_addresses(document: Document, wired: Mapping[str, Wired], site: SiteFile, findings: Findings) -> None:
    """Two devices that would answer the same question. Parts of one unit differ in their parameters."""
    seen: dict[object, str] = {}
    units: dict[tuple[str, int], Wired] = {}
    for name, device in wired.items():
        unit = device.stanza.unit if device.stanza.unit is not None else 1
        part = (device.stanza.profile, tuple(sorted(device.parameters.items(), key=str)))
        other = seen.setdefault((device.stanza.connection, unit, part), name)
        if device.profile.protocol == "modbus":
            first = units.setdefault((device.stanza.connection, unit), device)
            other = first.name if first.stanza.profile != device.stanza.profile else other
        if other != name:
            what = f"unit {unit} of" if device.profile.protocol == "modbus" else "the topics on"
            message = f"has the same address as {other!r}: {what} {device.stanza.connection!r}"
            findings.wrong(document, ("devices", name), message)
