"""What a ticket is: work on one asset for one clause, with its log."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """One line of a ticket's log. ``what`` is one of opened, reoccurred, taken, noted, finished, reopened, closed."""

    at: float
    who: str
    what: str
    text: str = ""


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

    @property
    def is_open(self) -> bool:
        """Still asks for work or for proof."""
        return self.state is not TicketState.CLOSED

    def with_entry(self, at: float, who: str, what: str, text: str = "") -> Ticket:
        """The same ticket with one more line in its log."""
        return replace(self, log=(*self.log, Entry(at, who, what, text)))
