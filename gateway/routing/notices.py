"""When people are told: groups what happens by person and channel, holds it back, repeats it, and tells its end.

Every event that is heard becomes entries in lines (one person on one channel each); a line is written to once a minute
at most. Pure: handed the time, and what is known of the hour. All its state is the rows of a ``Book``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from math import inf

from gateway.agenda import Agenda
from gateway.routing.book import (
    ALERT,
    ALL_CLEAR,
    REPEAT,
    Delivered,
    Entry,
    Line,
    Reached,
    Rows,
    Sent,
    Thread,
    read_book,
)
from gateway.routing.bundle import bundle
from gateway.routing.heard import ENDS, Heard, Notice, World, again, as_told, entry_of, facts_told, moved
from gateway.routing.pruning import prune
from gateway.routing.refusals import Unheard, along, instead, reached
from gateway.routing.routes import ACKNOWLEDGED_FOR, Route, Routing, Way

A_MINUTE = 60.0
"""Between two messages to one person by one channel."""
LOOK_AGAIN = 60.0
"""Seconds after which what is held back is looked at again, at the latest."""
BEGINS = ("ticket.opened", "ticket.reopened", "alarm.raised")
WORK = ("ticket.taken", "ticket.arrived", "ticket.finished")


class Notices:
    """The notices of one site."""

    def __init__(self, routing: Routing, rows: Rows) -> None:
        self.routing = routing
        self.book = read_book(rows)
        self._agenda: Agenda[tuple[str, ...]] = Agenda()
        self._touched: set[Line] = set()
        self._unheard: list[Unheard] = []
        self._bereft = prune(self.book, routing.people)
        """The threads of whose hearers one is gone, or a channel of theirs: who is to hear is for today's routes."""
        self._touched |= self.book.queues.keys()
        for thread in self.book.threads.values():
            self._agenda.plan(("thread", thread.key), 0.0 if self._is_bereft(thread) else thread.due)
        for sent in self.book.sent.values():
            self._agenda.plan(("sent", sent.key), sent.until if sent.arrived is None else 0.0)

    @property
    def idle(self) -> bool:
        """Nobody is to be told of anything, now or later."""
        return not (self.routing.routes or self.book.events or self.book.changed)

    @property
    def is_due(self) -> bool:
        """Whether ``due`` has anything to look at."""
        return bool(self._touched)

    def next(self) -> float | None:
        """When ``pass_time`` is to be called again."""
        return self._agenda.next()

    # --- what happens

    def hear(self, heard: Heard, world: World, now: float) -> None:
        """An event happened: whoever a route names is to be told of it, and of its end whoever was told."""
        what = heard.facts.what
        if what in ENDS:
            self._end(heard, world, now)
            return
        self._follow(what, heard, now)
        routes = self.routing.matching(heard.facts, world.hour)
        ways = along(self.routing, self.book.threads.get(heard.thread), self.routing.ways(routes, world.hour))
        if ways:
            self._tell(heard, routes, ways, now)

    def _follow(self, what: str, heard: Heard, now: float) -> None:
        """What people do about something ends its repetition; what comes back begins it again."""
        about = [
            self.book.threads[key] for key in sorted(self.book.about.get((heard.facts.asset, heard.facts.clause), ()))
        ]
        thread = self.book.threads.get(heard.thread)
        if what.startswith("alarm."):
            self._touched |= {entry.line for each in about for entry in self.book.waiting(each.key)}
        if what == "alarm.acknowledged":
            for each in about:
                each.acknowledged_until = now + min(self._lasts(each))
                self._settle(each)
        elif thread and what in WORK:
            thread.taken, thread.acknowledged_until = True, None
            self._settle(thread)
        elif thread and what == "ticket.reopened":
            thread.taken, thread.acknowledged_until = False, None
            self._space(thread, now)

    def _lasts(self, thread: Thread) -> list[float]:
        routes = filter(None, map(self.routing.route, thread.routes))
        return [route.acknowledged_for for route in routes] or [ACKNOWLEDGED_FOR]

    def _settle(self, thread: Thread) -> None:
        """Nothing of it is repeated for now."""
        for entry in self.book.waiting(thread.key):
            if entry.kind == REPEAT:
                self.book.drop(entry)
        self._keep(thread)

    def _space(self, thread: Thread, now: float) -> None:
        """The next repetitions are a whole time away."""
        routes = filter(None, map(self.routing.route, thread.repeats))
        thread.repeats = {route.name: now + route.repeat for route in routes if route.repeat}
        self._keep(thread)

    def _keep(self, thread: Thread) -> None:
        self.book.keep(thread)
        self._agenda.plan(("thread", thread.key), thread.due)

    def _tell(self, heard: Heard, routes: Iterable[Route], ways: Iterable[Way], now: float) -> None:
        self.book.put_event(heard.sequence, heard.event)
        thread = self._thread(heard)
        for way in ways:
            self._add(entry_of(way, heard, ALERT, thread.key if thread else "", now))
        if thread:
            for route in routes:
                if route.name not in thread.routes:
                    thread.routes.append(route.name)
                if route.repeat:
                    thread.repeats.setdefault(route.name, now + route.repeat)
            self._keep(thread)

    def _thread(self, heard: Heard) -> Thread | None:
        """The thread that the event belongs to, new or known; None for what has no end."""
        thread, facts = self.book.threads.get(heard.thread), heard.facts
        if thread and facts.what in BEGINS:
            self.book.tells(thread, heard.sequence)
        elif thread is None and heard.begins:
            urgency, number = facts.urgency.value, heard.sequence
            return Thread(heard.thread, facts.asset, facts.clause, urgency, number, number)
        return thread

    def _add(self, entry: Entry) -> None:
        self.book.add(entry)
        self._touched.add(entry.line)

    def _end(self, heard: Heard, world: World, now: float) -> None:
        """Whoever was told of it is told its end, and whoever is about to be; what was held back is left out."""
        reached = self._let_go(heard.thread, world)
        thread = self.book.threads.get(heard.thread)
        paired = reached.keys() - (thread.told.keys() if thread else set())
        reached |= thread.told if thread else {}
        if reached:
            self.book.put_event(heard.sequence, heard.event)
        pressed = {entry.line for entry in self.book.waiting(heard.thread) if entry.passed_on}
        for line, how in reached.items():
            then = tuple(each for each in how.then if Line(line.person, each) not in reached)
            entry = entry_of(as_told(line, replace(how, then=then)), heard, ALL_CLEAR, heard.thread, now)
            urgency = thread.priority if thread else entry.priority
            self._add(replace(entry, priority=urgency, paired=line in paired, passed_on=line in paired & pressed))
        if thread:
            self.book.end(thread)
            self._agenda.plan(("thread", thread.key), None)

    def _let_go(self, thread: str, world: World) -> dict[Line, Reached]:
        """Drop what need not be told any more; returns the lines in which an alert goes on waiting for others."""
        waiting: dict[Line, Reached] = {}
        for entry in self.book.waiting(thread):
            owed = entry.kind == ALL_CLEAR and not entry.paired
            if entry.kind == REPEAT or (not owed and self._is_held(entry, world)):
                self.book.drop(entry)
            elif entry.kind == ALERT:
                waiting[entry.line] = Reached(entry.then, entry.wait, entry.within)
        return waiting

    # --- what falls due

    def pass_time(self, world: World, now: float) -> list[tuple[str, str]]:
        """Repeat what is due, and ask the next channel; returns whose acknowledgement is over: asset and clause."""
        expired = []
        for what, *key in self._agenda.due(now):
            if what == "line":
                self._touched.add(Line(*key))
            elif what == "sent":
                self._look_after(self.book.sent[key[0]], now)
            elif self._pass_thread(self.book.threads[key[0]], world, now):
                thread = self.book.threads[key[0]]
                expired.append((thread.asset, thread.clause))
        return expired

    def _pass_thread(self, thread: Thread, world: World, now: float) -> bool:
        """Tell it again; returns whether an acknowledgement is over."""
        expired = thread.acknowledged_until is not None
        thread.acknowledged_until = None
        due = [name for name, at in thread.repeats.items() if at <= now]
        names = thread.routes if expired else due
        told = {entry.line for entry in self.book.waiting(thread.key) if entry.kind != ALL_CLEAR}
        if self._is_bereft(thread):
            told |= thread.told.keys()
            routes = self.routing.matching(facts_told(self.book.events[thread.sequence]), world.hour)
            names = thread.routes = [route.name for route in routes]
        routes = [route for route in map(self.routing.route, names) if route and world.hour.within(route.when.during)]
        ways = along(self.routing, thread, self.routing.ways(routes, world.hour))
        if ways:
            self._bereft.discard(thread.key)
        if expired and not ways:
            ways = [as_told(line, how) for line, how in thread.told.items()]
        for way in ways:
            if Line(way.person, way.channels[0]) not in told:
                self._add(again(way, thread, now))
        self._repeat(thread, {*names, *due} if not expired else {*thread.repeats}, now)
        if names or due or expired:
            self.book.keep(thread)
        return expired

    def _repeat(self, thread: Thread, names: Collection[str], now: float) -> None:
        """These routes tell it again in their time; where nobody is to be told at this hour it is looked at soon."""
        for name in sorted(names):
            route = self.routing.route(name)
            if route and route.repeat:
                thread.repeats[name] = now + route.repeat
            else:
                thread.repeats.pop(name, None)
        again_at = now + LOOK_AGAIN if self._is_bereft(thread) else inf
        at = min(again_at, inf if thread.due is None else thread.due)
        self._agenda.plan(("thread", thread.key), None if at == inf else at)

    def _is_bereft(self, thread: Thread) -> bool:
        """It stands and nobody is at work on it, and somebody who was told, or was to be, can be told nothing there."""
        nobody = not (thread.told or self.book.waiting(thread.key))
        return not thread.is_watched and (nobody or thread.key in self._bereft)

    def _look_after(self, sent: Sent, now: float) -> None:
        """It has not arrived in time: the next channel is asked, and where there is none it is waited for."""
        if sent.arrived is not None:
            self.said(Delivered(sent.key, sent.arrived), now)
            return
        self._pass_on(sent, now)
        left = tuple(entry for entry in sent.entries if not entry.then)
        self.book.await_delivery(replace(sent, until=None, entries=left))

    def said(self, word: Delivered, now: float) -> None:
        """A channel has delivered a notice, or refused it for good."""
        sent = self.book.sent.get(word.key)
        if sent is None:
            return
        self._agenda.plan(("sent", word.key), None)
        self._touched.add(sent.line)
        if word.arrived:
            reached(self.book, sent)
        else:
            self._pass_on(sent, now)
            entries, unheard = instead(self.book, self.routing, sent, now)
            for entry in entries:
                self._add(entry)
            self._unheard += [unheard] if unheard else []
        self.book.arrived(word.key)

    def take_unheard(self) -> list[Unheard]:
        """What nobody takes that was sent, since the last call."""
        unheard, self._unheard = self._unheard, []
        return unheard

    def _pass_on(self, sent: Sent, now: float) -> None:
        """The next channel is asked, at once and whatever the hour: the person was meant to know by now.

        Of what has ended meanwhile it also tells the end; where that has arrived, the rest is no news any more.
        """
        over = []
        for entry in (each for each in sent.entries if each.then):
            if entry.kind == ALL_CLEAR or not entry.thread or self._stands(entry):
                self._add(moved(entry, entry.then, now))
            elif entry.kind == ALERT:
                over.append(entry)
        if over:
            self._pass_on_with_ends(over, now)

    def _pass_on_with_ends(self, alerts: Sequence[Entry], now: float) -> None:
        """Alerts of one notice, of what has ended meanwhile."""
        ends, told = self.book.ends_on(alerts[0].line), []
        for alert in alerts:
            end = next((each for each in ends.get(alert.thread, ()) if each.sequence > alert.sequence), None)
            if end:
                self._add(moved(alert, alert.then, now))
                self._add(moved(end, alert.then, now))
                told.append(end)
        self.book.need_not_pass_on(told)

    def _stands(self, entry: Entry) -> bool:
        """Whether what it tells of still stands: what has come back meanwhile is told by itself."""
        thread = self.book.threads.get(entry.thread)
        return thread is not None and entry.sequence >= thread.begun

    def due(self, world: World, now: float) -> list[Notice]:
        """The notices that go now; hand each to ``sent`` with the key under which it went."""
        notices: list[Notice] = []
        while self._touched:
            touched, self._touched = self._touched, set()
            notices += filter(None, [self._look_at(line, world, now) for line in sorted(touched)])
        return notices

    def _look_at(self, line: Line, world: World, now: float) -> Notice | None:
        waiting = list(self.book.queues.get(line, {}).values())
        ready = [entry for entry in waiting if not self._is_held(entry, world)]
        moments = [now + LOOK_AGAIN] if len(ready) < len(waiting) else []
        if self.book.is_behind(line):
            moments += self._hold_repeats([entry for entry in ready if entry.kind == REPEAT], now)
            ready = [entry for entry in ready if entry.kind != REPEAT]
        at = max(min((entry.due for entry in ready), default=now), self.book.spoken.get(line, 0.0) + A_MINUTE)
        if ready and at <= now:
            self._plan(line, min(moments, default=None), world)
            return self._send(line, ready, now)
        self._plan(line, min([*moments, *([at] if ready else [])], default=None), world)
        return None

    def _hold_repeats(self, repeats: Iterable[Entry], now: float) -> list[float]:
        """Nothing is told again by a channel that still has to deliver what it was told before.

        It waits, or goes by the next channel when its time is over; returns when that is.
        """
        moments = []
        for entry in repeats:
            if entry.then and entry.due + entry.within <= now:
                self._add(moved(entry, entry.then, now))
                self.book.drop(entry)
            elif entry.then:
                moments.append(entry.due + entry.within)
        return moments

    def _plan(self, line: Line, at: float | None, world: World) -> None:
        if at is not None and world.quiet_until is not None:
            at = min(at, world.quiet_until)
        self._agenda.plan(("line", *line), at)

    def _is_held(self, entry: Entry, world: World) -> bool:
        """Held back: it is quiet and this is not urgent enough, or its alarm is hidden for now."""
        if entry.passed_on:
            return False
        quiet = self.routing.quiet if world.quiet_until is not None else None
        if quiet and entry.priority > quiet.floor:
            return True
        stands = entry.thread in self.book.threads and (entry.kind != ALL_CLEAR or entry.paired)
        return stands and world.hidden(entry.asset, entry.clause)

    def _send(self, line: Line, entries: Iterable[Entry], now: float) -> Notice:
        entries = tuple(entries)
        data, keys = bundle(entries, self.book.events), frozenset(entry.key for entry in entries)
        for entry in entries:
            self._note(entry)
            if entry.kind == ALL_CLEAR:
                self._forget_before(entry, keys)
        self.book.speak(line, now)
        return Notice(line, self.routing.people[line.person].language, data, entries)

    def _note(self, entry: Entry) -> None:
        """The person is told of it by this channel, and will be of its end, unless one before it was to tell them."""
        thread = self.book.threads.get(entry.thread)
        if thread and entry.kind != ALL_CLEAR and not (entry.passed_on and thread.lines_by(entry)):
            thread.tell(entry)
            self._keep(thread)

    def _forget_before(self, end: Entry, sent: Collection[str]) -> None:
        """Nobody is told of what they have been told the end of."""
        for entry in self.book.waiting(end.thread):
            if entry.line == end.line and entry.sequence < end.sequence and entry.key not in sent:
                self.book.drop(entry)

    def sent(self, notice: Notice, key: str, now: float) -> None:
        """A notice was laid into its channel's outbox under ``key``."""
        awaited = tuple(each for each in notice.entries if each.then or (each.thread and each.kind != ALL_CLEAR))
        if awaited:
            until = min((now + entry.within for entry in awaited if entry.then), default=None)
            self.book.await_delivery(Sent(key, until, awaited, notice.line))
            self._agenda.plan(("sent", key), until)
        for entry in notice.entries:
            self.book.drop(entry)
