"""Tickets over the wire: their shapes, what people may tell of them, and plain functions that fill the shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from gateway.api.shapes import ByWhom, EvidenceShape, MaybeWords, Name, Words, maybe_iso, whole
from gateway.clock import iso
from gateway.model import Priority
from gateway.standards.standard import Clause
from gateway.telling import proof_data
from gateway.tickets.links import LinkKind
from gateway.tickets.paperwork import missing
from gateway.tickets.service_level import Clock as TicketClock
from gateway.tickets.ticket import Part, Photo, Ticket, TicketState


class EntryShape(BaseModel):
    """One line of a ticket's log."""

    at: AwareDatetime
    by: str
    what: str
    text: str


class ClockShape(BaseModel):
    """One clock of a ticket, in seconds of the calendar that it runs on; pauses are taken off, but in ``gross_s``."""

    clock: Literal["acknowledge", "on_site", "resolve"]
    target_s: float
    due_at: AwareDatetime | None = Field(description="null while a pause has no end")
    elapsed_s: float
    gross_s: float
    remaining_s: float = Field(description="below zero once the target is missed")
    ended_at: AwareDatetime | None


class TicketShape(BaseModel):
    """A ticket without its log."""

    id: int
    asset: str
    clause: str
    title: dict[str, str]
    action: dict[str, str] = Field(description="what to do; empty once the site's files no longer have the clause")
    place: dict[str, str]
    priority: Priority
    state: TicketState
    opened_at: AwareDatetime
    finished_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    owner: str
    occurrences: int
    reopened: int
    source_protocol: str
    acknowledged_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    paused: bool
    paused_reason: str
    due_at: AwareDatetime | None = Field(description="when the first of its clocks that run is due")
    trade: str = Field(description="as its clause says; empty once the site's files no longer have that")
    assigned_to: str
    cause: str
    remedy: str
    held_since: AwareDatetime | None = Field(description="proven, and open only for the items that are missing")
    missing: list[dict[str, str]] = Field(description="items of the checklist that nobody has ticked")
    parent: int | None = Field(description="the open ticket of the line or device that explains this one")
    flood: AwareDatetime | None = Field(description="when the flood began that it came in")
    clocks: list[ClockShape]


class PartShape(BaseModel):
    """What was fitted, and how many (or how much) of it."""

    at: AwareDatetime
    by: str
    what: str
    number: float


class PhotoShape(BaseModel):
    """Where a picture is: a web address or the name of a file."""

    at: AwareDatetime
    by: str
    where: str
    sha256: str = Field(description="of its bytes; empty where nobody told")


class ItemShape(BaseModel):
    """An item of the checklist, counted from 1, and who said when that it is done."""

    number: int
    item: dict[str, str]
    ticked_by: str
    ticked_at: AwareDatetime | None


class LinkShape(BaseModel):
    """``duplicate``: this ticket is one of the other; ``original``: the other is one of this."""

    kind: Literal["duplicate", "original", "related"]
    ticket: int
    at: AwareDatetime
    by: str


class ProofShape(BaseModel):
    """What closed a ticket: readings, the line of the log book where a test did, and who had said that it was done."""

    evidence: list[EvidenceShape]
    log_book: int | None
    said_by: str


class TicketDetail(TicketShape):
    """A ticket with its log and its papers."""

    log: list[EntryShape]
    parts: list[PartShape]
    photos: list[PhotoShape]
    checklist: list[ItemShape]
    links: list[LinkShape]
    children: list[int] = Field(description="open tickets that this one of a line or device explains")
    proof: ProofShape | None


class ToWhom(ByWhom):
    """Who acts, and which person or team is to do it."""

    to: Name


class WithPart(ByWhom):
    """Who used a part, which one, and how many (or how much) of it."""

    what: Words
    number: float = Field(1.0, gt=0, le=1e6)


class WithFindings(ByWhom):
    """Who found what, and what was done; what is left out stays as it is."""

    cause: MaybeWords = ""
    remedy: MaybeWords = ""


