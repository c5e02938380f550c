"""Floods: so many tickets at once that nobody can read them one by one. Pure: handed the tickets and the time.

A flood is a mark on its tickets (the moment at which the first of them came) and two events that name them all; it is
no ticket. A parent ticket would have no clause, nothing could ever prove it done, and "one open ticket for an asset and
clause" would have its first exception. Each ticket of a flood is still closed by its own measurement, and no one else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from gateway.model import Priority
from gateway.tickets.ticket import Entry, Ticket

MORE_THAN = 20
WITHIN = 60.0
"""More than so many tickets that come within so many seconds are a flood; one is over when none came for as long."""
COMES = ("opened", "reopened")
"""The entries by which a ticket comes to somebody's desk."""
_URGENCY = list(Priority)


def most_urgent_first(tickets: Iterable[Ticket]) -> list[Ticket]:
    """By priority, then by number."""
    return sorted(tickets, key=lambda each: (_URGENCY.index(each.priority), each.id))


def came_at(ticket: Ticket) -> float:
    """When it last came to somebody's desk."""
    return max((each.at for each in ticket.log if each.what in COMES), default=ticket.opened_at)


class Floods:
    """The flood that goes on, if one does: ``began``, and ``ends`` unless more comes. Rebuilt from tickets alone."""

    def __init__(self, tickets: Iterable[Ticket], heard_until: float) -> None:
        """``heard_until``: when the gateway last listened; a flood that was over by then has been told."""
        known = [*tickets]
        self.began: float | None = None
        self._last = 0.0
        self._recent = deque(sorted((came_at(each), each.id) for each in known if came_at(each) + WITHIN > heard_until))
        began = max((each.flood for each in known if each.flood is not None), default=None)
        last = max((came_at(each) for each in known if each.flood == began), default=0.0)
        if began is not None and last + WITHIN > heard_until:
            self.began, self._last = began, last

    @property
    def ends(self) -> float | None:
        """When it is over unless more comes (seconds since 1970); None while there is none."""
        return None if self.began is None else self._last + WITHIN

    def take(self, moved: Iterable[tuple[Ticket, Entry | None]], now: float) -> tuple[bool, list[int]]:
        """What has come: whether a flood begins by it, and the numbers of the tickets that are now part of one."""
        numbers = [ticket.id for ticket, entry in moved if entry is not None and entry.what in COMES]
        if not numbers:
            return False, []
        self._recent.extend((now, number) for number in numbers)
        while self._recent and self._recent[0][0] <= now - WITHIN:
            self._recent.popleft()
        begins = self.began is None and len({number for _, number in self._recent}) > MORE_THAN
        if begins:
            self.began, numbers = self._recent[0][0], [number for _, number in self._recent]
        if self.began is None:
            return False, []
        self._last = now
        return begins, numbers

    def end(self) -> None:
        """It is over."""
        self.began = None
        self._recent.clear()

    def marked(self, ticket: Ticket) -> Ticket:
        """The ticket as part of the flood."""
        return replace(ticket, flood=self.began)
