"""What people do, carried out on alarms, tickets and records; every refusal says why."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, assert_never

from gateway.actions import (
    Acknowledge,
    Action,
    AddPhoto,
    AddRecord,
    AnswerTask,
    ArriveAtTicket,
    AssignTicket,
    DeskAction,
    ExplainTicket,
    FinishTicket,
    FitPart,
    LinkTickets,
    NoteTicket,
    PaperAction,
    PauseTicket,
    ResumeTicket,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    TicketAction,
    TickItem,
    UnlinkTickets,
    Unshelve,
    UntickItem,
)
from gateway.alarms import lifecycle
from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE, Key, Panel
from gateway.errors import Refused
from gateway.model import Priority
from gateway.records import Records
from gateway.rounds.answers import Rounds
from gateway.standards.standard import Clause
from gateway.tickets import desk, links, paperwork
from gateway.tickets.register import Register
from gateway.tickets.ticket import Ticket

LONGEST_SHELF = 24 * 3600.0
"""A life-safety alarm (P1, P2) may not be hidden for longer than a day at a time; proposed."""


class Desk:
    """Carries out one action; returns what it was about, for the audit."""

    def __init__(self, panel: Panel, register: Register, records: Records, rounds: Rounds) -> None:
        self._rounds = rounds
        self._panel = panel
        self._register = register
        self._records = records
        self.ahead = 0.0
        """By how many seconds the clock on the wall, by which people tell times, is ahead of steady time."""

    def act(self, action: DeskAction, now: float) -> str:
        """Raises Refused when the present state does not allow it."""
        match action:
            case Acknowledge() | Shelve() | Unshelve():
                return self._alarm(action, now)
            case TakeOutOfService() | ReturnToService():
                return self._service(action, now)
            case AddRecord():
                return "/".join(self._records.add(action, now, now + self.ahead).key)
            case AnswerTask():
                return self._rounds.answer(action, now, self.ahead)
            case _:
                return self._ticket(action, now)

    def words(self, action: Action) -> dict[str, Any]:
        """The action as data, for the audit."""
        return {name: value for name, value in dataclasses.asdict(action).items() if name != "who"}

    def _ticket(self, action: TicketAction, now: float) -> str:
        ticket = self._register.get(action.ticket)
        match action:
            case TakeTicket():
                self._register.put(desk.take(ticket, action.who, now))
            case ArriveAtTicket():
                self._register.put(desk.arrive(ticket, action.who, now))
            case PauseTicket():
                self._register.put(desk.pause(ticket, action.who, action.reason, now))
            case ResumeTicket():
                self._register.put(desk.resume(ticket, action.who, now))
            case NoteTicket():
                self._register.put(desk.note(ticket, action.who, action.text, now))
            case FinishTicket():
                self._register.put(desk.finish(ticket, action.who, action.text, now))
                self._acknowledge((ticket.asset, ticket.clause), action.who, now)
            case _:
                clause = self._panel.clause((ticket.asset, ticket.clause))
                for each in _written(action, ticket, self._register, clause, now):
                    self._register.put(each)
        return f"ticket/{ticket.id}"

    def _acknowledge(self, key: Key, who: str, now: float) -> None:
        """Who finishes the work has seen the alarm: a latched one may clear once it is met again."""
        if self._panel.clause(key):
            self._move(lifecycle.acknowledge(self._panel.alarm(key), who, now), now)

    def _move(self, alarm: Alarm, now: float) -> None:
        self._panel.put(alarm, now)
        self._panel.step(alarm.key, alarm.outcome, now)

    def _alarm(self, action: Acknowledge | Shelve | Unshelve, now: float) -> str:
        alarm = self._standing(action)
        match action:
            case Acknowledge():
                self._move(lifecycle.acknowledge(alarm, action.who, now), now)
            case Shelve():
                self._hideable(alarm.key, action.reason, action.until - now)
                self._move(lifecycle.shelve(alarm, action.who, action.reason, action.until), now)
            case Unshelve():
                self._move(lifecycle.unshelve(alarm, self._panel.delays(alarm.key)), now)
        return f"{alarm.asset}/{alarm.clause}"

    def _standing(self, action: Acknowledge | Shelve | Unshelve) -> Alarm:
        key = (action.asset, action.clause)
        if self._panel.clause(key) is None:
            raise Refused(f"there is no clause {action.clause} on {action.asset}")
        alarm = self._panel.alarm(key)
        if isinstance(action, Acknowledge) and not alarm.standing:
            raise Refused(f"{action.clause} on {action.asset} is not raised")
        if isinstance(action, Unshelve) and alarm.shelved_until is None:
            raise Refused(f"{action.clause} on {action.asset} is not shelved")
        return alarm

    def _hideable(self, key: Key, reason: str, seconds: float) -> None:
        clause = self._panel.clause(key)
        if not reason.strip():
            raise Refused("a reason is needed")
        if seconds <= 0:
            raise Refused("the end lies in the past")
        if clause and clause.priority in (Priority.P1, Priority.P2) and round(seconds, 3) > LONGEST_SHELF:
            raise Refused(f"a {clause.priority} alarm may be hidden for 24 hours at most")

    def _service(self, action: TakeOutOfService | ReturnToService, now: float) -> str:
        concerned = self._concerned(action.asset, action.clause)
        if isinstance(action, TakeOutOfService):  # all of them or none, before the first is touched
            for key in concerned:
                self._hideable(key, action.reason, action.until - now)
        for key in concerned:
            alarm = self._panel.alarm(key)
            if isinstance(action, TakeOutOfService):
                self._move(lifecycle.take_out_of_service(alarm, action.who, action.reason, action.until), now)
            else:
                self._move(lifecycle.return_to_service(alarm, self._panel.delays(key), now), now)
        return action.asset

    def _concerned(self, asset: str, clause: str | None) -> list[Key]:
        """The clause on the asset, or all there are; raises Refused where there is none."""
        clauses = [each.clause_id for each in self._panel.of_asset.get(asset, [])]
        clauses += [JUDGEABLE] if clauses and self._panel.clause((asset, JUDGEABLE)) else []
        concerned = [(asset, each) for each in clauses if clause in (None, each)]
        if not concerned:
            raise Refused(f"there is no clause {clause or 'at all'} on {asset}")
        return concerned

    def hideable(self, asset: str, reason: str, seconds: float) -> None:
        """Raises Refused unless the whole asset may be out of service for so long."""
        for key in self._concerned(asset, None):
            self._hideable(key, reason, seconds)

    def show_all(self, besides: Collection[tuple[str, str, str]], now: float) -> None:
        """Nobody knows how long ago people hid things for a while: all is shown, ``besides`` as ``Foreman.words``."""
        for alarm in list(self._panel.alarms.values()):
            delays = self._panel.delays(alarm.key)
            shown = lifecycle.unshelve(alarm, delays)
            by = (alarm.asset, alarm.out_of_service_by, alarm.out_of_service_reason)
            if by not in besides and shown.out_of_service_until is not None:
                shown = lifecycle.return_to_service(shown, delays, now)
            self._panel.put(shown, now)

    def cover(self, asset: str, who: str, reason: str, until: float, now: float) -> None:
        """Take it out of service, all or none of it, but for what is out of service for longer; raises Refused."""
        self.hideable(asset, reason, until - now)
        for alarm in map(self._panel.alarm, self._concerned(asset, None)):
            if alarm.out_of_service_until is None or alarm.out_of_service_until < until:
                self._panel.put(lifecycle.take_out_of_service(alarm, who, reason, until), now)

    def set_end(self, asset: str, who: str, reason: str, until: float | None, now: float) -> None:
        """What ``who`` took out of service for that reason, and still is, is so until another time, or no longer."""
        for alarm in [each for each in self._panel.alarms.values() if each.asset == asset]:
            by = (alarm.out_of_service_by, alarm.out_of_service_reason)
            if alarm.out_of_service_until is None or by != (who, reason):
                continue
            ended = lifecycle.return_to_service(alarm, self._panel.delays(alarm.key), now)
            self._panel.put(ended if until is None else lifecycle.take_out_of_service(alarm, who, reason, until), now)


def _written(
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
