"""What a barrier's status or motor tells over time: how long an opening takes. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 1.0
USUAL = 10.0
"""Seconds in which any residential barrier has opened."""
NOT_SEEN = BadReading("no-movement-seen", "not one movement since the start")


def _timed(running: bool, finished: bool, memory: Memory, now: float, refresh: float) -> Derived:
    """The time of the movement now running, else of the last one that was seen from start to end."""
    last, since = memory.get("last"), memory.get("since")
    if running and (memory.get("resting") or since is not None):
        since = now if since is None else since
        # A stuck movement never ends: its running time is told meanwhile, once it is longer than a usual one.
        told = max(now - since, USUAL if last is None else last)
        value = NOT_SEEN if last is None and told <= USUAL else told
        return Derived(value, {"since": since, "last": last}, now + refresh)
    if finished and since is not None:
        last = now - since
    kept = {"resting": not running, "last": last}
    return Derived(NOT_SEEN if last is None else last, kept)


def _opening_time(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    status = inputs["status"]
    return _timed(status == "opening", status == "open", memory, now, float(parameters["refresh"]))


OPENING_TIME = Function(
    _opening_time, {"status": "text"}, "number", unit="s", parameters={"refresh": REFRESH}, keeps=("last",)
)
"""Seconds from status ``opening`` to ``open``: of the last complete opening, or of the one now running if longer.

Before the first complete one, a running time is told from 10 s on. An opening that was stopped or reversed leaves the
last time as it was: reversing is what a safe barrier does.
"""


def _running_time(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    running = float(inputs["value"]) > float(parameters["above"])
    return _timed(running, not running, memory, now, float(parameters["refresh"]))


RUNNING_TIME = Function(
    _running_time, {"value": "number"}, "number", unit="s",
    parameters={"above": 60.0, "refresh": REFRESH}, keeps=("last",),
)  # fmt: skip
"""Seconds for which ``value`` (a motor's power in W, say) was above ``above``, told as ``opening_time`` is."""
