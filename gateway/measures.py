"""How long things take, counted in steps: cheap enough for every tick. Knows no names and no format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from math import inf

from gateway.clock import monotonic

STEPS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Seconds."""


class Durations:
    """Counts durations by the step that they do not exceed."""

    def __init__(self) -> None:
        self.total = 0.0
        """Seconds, all together."""
        self._counts = [0] * (len(STEPS) + 1)

    def observe(self, seconds: float) -> None:
        """One more."""
        self.total += seconds
        self._counts[bisect_left(STEPS, seconds)] += 1

    @contextmanager
    def timed(self) -> Iterator[None]:
        """How long what stands under it takes, whatever comes of it."""
        begun = monotonic()
        try:
            yield
        finally:
            self.observe(monotonic() - begun)

    def cumulative(self) -> Sequence[tuple[float, int]]:
        """(step, how many took no longer), the last step without end."""
        return [*zip((*STEPS, inf), accumulate(self._counts), strict=True)]
