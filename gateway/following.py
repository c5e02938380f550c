"""What follows from verdicts: alarms that moved become tickets and events, tickets that moved become events.

Knows no reading; is handed the time. Every event goes into the journal of the tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeAlias

from gateway.alarms import lifecycle
from gateway.alarms.alarm import Alarm, Phase
from gateway.alarms.panel import Key, Panel
from gateway.clock import iso
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.judge import Judge
from gateway.model import Gap, Record
from gateway.records import Records
from gateway.standards.verdict import Outcome
from gateway.telling import Teller, alarm_change
from gateway.tickets.desk import VERIFY_WITHIN, proof_due, remind, retired, stranded
from gateway.tickets.floods import Floods
from gateway.tickets.register import Register
from gateway.tickets.service_level import Step, next_step
from gateway.tickets.ticket import Entry, Ticket, TicketState

Moved: TypeAlias = tuple[Ticket, Entry | None]


class Following:
    """Moves what hangs on the alarms of a site."""

    def __init__(
        self, estate: Estate, panel: Panel, register: Register, records: Records, judge: Judge, journal: Journal
    ) -> None:
        self._estate, self._panel, self._register, self._records = estate, panel, register, records
        self._judge, self._journal = judge, journal
        self.teller = Teller(estate, panel, judge)
        self._floods = Floods((), 0.0)
        self._is_new_flood = False
        self._ahead = 0.0

    def settle(self, now: float) -> None:
        """Follow what moved until nothing moves any more."""
        for asset in sorted(self._take_touched()):  # a set's own order differs from run to run
            self.judgeability(asset, now)
        self.plan()
        self._panel.release(now)
        for before, after in self._panel.take_moved():
            self._follow_alarm(before, after, now)
        while moved := self._register.take_moved():
            begins, flooded = self._floods.take(moved, now)
            for ticket, entry in self._in_order(moved, frozenset(flooded)):
                self._follow_moved(ticket, entry, now)
            self._mark(flooded, begins, now)

    def _in_order(self, moved: Iterable[Moved], flooded: frozenset[int]) -> list[Moved]:
        """The most urgent first, and each ticket's own moves as they came."""
        marked = ((self._floods.marked(each) if each.id in flooded else each, entry) for each, entry in moved)
        return sorted(marked, key=lambda each: each[0].priority)

    def _mark(self, flooded: Iterable[int], begins: bool, now: float) -> None:
        """These tickets are part of the flood."""
        for number in flooded:
            self._register.put(self._floods.marked(self._register.get(number)))
        self._is_new_flood |= begins
        self._journal.agenda.plan(("flood",), self._floods.ends)

    def tell_flood(self, now: float) -> None:
        """The end of a tick: a flood that began in it is told with all that came."""
        if self._is_new_flood:
            name, data = self._flood(now)
            self._journal.tell("tickets.flooded", name, data, now)
            self._is_new_flood = False

    def end_flood(self, _: str, now: float) -> None:
        """No ticket came for a while, unless one just did."""
        if self._floods.ends is not None and self._floods.ends <= now:
            name, data = self._flood(now)
            self._journal.tell("tickets.subsided", name, data, now)
            self._floods.end()
        self._journal.agenda.plan(("flood",), self._floods.ends)

    def _flood(self, now: float) -> tuple[str, dict[str, Any]]:
        """What it is called, and all that came."""
        began = self._floods.began or now
        tickets = [each for each in self._register.tickets.values() if each.flood == began]
        return f"flood/{iso(began)}", self.teller.flood(began, tickets)

    def records(self, now: float) -> None:
        """Follow what people have told."""
        for record in self._records.take_added():
            self._follow_record(record, now)

    def plan(self) -> None:
        """Put on the agenda what will change by time alone; keep since when what is patient is unknown."""
        for point, when in self._judge.derivations.again.items():
            self._journal.agenda.plan(("derive", str(point)), when)
        for key, moment in self._judge.again.items():
            self._journal.agenda.plan(("check", *key), moment)
        self._journal.changes.unknown_since.update(self._judge.unknown_since)
        for followed in (self._judge.derivations.again, self._judge.again, self._judge.unknown_since):
            followed.clear()

    def _follow_moved(self, ticket: Ticket, entry: Entry | None, now: float) -> None:
        self._journal.changes.tickets[ticket.id] = ticket
        self._plan_ticket(ticket, proof_due(ticket))
        if entry:
            self._journal.tell(f"ticket.{entry.what}", f"ticket/{ticket.id}", self.teller.ticket(ticket, entry), now)
            if entry.what in ("finished", "ticked"):
                self.follow_ticket(str(ticket.id), now)  # the proof may be there already

    def _plan_ticket(self, ticket: Ticket, proof: float | None) -> None:
        """Look at it again when its next step is to be told, or when its repair must be proven."""
        step = self._next_step(ticket)
        moments = [moment for moment in (proof, step.at if step else None) if moment is not None]
        self._journal.agenda.plan(("ticket", str(ticket.id)), min(moments, default=None))

    def _next_step(self, ticket: Ticket) -> Step | None:
        clause = self._panel.clause((ticket.asset, ticket.clause))
        return next_step(ticket, clause, self._estate.service, self._ahead) if clause and ticket.is_open else None

    def _remind(self, ticket: Ticket, now: float) -> Ticket:
        """Tell every step that the ticket's clocks have come to."""
        clause = self._panel.clause((ticket.asset, ticket.clause))
        while clause and (step := self._next_step(ticket)) and step.at <= now:
            ticket = remind(ticket, step, clause, now)
            self._register.put(ticket)
        return ticket

    def set_wall(self, ahead: float) -> None:
        """The clock on the wall was set: working hours begin and end by it. ``ahead``: as of ``Pipeline.tick``."""
        if ahead != self._ahead:
            self._ahead = ahead
            for ticket in self._register.open():
                self._plan_ticket(ticket, proof_due(ticket))

    def _take_touched(self) -> set[str]:
        touched, self._judge.touched = self._judge.touched, set()
        return touched

    def judgeability(self, asset: str, now: float) -> None:
        """Whether the asset can be judged, or for how long it cannot."""
        again = self._panel.judgeability(asset, partial(self._judge.answering, asset), now)
        self._journal.agenda.plan(("judgeable", asset), again)

    def step_alarm(self, key: str, now: float) -> None:
        """An alarm's own time has come; ``key``: asset and clause, joined by a tab."""
        asset, clause = key.split("\t")
        self._panel.step((asset, clause), self._panel.alarm((asset, clause)).outcome, now)

    def _follow_record(self, record: Record, now: float) -> None:
        self._journal.changes.records.append(record)
        is_latest = self._records.is_latest(record)
        if is_latest:
            self._judge.told(record, now, self._journal.changes)
        self._journal.tell("record.added", "/".join(record.key), self.teller.record(record, is_latest), now)

    def _follow_alarm(self, before: Alarm, after: Alarm, now: float) -> None:
        self._journal.changes.alarms[after.key] = after
        self._journal.agenda.plan(("alarm", *after.key), self._panel.due(after.key))
        change = alarm_change(before, after)
        if change:
            self._journal.tell(f"alarm.{change}", f"{after.asset}/{after.clause}", self.teller.alarm(after, now), now)
        self._follow(after, now)

    def follow_ticket(self, number: str, now: float) -> None:
        """A ticket's own time has come, or a person said that its work is done."""
        ticket = self._remind(self._register.get(int(number)), now)
        alarm = self._panel.alarm((ticket.asset, ticket.clause))
        self._follow(alarm, now)
        proof = proof_due(self._register.get(ticket.id))
        if proof is not None and proof <= now:
            proof = now + VERIFY_WITHIN if self._awaits_judging(alarm) else None
        self._plan_ticket(self._register.get(ticket.id), proof)

    def _awaits_judging(self, alarm: Alarm) -> bool:
        """A person said "done" while the clause's guard leaves nothing to judge: the proof has to wait."""
        check, ticket = self._panel.checks.get(alarm.key), self._register.latest(*alarm.key)
        finished = ticket is not None and ticket.state is TicketState.FINISHED
        return finished and alarm.standing and check is not None and not check.judged

    def _follow(self, alarm: Alarm, now: float) -> None:
        clause, asset = self._panel.clause(alarm.key), self._estate.assets.get(alarm.asset)
        if clause and asset and not self._awaits_judging(alarm):
            evidence = self.teller.evidence_text(*alarm.key, now)
            is_well = alarm.phase is Phase.NORMAL and alarm.outcome is Outcome.MET
            proof = self.teller.proof(alarm) if is_well else None
            text = f"{evidence}; {self.teller.proven(proof)['en']}" if proof else evidence
            self._register.follow(alarm, clause, text, asset.protocol, now, proof)

    def begin(self, now: float, until: float) -> None:
        """Cold start: what was clearing must be proven anew, and what the site no longer asks for ends.

        ``until``: when the gateway last listened.
        """
        self.plan()
        self._judge.touched.update(check.asset for check in self._panel.checks.values())
        for key in list(self._panel.alarms):
            self._begin_alarm(key, now)
        for key in list(self._panel.alarms):
            self._panel.suppress(key, now)  # what hid it may be gone from the site's files
        for ticket in self._register.open():
            self._plan_ticket(ticket, proof_due(ticket) if ticket.held_since is None else now)
        self._floods = Floods(self._register.tickets.values(), until)
        self._journal.agenda.plan(("flood",), self._floods.ends)

    def _begin_alarm(self, key: Key, now: float) -> None:
        check = self._panel.checks.get(key)
        exempt = check is not None and self._judge.exempt(check)
        ticket = self._register.latest(*key)
        if ticket and ticket.is_open and check is None and self._is_asked_for(key):
            self._register.put(stranded(ticket, now))
        elif self._panel.clause(key) is None or key[0] not in self._panel.of_asset or exempt:
            self._retire(self._panel.retire(key), now)
            if check:
                self._judge.judge(check, now)
        else:
            if not (ticket and ticket.is_open) and self._is_untold(self._panel.alarm(key), now):
                self._panel.put(lifecycle.untold(self._panel.alarm(key)), now)
            self._panel.step(key, check.outcome if check else Outcome.UNKNOWN, now)
            self._journal.agenda.plan(("alarm", *key), self._panel.due(key))

    def _is_untold(self, alarm: Alarm, now: float) -> bool:
        """Whether it stood while it was hidden, by what may be over; one that is latched waits for a person.

        And of one that may be unknown for days nobody would hear in all that time.
        """
        hidden_until = max(alarm.shelved_until or 0.0, alarm.out_of_service_until or 0.0)
        delays = self._panel.delays(alarm.key)
        waits = not (delays.latched or delays.patient)
        return alarm.standing and alarm.hidden and hidden_until <= now and waits

    def _is_asked_for(self, key: Key) -> bool:
        """Whether the site's files still have the asset and the clause, also when nothing can answer it any more."""
        asset, clause = self._estate.assets.get(key[0]), self._estate.standard.clauses.get(key[1])
        return asset is not None and clause is not None and clause.applies_to == asset.kind

    def gap(self, line: str, gap: Gap, now: float) -> None:
        """A line is listened to again; what was said meanwhile may be missing."""
        self._journal.tell("connection.restored", line, self.teller.gap(line, gap), now)

    def _retire(self, alarm: Alarm, now: float) -> None:
        """The site's files no longer ask for this: the alarm and its ticket end, and say so."""
        if alarm.standing and not alarm.hidden:
            self._journal.tell("alarm.hidden", f"{alarm.asset}/{alarm.clause}", self.teller.alarm(alarm, now), now)
        self._journal.changes.alarms[alarm.key] = Alarm(*alarm.key, occurrences=alarm.occurrences)
        ticket = self._register.latest(*alarm.key)
        if ticket and ticket.is_open:
            self._register.put(retired(ticket, now))
