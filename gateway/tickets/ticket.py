"""What a ticket is: work on one asset for one clause, with its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.model import Priority


class TicketState(StrEnum):
    """``finished`` means that a person says so; ``closed`` that a measurement has proven it."""

    OPEN = "open"
    TAKEN = "taken"
    FINISHED = "finished"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket's log.

    ``what``: opened, reoccurred, taken, arrived, noted, paused, resumed, finished, reopened or closed; and due, overdue
    or escalated where ``clock`` has reached ``share`` of its target.
    """

    at: float
    who: str
    what: str
    text: str = ""
    clock: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a ticket's clocks do not count, and why; ``until`` None: it goes on."""

    since: float
    until: float | None
    who: str
    reason: str


GATEWAY = "gateway"
"""Who acts when no person does."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One piece of maintenance work. ``id`` counts the site's tickets from 1."""

    id: int
    asset: str
    clause: str
    priority: Priority
    state: TicketState
    opened_at: float
    closed_at: float | None = None
    owner: str = ""
    finished_at: float | None = None
    occurrences: int = 1
    counted: int = 0
    """How many of the alarm's occurrences are in ``occurrences`` already."""
    reopened: int = 0
    source_protocol: str = ""
    log: tuple[Entry, ...] = ()
    since: float | None = None
    """From when its clocks run, where that is not from ``opened_at`` on: it came back after it was closed."""
    acknowledged_at: float | None = None
    arrived_at: float | None = None
    pauses: tuple[Pause, ...] = ()
    told: Mapping[str, float] = field(default_factory=dict)
    """Clock → the largest share of its target that was told of."""

    @property
    def pause(self) -> Pause | None:
        """What its clocks wait for now."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].until is None else None

    @property
    def is_open(self) -> bool:
        """Still asks for work or for proof."""
        return self.state is not TicketState.CLOSED

    def with_entry(self, at: float, who: str, what: str, text: str = "") -> Ticket:
        """The same ticket with one more line in its log."""
        return replace(self, log=(*self.log, Entry(at, who, what, text)))
