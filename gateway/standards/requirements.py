"""The vocabulary of requirements: one table of all comparisons, how they combine, and how they are read.

A requirement is written as one mapping with one comparison in it, e.g. ``{point: pressure_20c, between: [1.0 MPa,
1.4 MPa], deadband: 0.01 MPa}``. There is no expression language. Pure: it is handed the readings and the time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo

from gateway.model import BadReading, Reading, Value
from gateway.standards.dates import InDate, Within, moment
from gateway.standards.during import During
from gateway.standards.limits import AtLeast, AtMost, Between, Limit
from gateway.standards.proofs import Answered, PersonLooks, Proof, ProofTest, is_look
from gateway.standards.requirement import MET, UNKNOWN, VIOLATED, OnePoint, Requirement, Tongue
from gateway.standards.states import Agree, Equals, NoneTrue, OneOf
from gateway.standards.verdict import Outcome

__all__ = [
    "COMPARISONS", "Agree", "AllOf", "Answered", "AnyOf", "AnyRequirement", "AtLeast", "AtMost", "Between",
    "Combination", "During", "Equals", "InDate", "Limit", "NoneTrue", "OneOf", "OnePoint", "PersonLooks", "Proof",
    "ProofTest", "Requirement", "Within", "is_look", "parse_requirement", "proofs", "value_matches",
]  # fmt: skip


def _read(written: Any, info: ValidationInfo) -> Requirement:
    return parse_requirement(written, info.context)


AnyRequirement = Annotated[SerializeAsAny[Requirement], BeforeValidator(_read)]
"""A requirement inside another document: a clause, a combination."""


NEVER_TOLD = frozenset({"no-record", "never-seen", "no-reversal-seen", "unknown-input"})
"""Why there is no date of what people record or of what is watched for; what was seen once is kept in a silence."""


def _several(members: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    if len(members) <= 1:
        raise ValueError("a combination has two members or more")
    return members


Members = Annotated[tuple[AnyRequirement, ...], AfterValidator(_several), Field(json_schema_extra={"minItems": 2})]
"""What a combination is made of."""


class Combination(Requirement):
    """Several requirements as one. A violation ends when the limits in it are back across their deadbands."""

    key: ClassVar[str]
    strength: ClassVar[tuple[Outcome, ...]]
    """Which of its members' outcomes is its own: the first of these that one of them has."""
    joined_by: ClassVar[Mapping[str, str]]

    @property
    @abstractmethod
    def members(self) -> tuple[Requirement, ...]:
        """What it combines."""

    @property
    def points(self) -> tuple[str, ...]:
        return tuple(point for member in self.members for point in member.points)

    @property
    def timed(self) -> bool:
        return any(member.timed for member in self.members)

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        found = {member.judge(own, before, now) for member, own in self._shared(readings)}
        return next(outcome for outcome in self.strength if outcome in found)

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        moments = [member.next_change(own, now) for member, own in self._shared(readings)]
        return min((moment for moment in moments if moment is not None), default=None)

    def parts(self) -> Iterator[tuple[tuple[str | int, ...], Requirement]]:
        for number, member in enumerate(self.members):
            for place, part in member.parts():
                yield (self.key, number, *place), part

    def lacks(self, have: Collection[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(point for member in self.members for point in member.lacks(have)))

    def said(self, tongue: Tongue) -> str:
        whole = ((isinstance(each, Combination), each.said(tongue)) for each in self.members)
        return self.joined_by[tongue.language].join(f"({said})" if nested else said for nested, said in whole)

    def _shared(self, readings: Sequence[Reading]) -> Iterator[tuple[Requirement, Sequence[Reading]]]:
        """Each member with those of the readings that are its own."""
        start = 0
        for member in self.members:
            end = start + len(member.points)
            yield member, readings[start:end]
            start = end


class AnyOf(Combination):
    """``any_of: [{…}, {…}]``: one of them holds. Members that the asset cannot answer are left out.

    A test or a look that failed outweighs the others: what a person found wrong is not right because a sensor is quiet.
    One that nobody told of yet says nothing beside them; nor does a date that nobody told beside one that was.
    """

    any_of: Members
    key = "any_of"
    strength = (MET, UNKNOWN, VIOLATED)
    joined_by: ClassVar[Mapping[str, str]] = {"zh": ",或 ", "en": ", or "}

    @property
    def members(self) -> tuple[Requirement, ...]:
        return self.any_of

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        shared = tuple(self._shared(readings))
        answers = [(member, own) for member, own in shared if isinstance(member, Answered)]
        if any(member.failed(own) for member, own in answers):
            return VIOLATED
        dated = [each for each in shared if isinstance(each[0], Answered | Within)]
        quiet: tuple[type[Requirement], ...] = (Answered,) if all(map(_silent, dated)) else (Answered, Within)
        speaking = (each for each in shared if not (isinstance(each[0], quiet) and _silent(each)))
        found = {member.judge(own, before, now) for member, own in speaking}
        return next((outcome for outcome in self.strength if outcome in found), UNKNOWN)

    def on(self, have: Collection[str]) -> Requirement | None:
        able = tuple(each for member in self.any_of if (each := member.on(have)))
        return self.model_copy(update={"any_of": able}) if len(able) > 1 else next(iter(able), None)

    def lacks(self, have: Collection[str]) -> tuple[str, ...]:
        able = tuple(member for member in self.any_of if member.on(have))
        return super().lacks(have) if not able else tuple(point for each in able for point in each.lacks(have))


def _silent(told: tuple[Requirement, Sequence[Reading]]) -> bool:
    """Whether none of its dates was ever told. One of a device that cannot be read now may well have been."""
    member, readings = told
    if isinstance(member, Within):
        return isinstance(readings[0], BadReading) and readings[0].reason in NEVER_TOLD
    return all(moment(reading) is None for reading in readings)


class AllOf(Combination):
    """``all_of: [{…}, {…}]``: each of them holds. An asset that cannot answer one of them cannot answer it."""

    all_of: Members
    key = "all_of"
    strength = (VIOLATED, UNKNOWN, MET)
    joined_by: ClassVar[Mapping[str, str]] = {"zh": ",且 ", "en": ", and "}

    @property
    def members(self) -> tuple[Requirement, ...]:
        return self.all_of

    def on(self, have: Collection[str]) -> Requirement | None:
        able = tuple(each for member in self.all_of if (each := member.on(have)))
        return self.model_copy(update={"all_of": able}) if len(able) == len(self.all_of) else None


COMPARISONS: dict[str, type[Requirement]] = {
    "at_least": AtLeast,
    "at_most": AtMost,
    "between": Between,
    "equals": Equals,
    "one_of": OneOf,
    "none_true": NoneTrue,
    "agree": Agree,
    "in_date": InDate,
    "within": Within,
    "during": During,
    "any_of": AnyOf,
    "all_of": AllOf,
    "proof_test": ProofTest,
    "person_looks": PersonLooks,
}
"""The whole vocabulary: the key that a requirement is written with → what it is."""
ALSO = frozenset({"within"})
"""Comparisons that another one may have as a term of its own."""


def parse_requirement(written: Any, context: Any = None) -> Requirement:
    """``{point: …, at_least: …}`` as a requirement; raises ValueError (or pydantic's) saying what is wrong.

    ``context`` is the document's: what is written in a file has to state its units.
    """
    if isinstance(written, Requirement):
        return written
    if not isinstance(written, Mapping):
        raise ValueError("a requirement is a mapping like {point: pressure_20c, at_least: 1.0 MPa}")
    found = [key for key in written if key in COMPARISONS]
    if len(found) > 1:
        found = [key for key in found if key not in ALSO]
    if len(found) != 1:
        raise ValueError(f"a requirement has exactly one of {', '.join(COMPARISONS)}; here: {found or 'none'}")
    return COMPARISONS[found[0]].model_validate(dict(written), context=context)


def proofs(requirement: Requirement) -> tuple[Proof, ...]:
    """The parts of a requirement that only a test or a person's look can answer."""
    return tuple(part for _, part in requirement.parts() if isinstance(part, Proof))


def value_matches(value: Value, type_name: str) -> bool:
    """Whether a value is of a kind's type (``boolean``, ``number``, ``text``, ``date``)."""
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "text":
        return isinstance(value, str)
    return isinstance(value, int | float) and not isinstance(value, bool)
