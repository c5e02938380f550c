"""Simulated time: epoch seconds that run faster than, or apart from, the machine's own clock. Knows no plant."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Protocol

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|h|d)")


class Clock(Protocol):
    """Tells simulated time."""

    def now(self) -> float:
        """Simulated epoch seconds."""


@dataclass(frozen=True)
class AnchoredClock:
    """sim = sim_anchor + (CLOCK_MONOTONIC - monotonic_anchor) * speed, so several processes can share one time."""

    monotonic_anchor: float
    sim_anchor: float
    speed: float = 1.0

    def now(self) -> float:
        """Simulated epoch seconds."""
        return self.sim_anchor + (time.monotonic() - self.monotonic_anchor) * self.speed

    @classmethod
    def starting_now(cls, speed: float = 1.0) -> AnchoredClock:
        """A clock that shows the true time at this moment."""
        return cls(time.monotonic(), time.time(), speed)

    @classmethod
    def parse(cls, anchor: str, speed: float) -> AnchoredClock:
        """`MONOTONIC:SIMTIME`, both in seconds. Raises ValueError."""
        monotonic, _, sim = anchor.partition(":")
        return cls(float(monotonic), float(sim), speed)


@dataclass
class ManualClock:
    """A clock that somebody sets."""

    time: float = 0.0

    def now(self) -> float:
        """Simulated epoch seconds."""
        return self.time


def seconds(duration: str | float) -> float:
    """`90s`, `6min`, `1h`, `1min30s` or a plain number, in seconds. Raises ValueError."""
    if isinstance(duration, int | float):
        return float(duration)
    parts = _DURATION.findall(duration)
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is no duration such as 90s, 6min or 1min30s")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
