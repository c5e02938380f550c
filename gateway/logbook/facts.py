"""A line of the log book as plain data: the one shape that JSON, CSV, the API, the page and the curve are made from."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from gateway.clock import iso
from gateway.estate import Asset, Estate
from gateway.kinds import TESTS, Kind
from gateway.logbook.repair import repair
from gateway.logbook.speech import VALUES
from gateway.model import Text, Value
from gateway.proof_tests.entry import OUTCOMES, Entry
from gateway.proof_tests.evidence import VOLTAGE
from gateway.store.log_book import Behind

KINDS: Mapping[str, Text] = {**TESTS, "discharge": {"zh": "非计划放电", "en": "unplanned discharge"}}
"""What was done or happened, by an entry's kind."""
STARTERS: Mapping[str, Text] = {
    "mains failure": {"zh": "主电中断", "en": "mains failure"},
    "device": {"zh": "设备自身", "en": "the device itself"},
    "schedule": {"zh": "计划", "en": "the schedule"},
    "alarm": {"zh": "一次报警", "en": "an alarm"},
    "day's end": {"zh": "日终核对", "en": "the check at the day's end"},
}
"""Who or what starts a test, where it is nobody with a name."""

NOTHING = Behind()
MAINS_SINCE = "mains_since"
"""Among the conditions before: since when (seconds since 1970) the readings show that it did not run on its battery."""
SINCE: Text = {"zh": "可见由主电供电自", "en": "seen on mains since"}


def line(estate: Estate, entry: Entry, behind: Behind = NOTHING) -> dict[str, Any]:
    """One entry without its curve. Times are RFC 3339 in UTC; ``_s`` are seconds, ``_v`` volts, None what is unknown.

    The asset and the clause may be gone from the site's files since; then there are no words for them.
    ``behind``: where the ticket of what failed is found.
    """
    asset, clause = estate.assets.get(entry.asset), estate.standard.clauses.get(entry.clause)
    return {
        "id": entry.id,
        "asset": entry.asset, "place": dict(asset.place) if asset else {},
        "touchpoint": asset.touchpoint if asset else "",
        "kind": entry.kind, "test": dict(KINDS.get(entry.kind, {"en": entry.kind})),
        "outcome": entry.outcome.value, "result": dict(OUTCOMES[entry.outcome]),
        "finding": entry.finding, "reason": dict(entry.reason),
        "started_by": entry.started_by,
        "starter": dict(STARTERS.get(entry.started_by, {"en": entry.started_by})),
        "started_at": iso(entry.started_at), "ended_at": iso(entry.ended_at),
        "lasted_s": entry.lasted, "resolution_s": entry.resolution, "limit_s": entry.limit,
        "lowest_voltage_v": entry.lowest_voltage, "floor_v": entry.floor,
        "due": None if entry.due is None else iso(entry.due), "why": entry.why, "remark": entry.remark,
        "before": _conditions(estate, asset, entry.before),
        "ticket": repair(entry, behind),
        "clause": entry.clause, "title": dict(clause.title) if clause else {},
        "standard": dict(entry.standard), "basis": dict(entry.basis),
    }  # fmt: skip


def whole(estate: Estate, entry: Entry, behind: Behind = NOTHING) -> dict[str, Any]:
    """One entry with its curve: what each value is, the limits that it is held against, and the samples."""
    names = list(dict.fromkeys(name for sample in entry.curve for name in sample.values))
    asset = estate.assets.get(entry.asset)
    kind = estate.kinds.get(asset.kind) if asset else None
    floors = {VOLTAGE: entry.floor} if entry.floor is not None else {}
    points = [
        {**_named(kind, name), "at_least": floors.get(name, _floor(estate, asset, name)), "words": _words(entry, name)}
        for name in names
    ]
    samples = [{"at": iso(sample.at), "values": dict(sample.values)} for sample in entry.curve]
    return {**line(estate, entry, behind), "curve": {"points": points, "samples": samples}}


def _words(entry: Entry, name: str) -> dict[str, Text]:
    """What the point's values are called, where they are words."""
    told = {str(sample.values.get(name)) for sample in entry.curve}
    return {each: dict(VALUES[each]) for each in sorted(told & VALUES.keys())}


def _conditions(estate: Estate, asset: Asset | None, before: Mapping[str, Value | None]) -> list[dict[str, Any]]:
    kind = estate.kinds.get(asset.kind) if asset else None
    return [_condition(kind, name, value) for name, value in before.items()]


def _condition(kind: Kind | None, name: str, value: Value | None) -> dict[str, Any]:
    """A point with its value; a time is told as one."""
    told = {"point": name, "means": dict(SINCE), "unit": ""} if name == MAINS_SINCE else _named(kind, name)
    if name == MAINS_SINCE and isinstance(value, int | float):
        return {**told, "is_time": True, "value": iso(value)}
    return {**told, "is_time": False, "value": value}


def _named(kind: Kind | None, name: str) -> dict[str, Any]:
    """A point by its name, with its words and unit where the kind still knows it."""
    known = kind is not None and name in kind.names()
    means = dict(kind.means(name)) if kind and known else {"en": name}
    return {"point": name, "means": means, "unit": kind.unit_of(name) if kind and known else ""}


def _floor(estate: Estate, asset: Asset | None, point: str) -> float | None:
    """The least that a clause asks of the point always, in its unit; None where none asks anything of it."""
    clauses = estate.standard.of_kind(asset.kind).values() if asset else ()
    always = (each.require for each in clauses if each.only_while is None)
    bands = [each.band() for each in always if each.points == (point,)]
    return max((band[0] for band in bands if band and isfinite(band[0])), default=None)
