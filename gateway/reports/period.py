"""The days that a report is of: calendar days at the site, the first and the last included."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.assets.windows import instant, local_day
from gateway.errors import Refused

LONGEST = 400
"""Days: a year and a month; more would take this machine's time and memory."""
FIRST = date(1971, 1, 1)


class Period(NamedTuple):
    """``since`` ≤ moment < ``until``, in steady seconds since 1970; ``last`` is the last day of it."""

    first: date
    last: date
    since: float
    until: float

    def holds(self, moment: float | None) -> bool:
        """Whether it happened in the period."""
        return moment is not None and self.since <= moment < self.until


def period(first: date | None, last: date | None, zone: ZoneInfo, now: float, ahead: float = 0.0) -> Period:
    """From one day to another; neither given: last month. Raises Refused for what is no period.

    Only ``last`` given: from the first of its month on; only ``first``: to today. What lies ahead is cut off at
    ``now``. ``ahead``: by how many seconds the clock on the wall is ahead of ``now``.
    """
    today = local_day(now + ahead, zone)
    if first is None and last is None:
        last = today.replace(day=1) - timedelta(1)
    last = today if last is None else last
    first = last.replace(day=1) if first is None else first
    if first > today:
        raise Refused(f"from {first} lies in the future")
    if first > last:
        raise Refused(f"from {first} lies after until {last}")
    if first < FIRST or (last - first).days >= LONGEST:
        raise Refused(f"from {first} until {last} is more than {LONGEST} days, or before {FIRST}")
    since, end = (instant(day, 0, zone) - ahead for day in (first, last + timedelta(1)))
    return Period(first, last, since, min(end, now))
