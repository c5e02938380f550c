"""Requirements that only a proof test or a person's look can answer. Pure.

Both are judged by two dates, on assets on which somebody can tell them: when it was last passed, and when last failed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from math import inf, nextafter
from typing import ClassVar

from pydantic import Field, SerializeAsAny, field_validator

from gateway.documents import Duration, suggest
from gateway.kinds import TESTS, Checklist, look_points, proof_points
from gateway.model import Reading
from gateway.standards.dates import moment
from gateway.standards.requirement import DAY, MET, UNKNOWN, VIOLATED, Requirement, Tongue, span
from gateway.standards.verdict import Outcome

__all__ = ["TESTS", "Answered", "PersonLooks", "Proof", "ProofTest", "is_look"]


NAMED = 2
"""So many items of a checklist are told with a requirement; people get all of them with their round."""


class Proof(Requirement):
    """Has no point: what proves it is a procedure, not a reading. ``on`` an asset that can tell, it is ``Answered``."""

    @property
    def points(self) -> tuple[str, ...]:
        return ()

    @property
    @abstractmethod
    def proof(self) -> str:
        """What it asks for: the kind of proof test, or ``person_looks.`` with what is looked at."""

    @property
    @abstractmethod
    def dates(self) -> tuple[str, str]:
        """The points that tell when it was last passed and last failed."""

    @property
    @abstractmethod
    def period(self) -> float:
        """For how many seconds a pass counts."""

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        return UNKNOWN

    def on(self, have: Collection[str]) -> Requirement | None:
        able = all(point in have for point in self.dates)
        return Answered.model_construct(asked=self) if able else None


class Answered(Proof):
    """A proof on an asset of which its dates are told.

    The last answer counts: what failed is mended by a pass only. Where there was none yet, nothing is known.
    """

    asked: SerializeAsAny[Proof]

    @property
    def points(self) -> tuple[str, ...]:
        return self.asked.dates

    @property
    def proof(self) -> str:
        return self.asked.proof

    @property
    def dates(self) -> tuple[str, str]:
        return self.asked.dates

    @property
    def period(self) -> float:
        return self.asked.period

    @property
    def timed(self) -> bool:
        return True

    def failed(self, readings: Sequence[Reading]) -> bool:
        """Whether the last answer was that it failed."""
        passed, failed = map(moment, readings)
        return failed is not None and (passed is None or failed >= passed)

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        passed = moment(readings[0])
        if self.failed(readings):
            return VIOLATED
        if passed is None or now < passed - DAY:
            return UNKNOWN
        return MET if now - passed <= self.period else VIOLATED

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        passed = moment(readings[0])
        moments = () if passed is None else (passed - DAY, nextafter(passed + self.period, inf))
        return min((each for each in moments if each > now), default=None)

    def on(self, have: Collection[str]) -> Requirement | None:
        return self if all(point in have for point in self.points) else None

    def said(self, tongue: Tongue) -> str:
        return self.asked.said(tongue)


class ProofTest(Proof):
    """``proof_test: duration, longer_than: 15 min, tested_within: 31 d``: such a test was passed not longer ago."""

    proof_test: str
    longer_than: Duration | None = None
    """How much more than this the tested thing must last; exactly as long is not enough."""
    tested_within: Duration = Field(gt=0.0)
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{tested_within} 内通过{test}{longer}",
        "en": "{test} passed within {tested_within}{longer}",
    }

    @property
    def proof(self) -> str:
        return self.proof_test

    @property
    def dates(self) -> tuple[str, str]:
        return proof_points(self.proof_test)

    @property
    def period(self) -> float:
        return self.tested_within

    @field_validator("proof_test")
    @classmethod
    def _known(cls, written: str) -> str:
        if written not in TESTS:
            raise ValueError(f"no proof test {written!r}{suggest(written, TESTS)}")
        return written

    def _words(self, tongue: Tongue) -> dict[str, object]:
        chinese = tongue.language == "zh"
        longer = ""
        if self.longer_than is not None:
            least = span(self.longer_than)
            longer = f",持续超过 {least}" if chinese else f", lasting more than {least}"
        test = TESTS[self.proof_test][tongue.language]
        return {"test": test, "longer": longer, "tested_within": span(self.tested_within)}


class PersonLooks(Proof):
    """``person_looks: handle-firm, within: 31 d``: a person looked at it not longer ago and found it right."""

    person_looks: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    within: Duration = Field(gt=0.0)
    checklist: Checklist = ()
    """What to look at, as it has to be: ``{zh: 把手稳固, en: the handle is firm}``."""
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{within} 内经人员查看:{what}",
        "en": "looked at by a person within {within}: {what}",
    }

    @property
    def proof(self) -> str:
        return f"person_looks.{self.person_looks}"

    @property
    def dates(self) -> tuple[str, str]:
        return look_points(self.person_looks)

    @property
    def period(self) -> float:
        return self.within

    def _words(self, tongue: Tongue) -> dict[str, object]:
        joint, rest = (";", "等") if tongue.language == "zh" else ("; ", " …")
        items = [item[tongue.language] for item in self.checklist] or [self.person_looks]
        what = joint.join(items[:NAMED]) + (rest if len(items) > NAMED else "")
        return {"within": span(self.within), "what": what}


def is_look(proof: Proof) -> bool:
    """Whether a person's look is what it asks for, and no test."""
    return isinstance(proof.asked if isinstance(proof, Answered) else proof, PersonLooks)
