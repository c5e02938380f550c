"""Keeps the points up to date that the site itself has: its windows, and the day. Knows no assets."""

from __future__ import annotations

from math import inf

from gateway.assets.latest import Latest
from gateway.assets.windows import Almanac
from gateway.estate import Estate
from gateway.kinds import SITE


class SitePoints:
    """They are functions of the time alone, so they need no memory and are right from the start."""

    def __init__(self, estate: Estate, latest: Latest) -> None:
        self._almanac = Almanac(estate.windows, estate.timezone, estate.location)
        self._ids = {name.removeprefix(SITE): point for name, point in estate.site_points.items()}
        self._latest = latest

    def compute(self, now: float, ahead: float) -> tuple[list[int], float | None]:
        """Tell them anew; returns those that changed, and until when they hold.

        ``ahead``: by how many seconds the clock on the wall is ahead of ``now``.
        """
        changed, until = [], inf
        for name, point in self._ids.items():
            told = self._almanac.tell(name, now + ahead)
            if self._latest.set(point, told.value, now):
                changed.append(point)
            until = min(until, told.again or inf)
        return changed, None if until == inf else until - ahead