class WithPhoto(ByWhom):
    """Who tells where a picture is: a web address or the name of a file; and the SHA-256 of its bytes, if known."""

    where: Words = Field(examples=["https://photos.example/2026/0412.jpg", "20260412-door.jpg"])
    sha256: MaybeWords = ""


class WithOther(ByWhom):
    """Who acts, and which other ticket it is about."""

    other: Annotated[int, Field(ge=1, le=2**53), BeforeValidator(whole)]


class WithLink(WithOther):
    """Who links the ticket to another, as its ``duplicate`` or just as ``related``."""

    kind: LinkKind


def clock_data(clock: TicketClock, ahead: float) -> dict[str, Any]:
    """A clock of a ticket; it is due as the clock on the wall tells it, which is ``ahead``."""
    seconds = {"target_s": clock.target, "elapsed_s": clock.net, "gross_s": clock.gross, "remaining_s": clock.remaining}
    due = iso(clock.due + ahead) if clock.due < inf else None
    return {
        "clock": clock.name, "due_at": due, "ended_at": maybe_iso(clock.ended),
        **{name: round(value, 3) for name, value in seconds.items()},
    }  # fmt: skip


def ticket_data(
    ticket: Ticket, clause: Clause | None, place: Mapping[str, str], clocks: Sequence[TicketClock], parent: int | None,
    ahead: float,
) -> dict[str, Any]:  # fmt: skip
    """A ticket in a list; ``ahead`` as in ``clock_data``."""
    due = min((each.due for each in clocks if each.ended is None), default=inf)
    same = ("id", "asset", "clause", "priority", "state", "owner", "occurrences", "reopened", "source_protocol",
            "assigned_to", "cause", "remedy")  # fmt: skip
    times = ("opened_at", "finished_at", "closed_at", "acknowledged_at", "arrived_at", "held_since", "flood")
    return {
        "due_at": iso(due + ahead) if due < inf else None,
        "paused": ticket.pause is not None,
        "paused_reason": ticket.pause.reason if ticket.pause else "",
        "clocks": [clock_data(each, ahead) for each in clocks],
        "title": dict(clause.title) if clause else {},
        "action": dict(clause.action) if clause else {},
        "trade": clause.ticket.trade if clause else "",
        "missing": [dict(each) for each in missing(ticket, clause)] if clause else [],
        "parent": parent,
        "place": dict(place),
        **{name: getattr(ticket, name) for name in same},
        **{name: maybe_iso(getattr(ticket, name)) for name in times},
    }


def log_data(ticket: Ticket) -> list[dict[str, Any]]:
    """A ticket's log."""
    return [{"at": iso(each.at), "by": each.who, "what": each.what, "text": each.text} for each in ticket.log]


def detail_data(ticket: Ticket, clause: Clause | None, children: Sequence[int]) -> dict[str, Any]:
    """What a ticket has beside what a list shows of it."""
    return {
        "log": log_data(ticket),
        "parts": _dated(ticket.parts, "what", "number"),
        "photos": _dated(ticket.photos, "where", "sha256"),
        "checklist": _checklist(ticket, clause),
        "links": [
            {"kind": each.kind, "ticket": each.ticket, "at": iso(each.at), "by": each.who} for each in ticket.links
        ],
        "children": list(children),
        "proof": proof_data(ticket.proof) if ticket.proof else None,
    }


def _dated(told: Iterable[Part | Photo], *names: str) -> list[dict[str, Any]]:
    return [{"at": iso(each.at), "by": each.who, **{name: getattr(each, name) for name in names}} for each in told]


def _checklist(ticket: Ticket, clause: Clause | None) -> list[dict[str, Any]]:
    """The items that the clause has now, and those ticks that are of them."""
    found = []
    for number, item in enumerate(clause.ticket.checklist if clause else (), 1):
        tick = next((each for each in ticket.ticks if dict(each.item) == dict(item)), None)
        who, at = (tick.who, tick.at) if tick else ("", None)
        found.append({"number": number, "item": dict(item), "ticked_by": who, "ticked_at": maybe_iso(at)})
    return found
