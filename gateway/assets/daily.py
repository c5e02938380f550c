"""A few samples a day of a value that is read at any pace, and each day's median; knows nothing of trends.

The memory changes once in three hours, not with every reading, because it is stored whenever it changes.
"""

from __future__ import annotations

from statistics import median
from typing import Any, NamedTuple

from gateway.assets.function import Memory

SPACING = 3 * 3600.0
"""Seconds from one sample to the next: eight of them go through the whole of a day's warm and cold."""
DAY = 86400.0


class Day(NamedTuple):
    """One UTC day: its number since 1970, the median of its samples, and the first of what was measured."""

    number: int
    median: float
    measured: float

    @property
    def noon(self) -> float:
        """Seconds since 1970."""
        return (self.number + 0.5) * DAY


def sampled(memory: Memory, value: float, measured: float, now: float) -> tuple[Memory, Day | None]:
    """``memory`` with ``value`` as a sample when one is due, and the day that ended with it.

    A value that is not due leaves ``memory`` as it is, the same object. A day is the UTC day of ``now`` (seconds since
    1970). When ``now`` is more than a day before the last sample, a clock was wrong, and all begins anew.
    """
    at = memory.get("at")
    if at is None or now < at - DAY:
        return {"at": now, "samples": [value], "measured": measured}, None
    if now < at + SPACING:
        return memory, None
    samples: list[float] = memory["samples"]
    if now // DAY == at // DAY:
        return {**memory, "at": now, "samples": [*samples, value]}, None
    ended = Day(int(at // DAY), median(samples), memory["measured"])
    return {**memory, "at": now, "samples": [value], "measured": measured}, ended


def due(memory: Memory) -> float:
    """When the next sample is due, though the value may not have changed by then (seconds since 1970)."""
    at: Any = memory["at"]
    return float(at) + SPACING
