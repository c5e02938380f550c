"""Episodes in any order: readings, people, time, crashes and failing commits on a real file, and what must always hold.

The quick profile plays 200 sequences; ``TOUCHPOINT_FULL=1`` plays 10,000 (RELIABILITY B9).
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.actions import (
    Acknowledge,
    Action,
    AddPhoto,
    AssignTicket,
    CancelWork,
    ExplainTicket,
    FinishTicket,
    FitPart,
    LinkTickets,
    NoteTicket,
    PlanWork,
    ReturnToService,
    Shelve,
    TakeOutOfService,
    TakeTicket,
    TickItem,
    UnlinkTickets,
    Unshelve,
    UntickItem,
)
from gateway.alarms.alarm import Alarm, Phase
from gateway.alarms.panel import JUDGEABLE
from gateway.changes import Changes
from gateway.estate import Estate
from gateway.model import BadReading, Reading, Readings, noun_and_verb
from gateway.pipeline import Pipeline
from gateway.standards.verdict import Outcome
from gateway.store.sqlite import Database
from gateway.tickets.links import OPPOSITE, original_of
from gateway.tickets.paperwork import missing
from gateway.tickets.ticket import Ticket, TicketState
from tests.looks import audit_broken_at
from tests.story import NOON, Plan, clause, pass_time

FULL = os.environ.get("TOUCHPOINT_FULL") == "1"
ASSETS = ("door", "ext")
CLAUSES = ("door.forced", "door.held", "ext.low", "ext.critical", JUDGEABLE)
ITEMS = ({"zh": "围挡", "en": "fenced off"}, {"zh": "清场", "en": "cleaned up"})
GONE = "the site's files no longer ask for this"


def make_estate(with_critical: bool = True, with_door: bool = True) -> Estate:
    """A door and an extinguisher on one line; the file without a clause or an asset is an edited site."""
    clauses = {
        "door.forced": clause("door", {"point": "forced", "equals": False}, latched=True, off_delay=0.0, priority="P1"),
        "door.held": clause(
            "door", {"point": "closed", "equals": True}, on_delay=20.0, only_while={"point": "forced", "equals": False},
            ticket={"trade": "access", "closes_when": "finished-and-measured", "checklist": ITEMS},
        ),
        "ext.low": clause("ext", {"point": "pressure", "at_least": "1 MPa"}, superseded_by=("ext.critical",)),
    }  # fmt: skip
    if with_critical:
        clauses["ext.critical"] = clause("ext", {"point": "pressure", "at_least": "0.5 MPa"}, on_delay=5.0,
                                          ticket={"trade": "fire", "checklist": ITEMS[:1]})  # fmt: skip
    plan = Plan(clauses)
    if with_door:
        plan.asset("door", "door", ["forced", "closed"])
    plan.asset("ext", "ext", ["pressure"])
    return plan.estate(outputs=("ticket.*",))


ESTATES = (make_estate(), make_estate(with_critical=False), make_estate(with_door=False))
VALUES: dict[str, tuple[Reading, ...]] = {
    "forced": (False, True, BadReading("sensor-error")),
    "closed": (True, False, BadReading("sensor-error")),
    "pressure": (1.2, 0.9, 0.3, BadReading("sensor-error")),
}


class Site:
    """The gateway's core on a file: ticks, commits, crashes. ``told`` is what an observer of alarms believes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOON
        self.database: Database | None = None
        self.closed: list[tuple[Ticket, Alarm, bool]] = []
        self.start(ESTATES[0])

    def start(self, estate: Estate) -> None:
        """Start from the file alone; whatever was not committed is forgotten."""
        before, self.database = self.database, Database(self.path, estate)
        if before:
            before.connection.close()
        self.database.connection.execute("PRAGMA busy_timeout = 0")
        self.database.connection.execute("PRAGMA synchronous = OFF")
        self.estate = estate
        self.pipeline = Pipeline(estate, self.database.load(self.now), self.now)
        self.uncommitted = Changes()
        self.refusals: list[str] = []

    @property
    def file(self) -> sqlite3.Connection:
        assert self.database
        return self.database.connection

    def tick(self, readings: Sequence[Readings] = (), actions: Sequence[Action] = ()) -> None:
        """One tick and its commit; when the file is locked the changes wait for the next one."""
        assert self.database
        was_open = {each.id for each in self.pipeline.tickets.values() if each.is_open}
        changes, self.refusals = self.pipeline.tick(readings, actions, self.now)
        self._note_closed(was_open)
        self.uncommitted.absorb(changes)
        try:
            self.database.commit(self.uncommitted)
        except sqlite3.OperationalError:
            return
        self.uncommitted = Changes()

    def wait(self, seconds: float) -> None:
        """Time passes; a tick whenever something falls due, as the runner has it."""
        pass_time(self, seconds)

    def _note_closed(self, was_open: set[int]) -> None:
        for ticket in self.pipeline.tickets.values():
            if ticket.id in was_open and not ticket.is_open:
                key = (ticket.asset, ticket.clause)
                checks = self.pipeline.checks_of_asset(ticket.asset)
                mine = [each for each in checks if ticket.clause in (each.clause_id, JUDGEABLE)]
                known = bool(mine) and all(each.outcome is not Outcome.UNKNOWN for each in mine)
                self.closed.append((ticket, self.pipeline.panel.alarm(key), known))
                clause_now = self.pipeline.panel.clause(key)
                assert ticket.log[-1].text == GONE or (clause_now and not missing(ticket, clause_now))

    def read(self, asset: str, answers: Reading, **points: Reading) -> None:
        """What the asset's device and its line tell now."""
        if asset not in self.estate.assets:
            return
        device = self.estate.devices[f"{asset}-device"]
        line = self.estate.connections["line"]
        told: Reading = not isinstance(answers, BadReading)
        self.tick([
            Readings("connection/line", self.now, self.now, (line.answers_id,), (told,)),
            Readings(
                device.name, self.now, self.now,
                [*(device.point_ids[name] for name in points), device.answers_id], [*points.values(), answers],
            ),
        ])  # fmt: skip


