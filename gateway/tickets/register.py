"""All tickets of the site: at most one open for an asset and clause. Moves them only through the desk."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.alarms.alarm import Alarm
from gateway.errors import Refused
from gateway.model import Priority
from gateway.standards.standard import Clause
from gateway.tickets import desk
from gateway.tickets.ticket import Entry, Proof, Ticket


class Register:
    """``tickets`` by number; ``moved`` collects what changed, with each log entry that is new, or None."""

    def __init__(self, tickets: Iterable[Ticket] = (), last: int = 0) -> None:
        self.tickets: dict[int, Ticket] = {ticket.id: ticket for ticket in sorted(tickets, key=lambda each: each.id)}
        self.moved: list[tuple[Ticket, Entry | None]] = []
        self._latest: dict[tuple[str, str], int] = {
            (each.asset, each.clause): each.id for each in self.tickets.values()
        }
        self._last = max(last, *self.tickets, 0)

    def take_moved(self) -> list[tuple[Ticket, Entry | None]]:
        """What changed since the last call: the ticket, once for each new log entry; with None when only counted."""
        moved, self.moved = self.moved, []
        return moved

    def latest(self, asset: str, clause: str) -> Ticket | None:
        """The newest ticket of an asset and clause, open or closed."""
        number = self._latest.get((asset, clause))
        return None if number is None else self.tickets[number]

    def get(self, number: int) -> Ticket:
        """A ticket by its number; raises Refused when there is none, or when it is over for too long to be at hand."""
        if number not in self.tickets:
            raise Refused(self.lacks(number))
        return self.tickets[number]

    def lacks(self, number: int) -> str:
        """Why there is no such ticket here: numbers count from 1 without a gap."""
        if 0 < number <= self._last:
            return f"ticket {number} was closed long ago: touchpoint report tells of its time"
        return f"there is no ticket {number}"

    def follow(
        self, alarm: Alarm, clause: Clause, evidence: str, protocol: str, now: float, proof: Proof | None = None
    ) -> None:
        """Open, count, reopen or close the ticket of an alarm that has moved; ``proof`` as of ``desk.follow``."""
        ticket = self.latest(alarm.asset, alarm.clause)
        if ticket is not None and (ticket.is_open or desk.may_reopen(ticket, now)):
            self.put(desk.follow(ticket, alarm, clause, evidence, now, proof))
        elif desk.wanted(alarm):
            self._last += 1
            self.put(desk.open_ticket(self._last, alarm, clause, evidence, protocol, now))

    def put(self, ticket: Ticket) -> None:
        """Take over a changed ticket."""
        before = self.tickets.get(ticket.id)
        if ticket == before:
            return
        self.tickets[ticket.id] = ticket
        newest = self._latest.get((ticket.asset, ticket.clause), 0)
        self._latest[ticket.asset, ticket.clause] = max(ticket.id, newest)  # an old ticket may still be noted upon
        known = len(before.log) if before else 0
        self.moved.extend((ticket, entry) for entry in ticket.log[known:] or (None,))

    def open(self) -> list[Ticket]:
        """Every ticket that is not closed, most urgent first."""
        urgency = list(Priority)
        return sorted(
            (each for each in self.tickets.values() if each.is_open),
            key=lambda each: (urgency.index(each.priority), each.opened_at),
        )
