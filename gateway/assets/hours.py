"""What routes and rosters need to know of a moment: which windows are open at it, and whether it is a holiday."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache

from gateway.assets.windows import Almanac, local_day
from gateway.routing.people import Hour


def hour_at(almanac: Almanac, holidays: Collection[date], at: float) -> Hour:
    """The hour of ``at``, as the clock on the wall shows it (seconds since 1970)."""

    @cache
    def is_open(window: str) -> bool | None:
        told = almanac.tell(window, at).value
        return told if isinstance(told, bool) else None

    return Hour(is_open, local_day(at, almanac.zone) in holidays)
