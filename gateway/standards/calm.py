"""For each point, the numbers at which every check of it stays met: what lies there needs no judging. The hot path.

Knows no readings but numbers; whatever else comes is for the checks themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from gateway.model import Reading
from gateway.standards.check import Check
from gateway.standards.verdict import Outcome

NEVER, ALWAYS = (inf, -inf), (-inf, inf)
NUMBERS = frozenset((int, float))


class Calm:
    """``by_point``: the checks of each point. ``follow`` must be told of every check whose outcome changed."""

    def __init__(self, by_point: Sequence[Sequence[Check]]) -> None:
        self._by_point = by_point
        bands = [_band_of(checks) for checks in by_point]
        self._low = [low for low, _ in bands]
        self._high = [high for _, high in bands]

    def follow(self, check: Check) -> None:
        """The outcome of ``check`` changed."""
        for point in (*check.ids, *check.guard_ids):
            self._low[point], self._high[point] = _band_of(self._by_point[point])

    def restless(self, points: Iterable[int], values: Sequence[Reading]) -> list[int]:
        """Those of ``points`` whose checks must be judged, as their value is no number within the band."""
        low, high = self._low, self._high
        return [
            point
            for point in points
            if type(value := values[point]) not in NUMBERS or not low[point] <= value <= high[point]  # type: ignore[operator]  # a number
        ]


def _band_of(checks: Sequence[Check]) -> tuple[float, float]:
    """Without checks everything is calm; with one that is not a met limit, nothing is."""
    low, high = ALWAYS
    for check in checks:
        if check.band is None or check.outcome is not Outcome.MET:
            return NEVER
        low, high = max(low, check.band[0]), min(high, check.band[1])
    return low, high
