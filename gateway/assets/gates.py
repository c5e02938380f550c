"""What a barrier's status or motor tells over time: how long an opening takes. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 1.0
MOVEMENTS = 2
STUCK = 30.0
TIMING: Parameters = {"movements": MOVEMENTS, "stuck": STUCK, "refresh": REFRESH}


def _timed(running: bool, at_rest: bool, finished: bool, memory: Memory, now: float, parameters: Parameters) -> Derived:
    """The quickest of the last complete movements; of one that seems never to end, how long it has run.

    ``at_rest``: a movement that begins now is a whole one.
    """
    times, since = list(memory.get("times", ())), memory.get("since")
    if running and (memory.get("resting") or since is not None):
        since = now if since is None else since
        kept = {"times": times, "since": since, "whole": memory.get("whole", False)}
        stuck = since + float(parameters["stuck"])
        if now >= stuck:
            return Derived(now - since, kept, now + float(parameters["refresh"]))
        return Derived(_quickest(times, parameters), kept, stuck)
    if finished and since is not None and memory.get("whole"):
        times = [*times, max(now - since, 0.0)][-int(parameters["movements"]) :]
    whole = {"whole": True} if at_rest else {}
    return Derived(_quickest(times, parameters), {"times": times, "resting": not running, **whole})


def _quickest(times: list[float], parameters: Parameters) -> float | BadReading:
    needed = int(parameters["movements"])
    if len(times) < needed:
        return BadReading("too-few-movements", f"{len(times)} of {needed} seen")
    return min(times)


def _opening_time(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    status = inputs["status"]
    return _timed(status == "opening", status == "closed", status == "open", memory, now, parameters)


OPENING_TIME = Function(
    _opening_time, {"status": "text"}, "number", unit="s", parameters=TIMING, keeps=("times",), takes_times=True
)
"""Seconds from status ``opening`` to ``open`` of the quicker of the last two complete openings.

One late answer makes one opening look slow, a tired spring makes every one so. An opening that has run for ``stuck``
seconds is told as it runs. One that was stopped or reversed does not count: reversing is what a safe barrier does. Nor
does one that did not begin at ``closed``: turning back from half-way is quick, whatever the spring is like.
"""


def _running_time(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    running = float(inputs["value"]) > float(parameters["above"])
    return _timed(running, not running, not running, memory, now, parameters)


RUNNING_TIME = Function(
    _running_time, {"value": "number"}, "number", unit="s",
    parameters={"above": 60.0, **TIMING}, keeps=("times",), takes_times=True,
)  # fmt: skip
"""Seconds for which ``value`` (a motor's power in W, say) was above ``above``, told as ``opening_time`` is."""
