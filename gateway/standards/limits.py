"""Requirements on a number: at least, at most, between. Pure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from math import inf
from typing import ClassVar

from pydantic import model_validator

from gateway.documents import Amount, Quantity
from gateway.model import BadReading, Reading
from gateway.standards.requirement import MET, UNKNOWN, VIOLATED, OnePoint, Tongue
from gateway.standards.verdict import Outcome


class Limit(OnePoint):
    """A limit on a number, with a deadband that a violation must come back across."""

    wants = "number"
    deadband: Amount = Quantity(0.0, "")

    @abstractmethod
    def _limits(self) -> tuple[Quantity, ...]:
        """The numbers that it is written with."""

    @abstractmethod
    def band(self) -> tuple[float, float]:
        """Lowest and highest number that hold."""

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
