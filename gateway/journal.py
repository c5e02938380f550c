"""What a tick writes down, until it is taken away to be committed, and what is to be looked at again by time alone.

Counts the events of a site without a gap, and lays each into the outbox of whoever wants it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from gateway.agenda import Agenda
from gateway.changes import Changes
from gateway.estate import Estate, OutputSettings
from gateway.model import Event
from gateway.routing.routes import facts_in

NARROW = ("alertmanager", "glpi")
"""Kinds of outputs that take alarms or tickets, and refuse everything else for good."""


class Journal:
    """One for a site."""

    def __init__(self, estate: Estate, last_event: int) -> None:
        self.changes = Changes()
        """What the present tick has changed so far."""
        self.agenda: Agenda[tuple[str, ...]] = Agenda()
        """What falls due when."""
        self._estate = estate
        self._sequence = last_event

    def tell(self, what: str, subject: str, data: dict[str, Any], now: float) -> None:
        """An event happened: ``ticket.opened``, of ``ticket/7``."""
        event = self._record(what, subject, data, now)
        self._lay(event, [each for each in self._estate.outputs.values() if wants(each, what)])

    def tell_of_output(self, what: str, output: str, data: dict[str, Any], now: float) -> None:
        """Something happened to an output: never told to itself, but to the others that ask for it.

        And to those by which people are told anything, unless a route tells this anyway, at any hour. Where that is
        nobody it is told to all others: somebody must hear of a channel that is down.
        """
        event = self._record(what, f"output/{output}", data, now)
        asking = {each.name for each in self._estate.outputs.values() if wants(each, what)}
        self._lay_for_sure(event, what, asking, besides=output)

    def tell_everybody(self, what: str, subject: str, data: dict[str, Any], now: float) -> None:
        """Something happened that concerns all: told to every output that takes events, of whatever sort.

        To people's channels as in ``tell_of_output``.
        """
        event = self._record(what, subject, data, now)
        self._lay_for_sure(event, what, {each.name for each in self._estate.outputs.values() if each.events})

    def _lay_for_sure(self, event: Event, what: str, asking: set[str], besides: str = "") -> None:
        others = [each for each in self._estate.outputs.values() if each.name != besides and each.keep is None]
        routing = self._estate.routing
        routed = routing.always_tells(facts_in(what, event.data, ""), besides)
        people = set() if routed else {each for route in routing.routes for each in route.by}
        hearing = [each for each in others if each.name in asking | people]
        self._lay(event, hearing if hearing or routed else others)

    def tell_all(self, what: str, subject: str, data: dict[str, Any], now: float) -> None:
        """Something that somebody must hear of: told to all outputs that can take it, whichever events they ask for."""
        event = self._record(what, subject, data, now)
        outputs = [each for each in self._estate.outputs.values() if each.keep is None]
        able = [each for each in outputs if not (each.kind in NARROW or each.is_for_people_only)]
        self._lay(event, [each for each in outputs if each in able or wants(each, what)])

    def notify(self, output: str, subject: str, data: dict[str, Any], now: float) -> str:
        """A notice to somebody goes to this output and to no other; returns the key under which it does."""
        event = self._record("notice.made", subject, data, now)
        self.changes.outbox.append((output, event))
        return event.id

    def _record(self, what: str, subject: str, data: dict[str, Any], now: float) -> Event:
        self._sequence += 1
        event = Event(self._estate.site, self._sequence, f"touchpoint.{what}.v1", subject, now, data)
        self.changes.events.append(event)
        return event

    def _lay(self, event: Event, outputs: Iterable[OutputSettings]) -> None:
        self.changes.outbox += [(each.name, event) for each in outputs]

    def take(self) -> Changes:
        """All that was written down since the last time."""
        changes, self.changes = self.changes, Changes()
        return changes


def wants(output: OutputSettings, what: str) -> bool:
    """Whether the site's files say that such an event (``ticket.opened``) goes there."""
    return any(fnmatchcase(what, pattern) for pattern in output.events)
