"""A verdict: met, violated or unknown, and what it was based on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.model import BadReading, Reading, Text


class Outcome(StrEnum):
    """What can be said of a clause now; unknown is an answer of its own and never a pass."""

    MET = "met"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reading that a verdict rests on; ``at`` is the source's time."""

    point: str
    reading: Reading
    unit: str
    at: float
    means: Text = field(default_factory=dict)
    """What people call the point, by language."""
    day: str = ""
    """The day that a date stands for, in the site's zone."""

    def as_data(self) -> dict[str, object]:
        """``{"point", "means", "value" | "bad", "day" (of a date), "unit", "at"}`` for events and the API."""
        said = {"bad": str(self.reading)} if isinstance(self.reading, BadReading) else {"value": self.reading}
        said |= {"day": self.day} if self.day else {}
        return {"point": self.point, "means": dict(self.means), **said, "unit": self.unit, "at": self.at}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one clause on one asset, with its evidence and the limit in force."""

    asset: str
    clause: str
    outcome: Outcome
    evidence: tuple[Evidence, ...]
    requires: Mapping[str, str]
    """The requirement in words, by language."""

    def as_data(self) -> dict[str, object]:
        """The verdict for events and the API."""
        return {
            "asset": self.asset, "clause": self.clause, "outcome": self.outcome.value,
            "evidence": [each.as_data() for each in self.evidence], "requires": dict(self.requires),
        }  # fmt: skip
