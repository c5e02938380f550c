"""The ticket desk: follows alarms, takes people's words, and closes only on a measurement.

Each function returns the ticket after it; the last entry of its log says what happened. One ticket is open for an
asset and clause at most: the caller keeps one ticket per pair and hands in the latest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.alarms.alarm import Alarm, Phase
from gateway.errors import Refused
from gateway.model import Text
from gateway.standards.requirement import span
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome
from gateway.tickets.paperwork import missing, must_be_open
from gateway.tickets.service_level import Step, began, target_of
from gateway.tickets.ticket import GATEWAY, Entry, Pause, Proof, Ticket, TicketState

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
    """Back to work, with the reason.

    What was closed gets new clocks and an empty checklist; where a person was wrong, the old ones go on.
    """
    if not ticket.is_open:
        ticket = replace(ticket, since=now, acknowledged_at=None, arrived_at=None, told={}, ticks=(), proof=None)
    again = replace(
        ticket, state=TicketState.OPEN, closed_at=None, finished_at=None, held_since=None, completed_at=None,
        reopened=ticket.reopened + 1,
    )  # fmt: skip
    return again.with_entry(now, GATEWAY, "reopened", why)


def follow(
    ticket: Ticket, alarm: Alarm, clause: Clause, evidence: str, now: float, proof: Proof | None = None
) -> Ticket:
    """The open or just closed ``ticket`` after its alarm has moved (or its time has come).

    ``proof``: what there is to prove a repair, should it close now.
    """
    if not ticket.is_open:
        again = wanted(alarm) and may_reopen(ticket, now)
        return reopen(_count(ticket, alarm), evidence, now) if again else ticket
    ticket = _seen(ticket, alarm)
    if alarm.phase is Phase.NORMAL and alarm.outcome is Outcome.MET and _person_done(ticket, clause):
        lacking = missing(ticket, clause)
        return _hold(ticket, lacking, now) if lacking else _close(ticket, evidence, proof, now)
    if unproven(ticket, alarm, now):
        return reopen(ticket, evidence, now)
    if alarm.standing and alarm.occurrences > ticket.counted:
        return _reoccurred(ticket, alarm, evidence, now)
    return ticket


def _close(ticket: Ticket, evidence: str, proof: Proof | None, now: float) -> Ticket:
    said = next((each.who for each in reversed(ticket.log) if each.what == "finished"), "")
    proof = replace(proof, said_by=said if ticket.state is TicketState.FINISHED else "") if proof else None
    closed = replace(_unpaused(ticket, now), state=TicketState.CLOSED, closed_at=now, held_since=None, proof=proof)
    return closed.with_entry(now, GATEWAY, "closed", evidence)


def _hold(ticket: Ticket, lacking: Sequence[Text], now: float) -> Ticket:
    """Proven, but not complete: it stays as it is, and says once what it waits for."""
    if ticket.held_since is not None:
        return ticket
    text = "proven; waits for: " + "; ".join(item["en"] for item in lacking)
    return replace(ticket, held_since=now).with_entry(now, GATEWAY, "held", text)


def _seen(ticket: Ticket, alarm: Alarm) -> Ticket:
    """Who acknowledges the alarm has seen its ticket."""
    at = alarm.acknowledged_at
    is_new = ticket.acknowledged_at is None and at is not None and at >= began(ticket)
    return replace(ticket, acknowledged_at=at) if is_new else ticket


def _person_done(ticket: Ticket, clause: Clause) -> bool:
    return clause.ticket.closes_when == "measured" or ticket.state is TicketState.FINISHED


def unproven(ticket: Ticket, alarm: Alarm, now: float) -> bool:
    """A person said "done", and in all the time since no measurement has proven it."""
    due = proof_due(ticket)
    return due is not None and now >= due and not (alarm.phase is Phase.CLEARING and alarm.outcome is Outcome.MET)


def proof_due(ticket: Ticket) -> float | None:
    """Until when a measurement must have proven the repair (seconds since 1970), or None.

    What is held was proven once, and waits for a person for as long as it takes: the condition's coming back ends that.
    """
    if ticket.finished_at is None or not ticket.is_open or ticket.held_since is not None:
        return None
    return max(ticket.finished_at, ticket.completed_at or 0.0) + VERIFY_WITHIN


def _reoccurred(ticket: Ticket, alarm: Alarm, evidence: str, now: float) -> Ticket:
    counted = replace(_count(ticket, alarm), held_since=None)
    if ticket.state is TicketState.FINISHED:
        return reopen(counted, evidence, now)
    if alarm.chattering and ticket.held_since is None:  # who was told that it is proven is told that it is not
        return counted
    return counted.with_entry(now, GATEWAY, "reoccurred", evidence)


def _count(ticket: Ticket, alarm: Alarm) -> Ticket:
    more = alarm.occurrences - ticket.counted
    return replace(ticket, occurrences=ticket.occurrences + more, counted=alarm.occurrences)


def take(ticket: Ticket, who: str, now: float) -> Ticket:
    """A person takes the work on; whoever said that it was done no longer says so."""
    must_be_open(ticket)
    taken = replace(ticket, state=TicketState.TAKEN, owner=who, finished_at=None, completed_at=None)
    return _acknowledged(taken, now).with_entry(now, who, "taken")


def arrive(ticket: Ticket, who: str, now: float) -> Ticket:
    """A person stands before it; work that nobody has taken on is theirs."""
    must_be_open(ticket)
    if ticket.arrived_at is not None:
        raise Refused(f"somebody is on site for ticket {ticket.id} already")
    there = replace(_acknowledged(ticket, now), arrived_at=now, owner=ticket.owner or who)
    state = TicketState.TAKEN if ticket.state is TicketState.OPEN else ticket.state
    return replace(there, state=state).with_entry(now, who, "arrived")


def pause(ticket: Ticket, who: str, reason: str, now: float) -> Ticket:
    """The work waits for something, and its clocks with it."""
    must_be_open(ticket)
    if not reason.strip():
        raise Refused("a reason is needed")
    if ticket.state is TicketState.FINISHED:
        raise Refused(f"ticket {ticket.id} is said to be done: it waits for nothing but its proof")
    if ticket.pause:
        raise Refused(f"ticket {ticket.id} is paused already: {ticket.pause.reason}")
    paused = replace(ticket, pauses=(*ticket.pauses, Pause(now, None, who, reason)))
    return paused.with_entry(now, who, "paused", reason)


def resume(ticket: Ticket, who: str, now: float) -> Ticket:
    """The work goes on, and its clocks with it."""
    must_be_open(ticket)
    if not ticket.pause:
        raise Refused(f"ticket {ticket.id} is not paused")
    return _unpaused(ticket, now).with_entry(now, who, "resumed", ticket.pause.reason)


def _unpaused(ticket: Ticket, now: float) -> Ticket:
    if not ticket.pause:
        return ticket
    return replace(ticket, pauses=(*ticket.pauses[:-1], replace(ticket.pause, until=now)))


def _acknowledged(ticket: Ticket, now: float) -> Ticket:
    return ticket if ticket.acknowledged_at is not None else replace(ticket, acknowledged_at=now)


def remind(ticket: Ticket, step: Step, clause: Clause, now: float) -> Ticket:
    """One of the ticket's clocks has come to a step: written down once."""
    text = f"{step.clock}: {step.share:.0%} of {span(target_of(clause, step.clock) or 0.0)}"
    entry = Entry(now, GATEWAY, step.what, text, step.clock, step.share)
    return replace(ticket, told={**ticket.told, step.clock: step.share}, log=(*ticket.log, entry))


def note(ticket: Ticket, who: str, text: str, now: float) -> Ticket:
    """A person writes something down; allowed on closed tickets too."""
    return ticket.with_entry(now, who, "noted", text)


def finish(ticket: Ticket, who: str, text: str, now: float) -> Ticket:
    """A person says that the work is done: now a measurement has to prove it."""
    must_be_open(ticket)
    seen = _acknowledged(_unpaused(ticket, now), now)
    done = replace(seen, state=TicketState.FINISHED, owner=ticket.owner or who, finished_at=now)
    return done.with_entry(now, who, "finished", text)


def retired(ticket: Ticket, now: float) -> Ticket:
    """A ticket whose clause or asset is gone from the site's files."""
    ended = replace(_unpaused(ticket, now), state=TicketState.CLOSED, closed_at=now)
    return ended.with_entry(now, GATEWAY, "closed", GONE)


def stranded(ticket: Ticket, now: float) -> Ticket:
    """A ticket whose asset has lost the points that its clause is judged by: nothing proves the repair, so it stays."""
    return ticket if ticket.log[-1].text == STRANDED else ticket.with_entry(now, GATEWAY, "noted", STRANDED)
