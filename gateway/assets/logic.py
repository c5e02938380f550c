"""Derived points that only turn other values round; knows no family of assets."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import Value


def _inverted(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(not inputs["value"])


def _above(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(float(inputs["value"]) > float(parameters["limit"]))


INVERTED = Function(_inverted, {"value": "boolean"}, "boolean")
"""The opposite of ``value``: for a contact that is wired the other way round."""

ABOVE = Function(_above, {"value": "number"}, "boolean", parameters={"limit": 0.0})
"""Whether ``value`` is above ``limit`` (in the unit of ``value``): a lamp that takes power is lit."""
