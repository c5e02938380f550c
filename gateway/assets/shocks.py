"""How hard a door falls shut, by the shock that comes with each closing. Knows no clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

USUAL_SHARE = 0.9
"""Of the closings from which is learned what is usual, so many are not harder than that."""


def _watched(watch: Mapping[str, Any], shock: float, now: float, window: float) -> Mapping[str, Any]:
    """``watch`` with the highest shock of the last ``window`` seconds. A reading that does not change tells nothing."""
    if shock == watch["held"] or now - watch.get("latched", now) > window:
        return watch
    fades = "peak" not in watch or shock >= watch["peak"] or now - watch["at"] > window
    return {**watch, "held": shock, **({"peak": shock, "at": now} if fades else {})}


def _with_closing(kept: Memory, watch: Mapping[str, Any], parameters: Parameters) -> Memory:
    """``kept`` with the shock of a closing that is over, if there was one within ``window`` of it."""
    if "peak" not in watch or watch["latched"] - watch["at"] > float(parameters["window"]):
        return kept
    peaks = [*kept.get("peaks", ()), watch["peak"]]
    learn = int(parameters["learn"])
    if "usual" not in kept and len(peaks) >= learn:
        kept = {**kept, "usual": sorted(peaks[-learn:])[int(USUAL_SHARE * (learn - 1))]}
    needed = int(parameters["closings"])
    return {**kept, "peaks": peaks[-(needed if "usual" in kept else max(needed, learn)) :]}


def _counted(kept: Memory, parameters: Parameters) -> int | BadReading:
    peaks: list[float] = kept.get("peaks", [])[-int(parameters["closings"]) :]
    least = int(parameters["least"])
    if len(peaks) < least:
        return BadReading("too-few-closings", f"{len(peaks)} of {least} seen")
    limit = float(parameters["limit"])
    if "usual" in kept:
        limit = min(limit, max(float(parameters["factor"]) * kept["usual"], float(parameters["soft"])))
    return sum(peak > limit for peak in peaks)


def _hard_closings(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    shock, window, watch = float(inputs["shock"]), float(parameters["window"]), memory.get("watch")
    kept: Memory = {key: memory[key] for key in ("peaks", "usual") if key in memory}
    if not inputs["closed"] and (watch is None or "latched" in watch):
        kept, watch = _with_closing(kept, watch, parameters) if watch else kept, {"held": shock}
    if watch is None:
        return Derived(_counted(kept, parameters), memory)
    watch = _watched(watch, shock, now, window)
    if inputs["closed"]:
        watch = {"latched": now, **watch}
        if now >= watch["latched"] + window:
            kept = _with_closing(kept, watch, parameters)
            return Derived(_counted(kept, parameters), kept)
    again = watch["latched"] + window if "latched" in watch else None
    return Derived(_counted(kept, parameters), {**kept, "watch": watch}, again)


HARD_CLOSINGS = Function(
    _hard_closings, {"shock": "number", "closed": "boolean"}, "number",
    parameters={"limit": 2.0, "factor": 1.5, "soft": 0.5, "closings": 10, "least": 3, "learn": 20, "window": 3.0},
    keeps=("peaks", "usual"),
)  # fmt: skip
"""How many of the last ten closings were hard: with a shock above ``limit`` (g), or above 1.5 times what is usual.

The shock of a closing is the highest reading that came within ``window`` seconds of the latching, before or after it;
a closing without a new reading then is not counted, so that neither a dead sensor nor a peak that is held from the
last time proves anything. Usual is what 90 % of the first ``learn`` closings did not exceed; a shock below ``soft`` is
never hard. ``too-few-closings`` before ``least``. All figures are proposed, to be tuned on each property's doors.
"""
