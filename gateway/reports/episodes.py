"""What became of a ticket, told from its log: when it was open, and what its clocks did each time.

A ticket that came back after it was closed has had its clocks begin anew; of the time before, its log tells. Who only
acknowledged the alarm in that time is not in the log: then the first thing that it shows counts, which is never too
early.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from gateway.tickets.desk import GONE
from gateway.tickets.ticket import Entry, Ticket, TicketState

SEEN = ("taken", "arrived", "finished")
"""After these somebody has seen the ticket."""


class Episode(NamedTuple):
    """Open from ``begin`` until ``end`` (None: still); ``ticket`` as it was at its end, for its clocks."""

    begin: float
    end: float | None
    ticket: Ticket
    log: tuple[Entry, ...]
    """What was written down after it began."""
    came_back: bool
    """It had been closed before."""
    withdrawn: bool
    """Nothing was proven: the site's files no longer asked for it."""


def episodes(ticket: Ticket) -> Iterator[Episode]:
    """Each time that the ticket was open, in order."""
    begin, log, closed, came_back = ticket.opened_at, list[Entry](), None, False
    for entry in ticket.log:
        if closed is not None and entry.what == "reopened":
            yield Episode(
                begin, closed.at, _then(ticket, begin, closed, log), tuple(log), came_back, closed.text == GONE
            )
            begin, log, closed, came_back = entry.at, [], None, True
            continue
        closed = entry if entry.what == "closed" else closed
        log.append(entry)
    end = closed.at if closed else None
    yield Episode(begin, end, ticket, tuple(log), came_back, closed is not None and closed.text == GONE)


def _then(ticket: Ticket, begin: float, closed: Entry, log: list[Entry]) -> Ticket:
    """The ticket at the end of an episode that others follow."""
    first = {what: next((each.at for each in log if each.what == what), None) for what in SEEN}
    return replace(
        ticket, state=TicketState.CLOSED, since=begin, closed_at=closed.at, arrived_at=first["arrived"],
        acknowledged_at=min((at for at in first.values() if at is not None), default=None), finished_at=_finished(log),
    )  # fmt: skip


def _finished(log: list[Entry]) -> float | None:
    """When the work was last said to be done, unless somebody said otherwise after that."""
    found = None
    for entry in log:
        if entry.what == "finished":
            found = entry.at
        elif entry.what in ("taken", "reopened"):
            found = None
    return found
