"""Decides what is truly wrong with a thing, from when, and by when somebody has to be told. Knows no gateway.

The limits and times are the property manager's, written down here a second time: who is judged does not set the marks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from simulators.month_things import Thing

BEAT = 6.0
"""Seconds that everybody is granted: running times are looked at every 5 s."""


@dataclass(frozen=True)
class Truth:
    """It is wrong while `measure` is above `limit`; who measures it cannot be surer than `doubt`.

    It must be told `allowed` seconds after that is sure; where it takes a number of openings or runs to see it, after
    `counted` of those, as the thing counts them by `counter`.
    """

    clause: str
    measure: Callable[[Thing], float]
    limit: float = 0.5
    doubt: float = 0.0
    allowed: float = 0.0
    counter: str = ""
    counted: int = 0


class Line(NamedTuple):
    """A line of the ledger. Times in seconds since 1970; a ticket is right from `early` to `end`.

    `onset` is when the limit was truly passed. Only what `must` be told is a miss when it is not told by `by`.
    """

    asset: str
    clause: str
    fault: str
    early: float
    onset: float
    by: float
    end: float
    must: bool


class Oracle:
    """Looks at a thing whenever something happens to it, while it has a fault."""

    def __init__(self, truth: Truth, thing: Thing, fault: str) -> None:
        self.truth, self.thing, self.fault = truth, thing, fault
        self._early: float | None = None
        self._onset: float | None = None
        self._sure: float | None = None
        self._by: float | None = None
        self._from = 0
        self.look()

    @property
    def _count(self) -> int:
        return int(getattr(self.thing.plant, self.truth.counter)) if self.truth.counter else 0

    def look(self) -> None:
        """Follows the measure; what came right again in time begins anew."""
        now, value, truth = self.thing.plant.now, self.truth.measure(self.thing), self.truth
        if self._by is not None and now >= self._by:
            return
        if value <= truth.limit - truth.doubt:
            self._early = self._onset = self._sure = self._by = None
            return
        self._early = now if self._early is None else self._early
        if value > truth.limit:
            self._onset = now if self._onset is None else self._onset
        if value > truth.limit + truth.doubt:
            self._be_sure(now)

    def _be_sure(self, now: float) -> None:
        if self._sure is None:
            self._sure, self._from = now, self._count
        if self._by is None and self._count - self._from >= self.truth.counted:
            self._by = now + self.truth.allowed + BEAT

    def close(self, end: float) -> Line | None:
        """The line of the ledger; None when nothing had to be told: it came right in time."""
        self.look()
        if self._early is None:
            return None
        must = self._by is not None and self._by <= end
        close_call = self._by is not None and end > self._by - BEAT - 1.0
        counting = self._by is None and self._sure is not None
        if not (must or close_call or counting or self.truth.doubt):
            return None
        onset = self._early if self._onset is None else self._onset
        by = end if self._by is None else self._by
        return Line(self.thing.name, self.truth.clause, self.fault, self._early, onset, by, end, must)


def has(*faults: str) -> Callable[[Thing], float]:
    """1 while the thing has any of these faults."""
    wanted = set(faults)
    return lambda thing: float(bool(wanted & (thing.plant.active.keys() | thing.trouble)))


def plant(measure: Callable[[Any], float]) -> Callable[[Thing], float]:
    """A measure of the thing's plant alone."""
    return lambda thing: float(measure(thing.plant))
