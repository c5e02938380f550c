"""The few statistics of a report. Unknown is None: of nothing there is neither a median nor a share."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import ceil

MEDIAN, P90 = 0.5, 0.9


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest of the values that at least ``share`` of them do not exceed (nearest rank); None for none."""
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def portion(part: float, whole: float) -> float | None:
    """``part`` of ``whole``; None of nothing."""
    return part / whole if whole else None


class Spans:
    """Lengths of time, in seconds: kept as 8 bytes each."""

    def __init__(self) -> None:
        self._seconds = array("d")

    def add(self, seconds: float) -> None:
        """One more."""
        self._seconds.append(seconds)

    def told(self, name: str) -> dict[str, float | None]:
        """Median and 90th percentile as ``<name>_median_s`` and ``<name>_p90_s``."""
        ordered = sorted(self._seconds)
        return {f"{name}_median_s": quantile(ordered, MEDIAN), f"{name}_p90_s": quantile(ordered, P90)}

    def __len__(self) -> int:
        return len(self._seconds)
