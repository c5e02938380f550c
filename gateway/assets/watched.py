"""For how much of the last while a value was known: the difference between *none seen* and *nobody looked*."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from gateway.assets.function import Memory
from gateway.model import BadReading

MOST_SPANS = 50
ROUNDING = 1e-6
Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Too little was watched, and not enough can have been before ``until`` (seconds since 1970)."""

    why: BadReading
    until: float


@dataclass(frozen=True, slots=True)
class Watched:
    """Spans that are over, oldest first, and since when the present one lasts (seconds since 1970)."""

    spans: tuple[Span, ...] = ()
    since: float | None = None

    @classmethod
    def of(cls, memory: Memory) -> Watched:
        """What ``memory`` has put into a function's memory."""
        return cls(tuple((start, end) for start, end in memory.get("watched", ())), memory.get("since"))

    def memory(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"watched": [[start, end] for start, end in self.spans], "since": self.since}

    def known(self, now: float, period: float) -> Watched:
        """The value is known at ``now``; what is older than ``period`` seconds is forgotten."""
        kept = tuple(span for span in self.spans if now < span[1] + period)
        return Watched(kept, now if self.since is None else self.since)

    def silent(self, now: float) -> Watched:
        """Known until ``now`` at most. Of many spans the two that lie closest together become one, as long as both."""
        if self.since is None or now <= self.since:
            return Watched(self.spans)
        return Watched(_bounded((*self.spans, (self.since, now))))

    def seconds(self, now: float, period: float) -> float:
        """Seconds of the last ``period`` for which the value was known."""
        spans = (*self.spans, *([] if self.since is None else [(self.since, now)]))
        return sum(max(0.0, end - max(start, now - period)) for start, end in spans)

    def unseen(self, now: float, period: float, least: float) -> Unseen | None:
        """Set when less than ``least`` (0 … 1) of the ``period`` was watched."""
        missing = least * period - self.seconds(now, period)
        if missing <= ROUNDING:
            return None
        return Unseen(BadReading("too-little-seen", f"of {period:g} s, {least:.0%} must be watched"), now + missing)


def _bounded(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    if len(spans) <= MOST_SPANS:
        return spans
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    place = gaps.index(min(gaps))
    joined = (spans[place][0], spans[place + 1][1] - gaps[place])
    return (*spans[:place], joined, *spans[place + 2 :])
