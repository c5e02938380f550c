"""What a ticket is: work on one asset for one clause, with its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from gateway.model import Priority, Text


class TicketState(StrEnum):
    """``finished`` means that a person says so; ``closed`` that a measurement has proven it."""

    OPEN = "open"
    TAKEN = "taken"
    FINISHED = "finished"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ticket's log.

    ``what``: opened, reoccurred, assigned, taken, arrived, noted, paused, resumed, fitted, explained, photographed,
    ticked, unticked, linked, unlinked, finished, held, reopened or closed; and due, overdue or escalated where
    ``clock`` has reached ``share`` of its target.
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


@dataclass(frozen=True, slots=True)
class Part:
    """What was fitted, and how many (or how much) of it."""

    at: float
    who: str
    what: str
    number: float


@dataclass(frozen=True, slots=True)
class Photo:
    """Where a picture is, never the picture: a URL or a file's name; ``sha256`` of its bytes, or "" ."""

    at: float
    who: str
    where: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """An item of the checklist that a person says is done, in the words that it had then."""

    at: float
    who: str
    item: Text


@dataclass(frozen=True, slots=True)
class Link:
    """To another ticket: this one is its ``duplicate``, its ``original``, or just ``related``. The other has the
    opposite."""

    kind: str
    ticket: int
    at: float
    who: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What closed a ticket: readings (as ``Evidence.as_data`` has them), and the line of the log book if a test did.

    ``said_by``: who said before that the work was done, "" where the measurement alone was enough.
    """

    evidence: tuple[Mapping[str, Any], ...] = ()
    log_book: int | None = None
    said_by: str = ""


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
    assigned_to: str = ""
    """The person or team that is to do it; ``owner`` is who took it on."""
    parts: tuple[Part, ...] = ()
    cause: str = ""
    """What was found."""
    remedy: str = ""
    """What was done about it."""
    photos: tuple[Photo, ...] = ()
    ticks: tuple[Tick, ...] = ()
    held_since: float | None = None
    """From when the repair is proven, and only the rest of the checklist is missing."""
    completed_at: float | None = None
    """When the checklist of a ticket that was held became complete: the proof must stand then, or follow soon."""
    links: tuple[Link, ...] = ()
    proof: Proof | None = None
    """What closed it; None while it is open, and when the site's files ended it."""
    flood: float | None = None
    """When the flood began in which it was opened: one of many tickets at once."""

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
