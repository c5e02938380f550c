"""What became of a test that failed: its ticket, when that was cleared and by whom, and the test that proved it.

Looked up whenever it is asked for, and stored nowhere: the line of the book stays as it was written. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from gateway.clock import iso
from gateway.proof_tests.entry import Entry, Outcome
from gateway.store.log_book import Behind
from gateway.tickets.ticket import Ticket


def repair(entry: Entry, behind: Behind) -> dict[str, Any] | None:
    """The ticket of a test that failed, None where there is none (yet).

    It is the first of its asset and clause that was open between the end of the test and the next one that was passed:
    opened for it, or open already. ``cleared_by`` is who said that the repair was done, else who had taken the ticket,
    else nobody; ``proven_by`` the last test that was passed before the ticket closed.
    """
    if entry.outcome is not Outcome.FAILED or not entry.clause:
        return None
    passed = [each for each in behind.passed.get((entry.asset, entry.kind), ()) if each[0] > entry.ended_at]
    until = passed[0][0] if passed else inf
    for ticket in behind.tickets.get((entry.asset, entry.clause), ()):
        for opened, closed in _open_times(ticket):
            if opened <= until and (closed is None or closed > entry.ended_at):
                proof = [number for at, number in passed if closed is not None and at <= closed]
                return {
                    "id": ticket.id, "state": ticket.state.value, "opened_at": iso(ticket.opened_at),
                    "cleared_at": None if closed is None else iso(closed),
                    "cleared_by": "" if closed is None else _who(ticket, opened, closed),
                    "proven_by": proof[-1] if proof else None,
                }  # fmt: skip
    return None


def _open_times(ticket: Ticket) -> Iterator[tuple[float, float | None]]:
    """From when to when it was open, each time; None: it still is."""
    opened: float | None = ticket.opened_at
    for each in ticket.log:
        if each.what == "reopened" and opened is None:
            opened = each.at
        elif each.what == "closed" and opened is not None:
            yield opened, each.at
            opened = None
    if opened is not None:
        yield opened, None


def _who(ticket: Ticket, opened: float, closed: float) -> str:
    """Who cleared it in that time."""
    meanwhile = [each for each in ticket.log if opened <= each.at <= closed]
    finished = [each.who for each in meanwhile if each.what == "finished"]
    taken = [each.who for each in meanwhile if each.what == "taken"]
    return next(iter([*finished[::-1], *taken[::-1]]), "")
