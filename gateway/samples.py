"""An event of every sort, as the gateway itself makes them: for deploy/messages.md, and to hold the wording against.

They tell of the demo's property, on which one door was left open. What an event carries is not written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from gateway.actions import CancelWork, PlanWork
from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE
from gateway.clock import iso
from gateway.data import demo_site
from gateway.estate import Estate
from gateway.keeping import PROGRESS
from gateway.model import Event, Gap, Readings, Record, noun_and_verb
from gateway.notifying import Notifying
from gateway.outputs.wording import messages
from gateway.pipeline import Pipeline
from gateway.proof_tests.entry import Entry as LogBookEntry
from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.procedure import Procedure, Stage
from gateway.rounds.walks import Day, Walks
from gateway.routing.book import Delivered
from gateway.routing.people import Person
from gateway.routing.routes import Route, Routing
from gateway.saved import Saved
from gateway.site import load_estate
from gateway.store.rows import cloud_event
from gateway.telling import stepped
from gateway.tickets.desk import GONE, STRANDED
from gateway.tickets.ticket import GATEWAY, Entry, Ticket
from gateway.words import OutputTold, Overflow, StoreTold

MORNING = 1_767_225_600.0
"""2026-01-01, 08:00 in the demo's zone."""
DOOR, HELD_OPEN, LIGHT = "door-lobby-1", "access-door.held-open", "emergency-light-b2-1"
NOTICED = 400.0
"""Seconds after which the door has been open for too long."""
TWO_DAYS = 172_800.0
SHARES = {"due": 0.75, "overdue": 1.0, "escalated": 1.5}
WORDS = {
    "paused": "等待配件 / waiting for a part",
    "noted": "闭门器漏油 / the closer leaks oil",
    "finished": "已更换 / replaced",
    "fitted": "1 × 闭门器 / door closer",
    "photographed": "20260101-door.jpg",
    "ticked": "1: signs are up",
    "unticked": "1: signs are up",
    "linked": "duplicate: ticket 2",
    "unlinked": "ticket 2",
}
BY_ITSELF = ("opened", "reoccurred", "reopened", "held", "closed", *SHARES)
CHECKLIST = ({"zh": "现场已摆放安全提示牌", "en": "warning signs are up"}, {"zh": "工完场清", "en": "cleaned up"})
"""Of a door that is mended where people walk."""


