"""Tickets that belong together, by a person's word: a duplicate of another, or related. Pure; closes nothing.

Both tickets know of the link, so that it is seen from either and is written down with both in one commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, TypeAlias

from gateway.errors import Refused
from gateway.tickets.ticket import Link, Ticket

DUPLICATE, ORIGINAL, RELATED = "duplicate", "original", "related"
LinkKind: TypeAlias = Literal["duplicate", "related"]
"""What a person may say of a ticket and another."""
OPPOSITE: Mapping[str, str] = {DUPLICATE: ORIGINAL, ORIGINAL: DUPLICATE, RELATED: RELATED}
MOST = 100
"""So many links a ticket has at most."""


def link(
    tickets: Mapping[int, Ticket], numbers: tuple[int, int], kind: LinkKind, who: str, now: float
) -> tuple[Ticket, Ticket]:
    """The first ticket is a duplicate of the second, or related to it; returns both. Raises Refused.

    A ticket is the duplicate of one other at most, and whatever one follows from there never comes back to it.
    """
    one, other = (tickets[number] for number in numbers)
    if one.id == other.id:
        raise Refused(f"ticket {one.id} cannot be linked to itself")
    if any(each.ticket == other.id for each in one.links):
        raise Refused(f"tickets {one.id} and {other.id} are linked already")
    if kind == DUPLICATE:
        if (original := original_of(one)) is not None:
            raise Refused(f"ticket {one.id} is a duplicate of {original} already")
        if one.id in _originals(tickets, other):
            raise Refused(f"ticket {other.id} is itself a duplicate of {one.id}")
    if max(len(one.links), len(other.links)) >= MOST:
        raise Refused(f"a ticket has {MOST} links at most")
    return _with(one, kind, other.id, who, now), _with(other, OPPOSITE[kind], one.id, who, now)


def unlink(tickets: Mapping[int, Ticket], numbers: tuple[int, int], who: str, now: float) -> tuple[Ticket, Ticket]:
    """Take a link back; returns both tickets. Raises Refused when there is none."""
    one, other = (tickets[number] for number in numbers)
    if all(each.ticket != other.id for each in one.links):
        raise Refused(f"tickets {one.id} and {other.id} are not linked")
    return _without(one, other.id, who, now), _without(other, one.id, who, now)


def original_of(ticket: Ticket) -> int | None:
    """Of which ticket it is the duplicate."""
    return next((each.ticket for each in ticket.links if each.kind == DUPLICATE), None)


def _originals(tickets: Mapping[int, Ticket], ticket: Ticket) -> Iterator[int]:
    """What it is a duplicate of, what that is a duplicate of, and so on: there is no way round, so it ends."""
    number = original_of(ticket)
    while number is not None:
        yield number
        number = original_of(tickets[number]) if number in tickets else None


def _with(ticket: Ticket, kind: str, number: int, who: str, now: float) -> Ticket:
    linked = replace(ticket, links=(*ticket.links, Link(kind, number, now, who)))
    return linked.with_entry(now, who, "linked", f"{kind}: ticket {number}")


def _without(ticket: Ticket, number: int, who: str, now: float) -> Ticket:
    kept = tuple(each for each in ticket.links if each.ticket != number)
    return replace(ticket, links=kept).with_entry(now, who, "unlinked", f"ticket {number}")
