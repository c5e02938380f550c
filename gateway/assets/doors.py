"""What a door's contacts tell over time: how long open, how it closes, whether it was forced. Knows no limits.

Times are as seen by polling: each edge is known to one polling interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

REFRESH = 5.0
"""Seconds after which a running time is computed again."""
CLOSINGS = 3
MANY_CLOSINGS = 10
HELD = 120.0
FIRST_SEEN_OPEN = BadReading("first-seen-open", "how it was opened was not seen")


def _held_open(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    if inputs["closed"]:
        return Derived(0.0)
    opened = memory.get("opened", now)
    return Derived(max(now - opened, 0.0), {"opened": opened}, now + float(parameters["refresh"]))


HELD_OPEN_TIME = Function(
    _held_open, {"closed": "boolean"}, "number", unit="s", parameters={"refresh": REFRESH}, keeps=("opened",)
)
"""Seconds since the door was first seen open; 0 once it is seen closed.

A door first seen open counts from then. A gap in the readings does not begin the count anew: on a bad line a held door
would else never be told, and that is worse than telling one too early that was shut for a moment in the gap.
"""


def _closing(
    inputs: Mapping[str, Value],
    memory: Memory,
    now: float,
    parameters: Parameters,
    pick: Callable[[Iterable[float]], float],
) -> Derived:
    closings, opened = list(memory.get("closings", ())), memory.get("opened")
    needed = int(parameters["closings"])
    if not inputs["closed"]:
        # Without a closed door before it, nobody saw when this opening began.
        opened = opened if opened is not None else now if memory.get("closed") else None
    elif opened is not None:
        if now - opened <= float(parameters["held"]):
            closings = [*closings, max(now - opened, 0.0)][-needed:]
        opened = None
    kept = {"closings": closings, "opened": opened, "closed": bool(inputs["closed"])}
    if len(closings) < needed:
        return Derived(BadReading("too-few-closings", f"{len(closings)} of {needed} seen"), kept)
    return Derived(pick(closings), kept)


def _quickest(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return _closing(inputs, memory, now, parameters, min)


def _slowest(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    return _closing(inputs, memory, now, parameters, max)


CLOSING_TIME = Function(
    _quickest, {"closed": "boolean"}, "number", unit="s",
    parameters={"closings": CLOSINGS, "held": HELD}, keeps=("closings",), takes_times=True,
)  # fmt: skip
"""Seconds from opening to latched, of the quickest of the last three openings.

A contact cannot tell a weak closer from a person who stands in the door; but when not even the quickest of several
openings ended in time, it is the closer. An opening longer than ``held`` is somebody's wedge, and is not counted.
"""

SLOWEST_CLOSING_TIME = Function(
    _slowest, {"closed": "boolean"}, "number", unit="s",
    parameters={"closings": MANY_CLOSINGS, "held": HELD}, keeps=("closings",), takes_times=True,
)  # fmt: skip
"""As ``closing_time``, of the slowest of the last ten openings.

The opening contains the closing: when not even the slowest of many took long enough, the door slams.
"""


def _forced_open(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    watched, released = memory.get("watched", now), now if inputs["unlocked"] else memory.get("released")
    kept = {"watched": watched, "released": released}
    if inputs["closed"]:
        return Derived(False, {**kept, "closed": True})
    forced = memory.get("forced")
    if forced is None and memory.get("closed"):
        forced = _was_forced(now, watched, released, float(parameters["window"]))
    if forced is None:
        return Derived(FIRST_SEEN_OPEN, kept)
    return Derived(forced, {**kept, "forced": forced})


def _was_forced(now: float, watched: float, released: float | None, window: float) -> bool | None:
    """Whether the opening at ``now`` was forced; None when an unlock before the watching began may be the reason."""
    if released is not None and now - released <= window:
        return False
    return True if now - watched > window else None


FORCED_OPEN = Function(
    _forced_open, {"closed": "boolean", "unlocked": "boolean"}, "boolean",
    parameters={"window": 5.0}, keeps=("forced",),
)  # fmt: skip
"""Whether the door opened with no unlock then, nor within ``window`` seconds before; true until it is closed.

Unlock covers every allowed way: a granted card, the exit button, a remote release. 5 s is the usual relay time.
A door whose opening was not seen gives a BadReading ``first-seen-open``.
"""
