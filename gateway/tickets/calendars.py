"""Calendars that clocks run on: all the time, or working hours by weekday without holidays. Pure: handed the zone.

A moment belongs to a calendar by what the clock on the wall shows at it, so that an hour that a night in autumn has
twice counts twice, and one that a night in spring leaves out does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import inf
from zoneinfo import ZoneInfo

DAY = 86_400
HOUR = 3_600
FARTHEST = 15 * HOUR
"""No zone is farther from UTC."""
Span = tuple[float, float]
"""From the first second to the one after the last."""
Week = tuple[tuple[tuple[int, int], ...], ...]
"""For Monday to Sunday: spans in minutes after midnight; one that ends before it begins runs over midnight."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """``week`` None: all the time. A day of ``holidays`` has no hours, but the night before it ends as ever."""

    week: Week | None = None
    holidays: frozenset[date] = frozenset()

    def spans(self, day: date) -> Iterator[tuple[int, int]]:
        """What is open on a day, in seconds after its midnight; parts may overlap."""
        for first, last in self._begun(day):
            yield first * 60, last * 60 if last > first else DAY
        for first, last in self._begun(day - timedelta(days=1)):
            if last <= first:
                yield 0, last * 60

    def _begun(self, day: date) -> tuple[tuple[int, int], ...]:
        return () if self.week is None or day in self.holidays else self.week[day.weekday()]


ALWAYS = Calendar()
"""Day and night."""


def open_spans(calendar: Calendar, start: float, zone: ZoneInfo, ahead: float = 0.0) -> Iterator[Span]:
    """When the calendar is open from ``start`` on (steady seconds since 1970), in order, without end.

    ``ahead``: by how many seconds the clock on the wall is ahead of steady time.
    """
    if calendar.week is None:
        yield start, inf
        return
    day = datetime.fromtimestamp(start + ahead, zone).date() - timedelta(days=1)
    reached = start  # what is open to the end of a day goes on into the next
    while True:
        for first, last in _opened(calendar, day, zone):
            if last - ahead > reached:
                yield max(first - ahead, reached), last - ahead
                reached = last - ahead
        day += timedelta(days=1)


@lru_cache(maxsize=8192)
def _opened(calendar: Calendar, day: date, zone: ZoneInfo) -> tuple[Span, ...]:
    """When the wall shows ``day`` and a time at which the calendar is open, in order and without overlaps."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    shown = [
        (max(begin, midnight + first - offset), min(end, midnight + last - offset))
        for begin, end, offset in _offsets(midnight, zone)
        for first, last in calendar.spans(day)
    ]
    return tuple(_joined(span for span in shown if span[0] < span[1]))


def _offsets(midnight: float, zone: ZoneInfo) -> list[tuple[float, float, float]]:
    """From when to when (UTC) which offset held, around a day that begins at ``midnight`` as written."""
    begin, end = midnight - FARTHEST, midnight + DAY + FARTHEST
    changes = [begin]
    for hour in range(int(begin), int(end), HOUR):
        if _offset(hour, zone) != _offset(hour + HOUR, zone):
            changes.append(_change(hour, hour + HOUR, zone))
    return [(since, until, _offset(since, zone)) for since, until in zip(changes, [*changes[1:], end], strict=True)]


def _offset(moment: float, zone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(moment, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The second at which the zone's offset changes between the two."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined
