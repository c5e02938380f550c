"""Derived points that only turn other values round; knows no family of assets."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value


def _inverted(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(not inputs["value"])


def _above(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(float(inputs["value"]) > float(parameters["limit"]))


def _percent_of(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value, normal = float(inputs["value"]), float(inputs["normal"])
    if normal <= 0.0 or value < 0.0:
        return Derived(BadReading("out-of-validity", f"{value:g} of {normal:g}"))
    return Derived(100.0 * value / normal)


def _either(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(bool(inputs["value"] or inputs.get("excuse", False)))


INVERTED = Function(_inverted, {"value": "boolean"}, "boolean")
"""The opposite of ``value``: for a contact that is wired the other way round."""

ABOVE = Function(_above, {"value": "number"}, "boolean", parameters={"limit": 0.0})
"""Whether ``value`` is above ``limit`` (in the unit of ``value``): a lamp that takes power is lit."""

PERCENT_OF = Function(_percent_of, {"value": "number", "normal": "number"}, "number", unit="%")
"""``value`` in % of ``normal`` (in the same unit, above 0), from 0 on and also above 100: a current of a rated one."""

EITHER = Function(_either, {"value": "boolean"}, "boolean", optional={"excuse": "boolean"})
"""Whether ``value`` is true or ``excuse`` is known to be. What is unknown, or what nothing tells, excuses nothing."""
