"""The tick: readings and people's actions in, alarms, tickets and events out. Start reading here.

    sources ──readings──▶ latest ──▶ derived ──▶ checks ──outcomes──▶ panel ──alarms──▶ register ──tickets──▶ events
              (assets)     (assets)   (standards)           (alarms)           (tickets)            (outbox)

``tick`` is a function of what is known, what arrived and ``now``. It reads no clock and touches no file; all that it
changed is returned as ``Changes`` and committed in one transaction. It judges only what changed or fell due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf

from gateway.actions import Action, StartTest, StopTest, TryOutput, WorkAction
from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE, Key, Panel, worst
from gateway.assets.latest import Latest
from gateway.changes import AuditEntry, Changes
from gateway.clock import A_STEP
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.following import Following
from gateway.foreman import Foreman
from gateway.journal import Journal
from gateway.judge import Judge, make_checks
from gateway.keeping import Keeping
from gateway.model import BadReading, Readings
from gateway.notifying import Notifying
from gateway.overlooked import Overlooked
from gateway.people import Desk
from gateway.proof_tests.command import Told
from gateway.proving.discharges import Discharges
from gateway.proving.proofs import Proofs
from gateway.records import Records
from gateway.rounds.answers import Rounds
from gateway.routing.book import Delivered
from gateway.saved import Saved
from gateway.series import Series
from gateway.standards.check import Check
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome, Verdict
from gateway.telling import stepped
from gateway.tickets.register import Register
from gateway.tickets.ticket import Ticket
from gateway.troubles import Troubles
from gateway.words import Leaving, OutputTold, Overflow, StoreTold, Word
from gateway.works import Works

LINE_STALE_AFTER = 300.0
"""What a source says of its line counts for this long; it repeats it well before."""


class Pipeline:
    """The state of one site, and the only thing that moves it."""

    def __init__(
        self, estate: Estate, saved: Saved, now: float, judgeable: Clause | None = None, ahead: float = 0.0
    ) -> None:
        self.estate = estate
        self.panel = Panel(make_checks(estate), judgeable or estate.standard.clauses.get(JUDGEABLE), saved.alarms)
        self.register = Register(saved.tickets, saved.last_ticket)
        self.records = Records(estate.assets, saved.records)
        self.judge = Judge(estate, self.panel, saved, self.records.latest)
        self.proofs = Proofs(estate, self.judge.latest, saved, now)
        number = self.proofs.discharges.number
        self.rounds = Rounds(estate, self.panel.checks.values(), self.judge.latest, self.records, number)
        self.rounds.remember(saved.tests)
        self.works = Works(saved.works, saved.last_work)
        self.desk = Desk(self.panel, self.register, self.records, self.rounds)
        self.journal = Journal(estate, saved.last_event)
        self.agenda = self.journal.agenda
        self.following = Following(estate, self.panel, self.register, self.records, self.judge, self.journal)
        self.notifying = Notifying(estate, self.panel, self.journal, saved.notices)
        self.foreman = Foreman(estate, self.works, self.desk, self.following.teller, self.journal, ahead)
        self.keeping = Keeping(estate, self.proofs, self.rounds, self.judge, self.following.teller, self.journal)
        self.troubles = Troubles(estate, saved, self.journal)
        self.series = Series(estate, self.panel, self.judge)
        self.bad_reasons: Counter[str] = Counter()
        self.overlooked = Overlooked(estate, self.register, self.judge, self.following.teller, self.journal)
        self.counters = {"readings": 0, "bad_readings": 0, "ticks": 0}
        self._points = _points_of(estate)
        self._judged_by: dict[str, Callable[[str, float], None]] = {
            "stale": self._expire, "alarm": self.following.step_alarm, "check": self._rejudge,
            "derive": self._derive, "time": self._tell_time, "judgeable": self.following.judgeability,
            "ticket": self.following.follow_ticket, "proof": self.keeping.pass_time, "plan": self.keeping.plan,
            "notice": self.notifying.pass_time,
            "overlooked": self._walk, "flood": self.following.end_flood, "work": self.foreman.look,
        }  # fmt: skip
        self._ahead, self._time_until, self._trusted = ahead, inf, False
        if not saved.is_sure:
            self.desk.show_all(self.foreman.words, now)
        self._begin(now, min(now, saved.listened_until or 0.0), saved.is_sure)

    def tick(
        self,
        readings: Iterable[Readings],
        actions: Iterable[Action | Word],
        now: float,
        ahead: float = 0.0,
        trusted: bool = True,
    ) -> tuple[Changes, list[str]]:
        """Take in what arrived, judge what changed or fell due; returns the changes and each action's refusal ("").

        ``ahead``: by how many seconds the clock on the wall, by which windows open, is ahead of ``now``; ``trusted``:
        whether it can be believed.
        """
        self.counters["ticks"] += 1
        self.proofs.set_wall(ahead, trusted)
        self.notifying.set_wall(ahead, trusted)
        newly, self._trusted = trusted and not self._trusted, trusted
        if now >= self._time_until or abs(ahead - self._ahead) >= A_STEP:
            if abs(ahead - self._ahead) >= A_STEP:
                self.journal.tell("clock.stepped", "gateway", stepped(self.estate, now, self._ahead, ahead), now)
            self._ahead = ahead
            self._set_wall(ahead)
            for check in self.judge.set_wall(ahead):
                self.judge.judge(check, now)
            self._tell_time("", now)  # first: what is read at the moment at which a window shuts is no longer in it
        elif newly:
            self._walk("", now)
        self.foreman.set_wall(self._ahead, trusted, now)
        for each in readings:
            self._take(each, now)
        refusals = [self._act(action, now) for action in actions]
        for what, *subject in self.agenda.due(now):
            self._judged_by[what]("\t".join(subject), now)
        self._settle(now)
        self.following.tell_flood(now)
        self.notifying.settle(now)
        self.series.follow(self.changes, now)
        return self.journal.take(), refusals

    # --- readings → verdicts

    def _take(self, readings: Readings, now: float) -> None:
        self.counters["readings"] += len(readings.values)
        if bad := [each.reason for each in readings.values if type(each) is BadReading]:
            self.counters["bad_readings"] += len(bad)
            self.bad_reasons.update(bad)
        if readings.receipt:
            self.changes.receipts.append(readings.receipt)
        if readings.receipt_key:
            self.changes.receipt_keys.append(readings.receipt_key)
        if readings.gap:
            self.following.gap(readings.device, readings.gap, now)
        device = self.estate.devices.get(readings.device)
        stale_after = device.stale_after if device else LINE_STALE_AFTER
        changed = self.judge.latest.take(readings, stale_after)
        if changed:
            self.judge.spread(changed, readings.at, now, self.changes, readings.undated)
            if self.panel.moved:
                self._settle(now)  # at once, so that the evidence is what was read, even if it changes in this tick
        self.keeping.of_device(readings.device, now)
        if readings.device in self._points:
            self.agenda.plan_sooner(("stale", readings.device), min(readings.at, now) + stale_after)

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
        self._walk("", now)

    def _set_wall(self, ahead: float) -> None:
        self.following.set_wall(ahead)
        self.desk.ahead = ahead

    def _walk(self, _: str, now: float) -> None:
        """What is done once a day."""
        if self._trusted:  # a day that a wrong clock tells is none
            self.keeping.walk(now, self._ahead)
            self.overlooked.look(now, self._ahead)

    def _rejudge(self, key: str, now: float) -> None:
        asset, clause = key.split("\t")
        self.judge.judge(self.panel.checks[asset, clause], now)

    # --- verdicts → alarms → tickets → events

    def _settle(self, now: float) -> None:
        """Follow what moved until nothing moves any more."""
        self.following.records(now)
        self.keeping.answers(now)
        self.foreman.settle(now)
        self.following.settle(now)

    def _act(self, action: Action | Word, now: float) -> str:
        if isinstance(action, Word):
            self._hear(action, now)
            return ""
        is_test = isinstance(action, StartTest | StopTest)
        try:
            subject, refused = self._carry_out(action, now), ""
        except Refused as refusal:
            subject, refused = "", str(refusal)
        if is_test or not refused:  # of tests the audit has every attempt
            told = self.desk.words(action) | ({"refused": refused} if refused else {})
            self.changes.audit.append(AuditEntry(now, action.who, type(action).__name__, subject, told))
        return refused

    def _hear(self, word: Word, now: float) -> None:
        match word:
            case Told():
                self.keeping.said(word, now)
            case Delivered():
                self.notifying.said(word, now)
            case OutputTold():
                self.troubles.said(word, now)
            case Overflow():
                self.series.overflow(word, self.journal, now)
            case StoreTold():
                self.troubles.said_of_store(word, now)
            case Leaving():
                self.keeping.leave(now)

    def _carry_out(self, action: Action, now: float) -> str:
        if isinstance(action, StartTest | StopTest):
            return self.keeping.act(action, now)
        if isinstance(action, TryOutput):
            return self.notifying.try_output(action, now)
        if isinstance(action, WorkAction):
            return self.foreman.act(action, now)
        return self.desk.act(action, now)

    # --- start, and what others read

    def _begin(self, now: float, until: float, is_sure: bool) -> None:
        """Cold start: nothing is believed until it is read. ``until``: when the gateway last listened."""
        self.judge.set_wall(self._ahead)
        self.judge.begin(now, until, self.changes)
        self._tell_time("", now)
        self._set_wall(self._ahead)
        self.foreman.begin(is_sure, now)
        self.following.begin(now, until)
        self.keeping.begin(now)
        told = {"site": self.estate.site, "clauses": len(self.panel.checks), "ahead_s": round(self._ahead, 3)}
        self.journal.tell("gateway.started", "gateway", told, now)

    @property
    def changes(self) -> Changes:
        """What the present tick has changed so far."""
        return self.journal.changes

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
        """The worst outcome of the asset's checks; unknown when there is none.

        And where there is nothing to judge at this hour, unless its devices answer: it is not well by the calendar.
        """
        checks = self.checks_of_asset(asset)
        outcome = worst(check.outcome for check in checks)
        unseen = outcome is Outcome.MET and not any(check.judged for check in checks)
        return Outcome.UNKNOWN if unseen and not self.judge.answering(asset) else outcome


def _points_of(estate: Estate) -> dict[str, tuple[int, ...]]:
    """Everything that grows stale together: a device's points, a line's own point."""
    devices = {name: (*device.point_ids.values(), device.answers_id) for name, device in estate.devices.items()}
    lines = {f"connection/{name}": (line.answers_id,) for name, line in estate.connections.items()}
    return devices | lines
