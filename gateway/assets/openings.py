"""When a window opens and closes, as whole openings: for what has to begin and end inside one. Knows no tests."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.assets.windows import MORE_THAN_A_YEAR, Almanac, Moments

DAYS_TOLD = 3
"""The almanac tells of one day at a time: an opening that lasts longer than this many has no end worth waiting for."""


def open_until(almanac: Almanac, name: str, now: float) -> float | None:
    """When the window ``name``, which is open at ``now``, closes; None while it is shut or nobody can tell.

    Where it stays open for days, at least up to when; times are those of the clock on the wall, seconds since 1970.
    """
    moment = now
    for _ in range(DAYS_TOLD * 8):
        told = almanac.tell(name, moment)
        if told.value is not True or told.again is None:
            break
        moment = told.again
    return moment if moment > now else None


def openings(almanac: Almanac, name: str, now: float, until: float) -> Iterator[Moments]:
    """The openings of the window that are not over at ``now`` and begin before ``until``, from and until when.

    The first one begins at ``now`` where it is open then; one ends where nobody can tell how it goes on.
    """
    moment = now
    while moment < until:
        closes = open_until(almanac, name, moment)
        if closes is not None:
            yield moment, closes
        again = closes if closes is not None else almanac.tell(name, moment).again
        if again is None:
            return
        moment = again


def opening(almanac: Almanac, name: str, now: float) -> Moments | None:
    """The first opening that is not over at ``now``, from its beginning or from ``now`` on; None in a year."""
    return next(openings(almanac, name, now, now + MORE_THAN_A_YEAR), None)
