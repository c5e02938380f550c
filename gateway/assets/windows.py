"""When windows are open, and which day it is, at a site: the clock on the wall and the sun. Knows no assets.

The time is handed in; a sun event that does not happen (the polar day) makes a window unknown, never open or shut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import inf
from typing import TypeAlias
from zoneinfo import ZoneInfo

from gateway.assets.function import Derived
from gateway.assets.sun import sun_event
from gateway.model import BadReading
from gateway.standards.windows import DAY, WEEKDAYS, Location, MonthDay, SunEvent, SunSpan, SunTime, Window

Moments: TypeAlias = tuple[float, float]
"""From a moment to another (seconds since 1970), the second not included."""
DAYS_AROUND = range(-2, 2)
"""Days on which a span may begin that is not over today: with its offsets it may last for almost two days."""
IN_ORDER: tuple[SunEvent, ...] = ("dawn", "sunrise", "sunset", "dusk")
MORE_THAN_A_YEAR = 400 * 86400.0


@dataclass(frozen=True, slots=True)
class Almanac:
    """The windows of one site, in its zone and at its place."""

    windows: Mapping[str, Window]
    zone: ZoneInfo
    location: Location | None = None

    def tell(self, name: str, now: float) -> Derived:
        """Whether the window ``name`` is open, or ``day``; ``again`` is a time until which that holds."""
        if name == DAY:
            today = local_day(now, self.zone)
            return Derived(today.toordinal(), None, instant(today + timedelta(1), 0, self.zone))
        return is_open(self.windows[name], now, self.zone, self.location)

    def tells(self, name: str) -> bool:
        """Whether ``name`` can be told at all: the times of the sun need a place."""
        return name == DAY or self.location is not None or self.windows[name].sun is None

    def never(self, name: str, now: float) -> str:
        """``opens`` or ``closes`` where the window does not do so in more than a year from ``now``; else ``""``.

        Of a window that nobody can tell at times (the polar day) that is not said.
        """
        wanted, moment = {True, False}, now
        while wanted and moment < now + MORE_THAN_A_YEAR:
            told = self.tell(name, moment)
            wanted = set() if isinstance(told.value, BadReading) else wanted - {told.value}
            moment = told.again or inf
        return "" if not wanted else "opens" if True in wanted else "closes"


def local_day(now: float, zone: ZoneInfo) -> date:
    """The calendar day at the site. It never goes back, not even where the clock is put back over midnight."""
    today = datetime.fromtimestamp(now, zone).date()
    return today + timedelta(1) if instant(today + timedelta(1), 0, zone) <= now else today


def instant(day: date, minute: int, zone: ZoneInfo) -> float:
    """The first moment of ``day`` at which the clock on the wall shows ``minute`` (0 … 1440) or later.

    Where the clock is put back the time comes twice, and the first counts; where it is put forward over the time, the
    moment of the change.
    """
    written = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    moment = written.timestamp()
    if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == written.replace(tzinfo=None):
        return moment
    before, after = written.replace(fold=1).timestamp(), moment
    offset = datetime.fromtimestamp(after, zone).utcoffset()
    while after - before > 1.0:
        between = (before + after) // 2
        changed = datetime.fromtimestamp(between, zone).utcoffset() == offset
        before, after = (before, between) if changed else (between, after)
    return after


def is_open(window: Window, now: float, zone: ZoneInfo, location: Location | None) -> Derived:
    """Whether ``window`` is open; shut when any of its parts is, else unknown when any of them is."""
    today = local_day(now, zone)
    again = instant(today + timedelta(1), 0, zone)
    if not _is_such_a_day(window, today):
        return Derived(False, None, again)
    daily = [span for back in (-1, 0) for span in _daily(window, today + timedelta(back), zone)]
    again = _next(daily, now, again)
    if window.daily and not _within(daily, now):
        return Derived(False, None, again)
    if window.sun is None:
        return Derived(True, None, again)
    return _in_sun(window.sun, now, today, location, again)


def _is_such_a_day(window: Window, day: date) -> bool:
    if window.weekdays and WEEKDAYS[day.weekday()] not in window.weekdays:
        return False
    if window.season is None:
        return True
    (first, last), here = window.season, MonthDay(day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


def _daily(window: Window, day: date, zone: ZoneInfo) -> Iterator[Moments]:
    for first, last in window.daily:
        ends = day if first < last else day + timedelta(1)
        yield instant(day, first, zone), instant(ends, last, zone)


def _in_sun(span: SunSpan, now: float, today: date, location: Location | None, again: float) -> Derived:
    if location is None:
        return Derived(BadReading("no-location", "the site's files do not say where it is"), None, again)
    found = {days: _sun_span(span, today + timedelta(days), location) for days in DAYS_AROUND}
    known = [each for each in found.values() if each]
    again = _next(known, now, again)
    if _within(known, now):
        return Derived(True, None, again)
    if found[-1] is None or found[0] is None:
        said = f"{span.from_.event} or {span.to.event} about {today} at latitude {location.latitude:g}"
        return Derived(BadReading("no-sun-event", said), None, again)
    return Derived(False, None, again)


def _sun_span(span: SunSpan, day: date, location: Location) -> Moments | None:
    first = _sun_moment(span.from_, day, location)
    ends = day if _rank(span.from_) < _rank(span.to) else day + timedelta(1)
    last = _sun_moment(span.to, ends, location)
    return None if first is None or last is None else (first, last)


def _rank(moment: SunTime) -> tuple[int, float]:
    return IN_ORDER.index(moment.event), moment.seconds


def _sun_moment(written: SunTime, day: date, location: Location) -> float | None:
    moment = sun_event(written.event, day, location.latitude, location.longitude)
    return None if moment is None else moment + written.seconds


def _within(spans: list[Moments], now: float) -> bool:
    return any(first <= now < last for first, last in spans)


def _next(spans: list[Moments], now: float, again: float) -> float:
    """The first beginning or end of a span after ``now``, or ``again`` when that is earlier."""
    return min((edge for span in spans for edge in span if now < edge < again), default=again)
