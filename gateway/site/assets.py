"""Assets of a site: which device points each one has, its facts and its derived points, each value with its id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from gateway.assets.derived import bound_inputs
from gateway.documents import Document, parse_quantity, suggest
from gateway.estate import DerivedPoint
from gateway.kinds import Fact, Kind, proof_points
from gateway.model import Value
from gateway.profiles import ModbusPoint, MqttPoint
from gateway.site.files import AssetStanza, Findings, SiteFile
from gateway.site.kinds import derivation_order, history_deadband
from gateway.site.wires import Wired

ALSO = "also"
"""The key under which a mapping of points names devices that are taken as a whole."""
NO_SOURCE = "write device.point, or {from: device.point, inverted: true}"
_SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)
FIRST, LAST = date(1971, 1, 1), date(9000, 1, 1)


@dataclass(slots=True)
class Columns:
    """Hands out ids: the place of each value in the columns of the latest readings."""

    names: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    deadbands: list[float] = field(default_factory=list)

    def add(self, name: str, unit: str = "", deadband: float = 0.0) -> int:
        """The id of a new value."""
        self.names.append(name)
        self.units.append(unit)
        self.deadbands.append(deadband)
        return len(self.names) - 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A point of an asset's kind, and the device point that tells it."""

    point: str
    device: str
    source: str
    where: tuple[object, ...]
    inverted: bool = False


