"""What every requirement is: it names its points, judges readings and says itself in Chinese and English.

Pure: it is handed the readings and the time, and knows neither assets nor files.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import ClassVar

from gateway.documents import Quantity, Strict
from gateway.model import Reading, Text
from gateway.standards.verdict import Outcome

YES_NO = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}
MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
DAY = 86400.0
UNITS = (("d", DAY), ("h", 3600.0), ("min", 60.0))
LONG = 2.0
"""From how many of a unit on a time is told in it: 60 s stay seconds, 120 s are 2 min."""


def span(seconds: float) -> str:
    """``600.0`` as ``10 min``."""
    for unit, size in UNITS:
        if (seconds >= LONG * size and seconds % size == 0) or seconds == size > UNITS[-1][1]:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


class Tongue:
    """How points and values are called in one language."""

    def __init__(self, language: str, means: Mapping[str, Text]) -> None:
        self.language = language
        self._means = means

    def name(self, point: str) -> str:
        """What people call a point."""
        return self._means.get(point, {}).get(self.language) or point

    def value(self, value: object) -> str:
        """A value, a limit or a time in seconds (a bare float) as people write it."""
        if isinstance(value, bool):
            return YES_NO[self.language][value]
        return span(value) if isinstance(value, float) else str(value)


class Requirement(Strict, ABC):
    """What must hold. ``points`` are the names it looks at, in the order in which ``judge`` gets their readings."""

    says: ClassVar[Mapping[str, str]]
    wants: ClassVar[str] = ""
    """The type that each of its points must have, "" when any will do."""

    @property
    @abstractmethod
    def points(self) -> tuple[str, ...]:
        """The names of what it looks at."""

    @abstractmethod
    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        """The outcome for ``readings`` (one per point); ``before`` is the last outcome, for the deadband."""

    @property
    def timed(self) -> bool:
        """Whether time alone can change the outcome."""
        return False

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        """The next time after ``now`` at which the outcome may change without a new reading (seconds since 1970)."""
        return None

    def limits(self) -> tuple[Quantity, ...]:
        """Every number with a unit that it compares its points with; their unit must be the points'."""
        return ()

    def band(self) -> tuple[float, float] | None:
        """Lowest and highest number that hold, where that is all there is to the requirement."""
        return None

    def parts(self) -> Iterator[tuple[tuple[str | int, ...], Requirement]]:
        """The single requirements that it is made of, each with the place where it is written in this one."""
        yield (), self

    def speaking(self, readings: Sequence[Reading]) -> Sequence[int]:
        """The places of ``readings``, those first that speak most for the outcome."""
        return range(len(readings))

    def on(self, have: Collection[str]) -> Requirement | None:
        """The requirement as a thing with the points ``have`` can answer it; None when it cannot."""
        return self if all(point in have for point in self.points) else None

    def lacks(self, have: Collection[str]) -> tuple[str, ...]:
        """The points that such a thing would need beside ``have`` to answer all of it."""
        return tuple(point for point in self.points if point not in have)

    def said(self, tongue: Tongue) -> str:
        """The requirement in words of one language."""
        return self.says[tongue.language].format(**self._words(tongue))

    def explain(self, means: Mapping[str, Text] | None = None) -> dict[str, str]:
        """The requirement in words, by language; ``means`` says what its points are called."""
        return {language: self.said(Tongue(language, means or {})) for language in YES_NO}

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {name: tongue.value(value) for name, value in self}


class OnePoint(Requirement):
    """A requirement on a single point."""

    point: str

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {**super()._words(tongue), "point": tongue.name(self.point)}

    @property
    def points(self) -> tuple[str, ...]:
        return (self.point,)
