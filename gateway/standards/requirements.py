"""Requirements as typed data: each judges readings and explains itself in Chinese and English.

A requirement is written as one mapping with one comparison in it, e.g. ``{point: pressure_20c, between: [1.0 MPa,
1.4 MPa], deadband: 0.01 MPa}``. There is no expression language. Pure: it is handed the readings and the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, ClassVar, TypeAlias

from pydantic import Field, model_validator

from gateway.documents import Amount, Quantity, Strict
from gateway.model import BadReading, Reading, Text, Value
from gateway.standards.verdict import Outcome

YES_NO = {"zh": {True: "是", False: "否"}, "en": {True: "yes", False: "no"}}
MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN


class Tongue:
    """How points and values are called in one language."""

    def __init__(self, language: str, means: Mapping[str, Text]) -> None:
        self.language = language
        self._means = means

    def name(self, point: str) -> str:
        """What people call a point."""
        return self._means.get(point, {}).get(self.language) or point

    def value(self, value: object) -> str:
        """A value or a limit as people write it."""
        return YES_NO[self.language][value] if isinstance(value, bool) else str(value)


class Requirement(Strict):
    """What must hold. ``points`` are the names it looks at, in the order in which ``judge`` gets their readings."""

    says: ClassVar[Mapping[str, str]]

    @property
    def points(self) -> tuple[str, ...]:
        raise NotImplementedError

    def limits(self) -> tuple[Quantity, ...]:
        """Every number with a unit that it compares a point with; their unit must be the point's."""
        return ()

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        """The outcome for ``readings`` (one per point); ``before`` is the last outcome, for the deadband."""
        raise NotImplementedError

    def band(self) -> tuple[float, float] | None:
        """Lowest and highest number that hold, where that is all there is to the requirement."""
        return None

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        """When the outcome may change without a new reading (seconds since 1970), or None."""
        return None

    def explain(self, means: Mapping[str, Text] | None = None) -> dict[str, str]:
        """The requirement in words, by language; ``means`` says what its points are called."""
        return {
            language: text.format(**self._words(Tongue(language, means or {}))) for language, text in self.says.items()
        }

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


class Limit(OnePoint):
    """A limit on a number, with a deadband that a violation must come back across."""

    deadband: Amount = Quantity(0.0, "")

    def _limits(self) -> tuple[Quantity, ...]:
        raise NotImplementedError

    def limits(self) -> tuple[Quantity, ...]:
        return (*self._limits(), *([self.deadband] if self.deadband.value else []))

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        value = readings[0]
        if isinstance(value, BadReading):
            return UNKNOWN
        if not isinstance(value, int | float):
            raise TypeError(f"{self.point} is {value!r}, not a number")
        low, high = self.band()
        margin = self.deadband.value if before is VIOLATED else 0.0
        return MET if low + margin <= value <= high - margin else VIOLATED

    def band(self) -> tuple[float, float]:
        raise NotImplementedError


class AtLeast(Limit):
    """``at_least: 1.00 MPa``"""

    at_least: Amount
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 不低于 {at_least}", "en": "{point} at least {at_least}"}

    def _limits(self) -> tuple[Quantity, ...]:
        return (self.at_least,)

    def band(self) -> tuple[float, float]:
        return self.at_least.value, inf


class AtMost(Limit):
    """``at_most: 6 s``"""

    at_most: Amount
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 不高于 {at_most}", "en": "{point} at most {at_most}"}

    def _limits(self) -> tuple[Quantity, ...]:
        return (self.at_most,)

    def band(self) -> tuple[float, float]:
        return -inf, self.at_most.value


class Between(Limit):
    """``between: [1.0 MPa, 1.4 MPa]``, both ends included."""

    between: tuple[Amount, Amount]
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{point} 在 {low} 与 {high} 之间",
        "en": "{point} between {low} and {high}",
    }

    @model_validator(mode="after")
    def _ordered(self) -> Between:
        low, high = self.between
        if low.value >= high.value:
            raise ValueError(f"between: {low} is not below {high}")
        if 2 * self.deadband.value >= high.value - low.value:
            raise ValueError(f"deadband {self.deadband} is wider than the band: once violated it could never be met")
        return self

    def _limits(self) -> tuple[Quantity, ...]:
        return self.between

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"point": tongue.name(self.point), "low": self.between[0], "high": self.between[1]}

    def band(self) -> tuple[float, float]:
        return self.between[0].value, self.between[1].value


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

    none_true: tuple[str, ...] = Field(min_length=1)
    says: ClassVar[Mapping[str, str]] = {"zh": "以下均未出现:{names}", "en": "none of: {names}"}

    @property
    def points(self) -> tuple[str, ...]:
        return self.none_true

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"names": ", ".join(map(tongue.name, self.none_true))}

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        if any(value is True for value in readings):
            return VIOLATED
        return MET if all(value is False for value in readings) else UNKNOWN


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


class InDate(OnePoint):
    """``in_date: true`` on a date: it is not yet past (a date counts to its end, in the site's zone)."""

    in_date: bool
    ahead: Amount = Quantity(0.0, "d")
    """How many days before the date the requirement already fails, to leave time for the renewal."""
    says: ClassVar[Mapping[str, str]] = {"zh": "{point} 未过期(提前 {ahead})", "en": "{point} in date ({ahead} ahead)"}

    @model_validator(mode="after")
    def _true(self) -> InDate:
        if not self.in_date:
            raise ValueError("in_date can only be true")
        if self.ahead.unit != "d":
            raise ValueError("ahead is counted in days, like 30 d")
        return self

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        due = self.next_change(readings, now)
        if due is None:
            return UNKNOWN
        return MET if now < due else VIOLATED

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        until = readings[0]
        return until - self.ahead.value * 86400.0 if isinstance(until, int | float) else None


COMPARISONS: dict[str, type[Requirement]] = {
    "at_least": AtLeast,
    "at_most": AtMost,
    "between": Between,
    "equals": Equals,
    "one_of": OneOf,
    "none_true": NoneTrue,
    "agree": Agree,
    "in_date": InDate,
}
"""The whole vocabulary: the key that a requirement is written with → what it is."""

AnyRequirement: TypeAlias = AtLeast | AtMost | Between | Equals | OneOf | NoneTrue | Agree | InDate


def parse_requirement(written: Any) -> Requirement:
    """``{point: …, at_least: …}`` as a requirement; raises ValueError (or pydantic's) saying what is wrong."""
    if isinstance(written, Requirement):
        return written
    if not isinstance(written, Mapping):
        raise ValueError("a requirement is a mapping like {point: pressure_20c, at_least: 1.0 MPa}")
    found = [key for key in written if key in COMPARISONS]
    if len(found) != 1:
        raise ValueError(f"a requirement has exactly one of {', '.join(COMPARISONS)}; here: {found or 'none'}")
    return COMPARISONS[found[0]].model_validate(dict(written))


def value_matches(value: Value, type_name: str) -> bool:
    """Whether a value is of a kind's type (``boolean``, ``number``, ``text``, ``date``)."""
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "text":
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)
