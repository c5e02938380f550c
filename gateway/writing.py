"""What people write down on tickets, carried out: which tickets an action changes, and how. Pure; keeps none."""

from __future__ import annotations

from typing import assert_never

from gateway.actions import (
    AddPhoto,
    AssignTicket,
    ExplainTicket,
    FitPart,
    LinkTickets,
    PaperAction,
    TickItem,
    UnlinkTickets,
    UntickItem,
)
from gateway.standards.standard import Clause
from gateway.tickets import links, paperwork
from gateway.tickets.register import Register
from gateway.tickets.ticket import Ticket


def written(
    action: PaperAction, ticket: Ticket, register: Register, clause: Clause | None, now: float
) -> tuple[Ticket, ...]:
    """The tickets as they are after it; ``clause`` is None where the site has it no more. Raises Refused."""
    who = action.who
    match action:
        case AssignTicket():
            return (paperwork.assign(ticket, action.to, who, now),)
        case FitPart():
            return (paperwork.fit(ticket, action.what, action.number, who, now),)
        case ExplainTicket():
            return (paperwork.explain(ticket, action.cause, action.remedy, who, now),)
        case AddPhoto():
            return (paperwork.photograph(ticket, action.where, action.sha256, who, now),)
        case TickItem():
            return (paperwork.tick(ticket, clause, action.item, who, now),)
        case UntickItem():
            return (paperwork.untick(ticket, clause, action.item, who, now),)
        case LinkTickets():
            register.get(action.other)
            return links.link(register.tickets, (ticket.id, action.other), action.kind, who, now)
        case UnlinkTickets():
            register.get(action.other)
            return links.unlink(register.tickets, (ticket.id, action.other), who, now)
        case _:
            assert_never(action)
