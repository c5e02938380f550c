"""Requirements that only a proof test or a person's look can answer. Pure.

A test is judged on assets on which the gateway recognises such tests, by when they were last passed and failed. What a
person looks at is never judged yet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import inf, nextafter
from typing import ClassVar

from pydantic import Field, field_validator

from gateway.documents import Duration, suggest
from gateway.kinds import TESTS, proof_points
from gateway.model import Reading
from gateway.standards.dates import moment
from gateway.standards.requirement import DAY, MET, UNKNOWN, VIOLATED, Requirement, Tongue, span
from gateway.standards.verdict import Outcome

__all__ = ["TESTS", "PersonLooks", "Proof", "ProofTest", "Recognised"]


class Proof(Requirement):
    """Has no point: what proves it is a procedure, not a reading. So it is no asset's to answer."""

    @property
    def points(self) -> tuple[str, ...]:
        return ()

    @property
    def test(self) -> str:
        """The kind of proof test that it asks for; "" for none."""
        return ""

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        return UNKNOWN

    def on(self, have: Collection[str]) -> Requirement | None:
        return None


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
    def test(self) -> str:
        return self.proof_test

    @field_validator("proof_test")
    @classmethod
    def _known(cls, written: str) -> str:
        if written not in TESTS:
            raise ValueError(f"no proof test {written!r}{suggest(written, TESTS)}")
        return written

    def on(self, have: Collection[str]) -> Requirement | None:
        able = all(point in have for point in proof_points(self.proof_test))
        return Recognised.model_construct(**dict(self)) if able else None

    def _words(self, tongue: Tongue) -> dict[str, object]:
        chinese = tongue.language == "zh"
        longer = ""
        if self.longer_than is not None:
            least = span(self.longer_than)
            longer = f",持续超过 {least}" if chinese else f", lasting more than {least}"
        test = TESTS[self.proof_test][tongue.language]
        return {"test": test, "longer": longer, "tested_within": span(self.tested_within)}


class Recognised(ProofTest):
    """A proof test on an asset on which such tests are recognised.

    The last judged one counts: a failed test is mended by a passed one only. Where none was seen yet, nothing is known.
    """

    @property
    def points(self) -> tuple[str, ...]:
        return proof_points(self.proof_test)

    @property
    def timed(self) -> bool:
        return True

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        passed, failed = map(moment, readings)
        if failed is not None and (passed is None or failed >= passed):
            return VIOLATED
        if passed is None or now < passed - DAY:
            return UNKNOWN
        return MET if now - passed <= self.tested_within else VIOLATED

    def next_change(self, readings: Sequence[Reading], now: float) -> float | None:
        passed = moment(readings[0])
        moments = () if passed is None else (passed - DAY, nextafter(passed + self.tested_within, inf))
        return min((each for each in moments if each > now), default=None)

    def on(self, have: Collection[str]) -> Requirement | None:
        return self if all(point in have for point in self.points) else None


class PersonLooks(Proof):
    """``person_looks: handle-firm, within: 31 d``: a person looked at it not longer ago and found it right."""

    person_looks: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    within: Duration = Field(gt=0.0)
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{within} 内经人员查看({person_looks})",
        "en": "looked at by a person within {within} ({person_looks})",
    }
