"""The last reading of every point, as columns by point id; knows what is stale, not what is right.

Points that are read together share one ``Stamp``: on the hot path a whole device costs one time update.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from gateway.model import NEVER_READ, STALE, BadReading, Reading, Readings, Value

REMEMBERED_STAMPS = 10_000


@dataclass(slots=True, eq=False)
class Stamp:
    """When a group of points was read: the source's time, ours, and until when it counts as fresh."""

    points: Sequence[int] = ()
    """Kept, so that no other list is ever taken for this one: it is known by its identity."""
    at: float = 0.0
    arrived: float = 0.0
    fresh_until: float = 0.0
    whole: bool = False
    """Every point of ``points`` still refers to this stamp."""


class Latest:
    """Columns ``values`` and ``stamps``; a point that was never read is bad from the start."""

    def __init__(self, size: int, fixed: Mapping[int, Value] | None = None) -> None:
        self.values: list[Reading] = [NEVER_READ] * size
        self.stamps: list[Stamp] = [Stamp()] * size
        self._stamps: dict[int, Stamp] = {}
        forever = Stamp(fresh_until=inf)
        for point, value in (fixed or {}).items():
            self.values[point] = value
            self.stamps[point] = forever

    def take(self, readings: Readings, stale_after: float) -> list[int]:
        """Take over what is newer than what is known; returns the ids whose reading changed."""
        stamp = self._stamp(readings)
        if stamp is None:
            return []
        stamp.at, stamp.arrived = readings.at, readings.arrived
        stamp.fresh_until = min(readings.at, readings.arrived) + stale_after  # a fast clock proves nothing of later
        if stamp.fresh_until <= readings.arrived:
            return self._put(readings.points, [_aged(each) for each in readings.values])
        return self._put(readings.points, readings.values)

    def _put(self, points: Sequence[int], readings: Sequence[Reading]) -> list[int]:
        values = self.values
        changed = [point for point, new in zip(points, readings, strict=True) if values[point] != new]
        for point, new in zip(points, readings, strict=True):
            values[point] = new
        return changed

    def _stamp(self, readings: Readings) -> Stamp | None:
        """The stamp that these points share, or None when all this is older than what is known."""
        stamp = self._stamps.get(id(readings.points))
        if stamp is None or not stamp.whole:
            return self._claim(readings)
        return stamp if readings.at >= stamp.at else None

    def _claim(self, readings: Readings) -> Stamp | None:
        if any(readings.at < self.stamps[point].at for point in readings.points):
            return None
        if len(self._stamps) >= REMEMBERED_STAMPS:
            self._forget()
        stamp = self._stamps[id(readings.points)] = Stamp(points=readings.points, whole=True)
        for point in readings.points:
            self.stamps[point].whole = False
            self.stamps[point] = stamp
        return stamp

    def _forget(self) -> None:
        for stamp in self._stamps.values():
            stamp.whole = False
        self._stamps.clear()

    def set(self, point: int, reading: Reading, now: float) -> bool:
        """Put a computed reading; returns whether it changed."""
        self.stamps[point] = Stamp(at=now, arrived=now, fresh_until=inf)
        changed = self.values[point] != reading
        self.values[point] = reading
        return changed

    def expire(self, points: Iterable[int], now: float) -> tuple[list[int], float | None]:
        """Make stale what is no longer fresh; returns the ids concerned, and when to look again."""
        stamps = {self.stamps[point] for point in points}
        ended = {stamp for stamp in stamps if stamp.fresh_until <= now}
        expired = [point for point in points if self.stamps[point] in ended and self._is_good(point)] if ended else []
        for point in expired:
            self.values[point] = STALE
        again = min((stamp.fresh_until for stamp in stamps - ended), default=inf)
        return expired, None if again == inf else again

    def _is_good(self, point: int) -> bool:
        return not isinstance(self.values[point], BadReading)

    def at(self, point: int) -> float:
        """The source's time of the last reading; 0 when there was none."""
        return self.stamps[point].at

    def reading(self, point: int) -> Reading:
        """The last reading of a point."""
        return self.values[point]


def _aged(reading: Reading) -> Reading:
    return reading if isinstance(reading, BadReading) else STALE
