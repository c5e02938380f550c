"""Requirements on a date, which time alone can move: in date, within. Pure; a date is seconds since 1970."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from math import inf, nextafter
from typing import ClassVar

from pydantic import Field, model_validator

from gateway.documents import Amount, Duration, Quantity
from gateway.model import Reading
from gateway.standards.requirement import DAY, MET, UNKNOWN, VIOLATED, OnePoint, Tongue
from gateway.standards.verdict import Outcome


class Dated(OnePoint):
    """A requirement that holds from one moment until another, both told by its point."""

    wants = "date"

    @property
    def timed(self) -> bool:
        return True

    @abstractmethod
    def _holds(self, date: float) -> tuple[float, float]:
        """From when on the date can be believed, and the first moment at which the requirement no longer holds."""

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        date = moment(readings[0])
        if date is None or now < self._holds(date)[0]:
            return UNKNOWN
        return MET if now < self._holds(date)[1] else VIOLATED

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        date = moment(readings[0])
        moments = () if date is None else self._holds(date)
        return min((moment for moment in moments if moment > now), default=None)


class InDate(Dated):
    """``in_date: true`` on a date: it is not yet past (a date counts to its end, in the site's zone)."""

    in_date: bool
    ahead: Amount = Quantity(0.0, "d")
    """How many days before the date the requirement already fails, to leave time for the renewal."""
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 未过期{early}", "en": "{point} in date{early}"}

    @model_validator(mode="after")
    def _true(self) -> InDate:
        if not self.in_date:
            raise ValueError("in_date can only be true")
        if self.ahead.unit != "d":
            raise ValueError("ahead is counted in days, like 30 d")
        return self

    def _holds(self, date: float) -> tuple[float, float]:
        return -inf, date - self.ahead.value * DAY

    def _words(self, tongue: Tongue) -> dict[str, object]:
        early = f"(提前 {self.ahead})" if tongue.language == "zh" else f" ({self.ahead} ahead)"
        return {**super()._words(tongue), "early": early if self.ahead.value else ""}


class Within(Dated):
    """``within: 31 d`` of a date: what it tells of happened not longer ago than that.

    Nothing happened last tomorrow: a date more than a day ahead is not believed. (A date of the site's files stands
    for the end of its day.)
    """

    within: Duration = Field(gt=0.0)
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{point} 距今不超过 {within}",
        "en": "{point} not longer than {within} ago",
    }

    def _holds(self, date: float) -> tuple[float, float]:
        return date - DAY, nextafter(date + self.within, inf)


def moment(reading: Reading) -> float | None:
    """The moment that a reading tells, None when it tells none."""
    return reading if isinstance(reading, int | float) and not isinstance(reading, bool) else None
