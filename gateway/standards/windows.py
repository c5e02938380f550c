"""What a window may say: the times at which something is asked of the property, named once (``night``, ``rush-hour``).

Knows no clock and no place; when a window is open is ``gateway.assets.windows``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from gateway.documents import Strict, form, parse_duration
from gateway.kinds import SITE, KindPoint
from gateway.standards.standard import Basis

DAY = "day"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_SUN = re.compile(r"\s*(dawn|sunrise|sunset|dusk)\s*(?:([+-])\s*(\S.*))?")
FARTHEST = 6 * 3600.0
LEAP_YEAR = 2000

SunEvent = Literal["dawn", "sunrise", "sunset", "dusk"]
EVENTS: dict[str, SunEvent] = {each: each for each in get_args(SunEvent)}
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MonthDay(NamedTuple):
    """A day of every year."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"


class SunTime(NamedTuple):
    """A time that the sun tells: seconds after (below zero: before) an event. Dawn and dusk are the civil ones."""

    event: SunEvent
    seconds: float = 0.0

    def __str__(self) -> str:
        sign = "-" if self.seconds < 0 else "+"
        return f"{self.event} {sign} {abs(self.seconds) / 60:g} min" if self.seconds else self.event


def _time(written: object) -> object:
    match = _TIME.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{written!r} is no time of day: write it like 22:00")
    return int(match[1]) * 60 + int(match[2]) if match[1] else 24 * 60


def _month_day(written: object) -> object:
    match = _MONTH_DAY.fullmatch(written) if isinstance(written, str) else None
    try:
        day = date(LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"{written!r} is no day of the year: write month and day, like 11-15")
    return MonthDay(day.month, day.day)


def _sun_time(written: object) -> object:
    match = _SUN.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{written!r} is no time of the sun: write dawn, sunrise, sunset or dusk, like dusk + 15 min")
    seconds = parse_duration(match[3]) if match[2] else 0.0
    if seconds > FARTHEST:
        raise ValueError(f"{written!r} is farther from {match[1]} than {FARTHEST / 3600:g} h")
    return SunTime(EVENTS[match[1]], -seconds if match[2] == "-" else seconds)


def _spans(written: Any) -> Any:
    """``[a, b]`` stands for ``[[a, b]]``."""
    return [written] if isinstance(written, list) and written and not isinstance(written[0], list) else written


SPAN = {"type": "array", "items": form(_TIME), "minItems": 2, "maxItems": 2}
SPANS = {"anyOf": [SPAN, {"type": "array", "items": SPAN}]}
Minute = Annotated[int, BeforeValidator(_time), WithJsonSchema(form(_TIME))]
"""A time of day as minutes after midnight; 24:00 is the end of the day."""
Span: TypeAlias = tuple[Minute, Minute]
Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans), WithJsonSchema(SPANS)]
YearDay = Annotated[MonthDay, BeforeValidator(_month_day), WithJsonSchema(form(_MONTH_DAY))]
Sun = Annotated[SunTime, BeforeValidator(_sun_time), WithJsonSchema(form(_SUN))]


class SunSpan(Strict):
    """From one time of the sun to the next such other time."""

    from_: Sun = Field(alias="from")
    to: Sun

    @model_validator(mode="after")
    def _differ(self) -> SunSpan:
        if self.from_ == self.to:
            raise ValueError("begins and ends at the same time")
        return self


class Window(Strict):
    """When a window is open: at every moment at which all that is written holds.

    A moment after midnight belongs to its own day of the week and of the year, even where the window opened before.
    """

    title: Mapping[str, str] = {}
    """May be left out where a site gives a shipped window other times."""
    basis: Basis = Basis(document="set by this site", kind="proposed")
    daily: Spans = ()
    """Times of day, the end not included; a span whose end is before its beginning runs over midnight."""
    weekdays: tuple[Weekday, ...] = ()
    season: tuple[YearDay, YearDay] | None = None
    """First and last day of a part of every year; it may run over the new year."""
    sun: SunSpan | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Window:
        if not (self.daily or self.weekdays or self.season or self.sun):
            raise ValueError("says no time: write daily, weekdays, season or sun")
        if any(first == last for first, last in self.daily):
            raise ValueError("daily: begins and ends at the same time; leave it out for the whole day")
        return self

    def times(self) -> str:
        """When it is open, in short: ``22:00-06:00``, ``dusk + 15 min to dawn - 15 min``, ``11-15 to 03-15``."""
        daily = ", ".join(f"{_clock(first)}-{_clock(last)}" for first, last in self.daily)
        season = f"{self.season[0]} to {self.season[1]}" if self.season else ""
        sun = f"{self.sun.from_} to {self.sun.to}" if self.sun else ""
        return "; ".join(filter(None, (daily, ", ".join(self.weekdays), season, sun)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class Location(Strict):
    """Where the site is on the earth, in degrees north and east: sun times need it to about a tenth."""

    latitude: Annotated[float, Field(ge=-90, le=90, strict=True)]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


def site_points(windows: Mapping[str, Window]) -> dict[str, KindPoint]:
    """The points that the site itself has, by their whole names: one for each window, and the day."""
    day = KindPoint(type="number", means={"zh": "日期序号", "en": "day number"})
    open_ = {name: KindPoint(type="boolean", means=window.title) for name, window in windows.items()}
    return {SITE + name: point for name, point in {DAY: day, **open_}.items()}
