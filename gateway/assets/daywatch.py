"""What was seen of something on each calendar day: when it first acted, and whether it was watched. Knows no zone.

Its memory keeps the days that are over until whoever writes them down has done so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

UNSEEN = 60.0
"""Seconds for which it may be unknown on a day that still counts as watched: as long as a proof test's evidence may."""
KEPT = 31
"""So many days that are over are kept."""
NOT_TODAY = BadReading("not-today", "it was not seen to act today yet")


def _days(memory: Memory, day: int, response: Value | None) -> dict[str, Any]:
    """The memory as it begins the day, or goes on with it. The day on which the watching began is not whole."""
    if memory.get("day") == day:
        return dict(memory)
    fresh: dict[str, Any] = {
        "day": day, "first": None, "rested": False, "seen": False, "gap": True, "silent": memory.get("silent"),
        "response": None, "before": response, "ended": [], "written": memory.get("written"),
    }  # fmt: skip
    ended = list(memory.get("ended", ()))
    if day < memory.get("day", day + 1):  # the first day, or a clock that was wrong: what it called a day was none
        known = (each["first"] for each in ended if each["day"] == day)
        return {**fresh, "first": next(known, None), "ended": [each for each in ended if each["day"] < day]}
    over = {key: memory[key] for key in ("day", "first", "seen", "gap", "silent", "response")}
    return {**fresh, "gap": day > memory["day"] + 1, "ended": [*ended, over][-KEPT:]}


def _watched(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    activated, response = inputs["activated"] is True, inputs.get("response")
    kept = _days(memory, int(inputs["day"]), response)
    silent = kept["silent"]
    kept |= {"seen": True, "silent": None, "rested": kept["rested"] or not activated}
    kept["gap"] = kept["gap"] or (silent is not None and now - silent > UNSEEN)
    if activated and kept["rested"] and kept["first"] is None:
        kept["first"] = now
    if kept["first"] is not None and kept["response"] is None and response != kept["before"]:
        kept["response"] = response
    return Derived(NOT_TODAY if kept["first"] is None else kept["first"], kept)


def _watched_in_silence(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    kept = _days(memory, int(inputs["day"]), inputs.get("response")) if "day" in inputs else dict(memory)
    if kept and kept["silent"] is None:
        kept["silent"] = now
    first = kept.get("first")
    return Derived(NOT_TODAY if first is None else first, kept or None)


WATCHED_DAY = Function(
    _watched, {"activated": "boolean", "day": "number"}, "date",
    in_silence=_watched_in_silence, optional={"response": "number"},
)  # fmt: skip
"""When ``activated`` was first seen to become true on this calendar ``day`` (its number, from ``site.day``).

An activation counts for the day on which the rest before it was seen as well, as for ``proven_each_day``. ``response``
is the time (s) that it took, where that is measured: what changed on that day. Bad with ``not-today`` until the first.
"""
