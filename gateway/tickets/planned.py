"""Work on an asset that is announced ahead: from when until when, why and by whom. Pure: handed the time.

planned ──its time has come──▶ begun ──its end has come, or a person says so──▶ ended
   │  ▲────the clock was set back────┘
   └──a person says so, or its whole time passed unseen──▶ cancelled

People plan by the clock on the wall: all times here are seconds since 1970 as that one tells them, whoever sets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.errors import Refused

LONGEST = 31 * 86400.0
FARTHEST = 366 * 86400.0
"""Seconds that it may last, and that it may lie ahead."""


class WorkState(StrEnum):
    """How far it has come."""

    PLANNED = "planned"
    BEGUN = "begun"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """``id`` counts the site's planned works from 1."""

    id: int
    asset: str
    since: float
    until: float
    who: str
    reason: str
    announced_at: float
    state: WorkState = WorkState.PLANNED
    over_at: float | None = None
    over_by: str = ""
    """Who cancelled or ended it; "" where its time was over."""
    in_service: str = ""
    """Why the asset stayed in service all the same, "" where it did not."""

    @property
    def is_open(self) -> bool:
        """Still to come, or under way."""
        return self.state in (WorkState.PLANNED, WorkState.BEGUN)

    @property
    def due(self) -> float | None:
        """When it begins or ends by itself."""
        return {WorkState.PLANNED: self.since, WorkState.BEGUN: self.until}.get(self.state)

    @property
    def words(self) -> str:
        """The reason for which its asset is out of service."""
        return f"planned work: {self.reason}"

    def overlaps(self, other: PlannedWork) -> bool:
        """Whether both would be on the same asset at one time."""
        return self.asset == other.asset and self.since < other.until and other.since < self.until


def check(work: PlannedWork) -> None:
    """Raises Refused for times that are none."""
    if not work.reason.strip():
        raise Refused("a reason is needed")
    if work.since < work.announced_at:
        raise Refused("the beginning lies in the past")
    if work.until <= work.since:
        raise Refused("the end does not come after the beginning")
    if work.until - work.since > LONGEST or work.since - work.announced_at > FARTHEST:
        raise Refused("planned work lasts 31 days at most, and begins within 366 days")


def over(work: PlannedWork, who: str, wall: float) -> PlannedWork:
    """It is over: done when it had begun, else not to be done."""
    state = WorkState.ENDED if work.state is WorkState.BEGUN else WorkState.CANCELLED
    return replace(work, state=state, over_at=wall, over_by=who)
