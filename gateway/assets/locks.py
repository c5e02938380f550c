"""What a lock and its door tell together over time: releases that nobody could use. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import Value

PERIOD = 600.0


def _fruitless_unlocks(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    period = float(parameters["period"])
    ended = [at for at in memory.get("ended", ()) if at + period > now]
    waiting = bool(memory.get("waiting"))
    if not inputs["closed"]:
        ended, waiting = [], False
    elif inputs["unlocked"]:
        waiting = waiting or bool(memory.get("locked"))
    elif waiting:
        ended, waiting = [*ended, now], False
    kept = {"ended": ended, "waiting": waiting, "locked": not inputs["unlocked"]}
    return Derived(float(len(ended)), kept, ended[0] + period if ended else None)


FRUITLESS_UNLOCKS = Function(
    _fruitless_unlocks, {"closed": "boolean", "unlocked": "boolean"}, "number",
    parameters={"period": PERIOD}, takes_times=True,
)  # fmt: skip
"""How many releases of the lock in the last ``period`` seconds ended one after the other without the door opening.

One person may change their mind; several in a row push at a door that does not give way. An opening begins the count
anew, and so does a gap in the readings, in which the door may have opened. A release that began unseen does not count.
"""
