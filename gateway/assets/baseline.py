"""What is usual for one asset, learned from its own first values; knows no limits."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value


def _ratio(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value, since = float(inputs["value"]), inputs.get("since")
    if since is not None and since != memory.get("since"):
        memory = {"since": since}
    if "baseline" not in memory:
        memory = _learn(value, memory, now, parameters)
    if "baseline" in memory:
        return Derived(value / memory["baseline"], memory)
    seen, again = len(memory.get("samples", ())), memory.get("at", now) + float(parameters["apart"])
    return Derived(
        BadReading("learning", f"{seen} of {int(parameters['learn'])} seen"), memory, again if again > now else None
    )


def _learn(value: float, memory: Memory, now: float, parameters: Parameters) -> Memory:
    """``memory`` with ``value``, if that is a new sample; with the baseline instead of the samples once it is known."""
    samples, apart = memory.get("samples", ()), float(parameters["apart"])
    is_new = abs(now - memory.get("at", now)) >= apart if apart else value != memory.get("last")
    if not float(parameters["above"]) < value < float(parameters["below"]) or (samples and not is_new):
        return memory
    samples = [*samples, value]
    kept = {"since": memory["since"]} if "since" in memory else {}
    if len(samples) < int(parameters["learn"]):
        return {**kept, "samples": samples, "last": value, "at": now}
    return {**kept, "baseline": median(samples)}


RATIO_TO_BASELINE = Function(
    _ratio, {"value": "number"}, "number",
    parameters={"learn": 20, "apart": 0.0, "above": 0.0, "below": 1e9},
    keeps=("since", "samples", "last", "at", "baseline"), optional={"since": "number"},
)  # fmt: skip
"""``value`` ÷ the asset's own baseline, which is the median of its first ``learn`` samples; ``learning`` before that.

A sample is a value that differs from the one before: right for values that tell one event each (a closing time). With
``apart`` it is the value every ``apart`` seconds instead, changed or not: right for a current that is always there.
Only values between ``above`` (0 at least) and ``below`` are learned: neither a lamp that is off is usual nor a movement
that does not end, whose time is told anew every second. All values are judged.

The baseline stays for good, over silences and restarts. ``since`` (a date: of an overhaul, of a new motor) begins the
learning anew whenever it changes; without it only another name of the asset does.
"""