class Samples:
    """The property, and one event of every sort that it can tell."""

    def __init__(self) -> None:
        self.estate = _with_checklist(load_estate(demo_site()))
        self._pipeline = Pipeline(self.estate, Saved(), MORNING)
        self._begun = self._pipeline.journal.take().events
        self._now = MORNING
        for closed in (True, False, False):
            self._read("closed", closed)
        self._teller = self._pipeline.following.teller
        self._alarm = self._pipeline.panel.alarm((DOOR, HELD_OPEN))

    def _read(self, point: str, value: bool) -> None:
        reading = Readings("di-lobby", self._now, self._now, [self.estate.assets[DOOR].ids[point]], [value])
        self._pipeline.tick([reading], [], self._now)
        self._now += NOTICED / 2

    def all(self) -> Iterator[tuple[str, Event]]:
        """The name of a sentence (as in messages.*.yaml), and an event that it is said of."""
        yield from ((noun_and_verb(each.type), each) for each in self._begun)
        yield from self._alarms()
        yield from self._tickets(is_well=False)
        self._read("closed", True)
        yield from self._well_again()
        yield from self._tickets(is_well=True)
        yield from self._floods()
        yield from self._works()
        yield from self._proof_tests()
        record = Record(DOOR, "person_looks.handle-firm.passed", self._now, "li", "", self._now)
        yield self._event("record.added", DOOR, self._teller.record(record, is_latest=True))
        walk = LogBookEntry(
            1, DOOR, "walk", Outcome.MISSED, "day's end", MORNING, MORNING, 0.0, 0.0, finding="gateway-down"
        )
        report = Walks(self.estate, lambda: 1).report(Day(date(2026, 1, 1), [walk], {}))
        yield self._event("perimeter.reported", "perimeter/2026-01-01", report)
        yield from self._of_the_gateway()
        yield from self._two_days_later()

    def _of_the_gateway(self) -> Iterator[tuple[str, Event]]:
        """What is told of its lines, outputs, store and spools."""
        self._pipeline.following.gap("connection/broker", Gap(MORNING, MORNING + 90.0, session_lost=True), self._now)
        yield self._just_told()
        yield self._event("clock.stepped", "gateway", stepped(self.estate, self._now, 0.0, 3600.0))
        for failing in (True, False):
            self._pipeline.troubles.said(OutputTold("journal", failing, MORNING, "answered 503", 12), self._now)
            yield self._just_told()
        for failing in (True, False):
            told = StoreTold(failing, MORNING, "database or disk is full", MORNING + 3600.0, 1200)
            self._pipeline.troubles.said_of_store(told, self._now)
            yield self._just_told()
        for over in (False, True):
            word = Overflow("history", 120_000, MORNING, over)
            self._pipeline.series.overflow(word, self._pipeline.journal, self._now)
            yield self._just_told()
        yield self._of_nobody()

    def _of_nobody(self) -> tuple[str, Event]:
        """The door's ticket goes to one person, and the only channel refuses it."""
        route = Route.model_validate({"name": "all", "tell": "li", "by": "sms", "wait": "0s"})
        alone = Routing({"li": Person(language="zh", reach={"sms": ""})}, routes=(route,))
        panel, journal = self._pipeline.panel, self._pipeline.journal
        notifying = Notifying(replace(self.estate, routing=alone), panel, journal, {})
        journal.tell("ticket.opened", "ticket/1", self._teller.alarm(self._alarm, self._now), self._now)
        notifying.settle(self._now)
        notifying.said(Delivered(journal.take().outbox[-1][1].id, False), self._now)
        notifying.settle(self._now)
        return self._just_told()

    def _two_days_later(self) -> Iterator[tuple[str, Event]]:
        """The daily list of what nobody has looked at."""
        changes, _ = self._pipeline.tick([], [], self._now + TWO_DAYS)
        yield from ((noun_and_verb(each.type), each) for each in changes.events if ".overlooked." in each.type)

    def _just_told(self) -> tuple[str, Event]:
        event = self._pipeline.journal.take().events[-1]
        return noun_and_verb(event.type), event

    def _event(self, sentence: str, subject: str, data: dict[str, Any]) -> tuple[str, Event]:
        """Told as the pipeline tells it."""
        self._pipeline.journal.tell(sentence.partition(" ")[0], subject, data, self._now)
        return sentence, self._pipeline.journal.take().events[-1]

    def _alarms(self) -> Iterator[tuple[str, Event]]:
        """What is told of the door, and of the same door when nothing can be said of it."""
        seen = replace(self._alarm, acknowledged_by="li", acknowledged_at=self._now)
        yield self._of_alarm("alarm.raised", self._alarm)
        yield self._of_alarm("alarm.raised bare", replace(self._alarm, clause=JUDGEABLE))
        yield self._of_alarm("alarm.acknowledged", seen)
        yield self._of_alarm("alarm.hidden", replace(self._alarm, shelved_until=self._now))

    def _well_again(self) -> Iterator[tuple[str, Event]]:
        yield self._of_alarm("alarm.cleared", self._alarm)
        yield self._of_alarm("alarm.cleared bare", replace(self._alarm, clause=JUDGEABLE))

    def _of_alarm(self, name: str, alarm: Alarm) -> tuple[str, Event]:
        return self._event(name, f"{alarm.asset}/{alarm.clause}", self._teller.alarm(alarm, self._now))

    def _tickets(self, is_well: bool) -> Iterator[tuple[str, Event]]:
        """Every line that a ticket's log can have, by the names of the sentences that there are for them."""
        ticket = self._pipeline.register.latest(DOOR, HELD_OPEN)
        if ticket is None:
            raise LookupError("the door was left open, and has no ticket")
        for name in messages("en").events:
            noun, _, rest = name.partition(".")
            what, _, special = rest.partition(" ")
            if noun == "ticket" and is_well is (what == "closed" and special != "retired"):
                told = replace(ticket, clause=JUDGEABLE) if special == "bare" else self._paper(ticket, what)
                yield self._event(name, f"ticket/{ticket.id}", self._teller.ticket(told, self._entry(what, special)))

    def _paper(self, ticket: Ticket, what: str) -> Ticket:
        """The ticket with what such a line of its log is about."""
        if what == "held":
            return replace(ticket, held_since=self._now)
        if what == "closed":
            return replace(ticket, proof=self._teller.proof(self._alarm))
        return replace(ticket, assigned_to="夜班 / night shift", cause="漏油 / leaks oil", remedy="更换 / replaced")

    def _floods(self) -> Iterator[tuple[str, Event]]:
        ticket = self._pipeline.register.latest(DOOR, HELD_OPEN)
        told = self._teller.flood(MORNING, [ticket] if ticket else [])
        yield self._event("tickets.flooded", f"flood/{iso(MORNING)}", told)
        yield self._event("tickets.subsided", f"flood/{iso(MORNING)}", told)

    def _works(self) -> Iterator[tuple[str, Event]]:
        """One that takes its course, and one that is called off."""
        begin, end = self._now + NOTICED, self._now + 2 * NOTICED
        why = "更换闭门器 / new closer"
        for at, actions in (
            (self._now, [PlanWork(DOOR, begin, end, "li", why)]), (begin, []), (end, []),
            (end, [PlanWork(DOOR, end + NOTICED, end + 2 * NOTICED, "li", why)]), (end, [CancelWork(2, "li")]),
        ):  # fmt: skip
            changes, _ = self._pipeline.tick([], actions, at)
            yield from ((noun_and_verb(each.type), each) for each in changes.events if ".work." in each.type)

    def _entry(self, what: str, special: str) -> Entry:
        share = SHARES.get(what, 0.0)
        text = {"retired": GONE, "stranded": STRANDED}.get(special, WORDS.get(what, ""))
        who = GATEWAY if what in BY_ITSELF or special else "li"
        return Entry(self._now, who, what, text, "on_site" if share else "", share)

    def _proof_tests(self) -> Iterator[tuple[str, Event]]:
        test = Procedure(1, LIGHT, "duration", "device", "schedule", "", MORNING, MORNING)
        for stage, name in PROGRESS.items():
            told = replace(test, stage=stage, finding="mains-failed" if stage is Stage.STOPPING else "")
            yield self._event(f"proof_test.{name}", f"proof-test/{LIGHT}", self._teller.test(told))
        clause = next(
            name for name in self.estate.standard.of_kind("emergency-light") if name.endswith("duration-test")
        )
        entry = LogBookEntry(
            1, LIGHT, "duration", Outcome.FAILED, "schedule", MORNING, MORNING + 760.0, 750.0, 10.0,
            limit=900.0, finding="too-short", clause=clause,
        )  # fmt: skip
        yield self._event("proof_test.finished", "log-book/1", self._teller.entry(entry))


def _with_checklist(estate: Estate) -> Estate:
    clause = estate.standard.clauses[HELD_OPEN]
    ticket = clause.ticket.model_copy(update={"checklist": CHECKLIST})
    clauses = {**estate.standard.clauses, HELD_OPEN: clause.model_copy(update={"ticket": ticket})}
    return replace(estate, standard=estate.standard.model_copy(update={"clauses": clauses}))


def samples() -> Mapping[str, Mapping[str, Any]]:
    """The name of each sentence (as in messages.*.yaml) → an event that it is said of, as outputs are handed it."""
    return {name: cloud_event(event) for name, event in Samples().all()}
