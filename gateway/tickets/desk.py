"""The ticket desk: follows alarms, takes people's words, and closes only on a measurement.

Each function returns the ticket after it; the last entry of its log says what happened. One ticket is open for an
asset and clause at most: the caller keeps one ticket per pair and hands in the latest.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.alarms.alarm import Alarm, Phase
from gateway.errors import Refused
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import GATEWAY, Ticket, TicketState

REOPEN_WITHIN = 3600.0
"""A condition that comes back within an hour of closing reopens its ticket instead of making another."""
VERIFY_WITHIN = 600.0
"""How long a measurement may take to prove a repair that a person says is done."""

GONE = "the site's files no longer ask for this"
STRANDED = "nothing tells any more whether this is repaired: it stays open until it is measured again"


def wanted(alarm: Alarm) -> bool:
    """Whether the alarm asks for a ticket now."""
    return alarm.standing and not alarm.hidden


def open_ticket(number: int, alarm: Alarm, clause: Clause, evidence: str, protocol: str, now: float) -> Ticket:
    """A new ticket for an alarm."""
    ticket = Ticket(
        id=number, asset=alarm.asset, clause=alarm.clause, priority=clause.priority, state=TicketState.OPEN,
        opened_at=now, counted=alarm.occurrences, source_protocol=protocol,
    )  # fmt: skip
    return ticket.with_entry(now, GATEWAY, "opened", evidence)


def may_reopen(ticket: Ticket, now: float) -> bool:
    """Whether a condition that comes back belongs to this closed ticket."""
    return ticket.closed_at is not None and now - ticket.closed_at <= REOPEN_WITHIN


def reopen(ticket: Ticket, why: str, now: float) -> Ticket:
    """Back to work, with the reason."""
    again = replace(
        ticket, state=TicketState.OPEN, closed_at=None, finished_at=None, reopened=ticket.reopened + 1,
    )  # fmt: skip
    return again.with_entry(now, GATEWAY, "reopened", why)


def follow(ticket: Ticket, alarm: Alarm, clause: Clause, evidence: str, now: float) -> Ticket:
    """The open or just closed ``ticket`` after its alarm has moved (or its time has come)."""
    if not ticket.is_open:
        again = wanted(alarm) and may_reopen(ticket, now)
        return reopen(_count(ticket, alarm), evidence, now) if again else ticket
    if alarm.phase is Phase.NORMAL and alarm.outcome is Outcome.MET and _person_done(ticket, clause):
        closed = replace(ticket, state=TicketState.CLOSED, closed_at=now)
        return closed.with_entry(now, GATEWAY, "closed", evidence)
    if unproven(ticket, alarm, now):
        return reopen(ticket, evidence, now)
    if alarm.standing and alarm.occurrences > ticket.counted:
        return _reoccurred(ticket, alarm, evidence, now)
    return ticket


def _person_done(ticket: Ticket, clause: Clause) -> bool:
    return clause.ticket.closes_when == "measured" or ticket.state is TicketState.FINISHED


def unproven(ticket: Ticket, alarm: Alarm, now: float) -> bool:
    """A person said "done", and in all the time since no measurement has proven it."""
    due = proof_due(ticket)
    return due is not None and now >= due and not (alarm.phase is Phase.CLEARING and alarm.outcome is Outcome.MET)


def proof_due(ticket: Ticket) -> float | None:
    """Until when a measurement must have proven the repair (seconds since 1970), or None."""
    return None if ticket.finished_at is None or not ticket.is_open else ticket.finished_at + VERIFY_WITHIN


def _reoccurred(ticket: Ticket, alarm: Alarm, evidence: str, now: float) -> Ticket:
    counted = _count(ticket, alarm)
    if ticket.state is TicketState.FINISHED:
        return reopen(counted, evidence, now)
    if alarm.chattering:
        return counted
    return counted.with_entry(now, GATEWAY, "reoccurred", evidence)


def _count(ticket: Ticket, alarm: Alarm) -> Ticket:
    more = alarm.occurrences - ticket.counted
    return replace(ticket, occurrences=ticket.occurrences + more, counted=alarm.occurrences)


def take(ticket: Ticket, who: str, now: float) -> Ticket:
    """A person takes the work on; whoever said that it was done no longer says so."""
    _must_be_open(ticket)
    return replace(ticket, state=TicketState.TAKEN, owner=who, finished_at=None).with_entry(now, who, "taken")


def note(ticket: Ticket, who: str, text: str, now: float) -> Ticket:
    """A person writes something down; allowed on closed tickets too."""
    return ticket.with_entry(now, who, "noted", text)


def finish(ticket: Ticket, who: str, text: str, now: float) -> Ticket:
    """A person says that the work is done: now a measurement has to prove it."""
    _must_be_open(ticket)
    done = replace(ticket, state=TicketState.FINISHED, owner=ticket.owner or who, finished_at=now)
    return done.with_entry(now, who, "finished", text)


def retired(ticket: Ticket, now: float) -> Ticket:
    """A ticket whose clause or asset is gone from the site's files."""
    return replace(ticket, state=TicketState.CLOSED, closed_at=now).with_entry(now, GATEWAY, "closed", GONE)


def stranded(ticket: Ticket, now: float) -> Ticket:
    """A ticket whose asset has lost the points that its clause is judged by: nothing proves the repair, so it stays."""
    return ticket if ticket.log[-1].text == STRANDED else ticket.with_entry(now, GATEWAY, "noted", STRANDED)


def _must_be_open(ticket: Ticket) -> None:
    if not ticket.is_open:
        raise Refused(f"ticket {ticket.id} is closed")
