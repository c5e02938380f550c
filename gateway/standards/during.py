"""The guard that names a window: ``only_while: {during: night}``. Knows no times; they are the window's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateway.kinds import SITE
from gateway.model import Reading
from gateway.standards.requirement import MET, UNKNOWN, VIOLATED, Requirement, Tongue
from gateway.standards.verdict import Outcome


class During(Requirement):
    """``during: night``: that window is open; unknown where nobody can tell whether it is."""

    during: str
    says: ClassVar[Mapping[str, str]] = {"zh": "处于{window}", "en": "during {window}"}
    wants = "boolean"

    @property
    def points(self) -> tuple[str, ...]:
        return (SITE + self.during,)

    def judge(self, readings: Sequence[Reading], before: Outcome, now: float) -> Outcome:
        open_ = readings[0]
        return UNKNOWN if not isinstance(open_, bool) else MET if open_ else VIOLATED

    def _words(self, tongue: Tongue) -> dict[str, object]:
        return {"window": tongue.name(SITE + self.during)}