@dataclass(slots=True)
class Bound:
    """What an asset has once its points are bound."""

    ids: dict[str, int]
    derived: list[DerivedPoint]
    fixed: dict[int, Value]
    claims: tuple[Claim, ...]
    records: dict[str, int] = field(default_factory=dict)

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that feed it, each once."""
        return tuple(dict.fromkeys(claim.device for claim in self.claims))


@dataclass(slots=True)
class Binder:
    """Binds the assets of one site, one after the other."""

    document: Document
    site: SiteFile
    wired: Mapping[str, Wired]
    zone: ZoneInfo
    columns: Columns
    findings: Findings
    site_points: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Kind → the ids of those of the site's points that such an asset uses."""
    orders: dict[str, list[str]] = field(default_factory=dict)
    """Kind → its derived points, each after those that feed it."""

    def bind(self, name: str, kind: Kind) -> Bound:
        """The points, derived points, facts and records of the asset ``name``; what is wrong is noted."""
        stanza = self.site.assets[name]
        claims = self._claims(name, stanza, kind)
        bound = Bound(dict(self.site_points.get(stanza.kind, {})), [], {}, tuple(claims.values()))
        for claim in bound.claims:
            if self._fits(claim, kind):
                self._bind_claim(name, claim, kind, bound)
        for fact, written in stanza.facts.items():
            self._bind_fact(name, fact, written, kind, bound)
        told = (*kind.records, *kind.looked_at(stanza.touchpoint))
        for record in (each for each in told if each not in bound.ids):
            bound.ids[record] = bound.records[record] = self.columns.add(f"{name}/{record}")
        self._derive(name, kind, bound)
        for point in (each for test in kind.provable(bound.ids) for each in proof_points(test)):
            bound.ids[point] = self.columns.add(f"{name}/{point}")
        if not stanza.points and not stanza.facts and not kind.records:
            self._wrong(("assets", name), "has no points and no facts: nothing can be said of it")
        return bound

    def _wrong(self, where: Sequence[object], message: str) -> None:
        self.findings.wrong(self.document, where, message)

    def _claims(self, name: str, stanza: AssetStanza, kind: Kind) -> dict[str, Claim]:
        """Every claimed point. A point that is named wins over the same point of a whole device."""
        here: tuple[str, ...] = ("assets", name, "points")
        written = stanza.points
        named: dict[str, Claim] = {}
        if isinstance(written, Mapping):
            rest = {key: value for key, value in written.items() if key != ALSO}
            named = {claim.point: claim for key, value in rest.items() for claim in self._named(here, key, value, kind)}
            written, here = written.get(ALSO), (*here, ALSO)
        devices = [written] if isinstance(written, str) else written or []
        if not isinstance(devices, list) or not all(isinstance(device, str) for device in devices):
            self._wrong(here, "write a device, a list of devices, or points with the device.point that tells each")
            return named
        whole: dict[str, Claim] = {}
        for claim in (claim for device in devices for claim in self._whole(here, device, kind)):
            first = whole.setdefault(claim.point, claim)
            if first.device != claim.device and claim.point not in named:
                self._wrong(here, f"{claim.point} is told by {first.device!r} and by {claim.device!r}: name the one")
        return {**whole, **named}

    def _device(self, where: Sequence[object], device: str) -> Wired | None:
        if device not in self.site.devices:
            self._wrong(where, f"no device {device!r}{self.findings.near(device, self.site.devices)}")
        return self.wired.get(device)

    def _whole(self, where: tuple[object, ...], device: str, kind: Kind) -> Iterator[Claim]:
        wired = self._device(where, device)
        if wired is None:
            return
        common = [point for point in wired.profile.points if point in kind.told()]
        if not common:
            known = ", ".join(sorted(wired.profile.points))
            self._wrong(where, f"{device!r} has no point that this kind knows: name them one by one (it has: {known})")
        for point in common:
            yield Claim(point, device, point, where)

    def _named(self, here: tuple[object, ...], point: object, written: object, kind: Kind) -> Iterator[Claim]:
        where = (*here, point)
        known = kind.told()
        if point not in known:
            hint = "is a fact: write it under facts" if point in kind.facts else f"unknown point{suggest(point, known)}"
            self._wrong(where, hint)
            return
        read = source_of(written)
        if read is None:
            self._wrong(where, NO_SOURCE)
            return
        device, source, inverted = read
        wired = self._device(where, device)
        if wired is not None and source not in wired.profile.points:
            self._wrong(where, f"{device!r} has no point {source!r}{suggest(source, wired.profile.points)}")
        elif wired is not None:
            yield Claim(str(point), device, source, where, inverted)

    def _fits(self, claim: Claim, kind: Kind) -> bool:
        """Whether the device's point is what the kind's point is, in type and unit."""
        source = self.wired[claim.device].profile.points[claim.source]
        wanted, told = kind.type_of(claim.point).replace("date", "number"), type_of(source)
        spoken = f"{claim.device}.{claim.source}"
        if wanted != told:
            self._wrong(claim.where, f"{claim.point} is a {wanted}, and {spoken} is a {told}")
        elif source.unit != kind.unit_of(claim.point):
            unit = kind.unit_of(claim.point) or "no unit"
            self._wrong(claim.where, f"{claim.point} is in {unit}, and {spoken} is in {source.unit or 'no unit'}")
        elif claim.inverted and told != "boolean":
            self._wrong(claim.where, f"only a boolean can be inverted, and {spoken} is a {told}")
        else:
            return True
        return False

    def _bind_claim(self, name: str, claim: Claim, kind: Kind, bound: Bound) -> None:
        wired = self.wired[claim.device]
        deadband = history_deadband(kind, claim.point)
        if claim.source not in wired.points:
            full_name = f"device:{claim.device}/{claim.source}"
            wired.points[claim.source] = self.columns.add(full_name, kind.unit_of(claim.point), deadband)
        source = wired.points[claim.source]
        self.columns.deadbands[source] = min(self.columns.deadbands[source], deadband)
        if not claim.inverted:
            bound.ids[claim.point] = source
            return
        bound.ids[claim.point] = self.columns.add(f"{name}/{claim.point}")
        bound.derived.append(DerivedPoint(bound.ids[claim.point], "inverted", {"value": source}))

    def _bind_fact(self, name: str, fact: str, written: Any, kind: Kind, bound: Bound) -> None:
        where = ("assets", name, "facts", fact)
        if fact not in kind.facts:
            self._wrong(where, f"unknown fact{suggest(fact, kind.facts)}")
            return
        try:
            value = read_fact(kind.facts[fact], written, self.zone)
        except ValueError as error:
            self._wrong(where, str(error))
            return
        bound.ids[fact] = self.columns.add(f"{name}/{fact}", kind.facts[fact].unit)
        bound.fixed[bound.ids[fact]] = value

    def _derive(self, name: str, kind: Kind, bound: Bound) -> None:
        """Add the derived points whose inputs are all there; one that a device tells itself is left alone."""
        of_kind = self.site.assets[name].kind
        if of_kind not in self.orders:
            self.orders[of_kind] = derivation_order(kind)
        for point in self.orders[of_kind]:
            derivation = kind.derived[point]
            inputs = bound_inputs(derivation.function, derivation.inputs, bound.ids)
            if point in bound.ids or inputs is None:
                continue
            bound.ids[point] = self.columns.add(f"{name}/{point}", derivation.unit)
            bound.derived.append(DerivedPoint(bound.ids[point], derivation.function, inputs, derivation.parameters))


