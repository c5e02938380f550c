"""What site.yaml may say of the clocks of tickets: working hours, holidays, and when it is told how late work is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.documents import Strict
from gateway.model import Priority
from gateway.standards.windows import WEEKDAYS, Minute, Spans, Weekday
from gateway.tickets.calendars import Calendar
from gateway.tickets.service_level import ALL_TIME, DAILY_LIST

MIDNIGHT = 24 * 60
_PERCENT = re.compile(r"([1-9][0-9]{0,3})%")


def _hours(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    if not spans or any(first == last for first, last in spans):
        raise ValueError("says no hours: write from when to when, like [08:30, 17:30]")
    return spans


def _share(written: object) -> object:
    match = _PERCENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{written!r} is no share of a time: write percent, like 50%")
    return int(match[1]) / 100


def _rising(shares: tuple[float, ...]) -> tuple[float, ...]:
    if not shares or any(later <= earlier for earlier, later in pairwise(shares)):
        raise ValueError("write at least one share, each larger than the one before")
    return shares


Share = Annotated[
    float, BeforeValidator(_share), WithJsonSchema({"type": "string", "pattern": f"^{_PERCENT.pattern}$"})
]
Shares = Annotated[tuple[Share, ...], AfterValidator(_rising), Field(min_length=1)]


def _of_a_day(minute: int) -> int:
    if minute == MIDNIGHT:
        raise ValueError("is the end of a day: write 00:00")
    return minute


OF_A_DAY = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}
DailyTime = Annotated[Minute, AfterValidator(_of_a_day), WithJsonSchema(OF_A_DAY)]


class WorkingHours(Strict):
    """A calendar: on which days of the week there are which hours."""

    hours: Annotated[Mapping[Weekday, Annotated[Spans, AfterValidator(_hours)]], Field(min_length=1)]
    """A span whose end is before its beginning runs over midnight, and belongs to the day on which it begins."""
    holidays: Literal["off", "as-ever"] = "off"
    """Whether there are no hours on the site's holidays, or the same as ever."""

    def calendar(self, holidays: frozenset[date]) -> Calendar:
        """The same to count by."""
        week = tuple(self.hours.get(day, ()) for day in WEEKDAYS)
        return Calendar(week, holidays if self.holidays == "off" else frozenset())


class ServiceTerms(Strict):
    """How the site counts the times that clauses give, and when it is told how much of them is gone."""

    calendar: str = ALL_TIME
    """For P3 and P4, where the clause names none: one of ``calendars``, or ``24/7``. P1 and P2 go day and night."""
    escalation: Mapping[Priority, Shares] = {}
    """At which shares of each target: ``P1: [50%, 100%, 150%]``."""
    daily_list: DailyTime = DAILY_LIST
    """When the open tickets are told of which nothing was heard for 24 h: a time of day in the site's zone."""
