"""Requirements that only a proof test or a person's look can answer. Nothing can yet: they are never judged. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from gateway.documents import Duration, suggest
from gateway.model import Reading, Text
from gateway.standards.requirement import UNKNOWN, Requirement, Tongue, span
from gateway.standards.verdict import Outcome

TESTS: Mapping[str, Text] = {
    "function": {"zh": "功能测试", "en": "function test"},
    "duration": {"zh": "放电时间测试", "en": "duration test"},
    "rated": {"zh": "额定时间放电测试", "en": "rated-duration test"},
    "walk": {"zh": "周界徒步测试", "en": "walk test"},
    "alarm-call": {"zh": "报警通话测试", "en": "alarm-call test"},
    "reversal": {"zh": "防夹返回测试", "en": "reversal test"},
}
"""Every kind of proof test, by the word that it is written with."""


class Proof(Requirement):
    """Has no point: what proves it is a procedure, not a reading. So it is no asset's to answer."""

    @property
    def points(self) -> tuple[str, ...]:
        return ()

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        return UNKNOWN

    def on(self, have: Collection[str]) -> None:
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
    says: ClassVar[Mapping[str, str]] = {
        "zh": "{within} 内经人员查看({person_looks})",
        "en": "looked at by a person within {within} ({person_looks})",
    }