class Episodes(RuleBasedStateMachine):
    """Every rule ends in a tick; the invariants are checked after each."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.site = Site(Path(self.folder.name) / "gateway.db")
        self.site.tick()

    def teardown(self) -> None:
        self.site.file.close()
        self.folder.cleanup()

    # --- what happens

    @rule(forced=st.sampled_from(VALUES["forced"]), closed=st.sampled_from(VALUES["closed"]))
    def door_tells(self, forced: Reading, closed: Reading) -> None:
        self.site.read("door", True, forced=forced, closed=closed)

    @rule(pressure=st.sampled_from(VALUES["pressure"]))
    def extinguisher_tells(self, pressure: Reading) -> None:
        self.site.read("ext", True, pressure=pressure)

    @rule(asset=st.sampled_from(ASSETS), answers=st.sampled_from([False, BadReading("line-down")]))
    def device_is_silent(self, asset: str, answers: Reading) -> None:
        names = [name for name in VALUES if (name == "pressure") is (asset == "ext")]
        self.site.read(asset, answers, **dict.fromkeys(names, BadReading("no-answer")))

    @rule(seconds=st.sampled_from([0.5, 5.0, 11.0, 25.0, 61.0, 130.0, 601.0, 3700.0]))
    def time_passes(self, seconds: float) -> None:
        self.site.wait(seconds)

    @rule(seconds=st.sampled_from([11.0, 61.0, 130.0, 601.0]), pressure=st.sampled_from(VALUES["pressure"]))
    def all_tell_the_same_for_a_while(self, seconds: float, pressure: Reading) -> None:
        for part in (0.1, 0.4, 0.5):
            self.site.wait(seconds * part)
            self.site.read("door", True, forced=False, closed=True)
            self.site.read("ext", True, pressure=pressure)

    @precondition(lambda self: self.site.pipeline.tickets)
    @rule(which=st.integers(0, 9), kind=st.sampled_from([TakeTicket, NoteTicket, FinishTicket]))
    def somebody_works(self, which: int, kind: type[TakeTicket | NoteTicket | FinishTicket]) -> None:
        numbers = list(self.site.pipeline.tickets)
        number = numbers[which % len(numbers)]
        action = TakeTicket(number, "li") if kind is TakeTicket else kind(number, "li", "said")  # type: ignore[call-arg]  # the other two
        self.site.tick([], [action])

    @precondition(lambda self: self.site.pipeline.tickets)
    @rule(which=st.integers(0, 9), other=st.integers(0, 9), what=st.integers(0, 7))
    def somebody_writes(self, which: int, other: int, what: int) -> None:
        numbers = list(self.site.pipeline.tickets)
        one, two = numbers[which % len(numbers)], numbers[other % len(numbers)]
        actions: list[Action] = [
            AssignTicket(one, "wei", "team A"), FitPart(one, "li", "closer", 1.0), ExplainTicket(one, "li", "rust", ""),
            AddPhoto(one, "li", "door.jpg"), LinkTickets(one, "li", two, "duplicate"),
            LinkTickets(one, "li", two, "related"), UnlinkTickets(one, "li", two), UntickItem(one, "li", 1),
        ]  # fmt: skip
        self.site.tick([], [actions[what]])

    @precondition(lambda self: self.site.pipeline.register.open())
    @rule(item=st.sampled_from([1, 2]))
    def somebody_ticks_an_item_of_all_that_is_open(self, item: int) -> None:
        self.site.tick([], [TickItem(each.id, "li", item) for each in self.site.pipeline.register.open()])

    @rule(asset=st.sampled_from(ASSETS), ahead=st.sampled_from([0.0, 5.0, 600.0]), lasts=st.sampled_from([5.0, 600.0]))
    def somebody_plans_work(self, asset: str, ahead: float, lasts: float) -> None:
        since = self.site.now + ahead
        self.site.tick([], [PlanWork(asset, since, since + lasts, "wei", "paint")])

    @precondition(lambda self: self.site.pipeline.works.open())
    @rule()
    def somebody_cancels_work(self) -> None:
        self.site.tick([], [CancelWork(self.site.pipeline.works.open()[0].id, "wei")])

    @rule(clause_id=st.sampled_from(CLAUSES), what=st.integers(0, 4), seconds=st.sampled_from([5.0, 600.0]))
    def somebody_hides_or_acknowledges(self, clause_id: str, what: int, seconds: float) -> None:
        asset, until = ("door" if clause_id.startswith("door") else "ext"), self.site.now + seconds
        actions: list[Action] = [
            Acknowledge(asset, clause_id, "wei"), Shelve(asset, clause_id, "wei", "why", until),
            Unshelve(asset, clause_id, "wei"), TakeOutOfService(asset, None, "wei", "why", until),
            ReturnToService(asset, None, "wei"),
        ]  # fmt: skip
        self.site.tick([], [actions[what]])

    @rule(seconds=st.sampled_from([0.0, 3.0, 700.0]), edited=st.sampled_from([0, 0, 0, 1, 2]))
    def crash_and_reopen(self, seconds: float, edited: int) -> None:
        self.site.now += seconds
        self.site.start(ESTATES[edited])
        for name in self.site.estate.assets:
            assert self.site.pipeline.asset_outcome(name) is Outcome.UNKNOWN
        self.site.tick()

    @rule(pressure=st.sampled_from(VALUES["pressure"]), seconds=st.sampled_from([0.0, 11.0]))
    def the_file_is_locked(self, pressure: Reading, seconds: float) -> None:
        """A commit raises; what it held is written with a later one, or lost in a crash like the readings."""
        other = sqlite3.connect(self.site.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.site.wait(seconds)
        self.site.read("ext", True, pressure=pressure)
        other.execute("ROLLBACK")
        other.close()

    # --- what must hold

    @invariant()
    def one_open_ticket_for_an_asset_and_clause(self) -> None:
        memory = Counter((each.asset, each.clause) for each in self.site.pipeline.register.open())
        rows = self.site.file.execute("SELECT asset, clause FROM tickets WHERE state <> 'closed'").fetchall()
        assert set(memory.values()) <= {1}
        assert len(rows) == len(set(rows))

    @invariant()
    def a_ticket_closes_only_on_a_measurement(self) -> None:
        for ticket, alarm, known in self.site.closed:
            assert ticket.log[-1].what == "closed"
            if ticket.log[-1].text != GONE:
                assert ticket.clause == JUDGEABLE or (ticket.proof and all("value" in e for e in ticket.proof.evidence))
                assert (alarm.phase, alarm.outcome, known) == (Phase.NORMAL, Outcome.MET, True)
        self.site.closed.clear()

    @invariant()
    def what_stands_and_shows_has_its_ticket(self) -> None:
        pipeline = self.site.pipeline
        have = {(each.asset, each.clause) for each in pipeline.register.open()}
        for alarm in pipeline.alarms.values():
            if alarm.standing and not alarm.hidden:
                assert alarm.key in have

    @invariant()
    def what_is_hidden_has_a_cause_or_an_end(self) -> None:
        panel = self.site.pipeline.panel
        for alarm in panel.alarms.values():
            if alarm.suppressed_by and alarm.phase is not Phase.CLEARING:
                assert panel.alarm((alarm.asset, alarm.suppressed_by)).phase is not Phase.NORMAL
            for until in (alarm.shelved_until, alarm.out_of_service_until):
                assert until is None or until > self.site.now

    @invariant()
    def whatever_can_move_is_on_the_agenda(self) -> None:
        for key, alarm in self.site.pipeline.alarms.items():
            waits = alarm.phase is Phase.ACTIVE and alarm.outcome is Outcome.MET
            assert not waits, "proven well, yet nothing would ever clear it"
            due = self.site.pipeline.panel.due(key)
            assert due is None or (("alarm", *key) in self.site.pipeline.agenda and due > self.site.now)

    @invariant()
    def a_finished_ticket_waits_for_proof_at_most_ten_minutes(self) -> None:
        for ticket in self.site.pipeline.register.open():
            if ticket.state is TicketState.FINISHED:
                alarm = self.site.pipeline.panel.alarm((ticket.asset, ticket.clause))
                if ticket.held_since is None:
                    assert (alarm.phase, alarm.outcome) != (Phase.NORMAL, Outcome.MET)
                    assert ("ticket", str(ticket.id)) in self.site.pipeline.agenda or alarm.phase is Phase.CLEARING

    @invariant()
    def what_is_held_says_so_once_and_lacks_something(self) -> None:
        for ticket in self.site.pipeline.register.open():
            clause_now = self.site.pipeline.panel.clause((ticket.asset, ticket.clause))
            alarm = self.site.pipeline.panel.alarm((ticket.asset, ticket.clause))
            telling = ("held", "opened", "reopened", "reoccurred", "unticked")
            words = [each.what for each in ticket.log if each.what in telling]
            if ticket.held_since is not None and clause_now:
                assert missing(ticket, clause_now) or ("ticket", str(ticket.id)) in self.site.pipeline.agenda
                last = max(number for number, word in enumerate(words) if word == "held")
                assert words[last - 1] != "held", "unless it was complete meanwhile, and is no more"
                assert set(words[last + 1 :]) <= {"unticked"}
                assert not alarm.standing

    @invariant()
    def links_are_seen_from_both_ends_and_lead_round_nowhere(self) -> None:
        tickets = self.site.pipeline.tickets
        for ticket in tickets.values():
            for link in ticket.links:
                back = [each for each in tickets[link.ticket].links if each.ticket == ticket.id]
                assert [each.kind for each in back] == [OPPOSITE[link.kind]]
            seen, number = {ticket.id}, original_of(ticket)
            while number is not None:
                assert number not in seen
                seen.add(number)
                number = original_of(tickets[number])

    @invariant()
    def planned_work_is_on_the_agenda_and_hides_nothing_for_longer(self) -> None:
        pipeline = self.site.pipeline
        for work in pipeline.works.open():
            assert ("work", str(work.id)) in pipeline.agenda
            assert work.due is not None
            assert work.due > self.site.now

    @invariant()
    def the_file_says_what_memory_says(self) -> None:
        if self.site.uncommitted or not self.site.database:
            return
        saved, pipeline = self.site.database.load(self.site.now), self.site.pipeline
        alarms = {alarm.key: alarm for alarm in saved.alarms}
        assert {key: alarms.pop(key) for key in pipeline.alarms} == dict(pipeline.alarms)
        assert all(alarm.phase is Phase.NORMAL and not alarm.hidden for alarm in alarms.values())
        assert {each.id: each for each in saved.tickets} == dict(pipeline.tickets)
        assert sorted(saved.works, key=lambda each: (each.since, each.id)) == pipeline.works.open()
        assert saved.last_work == max(saved.last_work, *pipeline.works.works, 0)

    @invariant()
    def events_have_no_gap_and_reach_the_outbox_once(self) -> None:
        rows = self.site.file.execute("SELECT sequence, type FROM events ORDER BY sequence").fetchall()
        assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
        tickets = [number for number, kind in rows if noun_and_verb(kind).startswith("ticket.")]
        queued = self.site.file.execute("SELECT sequence FROM outbox ORDER BY id").fetchall()
        assert [number for (number,) in queued] == tickets

    @invariant()
    def whoever_only_hears_events_knows_which_alarms_stand(self) -> None:
        if self.site.uncommitted:
            return
        believed: dict[str, bool] = {}
        for subject, kind in self.site.file.execute("SELECT subject, type FROM events ORDER BY sequence"):
            verb = noun_and_verb(kind)
            if verb in ("alarm.raised", "alarm.cleared", "alarm.hidden"):
                believed[subject] = verb == "alarm.raised"
        for alarm in self.site.pipeline.alarms.values():
            tells = alarm.standing and not alarm.hidden
            assert believed.get(f"{alarm.asset}/{alarm.clause}", False) == tells

    @invariant()
    def every_accepted_action_is_in_an_unbroken_audit(self) -> None:
        if self.site.database:
            assert audit_broken_at(self.site.database.connection) is None


Episodes.TestCase.settings = settings(
    max_examples=10_000 if FULL else 200, stateful_step_count=40, deadline=None, derandomize=not FULL
)
test_episodes = pytest.mark.timeout(0 if FULL else 300)(Episodes.TestCase)
