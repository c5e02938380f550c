"""Whether the circuits that one plant feeds are all lit, and what they take. Knows no limits and no battery."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.kinds import PointType
from gateway.model import BadReading, Text, Value

MOST = 8
"""Circuits that one plant may feed (GB 51309-2018, 3.3.8, and GB 17945-2024)."""
MEASURED_TO = 1.01
"""Loads of as many circuits may exceed the whole by so much: they were not measured at the same time (proposed)."""
LOADS = ("load", "whole_load", "smallest_load")
STATES: Mapping[str, PointType] = {f"circuit_{number}": "boolean" for number in range(1, MOST + 1)}
NO_WORD = BadReading("unknown-input", "neither each of the circuits nor what they take together is known")


def _refuses(facts: Mapping[str, Value]) -> Text | None:
    circuits = float(facts.get("circuits", 1))
    if circuits not in range(1, MOST + 1):
        return {"zh": f"回路数 {circuits:g} 应为 1 到 {MOST}", "en": f"{circuits:g} circuits: there are 1 to {MOST}"}
    whole, smallest = float(facts.get("whole_load", 1.0)), float(facts.get("smallest_load", 0.0))
    if {"whole_load", "smallest_load"} <= facts.keys() and not 0.0 < smallest * circuits <= whole * MEASURED_TO:
        each = f"{circuits:g} × {smallest:g} W"
        return {"zh": f"最小回路功率不符:{each},总功率 {whole:g} W", "en": f"{each} do not fit the whole {whole:g} W"}
    return None


def _by_states(inputs: Mapping[str, Value]) -> bool | None:
    told = {name: inputs[name] for name in STATES if name in inputs}
    if not all(told.values()):
        return False
    return True if told.keys() >= set(tuple(STATES)[: int(inputs["circuits"])]) else None


def _by_load(inputs: Mapping[str, Value]) -> bool | None:
    if not inputs.keys() >= set(LOADS):
        return None
    load, whole, smallest = (float(inputs[name]) for name in LOADS)
    if load <= whole - smallest / 2:
        return False
    return True if load < whole + smallest / 2 else None


def _circuits_lit(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if refused := _refuses(inputs):
        return Derived(BadReading("not-applicable", refused["en"]))
    words = (_by_states(inputs), _by_load(inputs))
    if False in words:
        return Derived(False)
    return Derived(True if True in words else NO_WORD)


def _power(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(float(inputs["voltage"]) * float(inputs["current"]))


CIRCUITS_LIT = Function(
    _circuits_lit, {"circuits": "number"}, "boolean",
    optional={**STATES, **dict.fromkeys(LOADS, "number")}, refuses=_refuses,
)  # fmt: skip
"""Whether every one of ``circuits`` (1 … 8) circuits is lit; one that is known to be dark is enough for False.

Two witnesses, each of them whole by itself. The states: ``circuit_1`` to ``circuit_<circuits>`` all told to carry
their lamps; one that is unknown leaves it unknown. The ``load`` (W): less than half of the ``smallest_load`` of any
circuit below the ``whole_load`` of all, both as measured at commissioning, so that no circuit can be missing. As far
above it, the plant is no longer the one that was measured, and its load says nothing. A share of the load would not do:
of eight circuits one may go out while 87 % still flows.
"""

POWER = Function(_power, {"voltage": "number", "current": "number"}, "number", unit="W")
"""``voltage`` (V) times ``current`` (A) in W: what a battery gives, whose current rises as its voltage falls."""
