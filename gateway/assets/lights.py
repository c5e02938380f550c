"""What a light does when it is switched on. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

MOST = 10
"""Values from before the switching that are remembered."""


def _off(value: float, memory: Memory, now: float, within: float) -> dict[str, Any]:
    """What is remembered while it is off: the value, and those before it with the moment until which they stood."""
    gone = [each for each in memory.get("gone", ()) if now - each[0] <= within]
    if "value" in memory and memory["value"] != value:
        gone.append([now, memory["value"]])
    return {"value": value, "gone": gone[-MOST:]}


def _begun(value: float, memory: Memory, now: float, within: float) -> dict[str, Any]:
    dark = [memory["value"], *(each[1] for each in memory["gone"] if now - each[0] <= within)]
    return {"since": now, "dark": min(dark), "brightest": value}


def _ended(value: float, memory: Memory, now: float, until: float) -> dict[str, Any]:
    brightest = max(memory["brightest"], value) if now <= until else memory["brightest"]
    if now < until:
        return {**memory, "brightest": brightest}
    return {"rises": [*memory["rises"], brightest - memory["dark"]]}


def _rise(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    within, times, value = float(parameters["within"]), int(parameters["times"]), float(inputs["value"])
    state: dict[str, Any] = {}
    if not inputs["started"]:
        state = _off(value, memory, now, within)
    elif "value" in memory:
        state = _begun(value, memory, now, within)
    elif "since" in memory:
        state = _ended(value, memory, now, memory["since"] + within)
    rises = state.pop("rises", memory.get("rises", []))[-times:]
    again = state["since"] + within if "since" in state else None
    greatest = max(rises) if len(rises) >= times else BadReading("too-few-switchings", f"{len(rises)} of {times} seen")
    return Derived(greatest, {**state, "rises": rises}, again)


RISE_AFTER = Function(
    _rise, {"started": "boolean", "value": "number"}, "number",
    parameters={"within": 3.0, "times": 2}, keeps=("rises",), takes_times=True,
)  # fmt: skip
"""By how much ``value`` rises within ``within`` seconds of the moment in which ``started`` becomes true, in its unit.

The greater of the last ``times`` (2) such rises: a lamp that another switch had lit already does not rise. Counted from
the darkest of the ``within`` seconds before, because the light may be polled before its switch is. A light that was
switched off sooner than that, or first seen on, is no measurement. Needs a poll of the light once a second.
"""
