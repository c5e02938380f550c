"""What an alarm is, and the delays under which it moves. Knows nothing of how it moves (see lifecycle)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.standards.requirement import DAY
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome

CHATTER_RAISES = 2
CHATTER_WINDOW = 60.0
CHATTER_HOLD = 60.0
"""Came, went and came again within a minute: three changes a minute are chatter (the trade's figure). From then on an
alarm must be quiet for a minute to clear."""


class Phase(StrEnum):
    """Where an alarm stands between all well and all well again."""

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class Delays:
    """How patient an alarm is, in seconds."""

    on: float = 0.0
    off: float = 10.0
    latched: bool = False
    patient: bool = False
    """Whether it may be unknown for a day and more before that is told."""

    @classmethod
    def of(cls, clause: Clause) -> Delays:
        """The delays that a clause states."""
        return cls(clause.on_delay, clause.off_delay, clause.latched, clause.patience >= DAY)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One clause on one asset. ``since`` is when the phase began, ``raised_at`` when the episode became active."""

    asset: str
    clause: str
    outcome: Outcome = Outcome.UNKNOWN
    phase: Phase = Phase.NORMAL
    since: float = 0.0
    raised_at: float | None = None
    cleared_at: float | None = None
    occurrences: int = 0
    """Times that the condition has ever come."""
    recent: tuple[float, ...] = ()
    """When it last came, as far as needed to see chatter."""
    acknowledged_by: str = ""
    acknowledged_at: float | None = None
    shelved_until: float | None = None
    shelved_by: str = ""
    shelved_reason: str = ""
    out_of_service_until: float | None = None
    out_of_service_by: str = ""
    out_of_service_reason: str = ""
    suppressed_by: str = ""
    """The clause, device or line whose trouble explains this alarm away, by design."""
    undecided: bool = False
    """What hid it is over, and nobody has seen yet whether it still is: nobody is told of it until then."""

    @property
    def key(self) -> tuple[str, str]:
        """Asset and clause: there is one alarm for each pair."""
        return self.asset, self.clause

    @property
    def standing(self) -> bool:
        """Raised and not yet proven gone."""
        return self.phase in (Phase.ACTIVE, Phase.CLEARING)

    @property
    def hidden(self) -> bool:
        """Shelved, suppressed, out of service or undecided: it goes on, but tells nobody."""
        by_people = self.shelved_until is not None or self.out_of_service_until is not None
        return by_people or bool(self.suppressed_by) or self.undecided

    @property
    def resting(self) -> bool:
        """Nothing about it can change until the outcome does."""
        return self.phase is Phase.NORMAL and not self.hidden

    @property
    def acknowledged(self) -> bool:
        """A person has seen this episode."""
        return self.acknowledged_at is not None

    @property
    def chattering(self) -> bool:
        """Came, went and came again within a minute."""
        recent = self.recent[-CHATTER_RAISES:]
        return len(recent) == CHATTER_RAISES and recent[-1] - recent[0] <= CHATTER_WINDOW
