"""How long something has run, stood still or got nowhere. Knows no limits.

Only time in which all inputs were known counts: what a silence hides is not made up.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 5.0
RUN_REFRESH = 600.0
HOUR = 3600.0
SILENT = BadReading("silent")


def _seen(memory: Memory, now: float) -> float:
    """Seconds seen so far: those of earlier spans, and of the present one until ``now``."""
    since = memory.get("since")
    return float(memory.get("seen", 0.0)) + (0.0 if since is None else max(now - since, 0.0))


def _stuck(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if not (inputs["value"] and inputs["idle"]):
        return Derived(0.0)
    since = memory.get("since", now)
    kept = {"seen": memory.get("seen", 0.0), "since": since}
    return Derived(_seen(kept, now), kept, now + float(parameters["refresh"]))


def _stuck_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if not memory or not all(inputs.values()):  # what is known ends it
        return Derived(SILENT)
    return Derived(SILENT, {"seen": _seen(memory, now)})


STUCK_TIME = Function(
    _stuck, {"value": "boolean", "idle": "boolean"}, "number", unit="s",
    parameters={"refresh": REFRESH}, in_silence=_stuck_in_silence,
)  # fmt: skip
"""Seconds for which ``value`` was seen true while ``idle`` was: a loop that stays occupied, a button that stays in.

0 as soon as one of them is seen false. A silence is not counted, and does not begin the count anew.
"""


def _run(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if not inputs["running"]:
        seen = _seen(memory, now)
        return Derived(seen / HOUR, {"seen": seen})
    kept = {"seen": memory.get("seen", 0.0), "since": memory.get("since", now)}
    return Derived(_seen(kept, now) / HOUR, kept, now + float(parameters["refresh"]))


def _run_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(SILENT, {"seen": _seen(memory, now)} if memory else None)


RUN_TIME = Function(
    _run, {"running": "boolean"}, "number", unit="h",
    parameters={"refresh": RUN_REFRESH}, in_silence=_run_in_silence,
)  # fmt: skip
"""Hours for which ``running`` was seen true, in all since the gateway first saw it; unknown while that is unknown.

At least so many: what ran in a silence, or while the gateway was down, is not in it.
"""


def _without_progress(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    target, step = float(inputs["target"]), float(parameters["step"])
    gap = abs(target - float(inputs["value"]))
    if not inputs["running"] or gap <= float(parameters["near"]):
        return Derived(0.0)
    since, widest = memory.get("since", now), max(gap, memory.get("widest", gap))
    if widest - gap >= step or target != memory.get("target", target):
        since, widest = now, gap
    kept = {"since": since, "widest": widest, "target": target}
    return Derived(max(now - since, 0.0), kept, now + float(parameters["refresh"]))


WITHOUT_PROGRESS = Function(
    _without_progress, {"value": "number", "target": "number", "running": "boolean"}, "number", unit="s",
    parameters={"step": 1.0, "near": 1.0, "refresh": 60.0},
)  # fmt: skip
"""Seconds for which ``running`` has not brought ``value`` nearer to ``target`` by ``step`` (both in their unit).

Progress is measured from the widest distance since the last progress, and begins the count anew, as does a new target
or a silence. 0 while not running, and within ``near`` of the target, where there is nothing left to do.
"""
