"""Tickets with a past, made by the desk's own functions; hours count from ``BEGIN``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from gateway.alarms.alarm import Alarm
from gateway.model import Priority
from gateway.reports.period import Period, period
from gateway.standards.standard import Clause, TicketTerms
from gateway.tickets import desk
from gateway.tickets.ticket import GATEWAY, Ticket, TicketState
from tests.story import clause

HOUR = 3600.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH: Period = period(date(2026, 3, 1), date(2026, 3, 31), SHANGHAI, 2e9)
BEGIN = MARCH.since
TERMS = {"acknowledge": 1 * HOUR, "on_site": 2 * HOUR, "resolve": 8 * HOUR}


def asked(priority: str = "P2", **terms: object) -> Clause:
    """A clause on doors whose ticket has an hour, two and eight."""
    made = clause("access-door", {"point": "closed", "equals": True}, priority=Priority(priority))
    return made.model_copy(update={"ticket": TicketTerms.model_validate({"trade": "access", **TERMS, **terms})})


def opened(number: int, hour: float, priority: str = "P2", asset: str = "lobby-door") -> Ticket:
    """A ticket that an alarm opened."""
    alarm = Alarm(asset, "access-door.shut", occurrences=1)
    return desk.open_ticket(number, alarm, asked(priority), "seen", "modbus", BEGIN + hour * HOUR)


def lived(ticket: Ticket, steps: Iterable[tuple[float, str]]) -> Ticket:
    """The ticket after what happened, at hours; what its state does not allow did not happen."""
    for hour, what in steps:
        ticket = step(ticket, what, BEGIN + hour * HOUR)
    return ticket


def step(ticket: Ticket, what: str, now: float) -> Ticket:
    """The ticket after one thing that happened to it."""
    if what == "reopen":
        return desk.reopen(ticket, "again", now) if not ticket.is_open or ticket.finished_at else ticket
    if not ticket.is_open:
        return ticket
    if what in ("close", "withdraw"):
        return desk.retired(ticket, now) if what == "withdraw" else _closed(ticket, now)
    if what == "arrive":
        return desk.arrive(ticket, "li", now) if ticket.arrived_at is None else ticket
    if what == "pause":
        return ticket if ticket.pause or ticket.finished_at else desk.pause(ticket, "li", "a part", now)
    if what == "resume":
        return desk.resume(ticket, "li", now) if ticket.pause else ticket
    if what == "reoccur":
        return ticket.with_entry(now, GATEWAY, "reoccurred", "seen")
    return desk.take(ticket, "li", now) if what == "take" else desk.finish(ticket, "li", "done", now)


def _closed(ticket: Ticket, now: float) -> Ticket:
    ended = replace(desk.retired(ticket, now), state=TicketState.CLOSED)
    return replace(ended, log=(*ticket.log, replace(ended.log[-1], text="closed shut true")))
