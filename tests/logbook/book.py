"""Entries of a log book as the watch makes them, on a site with one emergency light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.estate import Estate
from gateway.kinds import Kind
from gateway.model import Value
from gateway.proof_tests.entry import Entry, Outcome, Sample
from tests.story import NOON, Plan, clause

CLAUSE = "emergency-light.duration-test"
FLOOR = "emergency-light.battery-floor"
KIND = Kind.model_validate(
    {
        "title": {"zh": "应急灯", "en": "emergency light"},
        "points": {
            "battery_voltage": {"type": "number", "unit": "V", "means": {"zh": "电池电压", "en": "battery voltage"}},
            "battery_level": {"type": "number", "unit": "%", "means": {"zh": "电池电量", "en": "battery charge"}},
            "battery_full": {"type": "boolean", "means": {"zh": "电池已充满", "en": "battery full"}},
            "lamp_on": {"type": "boolean", "means": {"zh": "灯亮", "en": "lamp lit"}},
        },
    }
)


def lights(floor: float | None = None) -> Estate:
    """A light with a duration test asked of it; with ``floor`` a clause on its battery's voltage too."""
    test = {"proof_test": "duration", "longer_than": "15 min", "tested_within": "31 d"}
    clauses = {CLAUSE: clause("emergency-light", test)}
    if floor is not None:
        clauses[FLOOR] = clause("emergency-light", {"point": "battery_voltage", "at_least": f"{floor} V"})
    plan = Plan(clauses)
    plan.asset("light-3f", "emergency-light", ["battery_voltage", "lamp_on"])
    estate = plan.estate()
    place = {"zh": "3号楼<走廊>", "en": "Building 3 <corridor>"}
    asset = replace(estate.assets["light-3f"], place=place)
    return replace(estate, assets={**estate.assets, "light-3f": asset}, kinds={**estate.kinds, "emergency-light": KIND})


def sample(second: float, **values: Value | None) -> Sample:
    """A sample so many seconds after the start."""
    return Sample(NOON + second, values)


def discharge(until: float, step: float = 30.0, **change: Any) -> Sequence[Sample]:
    """A battery that falls from 13.2 V by 0.1 V a minute, lit until ``until`` s, then ten minutes of charging."""
    falling = [
        sample(step * number, battery_voltage=round(13.2 - 0.1 * step * number / 60, 3), lamp_on=True, **change)
        for number in range(int(until / step) + 1)
    ]
    charging = [
        sample(until + 60.0 * minute, battery_voltage=12.6 + 0.05 * minute, lamp_on=False, **change)
        for minute in range(1, 11)
    ]
    return [*falling, *charging]


def entry(number: int = 1, **others: Any) -> Entry:
    """A duration test that passed with 15:30, unless stated otherwise."""
    before: Mapping[str, Value | None] = {
        "mains_since": NOON - 86400.0, "battery_full": True, "battery_voltage": 13.4, "battery_level": None,
    }  # fmt: skip
    given: dict[str, Any] = {
        "asset": "light-3f", "kind": "duration", "outcome": Outcome.PASSED, "started_by": "device",
        "started_at": NOON, "ended_at": NOON + 930.0, "lasted": 930.0, "resolution": 30.0, "limit": 900.0,
        "lowest_voltage": 11.65, "before": before, "clause": CLAUSE,
        "standard": {"version": "1.0", "digest": "0123456789abcdef"},
        "basis": {"document": "touchpoint standard", "kind": "text", "note": ""}, "curve": discharge(930.0),
    }  # fmt: skip
    return Entry(number, **given | others)
