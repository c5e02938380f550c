"""What has happened, when last, how often and on which days: counts and dates of edges. Knows no limits.

An edge is known to one polling interval. What became true in a silence was not seen, and is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.assets.watched import Watched
from gateway.model import BadReading, Value

MOST, PARTS = 200, 100
"""So many edges are remembered one by one; of more, those within the same hundredth of the period as one."""
Edges: TypeAlias = list[Any]
"""When the last of them was (seconds since 1970), and how many they are."""
NEVER = BadReading("never-seen", "it was not seen to become true yet")
NOT_YET = BadReading("not-yet-proven", "no activation seen, and no whole day has passed")


def _rises(value: bool, memory: Memory) -> bool:
    return value and memory.get("value") is False


def _last_true(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value, least = bool(inputs["value"]), float(parameters["least"])
    false_since = memory.get("false_since", now)
    rises = _rises(value, memory) and now - false_since >= least
    last = now if rises else memory.get("last")
    kept = {"value": value, **({} if value or not least else {"false_since": false_since})}
    return Derived(NEVER, kept) if last is None else Derived(last, {**kept, "last": last})


def _last_true_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return Derived(memory["last"], {"last": memory["last"]}) if "last" in memory else Derived(NEVER)


LAST_TRUE = Function(
    _last_true, {"value": "boolean"}, "date", parameters={"least": 0.0}, in_silence=_last_true_in_silence
)  # fmt: skip
"""When ``value`` was last seen to become true (seconds since 1970); it stands while ``value`` is unknown.

Bad with ``never-seen`` until then: a clause on it needs the patience to wait for the first time. A value that is first
seen true, also after a silence, may have been so for long: that is no edge. Nor is one after less than ``least``
seconds of false in a row: a loose contact is no event.
"""


def _proven(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    day, activated = int(inputs["day"]), inputs.get("activated")
    first, proven = min(memory.get("first", day), day), memory.get("proven")
    rested = day if activated is False else memory.get("rested")
    if activated and rested == day:
        proven = day
    # A day that is still to come was a wrong clock's: it proves today at most.
    proven = None if proven is None else min(proven, day)
    kept = {"first": first, "proven": proven, "rested": rested}
    if day - (first if proven is None else proven) > 1:
        return Derived(False, kept)
    return Derived(NOT_YET if proven is None else True, kept)


def _proven_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return _proven(inputs, memory, now, parameters) if "day" in inputs else Derived(NOT_YET, memory or None)


PROVEN_EACH_DAY = Function(
    _proven, {"activated": "boolean", "day": "number"}, "boolean", in_silence=_proven_in_silence
)  # fmt: skip
"""Whether ``activated`` was seen to become true on every whole calendar ``day`` (its number, from ``site.day``).

False from the end of the first whole day without an activation until the next activation; the day on which the
watching began is not whole. Until the first activation, or the first whole day without one, it is bad with
``not-yet-proven``: a clause on it needs a patience of more than two days. An activation counts for the day on which
the rest before it was seen as well; one that lasts past midnight counts for the day on which it began. A day in which
the gateway was down or the zone silent counts like any other: with no activation seen, nothing proves it.
"""


def _count(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value, period = bool(inputs["value"]), float(parameters["period"])
    edges: list[Edges] = memory.get("edges", [])
    if edges and now >= edges[0][0] + period:
        edges = [edge for edge in edges if now < edge[0] + period]
    if _rises(value, memory):
        edges = _bounded([*edges, [now, 1]], period)
    watched = Watched.of(memory).known(now, period)
    kept = {**watched.memory(), "value": value, "edges": edges}
    if unseen := watched.unseen(now, period, float(parameters["least"])):
        return Derived(unseen.why, kept, unseen.until)
    return Derived(sum(count for _, count in edges), kept, edges[0][0] + period if edges else None)


def _bounded(edges: list[Edges], period: float) -> list[Edges]:
    if len(edges) <= MOST:
        return edges
    together: dict[float, Edges] = {}
    for at, count in edges:
        part = at // (period / PARTS)
        together[part] = [at, count + (together[part][1] if part in together else 0)]
    return list(together.values())


def _count_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    kept = Watched.of(memory).silent(now).memory()
    return Derived(NEVER, {**kept, "edges": memory["edges"]} if "edges" in memory else None)


COUNT_WITHIN = Function(
    _count, {"value": "boolean"}, "number",
    parameters={"period": 3600.0, "least": 0.8}, in_silence=_count_in_silence,
)  # fmt: skip
"""How often ``value`` became true in the last ``period`` seconds; falls by itself as edges grow old.

Bad with ``too-little-seen`` until ``least`` of the period (0 … 1) was watched, as few are seen when few are looked for.
Past 200 edges the older ones are reckoned together, and stay up to a hundredth of the period too long. What is
shorter than a polling interval may be missed.
"""


def _exceeding(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value, run = float(inputs["value"]), float(inputs["run"])
    runs = list(memory.get("runs", ()))
    if run != memory.get("run"):
        runs = [*runs, value > float(parameters["limit"])][-int(parameters["runs"]) :]
    cured = int(parameters["cured"])
    count = 0 if len(runs) >= cured and not any(runs[-cured:]) else sum(runs)
    return Derived(count, {"run": run, "runs": runs})


EXCEEDING_RUNS = Function(
    _exceeding, {"value": "number", "run": "number"}, "number",
    parameters={"limit": 0.0, "runs": 20, "cured": 5}, keeps=("run", "runs"),
)  # fmt: skip
"""How many of the last ``runs`` runs had a ``value`` above ``limit`` (in the unit of ``value``).

``value`` is the figure of a whole run (its A95, its largest peak-to-peak), told together with the run's number
``run``: each new number is a run, also a smaller one (a counter that began anew). Runs that were not told do not count.
The last ``cured`` runs all within the limit count as cured: 0.
"""