def whole_devices(stanza: AssetStanza) -> tuple[str, ...]:
    """The devices of which an asset takes whatever its kind knows."""
    written = stanza.points.get(ALSO) if isinstance(stanza.points, Mapping) else stanza.points
    devices = [written] if isinstance(written, str) else written
    return tuple(each for each in devices if isinstance(each, str)) if isinstance(devices, list) else ()


def source_of(written: object) -> tuple[str, str, bool] | None:
    """The device and its point, and whether it is inverted; None where that is not what is written."""
    text, inverted = written, False
    if isinstance(written, Mapping) and written.keys() <= {"from", "inverted"}:
        text, inverted = written.get("from"), written.get("inverted", False)
    if not isinstance(text, str) or not isinstance(inverted, bool) or "." not in text:
        return None
    device, point = text.split(".", 1)
    return device, point, inverted


def type_of(point: ModbusPoint | MqttPoint) -> str:
    """What a profile's point gives: ``boolean``, ``text`` or ``number``."""
    if point.is_boolean:
        return "boolean"
    return "text" if point.is_enum or point.type in ("string", "text") else "number"


def read_fact(fact: Fact, written: Any, zone: ZoneInfo) -> Value:
    """A fact's value; a date becomes the last second of that day in ``zone``. Raises ValueError."""
    if fact.type == "date":
        return _end_of_day(written, zone)
    if fact.type == "number":
        amount = parse_quantity(None if isinstance(written, bool) else written)
        if amount.unit not in ("", fact.unit):
            raise ValueError(f"is in {amount.unit}, and must be in {fact.unit or 'no unit'}")
        return amount.value
    if not isinstance(written, str) or not written:
        raise ValueError("must be text")
    return written


def _end_of_day(written: Any, zone: ZoneInfo) -> float:
    day = written
    if isinstance(written, str):
        try:
            # Spreadsheet programs show 2027-03-31 as 2027/3/31, and write it so.
            slashes = _SLASHES.fullmatch(written)
            day = date(*map(int, slashes.groups())) if slashes else date.fromisoformat(written)
        except ValueError:
            day = None
    if isinstance(day, datetime) or not isinstance(day, date) or not FIRST < day < LAST:
        raise ValueError(f"{written!s} is no date: write it like 2027-03-31")
    return datetime.combine(day, time(23, 59, 59), zone).timestamp()


def check_assets(document: Document, site: SiteFile, bound: Mapping[str, Bound], findings: Findings) -> None:
    """What can only be seen once all assets are bound: neighbours, double claims and idle devices."""
    for name, stanza in site.assets.items():
        for other in stanza.next_to:
            where = ("assets", name, "next_to")
            if other == name:
                findings.wrong(document, where, "is next to itself")
            elif other not in site.assets:
                findings.wrong(document, where, f"no asset {other!r}{findings.near(other, site.assets)}")
    seen: dict[frozenset[object], str] = {}
    for name, asset in bound.items():
        claimed = frozenset((claim.point, claim.device, claim.source, claim.inverted) for claim in asset.claims)
        first = seen.setdefault(claimed, name) if claimed else name
        if first != name:
            findings.wrong(document, ("assets", name, "points"), f"are exactly those of {first!r}")
    used = {device for asset in bound.values() for device in asset.devices}
    fire_alarm = source_of(site.proof_tests.fire_alarm) if site.proof_tests else None
    for device in site.devices.keys() - used - {fire_alarm[0] if fire_alarm else ""}:
        findings.doubtful(document, ("devices", device), "no asset has a point of this device")


def neighbours(site: SiteFile) -> dict[str, tuple[str, ...]]:
    """Who is next to whom; it holds both ways, even where only one of the two says so."""
    beside: dict[str, set[str]] = {name: set() for name in site.assets}
    for name, stanza in site.assets.items():
        for other in beside.keys() & set(stanza.next_to):
            beside[name].add(other)
            beside[other].add(name)
    return {name: tuple(sorted(others)) for name, others in beside.items()}
