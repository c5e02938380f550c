"""What a lift's signals tell over time: somebody shut in, how it stops, how rough the runs are. Knows no limits.

Figures follow the project's standard; a velocity sensor polled a few times in a run cannot give A95 of ISO 18738, so
each lift is compared with its own baseline.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 5.0
NO_STOP = BadReading("no-stop-seen")


def _stopped_outside(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if inputs["moving"] or inputs["door_zone"] or not inputs["occupied"]:
        return Derived(0.0)
    since = memory.get("since", now)
    return Derived(max(now - since, 0.0), {"since": since}, now + float(parameters["refresh"]))


STOPPED_OUTSIDE_DOOR_ZONE = Function(
    _stopped_outside, {"moving": "boolean", "door_zone": "boolean", "occupied": "boolean"}, "number", unit="s",
    parameters={"refresh": REFRESH}, keeps=("since",),
)  # fmt: skip
"""Seconds for which the car has stood between floors with somebody in it; 0 otherwise.

A gap in the readings does not begin the count anew: people may be shut in all the while.
"""


def _at_stop(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    held: Value | BadReading = memory.get("held", NO_STOP)
    if inputs["moving"] or not inputs["door_zone"]:
        return Derived(held, _kept(memory))
    since, settle = memory.get("since", now), float(parameters["settle"])
    if now < since + settle:
        return Derived(held, {**(_kept(memory) or {}), "since": since}, since + settle)
    return Derived(inputs["value"], {"held": inputs["value"], "since": since, "settled": True})


def _at_stop_in_silence(known: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    """A stop of which the value was not seen, or not for long enough, is the last one all the same: nothing is held."""
    has_settled = "settled" in memory
    if "moving" not in known or "door_zone" not in known:
        return Derived(NO_STOP, _kept(memory) if has_settled or "since" not in memory else None)
    if known["moving"] or not known["door_zone"]:
        return Derived(NO_STOP, _kept(memory))
    return Derived(NO_STOP, memory if has_settled else None)


def _kept(memory: Memory) -> Memory | None:
    return {"held": memory["held"]} if "held" in memory else None


AT_STOP = Function(
    _at_stop, {"value": "number", "moving": "boolean", "door_zone": "boolean"}, "number",
    parameters={"settle": 3.0}, in_silence=_at_stop_in_silence,
)  # fmt: skip
"""``value`` as it is at a landing, once the car has stood there for ``settle`` seconds; held until the next stop.

Between landings a level error or a floor says nothing: the last stop's is what stands. Of several such points of one
car none is held of an earlier stop than the others.
"""


def _rough_runs(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    vibration, baseline = float(inputs["vibration"]), float(inputs["baseline"])
    if baseline <= 0:
        return Derived(BadReading("unknown-input", "baseline: not above 0"))
    runs, peak, whole = list(memory.get("runs", ())), memory.get("peak"), memory.get("whole", False)
    if inputs["moving"]:
        peak = vibration if peak is None else max(peak, vibration)
        return Derived(_finding(runs, int(parameters["smooth"])), {"runs": runs, "peak": peak, "whole": whole})
    if peak is not None and (verdict := _verdict(peak, whole, float(parameters["factor"]) * baseline)):
        runs = [*runs, verdict][-int(parameters["runs"]) :]
    return Derived(_finding(runs, int(parameters["smooth"])), {"runs": runs, "whole": True})


def _verdict(peak: float, whole: bool, limit: float) -> str:
    """How a run was; "" where that is not known: what was not seen of it may have been rough."""
    if peak > limit:
        return "rough"
    # Zero throughout a run is a sensor that measures nothing: some units answer 0 on two axes for ever.
    return "" if not whole else "flat" if peak == 0.0 else "smooth"


def _finding(runs: list[str], smooth: int) -> int | BadReading:
    """Rough runs among those seen; a row of smooth ones proves the repair and ends the count."""
    if not runs:
        return BadReading("no-run-seen")
    if runs[-1] == "flat":
        return BadReading("flat-line", "exactly 0 during a whole run")
    if len(runs) >= smooth and set(runs[-smooth:]) == {"smooth"}:
        return 0
    return runs.count("rough")


ROUGH_RUNS = Function(
    _rough_runs, {"vibration": "number", "moving": "boolean", "baseline": "number"}, "number",
    parameters={"factor": 2.0, "runs": 20, "smooth": 5}, keeps=("runs",),
)  # fmt: skip
"""How many of the last 20 runs had a peak vibration above twice the lift's own ``baseline`` (both mm/s RMS).

Five smooth runs in a row count as cured. A run of which a part was not seen counts only when it was rough all the same.
"""
