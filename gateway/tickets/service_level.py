"""How long a ticket may take: its clocks, what pauses them, and the steps at which they are told. Pure.

All moments are steady seconds since 1970. A clock ends on its own: who has seen a ticket has not arrived, who has
arrived has not finished, and only a measurement ends the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.model import Priority, Text
from gateway.standards.standard import Clause
from gateway.tickets.calendars import ALWAYS, Calendar, Span, open_spans
from gateway.tickets.ticket import Pause, Ticket

CLOCKS = ("acknowledge", "on_site", "resolve")
TITLES: Mapping[str, Text] = {
    "acknowledge": {"zh": "响应", "en": "to be acknowledged"}, "on_site": {"zh": "到场", "en": "to be on site"},
    "resolve": {"zh": "修复", "en": "to be repaired"},
}  # fmt: skip
ALL_TIME = "24/7"
"""The calendar that every site has."""
SHARES: Mapping[Priority, tuple[float, ...]] = {
    Priority.P1: (0.5, 1.0, 1.5), Priority.P2: (0.75, 1.0), Priority.P3: (1.0,), Priority.P4: (1.0,),
}  # fmt: skip
"""At which shares of a target it is told how late it is; proposed."""
DAILY_LIST = 8 * 60
"""08:00; proposed."""
URGENT = (Priority.P1, Priority.P2)
"""Their clocks run day and night unless the clause names another calendar; proposed."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a site says of its clocks; ``calendar``: the name of the one for what is not urgent."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    calendar: str = ALL_TIME
    shares: Mapping[Priority, tuple[float, ...]] = field(default_factory=lambda: SHARES)
    daily_list: int = DAILY_LIST
    """Minutes after midnight, in ``zone``: when the tickets are told of which nothing was heard for a day."""

    def calendar_of(self, clause: Clause) -> Calendar:
        """The one that the clause names, else the one for its priority."""
        by_priority = ALL_TIME if clause.priority in URGENT else self.calendar
        return self.calendars.get(clause.ticket.calendar or by_priority, ALWAYS)


class Step(NamedTuple):
    """``clock`` reaches ``share`` of its target at ``at``."""

    at: float
    clock: str
    share: float

    @property
    def what(self) -> str:
        """How it is called: before the target, at it, and beyond it."""
        return "due" if self.share < 1 else "overdue" if self.share == 1 else "escalated"


class Clock(NamedTuple):
    """One clock of a ticket at a moment, in seconds; ``ended``: when it did, ``due``: inf while nobody can tell."""

    name: str
    target: float
    due: float
    net: float
    gross: float
    """On the same calendar, pauses not taken off."""
    ended: float | None

    @property
    def remaining(self) -> float:
        """What is left of the target; below zero once it is missed."""
        return self.target - self.net


def counted(calendar: Calendar, start: float, pauses: Sequence[Pause], zone: ZoneInfo, ahead: float) -> Iterator[Span]:
    """When a clock counts from ``start`` on: while its calendar is open and nothing pauses it."""
    breaks = sorted((each.since, inf if each.until is None else each.until) for each in pauses)
    for first, last in open_spans(calendar, start, zone, ahead):
        reached = first
        for since, until in breaks:
            if reached < min(since, last):
                yield reached, min(since, last)
            reached = max(reached, until)
        if reached < last:
            yield reached, last
        elif reached == inf:
            return


def deadline(
    opened: float, target: float, calendar: Calendar, pauses: Sequence[Pause], zone: ZoneInfo, ahead: float = 0.0
) -> float:
    """When a clock that began at ``opened`` has counted ``target`` seconds; inf while a pause has no end."""
    left = target
    for first, last in counted(calendar, opened, pauses, zone, ahead):
        if left <= last - first:
            return first + left
        left -= last - first
    return inf


def elapsed(
    opened: float, until: float, calendar: Calendar, pauses: Sequence[Pause], zone: ZoneInfo, ahead: float = 0.0
) -> float:
    """How many seconds a clock that began at ``opened`` has counted by ``until``."""
    total = 0.0
    for first, last in counted(calendar, opened, pauses, zone, ahead):
        if first >= until:
            break
        total += min(last, until) - first
    return total


def began(ticket: Ticket) -> float:
    """From when a ticket's clocks run: since it was opened, or came back after it was closed."""
    return ticket.opened_at if ticket.since is None else ticket.since


def target_of(clause: Clause, clock: str) -> float | None:
    """Seconds that the clause gives, or None."""
    target: float | None = getattr(clause.ticket, clock)
    return target


def ended(ticket: Ticket, clock: str) -> float | None:
    """When a clock of the ticket ended; None while it runs or is paused."""
    ends = {"acknowledge": (ticket.acknowledged_at, ticket.arrived_at), "on_site": (ticket.arrived_at,), "resolve": ()}
    finished = () if clock == "resolve" else (ticket.finished_at,)
    return min((end for end in (*ends[clock], *finished, ticket.closed_at) if end is not None), default=None)


def clocks(ticket: Ticket, clause: Clause, service: Service, now: float, ahead: float = 0.0) -> list[Clock]:
    """Every clock that the clause gives the ticket, as it stands at ``now``."""
    calendar, start = service.calendar_of(clause), began(ticket)
    found = []
    for name in CLOCKS:
        if (target := target_of(clause, name)) is not None:
            end = ended(ticket, name)
            until = now if end is None else end
            net = elapsed(start, until, calendar, ticket.pauses, service.zone, ahead)
            gross = elapsed(start, until, calendar, (), service.zone, ahead)
            due = deadline(start, target, calendar, ticket.pauses, service.zone, ahead)
            found.append(Clock(name, target, due, net, gross, end))
    return found


def next_step(ticket: Ticket, clause: Clause, service: Service, ahead: float = 0.0) -> Step | None:
    """What is told next unless a person comes first, and when; the moment may lie in the past. None for nothing."""
    calendar, start, shares = service.calendar_of(clause), began(ticket), service.shares[clause.priority]
    steps = []
    for name in CLOCKS:
        target = target_of(clause, name)
        share = next((each for each in shares if each > ticket.told.get(name, 0.0)), None)
        if target is not None and share is not None and ended(ticket, name) is None:
            at = deadline(start, target * share, calendar, ticket.pauses, service.zone, ahead)
            steps.append(Step(at, name, share))
    return min((step for step in steps if step.at < inf), default=None, key=lambda step: (step.at, step.share))
