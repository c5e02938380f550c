"""Simulated time: epoch seconds that run faster than, or apart from, the machine's own clock. Knows no plant."""

from __future__ import annotations

import asyncio
import mmap
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_PASSED, _WATCHED = 0, 1
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


class PacedClock:
    """Time that waits for whoever watches: it goes on only while the property, its watcher and its wires all turn.

    A file holds two doubles: the seconds that have passed (ours), and the watcher's last sign of life on
    CLOCK_MONOTONIC (his), each stored in one piece. On a busy machine all get their turns late, and then nothing
    happens meanwhile.
    """

    TURN_S, LONGEST_TURN_S, PATIENCE_S = 0.004, 0.006, 0.010

    def __init__(self, path: Path, sim_anchor: float, speed: float) -> None:
        self._anchor, self._speed, self._passed = sim_anchor, speed, 0.0
        with path.open("r+b") as file:
            self._shared = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")

    def now(self) -> float:
        """Simulated epoch seconds."""
        return self._anchor + self._passed * self._speed

    async def run(self, keeps_up: Callable[[], bool] = lambda: True) -> None:
        """Goes on for ever, a small step at a time, while the wires that it paces `keeps_up`."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(self.TURN_S)
            now = time.monotonic()
            if now - self._shared[_WATCHED] <= self.PATIENCE_S and keeps_up():
                self.go_on(min(now - before, self.LONGEST_TURN_S))
            before = now

    def go_on(self, seconds: float) -> None:
        """Lets so much time pass, and tells it."""
        self._passed += seconds
        self._shared[_PASSED] = self._passed


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
