"""What people may ask of the gateway; each becomes part of a tick, so that it is committed like a reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.tickets.links import LinkKind


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen this alarm. On a latched one this also allows it to clear."""

    asset: str
    clause: str
    who: str


@dataclass(frozen=True, slots=True)
class Shelve:
    """Do not tell me of this alarm until a time (seconds since 1970)."""

    asset: str
    clause: str
    who: str
    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class Unshelve:
    """Tell me again."""

    asset: str
    clause: str
    who: str


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    """This asset (one clause of it, or all with None) is being worked on until a time."""

    asset: str
    clause: str | None
    who: str
    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class ReturnToService:
    """The asset is in service again; everything is judged anew."""

    asset: str
    clause: str | None
    who: str


@dataclass(frozen=True, slots=True)
class TakeTicket:
    """I take this work on."""

    ticket: int
    who: str


@dataclass(frozen=True, slots=True)
class ArriveAtTicket:
    """I am on site."""

    ticket: int
    who: str


@dataclass(frozen=True, slots=True)
class PauseTicket:
    """The work waits, and so do its clocks: for parts, for a customer."""

    ticket: int
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeTicket:
    """The work goes on."""

    ticket: int
    who: str


@dataclass(frozen=True, slots=True)
class NoteTicket:
    """Write this into the ticket's log."""

    ticket: int
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class FinishTicket:
    """The work is done: prove it by measuring."""

    ticket: int
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class AssignTicket:
    """This person or team is to do it."""

    ticket: int
    who: str
    to: str


@dataclass(frozen=True, slots=True)
class FitPart:
    """So many of this part were used."""

    ticket: int
    who: str
    what: str
    number: float


@dataclass(frozen=True, slots=True)
class ExplainTicket:
    """What was found, and what was done; "" for what is not said."""

    ticket: int
    who: str
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class AddPhoto:
    """There is a picture of it there; ``sha256`` of its bytes, or ""."""

    ticket: int
    who: str
    where: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class TickItem:
    """This item of the checklist (counted from 1) is done."""

    ticket: int
    who: str
    item: int


@dataclass(frozen=True, slots=True)
class UntickItem:
    """It is not."""

    ticket: int
    who: str
    item: int


@dataclass(frozen=True, slots=True)
class LinkTickets:
    """This ticket is a duplicate of the other, or related to it."""

    ticket: int
    who: str
    other: int
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class UnlinkTickets:
    """They have nothing to do with each other."""

    ticket: int
    who: str
    other: int


@dataclass(frozen=True, slots=True)
class PlanWork:
    """This asset will be worked on from a time until a time, and is out of service then.

    Both are seconds since 1970 as the clock on the wall tells them; ``since`` None: from the moment at which this is
    carried out.
    """

    asset: str
    since: float | None
    until: float
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelWork:
    """That work is not done after all; or it is done already, and the asset in service again."""

    work: int
    who: str


@dataclass(frozen=True, slots=True)
class AddRecord:
    """This happened to the asset at a time: an inspection, a service."""

    asset: str
    record: str
    at: float
    who: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """I looked at this, or tried it, at a time, and found it right or not; ``failed``: which items of its checklist.

    ``lasted``: seconds for which what was tried went on, where that is asked.
    """

    asset: str
    what: str
    passed: bool
    at: float
    who: str
    note: str = ""
    failed: tuple[int, ...] = ()
    lasted: float | None = None


@dataclass(frozen=True, slots=True)
class StartTest:
    """Begin a proof test of a kind (``function``, ``duration``, ``rated`` …) once its prechecks hold."""

    asset: str
    kind: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class StopTest:
    """End the proof test that runs on an asset, now."""

    asset: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class TryOutput:
    """Send a test notice by this output: to its own address, or to a person."""

    output: str
    to: str
    who: str


PaperAction: TypeAlias = (
    AssignTicket | FitPart | ExplainTicket | AddPhoto | TickItem | UntickItem | LinkTickets | UnlinkTickets
)
"""What people write down on tickets."""
TicketAction: TypeAlias = (
    TakeTicket | ArriveAtTicket | PauseTicket | ResumeTicket | NoteTicket | FinishTicket | PaperAction
)
"""What people do to tickets."""
WorkAction: TypeAlias = PlanWork | CancelWork
"""What people announce."""
DeskAction: TypeAlias = (
    Acknowledge | Shelve | Unshelve | TakeOutOfService | ReturnToService | TicketAction | AddRecord | AnswerTask
)
"""What people do to alarms, tickets and records."""
TestAction: TypeAlias = StartTest | StopTest
"""What people ask of proof tests: the audit keeps every attempt."""
Action: TypeAlias = DeskAction | WorkAction | TestAction | TryOutput
