"""The entries of a calendar of tests: five cron fields, read as times on the wall, each of which comes exactly once.

Knows no clock and no site; the zone is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

FIELDS = 5
CLOSEST = timedelta(hours=20)
"""A battery recharges for a day: no calendar may ask for tests closer together (23 h on a night in spring)."""
LOOKED_AT = datetime(2027, 1, 1)  # noqa: DTZ001 - a time on the wall of no place
A_CYCLE = timedelta(days=4 * 366)


def entries(calendar: str, after: datetime) -> Iterator[datetime]:
    """The times on the wall (without a zone) at which the calendar has an entry, from the first one after ``after`` on.

    Raises ValueError for what is no calendar, or one without any entry.
    """
    if len(calendar.split()) != FIELDS:
        raise ValueError(f"{calendar!r} is no calendar: write minute, hour, day, month and weekday, like 0 2 1 * *")
    try:
        found = CronSim(calendar, after)
    except CronSimError as error:
        raise ValueError(f"{calendar!r} is no calendar: {str(error).lower()}") from None
    yield from found


@dataclass(frozen=True, slots=True)
class Wall:
    """The clock on the wall of a site: its ``zone``, and how far it was set ``ahead`` of steady time (seconds)."""

    zone: ZoneInfo
    ahead: float = 0.0

    def shows(self, at: float) -> datetime:
        """What it shows at ``at`` (steady seconds since 1970), without the zone."""
        return datetime.fromtimestamp(at + self.ahead, self.zone).replace(tzinfo=None, fold=0)

    def when(self, written: datetime) -> float:
        """The steady second at which it shows ``written``: the first one, where it does so twice.

        A time that it skips comes as much later as it was put forward.
        """
        return written.replace(tzinfo=self.zone, fold=0).timestamp() - self.ahead


def next_entry(calendar: str, after: datetime, now: float, wall: Wall) -> tuple[datetime, float]:
    """The first entry that is written later than ``after`` and still to come at ``now``, and when that is.

    Entries are told apart by what is written, so that each comes once whatever the clock and the zone do meanwhile.
    """
    for written in entries(calendar, max(after, wall.shows(now) - timedelta(days=1))):
        at = wall.when(written)
        if at > now:
            return written, at
    raise ValueError(f"{calendar!r} has no entry after {after}")


def check(calendar: str) -> None:
    """Raises ValueError unless the calendar has entries, none of them too close together."""
    seen = list(takewhile(lambda written: written < LOOKED_AT + A_CYCLE, entries(calendar, LOOKED_AT)))
    if not seen:
        raise ValueError(f"{calendar!r} never comes")
    if any(later - earlier < CLOSEST for earlier, later in pairwise(seen)):
        raise ValueError(f"{calendar!r} comes more often than once a day: a battery recharges for 24 h")
