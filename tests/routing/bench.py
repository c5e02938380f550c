"""A site's notices without a gateway: say what happens, pass time, see who was told what; the power may fail."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

from gateway.clock import iso
from gateway.model import Priority
from gateway.routing.book import Delivered, Line
from gateway.routing.heard import Heard, World
from gateway.routing.notices import Notices
from gateway.routing.people import Hour, Person, Team
from gateway.routing.routes import Facts, Quiet, Route, Routing

START = 1_800_000_000.0


def people(**reach: str) -> dict[str, Person]:
    """``li="chat mail"``: people, and by which channels each is reached."""
    return {name: Person(language="en", reach=dict.fromkeys(channels.split(), "")) for name, channels in reach.items()}


def route(name: str = "all", tell: str = "li", by: str = "chat", **others: Any) -> Route:
    """A route as it would be written."""
    return Route.model_validate({"name": name, "tell": tell.split(), "by": by.split(), **others})


def routing(*routes: Route, teams: dict[str, Team] | None = None, floor: str = "", **reach: str) -> Routing:
    """A site with these routes; ``floor``: it has quiet hours, in the window ``night``."""
    quiet = Quiet(during="night", floor=Priority(floor)) if floor else None
    return Routing(people(**(reach or {"li": "chat"})), teams or {}, routes, quiet)


@dataclass(frozen=True)
class Message:
    """One notice that was sent, under its key."""

    at: float
    line: Line
    key: str
    data: dict[str, Any]

    @property
    def subjects(self) -> list[str]:
        """What its items are about."""
        return [str(item["subject"]) for item in self.data["items"]]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """(subject, kind) of its items, and of what is only counted in its text."""
        everything = [*self.data["items"], *self.data.get("also", ())]
        return [(str(item["subject"]), str(item["kind"])) for item in everything]


@dataclass
class Bench:
    """``open``: the windows that are open now; ``hidden``: the assets whose alarms are."""

    routing: Routing
    now: float = START
    open: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    holiday: bool = False
    sent: list[Message] = field(default_factory=list)
    rows: dict[tuple[str, str], Any] = field(default_factory=dict)
    expired: list[tuple[str, str]] = field(default_factory=list)
    takes: set[str] = field(default_factory=set)
    """The channels that deliver whatever they are handed, at once; of all others nothing is heard."""
    until: float = float("inf")
    """When the quiet hours end, if they do while time is passed."""

    def __post_init__(self) -> None:
        self.notices = Notices(self.routing, {})
        self.sequence = 0

    def world(self) -> World:
        """What is known now."""
        quiet = self.now + 3600.0 if "night" in self.open else None
        if quiet:
            quiet = min(quiet, self.until)
        return World(Hour(lambda name: name in self.open, self.holiday), lambda asset, _: asset in self.hidden, quiet)

    def tell(self, what: str, subject: str, priority: str = "P2", **data: Any) -> list[Message]:
        """An event happens, and what follows from it at once."""
        return self.tell_all([(what, subject, priority)], **data)

    def tell_all(self, events: list[tuple[str, str, str]], **data: Any) -> list[Message]:
        """Several events happen in one tick."""
        for what, subject, priority in events:
            self.sequence += 1
            asset = data.get("asset", f"asset-{subject.rpartition('/')[2]}")
            place = {"en": f"Floor {self.sequence % 3}", "zh": f"{self.sequence % 3}层"}
            event = {
                "type": f"touchpoint.{what}.v1", "subject": subject, "time": iso(self.now),
                "data": {"asset": asset, "clause": "c", "priority": priority, "place": place, "state": "open", **data},
            }  # fmt: skip
            facts = Facts(what, Priority(priority), "fire", "corridor", "door", place, asset, "c")
            self.notices.hear(Heard(self.sequence, event, facts), self.world(), self.now)
        return self.settle()

    def settle(self) -> list[Message]:
        """The end of a tick: what is due is sent, and all is committed."""
        made = []
        for notice in self.notices.due(self.world(), self.now):
            self.sequence += 1
            key = f"site-{self.sequence:010d}"
            self.notices.sent(notice, key, self.now)
            made.append(Message(self.now, notice.line, key, dict(notice.data)))
        self.commit()
        self.sent += made
        for message in [each for each in made if each.line.channel in self.takes]:
            made += self.delivery(message, True)
        return made

    def commit(self) -> None:
        """Write down what changed, as JSON."""
        for row, body in self.notices.book.take_changed().items():
            if body is None:
                self.rows.pop(row, None)
            else:
                self.rows[row] = json.loads(json.dumps(body))

    def pass_time(self, seconds: float) -> list[Message]:
        """Time passes, from one thing that falls due to the next; returns what was sent meanwhile."""
        end, before = self.now + seconds, len(self.sent)
        while (due := self.notices.next()) is not None and due <= end:
            self.now = max(self.now, due)
            if self.now >= self.until:
                self.open.discard("night")
            self.expired += self.notices.pass_time(self.world(), self.now)
            self.settle()
        self.now = end
        return self.sent[before:]

    def delivery(self, message: Message, arrived: bool) -> list[Message]:
        """A channel says what became of a message."""
        self.notices.said(Delivered(message.key, arrived), self.now)
        return self.settle()

    def crash(self, changed: Routing | None = None) -> list[Message]:
        """The power fails; what was committed is all there is, and the site's files may have changed meanwhile."""
        self.routing = changed or self.routing
        self.notices = Notices(self.routing, copy.deepcopy(self.rows))
        return self.settle()
