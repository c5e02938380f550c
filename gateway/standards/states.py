"""Requirements on states: equals, one of, none true, agree. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from gateway.model import BadReading, Reading
from gateway.standards.requirement import MET, UNKNOWN, VIOLATED, OnePoint, Requirement, Tongue
from gateway.standards.verdict import Outcome


class Equals(OnePoint):
    """``equals: true``, ``equals: normal``"""

    equals: bool | int | str
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 为 {equals}", "en": "{point} is {equals}"}

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        value = readings[0]
        if isinstance(value, BadReading):
            return UNKNOWN
        return MET if value == self.equals else VIOLATED


class OneOf(OnePoint):
    """``one_of: [normal, parking]``"""

    one_of: tuple[bool | int | str, ...] = Field(min_length=1)
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 为 {choices} 之一", "en": "{point} one of {choices}"}

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"point": tongue.name(self.point), "choices": ", ".join(map(tongue.value, self.one_of))}

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        value = readings[0]
        if isinstance(value, BadReading):
            return UNKNOWN
        return MET if value in self.one_of else VIOLATED


class NoneTrue(Requirement):
    """``none_true: [battery_fault, charger_fault]``: no fault bit is set. Points that the asset lacks are left out.

    One set bit violates, whatever the others say; an unreadable bit with none set is unknown.
    """

    wants = "boolean"
    none_true: tuple[str, ...] = Field(min_length=1)
    says: ClassVar[Mapping[str, str]] = {"zh": "以下均未出现:{names}", "en": "none of: {names}"}

    @property
    def points(self) -> tuple[str, ...]:
        return self.none_true

    def on(self, have: Collection[str]) -> NoneTrue | None:
        there = tuple(name for name in self.none_true if name in have)
        return NoneTrue(none_true=there) if there else None

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"names": ", ".join(map(tongue.name, self.none_true))}

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        if any(value is True for value in readings):
            return VIOLATED
        return MET if all(value is False for value in readings) else UNKNOWN

    def speaking(self, readings: Sequence[Reading]) -> Sequence[int]:
        # Set bits, then those that cannot be read, then those that are not set; else in the order of the clause.
        return sorted(range(len(readings)), key=lambda i: (readings[i] is False, readings[i] is not True))


class Agree(Requirement):
    """``agree: [floor, displayed_floor]``: two points say the same."""

    agree: tuple[str, str]
    says: ClassVar[Mapping[str, str]] = {"zh": "{first} 与 {second} 一致", "en": "{first} and {second} agree"}

    @property
    def points(self) -> tuple[str, ...]:
        return self.agree

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"first": tongue.name(self.agree[0]), "second": tongue.name(self.agree[1])}

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        if any(isinstance(value, BadReading) for value in readings):
            return UNKNOWN
        return MET if readings[0] == readings[1] else VIOLATED
