"""What notices are made from: an event as it is heard, what is known beside it, and what one person is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gateway.model import Priority, noun_and_verb
from gateway.routing.book import ALERT, REPEAT, Entry, Kind, Line, Reached, Thread
from gateway.routing.people import Hour
from gateway.routing.routes import STANDING, Facts, Way, facts_in

ENDS = ("ticket.closed", "alarm.cleared", "alarm.hidden")


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as it is told on: ``event`` has ``type``, ``subject``, ``time`` and ``data``."""

    sequence: int
    event: Mapping[str, Any]
    facts: Facts

    @property
    def thread(self) -> str:
        """What it is about, if that can end."""
        return str(self.event["subject"]) if self.facts.what.split(".")[0] in STANDING else ""

    @property
    def begins(self) -> bool:
        """Whether something stands that will have an end."""
        of_ticket = self.facts.what.startswith("ticket.") and self.event["data"].get("state") != "closed"
        return of_ticket or self.facts.what == "alarm.raised"


@dataclass(frozen=True, slots=True)
class World:
    """What is known beside the events. ``quiet_until``: None while it is not quiet; ``hidden``: asset, clause."""

    hour: Hour
    hidden: Callable[[str, str], bool]
    quiet_until: float | None = None


class Notice(NamedTuple):
    """One message to one person by one channel."""

    line: Line
    language: str
    data: Mapping[str, Any]
    entries: tuple[Entry, ...]


def as_told(line: Line, how: Reached) -> Way:
    """The way by which somebody was told."""
    return Way(line.person, (line.channel, *how.then), how.wait, how.within)


def entry_of(way: Way, heard: Heard, kind: Kind, thread: str, now: float) -> Entry:
    """An event for one person; only what is P1 waits for nothing else, and its end can wait."""
    urgency = heard.facts.urgency
    due = now if urgency is Priority.P1 and kind == ALERT else now + way.wait
    return Entry(
        way.person, way.channels[0], heard.sequence, kind, urgency.value, due,
        way.channels[1:], way.within, way.wait, thread, heard.facts.asset, heard.facts.clause,
    )  # fmt: skip


def facts_told(event: Mapping[str, Any]) -> Facts:
    """What routes ask of an event that was heard before."""
    return facts_in(noun_and_verb(event["type"]), event["data"], event["data"].get("trade", ""))


def moved(entry: Entry, channels: tuple[str, ...], now: float) -> Entry:
    """The same by the next of the channels, at once."""
    return replace(entry, channel=channels[0], then=channels[1:], due=now, passed_on=True)


def again(way: Way, thread: Thread, now: float) -> Entry:
    """What tells of a thread, for one person once more."""
    due = now if thread.priority == Priority.P1 else now + way.wait
    return Entry(
        way.person, way.channels[0], thread.sequence, REPEAT, thread.priority, due,
        way.channels[1:], way.within, way.wait, thread.key, thread.asset, thread.clause,
    )  # fmt: skip
