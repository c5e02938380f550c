"""The tick: readings and people's actions in, alarms, tickets and events out. Start reading here.

    sources ──readings──▶ latest ──▶ derived ──▶ checks ──outcomes──▶ panel ──alarms──▶ register ──tickets──▶ events
              (assets)     (assets)   (standards)           (alarms)           (tickets)            (outbox)

``tick`` is a function of what is known, what arrived and ``now``. It reads no clock and touches no file; all that it
changed is returned as ``Changes`` and committed in one transaction. It judges only what changed or fell due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from math import inf
from typing import Any

from gateway.actions import Action, StartTest, StopTest
from gateway.agenda import Agenda
from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE, Key, Panel, worst
from gateway.assets.latest import Latest
from gateway.changes import AuditEntry, Changes
from gateway.clock import A_STEP
from gateway.discharges import Discharges
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.judge import Judge, make_checks
from gateway.model import BadReading, Event, Readings, Record, noun_and_verb
from gateway.people import Desk
from gateway.proof_tests.command import Told
from gateway.proof_tests.entry import Entry as LogEntry
from gateway.proof_tests.procedure import Stage
from gateway.proofs import Proofs
from gateway.records import Records
from gateway.rounds.answers import Rounds
from gateway.rounds.walks import Walks
from gateway.saved import Saved
from gateway.standards.check import Check
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome, Verdict
from gateway.telling import Teller, alarm_change
from gateway.tickets.desk import VERIFY_WITHIN, proof_due, retired, stranded
from gateway.tickets.register import Register
from gateway.tickets.ticket import Entry, Ticket, TicketState

PROGRESS: Mapping[Stage, str] = {
    Stage.PRECHECK: "asked", Stage.ARMED: "armed", Stage.RUNNING: "started", Stage.STOPPING: "stopping",
    Stage.SETTLING: "ended",
}  # fmt: skip
"""What an event calls a proof test that came so far."""
LINE_STALE_AFTER = 300.0
"""What a source says of its line counts for this long; it repeats it well before."""


class Pipeline:
    """The state of one site, and the only thing that moves it."""

    def __init__(self, estate: Estate, saved: Saved, now: float, judgeable: Clause | None = None) -> None:
        self.estate = estate
        self.panel = Panel(make_checks(estate), judgeable or estate.standard.clauses.get(JUDGEABLE), saved.alarms)
        self.register = Register(saved.tickets, saved.last_ticket)
        self.records = Records(estate.assets, saved.records)
        self.judge = Judge(estate, self.panel, saved, self.records.latest)
        self.proofs = Proofs(estate, self.judge.latest, saved, now)
        self.teller = Teller(estate, self.panel, self.judge)
        number = self.proofs.discharges.number
        self.rounds = Rounds(estate, self.panel.checks.values(), self.judge.latest, self.records, number)
        self.rounds.remember(saved.tests)
        self.walks = Walks(estate, number, self.proofs.self_tests.answers)
        self.desk = Desk(self.panel, self.register, self.records, self.rounds)
        self.agenda: Agenda[tuple[str, ...]] = Agenda()
        self.counters = {"readings": 0, "bad_readings": 0, "ticks": 0}
        self._sequence = saved.last_event
        self._points = _points_of(estate)
        self._judged_by: dict[str, Callable[[str, float], None]] = {
            "stale": self._expire, "alarm": self._step_alarm, "check": self._rejudge,
            "derive": self._derive, "time": self._tell_time, "judgeable": self._judgeability,
            "ticket": self._follow_ticket, "proof": self._pass_time, "plan": self._plan_tests,
        }  # fmt: skip
        self.changes = Changes()
        self._ahead, self._time_until, self._trusted = 0.0, inf, False
        self._begin(now, min(now, saved.listened_until or 0.0))

    def tick(
        self,
        readings: Iterable[Readings],
        actions: Iterable[Action | Told],
        now: float,
        ahead: float = 0.0,
        trusted: bool = True,
    ) -> tuple[Changes, list[str]]:
        """Take in what arrived, judge what changed or fell due; returns the changes and each action's refusal ("").

        ``ahead``: by how many seconds the clock on the wall, by which windows open, is ahead of ``now``; ``trusted``:
        whether it can be believed.
        """
        self.counters["ticks"] += 1
        self.proofs.trust(trusted, ahead)
        newly, self._trusted = trusted and not self._trusted, trusted
        if now >= self._time_until or abs(ahead - self._ahead) >= A_STEP:
            self._ahead = ahead
            self._tell_time("", now)  # first: what is read at the moment at which a window shuts is no longer in it
        elif newly:
            self._walk(now)
        for each in readings:
            self._take(each, now)
        refusals = [self._act(action, now) for action in actions]
        for what, *subject in self.agenda.due(now):
            self._judged_by[what]("\t".join(subject), now)
        self._settle(now)
        changes, self.changes = self.changes, Changes()
        return changes, refusals

    # --- readings → verdicts

    def _take(self, readings: Readings, now: float) -> None:
        self.counters["readings"] += len(readings.values)
        self.counters["bad_readings"] += sum(1 for each in readings.values if type(each) is BadReading)
        if readings.receipt:
            self.changes.receipts.append(readings.receipt)
        if readings.receipt_key:
            self.changes.receipt_keys.append(readings.receipt_key)
        device = self.estate.devices.get(readings.device)
        stale_after = device.stale_after if device else LINE_STALE_AFTER
        changed = self.judge.latest.take(readings, stale_after)
        if changed:
            self.judge.spread(changed, readings.at, now, self.changes)
            if self.panel.moved:
                self._settle(now)  # at once, so that the evidence is what was read, even if it changes in this tick
        if readings.device in self.proofs.by_device:
            self._book(self.proofs.of_device(readings.device, now), now)
        if readings.device in self._points and ("stale", readings.device) not in self.agenda:
            self.agenda.plan(("stale", readings.device), min(readings.at, now) + stale_after)

    def _expire(self, device: str, now: float) -> None:
        expired, again = self.judge.latest.expire(self._points[device], now)
        self.judge.spread(expired, now, now, self.changes)
        self.agenda.plan(("stale", device), again)

    def _derive(self, point: str, now: float) -> None:
        changed, memories = self.judge.derivations.compute(int(point), now)
        self.changes.memories.update(memories)
        self.judge.spread(changed, now, now, self.changes)

    def _tell_time(self, _: str, now: float) -> None:
        """Windows open and close, and days begin, by the clock on the wall."""
        changed, until = self.judge.site_points.compute(now, self._ahead)
        self.judge.spread(changed, now, now, self.changes)
        self._time_until = inf if until is None else until
        self.agenda.plan(("time",), until)
        self._walk(now)

    def _walk(self, now: float) -> None:
        """Write down what the days that are over proved of the perimeter; a day that a wrong clock tells is none."""
        if not self._trusted:
            return
        self._remember(self.walks.corrected(self.judge.derivations.memories, now, self._ahead))
        for day in self.walks.look(self.judge.derivations.memories, now, self._ahead):
            self._remember(day.memories)
            self._book(day.entries, now)
            self._tell("perimeter.reported", f"perimeter/{day.day}", self.walks.report(day), now)

    def _remember(self, memories: Mapping[int, Any]) -> None:
        self.judge.derivations.memories.update(memories)
        self.changes.memories.update(memories)

    def _pass_time(self, asset: str, now: float) -> None:
        self._book(self.proofs.pass_time(asset, now), now)

    def _plan_tests(self, _: str, now: float) -> None:
        self._book(self.proofs.plan(now), now)

    def _book(self, entries: Iterable[LogEntry], now: float) -> None:
        """Write lines into the log book; what they prove is judged at once, and so is a test that does not end."""
        for each in entries:
            entry = self.teller.signed(each)
            self.changes.entries.append(entry)
            for kind in self.proofs.discharges.proves(entry):
                self.judge.proven(entry, kind, now, self.changes)
            self._tell("proof_test.finished", f"log-book/{entry.id}", self.teller.entry(entry), now)
        moved, points = self.proofs.take(self.changes, self.agenda, now)
        for test in moved:
            self._tell(f"proof_test.{PROGRESS[test.stage]}", f"proof-test/{test.asset}", self.teller.test(test), now)
        changed = [point for point, value in points.items() if self.judge.latest.set(point, value, now)]
        self.judge.spread(changed, now, now, self.changes)

    def _rejudge(self, key: str, now: float) -> None:
        asset, clause = key.split("\t")
        self.judge.judge(self.panel.checks[asset, clause], now)

    # --- verdicts → alarms → tickets → events

    def _settle(self, now: float) -> None:
        """Follow what moved until nothing moves any more."""
        for record in self.records.take_added():
            self._follow_record(record, now)
        if answered := self.rounds.take_entries():
            self._book(answered, now)
        for asset in sorted(self._take_touched()):  # a set's own order differs from run to run
            self._judgeability(asset, now)
        self._plan()
        for before, after in self.panel.take_moved():
            self._follow_alarm(before, after, now)
        while moved := self.register.take_moved():
            for ticket, entry in moved:
                self._follow_moved(ticket, entry, now)

    def _plan(self) -> None:
        """Put on the agenda what will change by time alone; keep since when what is patient is unknown."""
        for point, when in self.judge.derivations.again.items():
            self.agenda.plan(("derive", str(point)), when)
        for key, moment in self.judge.again.items():
            self.agenda.plan(("check", *key), moment)
        self.changes.unknown_since.update(self.judge.unknown_since)
        for followed in (self.judge.derivations.again, self.judge.again, self.judge.unknown_since):
            followed.clear()

    def _follow_moved(self, ticket: Ticket, entry: Entry | None, now: float) -> None:
        self.changes.tickets[ticket.id] = ticket
        self.agenda.plan(("ticket", str(ticket.id)), proof_due(ticket))
        if entry:
            self._tell(f"ticket.{entry.what}", f"ticket/{ticket.id}", self.teller.ticket(ticket, entry), now)
            if entry.what == "finished":
                self._follow_ticket(str(ticket.id), now)  # the proof may be there already

    def _take_touched(self) -> set[str]:
        touched, self.judge.touched = self.judge.touched, set()
        return touched

    def _judgeability(self, asset: str, now: float) -> None:
        again = self.panel.judgeability(asset, lambda: self.judge.answering(asset), now)
        self.agenda.plan(("judgeable", asset), again)

    def _step_alarm(self, key: str, now: float) -> None:
        asset, clause = key.split("\t")
        self.panel.step((asset, clause), self.panel.alarm((asset, clause)).outcome, now)

    def _follow_record(self, record: Record, now: float) -> None:
        self.changes.records.append(record)
        is_latest = self.records.is_latest(record)
        if is_latest:
            self.judge.told(record, now, self.changes)
        self._tell("record.added", "/".join(record.key), self.teller.record(record, is_latest), now)

    def _follow_alarm(self, before: Alarm, after: Alarm, now: float) -> None:
        self.changes.alarms[after.key] = after
        self.agenda.plan(("alarm", *after.key), self.panel.due(after.key))
        change = alarm_change(before, after)
        if change:
            self._tell(f"alarm.{change}", f"{after.asset}/{after.clause}", self.teller.alarm(after, now), now)
        self._follow(after, now)

    def _follow_ticket(self, number: str, now: float) -> None:
        ticket = self.register.get(int(number))
        alarm = self.panel.alarm((ticket.asset, ticket.clause))
        self._follow(alarm, now)
        if self._awaits_judging(alarm):
            self.agenda.plan(("ticket", number), now + VERIFY_WITHIN)

    def _awaits_judging(self, alarm: Alarm) -> bool:
        """A person said "done" while the clause's guard leaves nothing to judge: the proof has to wait."""
        check, ticket = self.panel.checks.get(alarm.key), self.register.latest(*alarm.key)
        finished = ticket is not None and ticket.state is TicketState.FINISHED
        return finished and alarm.standing and check is not None and not check.judged

    def _follow(self, alarm: Alarm, now: float) -> None:
        clause, asset = self.panel.clause(alarm.key), self.estate.assets.get(alarm.asset)
        if clause and asset and not self._awaits_judging(alarm):
            evidence = self.teller.evidence_text(*alarm.key, now)
            self.register.follow(alarm, clause, evidence, asset.protocol, now)

    def _tell(self, what: str, subject: str, data: dict[str, Any], now: float) -> None:
        self._sequence += 1
        event = Event(self.estate.site, self._sequence, f"touchpoint.{what}.v1", subject, now, data)
        self.changes.events.append(event)
        for output in self.estate.outputs.values():
            if any(fnmatchcase(noun_and_verb(event.type), pattern) for pattern in output.events):
                self.changes.outbox.append((output.name, event))

    def _act(self, action: Action | Told, now: float) -> str:
        if isinstance(action, Told):
            self._book(self.proofs.said(action, now), now)
            return ""
        try:
            subject, refused = self._carry_out(action, now), ""
        except Refused as refusal:
            subject, refused = "", str(refusal)
        if not refused or isinstance(action, StartTest | StopTest):  # the audit has every attempt
            told = self.desk.words(action) | ({"refused": refused} if refused else {})
            self.changes.audit.append(AuditEntry(now, action.who, type(action).__name__, subject, told))
        return refused

    def _carry_out(self, action: Action, now: float) -> str:
        if not isinstance(action, StartTest | StopTest):
            return self.desk.act(action, now)
        try:
            self.proofs.act(action, now)
        finally:
            self._book(self.proofs.rest(now), now)
        return action.asset

    # --- start, and what others read

    def _begin(self, now: float, until: float) -> None:
        """Cold start: nothing is believed until it is read; what was clearing must be proven anew."""
        self.judge.begin(now, until, self.changes)
        self._tell_time("", now)
        self._plan()
        self.judge.touched.update(check.asset for check in self.panel.checks.values())
        for key in list(self.panel.alarms):
            self._begin_alarm(key, now)
        for key in list(self.panel.alarms):
            self.panel.suppress(key, now)  # what hid it may be gone from the site's files
        for ticket in self.register.open():
            self.agenda.plan(("ticket", str(ticket.id)), proof_due(ticket))
        self._book(self.proofs.begin(now), now)
        self._tell("gateway.started", "gateway", {"site": self.estate.site, "clauses": len(self.panel.checks)}, now)

    def _begin_alarm(self, key: Key, now: float) -> None:
        check = self.panel.checks.get(key)
        exempt = check is not None and self.judge.exempt(check)
        ticket = self.register.latest(*key)
        if ticket and ticket.is_open and check is None and self._is_asked_for(key):
            self.register.put(stranded(ticket, now))
        elif self.panel.clause(key) is None or key[0] not in self.panel.of_asset or exempt:
            self._retire(self.panel.alarms.pop(key), now)
            if check:
                self.judge.judge(check, now)
        else:
            self.panel.step(key, check.outcome if check else Outcome.UNKNOWN, now)
            self.agenda.plan(("alarm", *key), self.panel.due(key))

    def _is_asked_for(self, key: Key) -> bool:
        """Whether the site's files still have the asset and the clause, also when nothing can answer it any more."""
        asset, clause = self.estate.assets.get(key[0]), self.estate.standard.clauses.get(key[1])
        return asset is not None and clause is not None and clause.applies_to == asset.kind

    def _retire(self, alarm: Alarm, now: float) -> None:
        """The site's files no longer ask for this: the alarm and its ticket end, and say so."""
        if alarm.standing and not alarm.hidden:
            self._tell("alarm.hidden", f"{alarm.asset}/{alarm.clause}", self.teller.alarm(alarm, now), now)
        self.changes.alarms[alarm.key] = Alarm(*alarm.key, occurrences=alarm.occurrences)
        ticket = self.register.latest(*alarm.key)
        if ticket and ticket.is_open:
            self.register.put(retired(ticket, now))

    @property
    def latest(self) -> Latest:
        """The latest reading of every point."""
        return self.judge.latest

    def proven(self) -> frozenset[tuple[str, str]]:
        """Assets, and which tests and looks of them were answered: passed, failed, found right or wrong."""
        return self.proofs.discharges.tested() | self.rounds.answered()

    @property
    def discharges(self) -> Discharges:
        """What is seen of batteries that are discharged."""
        return self.proofs.discharges

    @property
    def alarms(self) -> Mapping[Key, Alarm]:
        """Every alarm that ever left normal."""
        return self.panel.alarms

    @property
    def tickets(self) -> Mapping[int, Ticket]:
        """Open tickets, and those closed of late, by number."""
        return self.register.tickets

    def verdict(self, asset: str, clause: str) -> Verdict:
        """The last verdict with its evidence; raises KeyError when the clause is not judged on that asset."""
        return self.judge.verdict(self.panel.checks[asset, clause])

    def checks_of_asset(self, asset: str) -> Sequence[Check]:
        """The checks that the asset can answer."""
        return self.panel.of_asset.get(asset, [])

    def asset_outcome(self, asset: str) -> Outcome:
        """The worst outcome of the asset's checks; unknown when there is none."""
        return worst(check.outcome for check in self.checks_of_asset(asset))


def _points_of(estate: Estate) -> dict[str, tuple[int, ...]]:
    """Everything that grows stale together: a device's points, a line's own point."""
    devices = {name: (*device.point_ids.values(), device.answers_id) for name, device in estate.devices.items()}
    lines = {f"connection/{name}": (line.answers_id,) for name, line in estate.connections.items()}
    return devices | lines
