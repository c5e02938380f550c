"""What each kind of asset can tell: its points with unit and meaning, its facts, and how points are derived.

A new kind is data only: an entry under ``kinds`` in a page of the standard, or in the site's own kinds.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.documents import Strict

PointType = Literal["boolean", "number", "text", "date"]
"""A date is told as a number: seconds since 1970."""
SITE = "site."
"""What the name of a point begins with that the site itself has, and that each of its assets can use."""


class KindPoint(Strict):
    """One thing that such an asset can tell."""

    type: PointType
    unit: str = ""
    means: Mapping[str, str]
    history_deadband: float = 0.0
    """A change smaller than this (in ``unit``) is not written to the history."""


class Derivation(Strict):
    """A point computed from others by a named function of ``gateway.assets.derived``."""

    function: str
    inputs: Mapping[str, str]
    """The function's input name → the kind's point (or fact) that feeds it."""
    parameters: Mapping[str, float | str] = {}
    type: PointType
    unit: str = ""
    means: Mapping[str, str]


class Fact(Strict):
    """Something that a person records of an asset, and no sensor tells (a certificate's date)."""

    type: Literal["date", "number", "text"]
    unit: str = ""
    means: Mapping[str, str]


class KindRecord(Strict):
    """Something that happens to such an asset again and again and that a person records: its last time is a date."""

    type: Literal["date"] = "date"
    unit: Literal[""] = ""
    means: Mapping[str, str]


class Kind(Strict):
    """A sort of asset."""

    title: Mapping[str, str]
    points: Mapping[str, KindPoint] = {}
    derived: Mapping[str, Derivation] = {}
    facts: Mapping[str, Fact] = {}
    records: Mapping[str, KindRecord] = {}

    def unit_of(self, point: str) -> str:
        """The unit of a point, a derived point, a fact or a record; raises KeyError when there is no such thing."""
        return self._any(point).unit

    def type_of(self, point: str) -> str:
        """``boolean``, ``number``, ``text`` or ``date``; raises KeyError when there is no such thing."""
        return self._any(point).type

    def means(self, point: str) -> Mapping[str, str]:
        """What the point is called, in both languages."""
        return self._any(point).means

    def meanings(self) -> dict[str, Mapping[str, str]]:
        """What each of them is called, by name."""
        return {name: self.means(name) for name in self.names()}

    def dates(self) -> frozenset[str]:
        """Those of them that are dates."""
        return frozenset(name for name in self.names() if self.type_of(name) == "date")

    def names(self) -> set[str]:
        """Everything that a clause on this kind can speak of."""
        return {*self.points, *self.derived, *self.facts, *self.records}

    def told(self) -> set[str]:
        """Those of them that a device can tell."""
        return {*self.points, *self.derived, *self.records}

    def _any(self, point: str) -> KindPoint | Derivation | Fact | KindRecord:
        found = self.points.get(point) or self.derived.get(point) or self.facts.get(point) or self.records.get(point)
        if found is None:
            raise KeyError(point)
        return found


class Touchpoint(Strict):
    """A place or thing of the touchpoint standard, with its number in each edition (they differ)."""

    title: Mapping[str, str]
    numbers: Mapping[str, str] = {}


class TouchpointsFile(Strict):
    """touchpoints.yaml as a whole."""

    touchpoints: Mapping[str, Touchpoint]
