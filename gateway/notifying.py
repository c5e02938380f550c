"""Tells people: hears every event of a tick, and lays what is due into the outbox of the channel that it is for.

Knows no reading; who is told, when and by what is ``gateway.routing``'s. Everything is part of the tick's changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gateway.actions import TryOutput
from gateway.alarms import lifecycle
from gateway.alarms.panel import Panel
from gateway.assets.hours import hour_at
from gateway.assets.windows import Almanac
from gateway.clock import iso
from gateway.documents import suggest
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.model import Event, noun_and_verb
from gateway.routing.book import Delivered, Rows
from gateway.routing.heard import Heard, Notice, World
from gateway.routing.notices import Notices
from gateway.routing.refusals import Unheard
from gateway.routing.routes import facts_in

NOTICE = "touchpoint.notice.made.v1"
TRIED = 100
"""So many tries of outputs are remembered, to tell whoever asked under which key they went."""


class Notifying:
    """Moves the notices of a site."""

    def __init__(self, estate: Estate, panel: Panel, journal: Journal, rows: Rows) -> None:
        self._estate, self._panel, self._journal = estate, panel, journal
        self._almanac = Almanac(estate.windows, estate.timezone, estate.location)
        self._notices = Notices(estate.routing, rows)
        self._ahead, self._trusted = 0.0, False
        self.tried: deque[tuple[TryOutput, str]] = deque(maxlen=TRIED)

    def set_wall(self, ahead: float, trusted: bool) -> None:
        """How far the clock on the wall is ahead, and whether it can be believed: as of ``Pipeline.tick``."""
        self._trusted, self._ahead = trusted, ahead

    def awaits(self, key: str) -> bool:
        """Whether anything depends on the delivery of the event with that key."""
        return key in self._notices.book.sent

    def said(self, word: Delivered, now: float) -> None:
        """A channel has delivered something, or will never take it."""
        self._notices.said(word, now)

    def pass_time(self, _: str, now: float) -> None:
        """Something is to be told again, or by another channel; who acknowledges again is heard again."""
        for key in self._notices.pass_time(self._world(now), now):
            self._panel.put(lifecycle.forget_acknowledged(self._panel.alarm(key)), now)

    def settle(self, now: float) -> None:
        """Hear what the tick has told, and send what is due."""
        if self._notices.idle:
            return
        for unheard in self._notices.take_unheard():
            self._tell_of(unheard, now)
        events = [each for each in self._journal.changes.events if each.type != NOTICE]
        if events or self._notices.is_due:
            self._hear(events, now)
        self._journal.changes.notices.update(self._notices.book.take_changed())
        self._journal.agenda.plan(("notice",), self._notices.next())

    def _hear(self, events: Iterable[Event], now: float) -> None:
        world = self._world(now)
        for event in events:
            self._notices.hear(self._heard(event), world, now)
        for notice in self._notices.due(world, now):
            self._notices.sent(notice, self._lay(notice, now), now)

    def _lay(self, notice: Notice, now: float) -> str:
        to, channel = notice.line
        data = {**self._site(), "to": to, "language": notice.language, **notice.data}
        return self._journal.notify(channel, f"person/{to}", data, now)

    def _site(self) -> dict[str, Any]:
        """Which site it is: its id, and the name by which people know it."""
        return {"site": self._estate.site, "site_title": dict(self._estate.title)}

    def _tell_of(self, unheard: Unheard, now: float) -> None:
        """What nobody takes who could be told of it is told to everything else that listens."""
        to, channel = unheard.line
        data = {"site": self._estate.site, "to": to, "output": channel, **unheard.data}
        self._journal.tell_all("notice.undeliverable", f"person/{to}", data, now)

    def _heard(self, event: Event) -> Heard:
        clause = self._panel.clause((event.data.get("asset", ""), event.data.get("clause", "")))
        facts = facts_in(noun_and_verb(event.type), event.data, clause.ticket.trade if clause else "")
        told = {"type": event.type, "subject": event.subject, "time": iso(event.at), "data": dict(event.data)}
        return Heard(event.sequence, told, facts)

    def _world(self, now: float) -> World:
        """A clock that cannot be believed makes no hours quiet, and shuts no window."""
        routing, wall = self._estate.routing, now + self._ahead
        hour = hour_at(self._almanac, routing.holidays, wall)
        if not self._trusted:
            hour = replace(hour, is_open=lambda _: None)
        until = None
        if routing.quiet and self._trusted:
            told = self._almanac.tell(routing.quiet.during, wall)
            until = told.again - self._ahead if told.value is True and told.again else None
        return World(hour, lambda asset, clause: self._panel.alarm((asset, clause)).hidden, until)

    def try_output(self, asked: TryOutput, now: float) -> str:
        """Send a test notice, at once and beside all others; returns which output. Raises Refused."""
        if asked.output not in self._estate.outputs:
            raise Refused(f"there is no output {asked.output!r}{suggest(asked.output, self._estate.outputs)}")
        if self._estate.outputs[asked.output].keep:
            raise Refused(f"{asked.output} takes readings, and no notices")
        people = self._estate.routing.people
        if asked.to and asked.to not in people:
            raise Refused(f"there is no person {asked.to!r}{suggest(asked.to, people)}")
        if asked.to and asked.output not in people[asked.to].reach:
            raise Refused(f"{asked.to} is not reached by {asked.output}")
        language = people[asked.to].language if asked.to else self._estate.languages[0]
        data = {**self._site(), "to": asked.to, "language": language, "kind": "test", "priority": "P4"}
        key = self._journal.notify(
            asked.output, f"output/{asked.output}", {**data, "items": [], "more": 0, "by": asked.who}, now
        )
        self.tried.append((asked, key))
        return asked.output

    def key_of(self, asked: TryOutput) -> str:
        """Under which key the last such test notice went; "" when there was none."""
        return next((key for tried, key in reversed(self.tried) if tried is asked), "")
