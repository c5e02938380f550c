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
from gateway.model import Event, noun_and_verb
from gateway.routing.routes import facts_in


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
        self._lay(event, [each for each in self._estate.outputs.values() if wants(each, event)])

    def tell_of_output(self, what: str, output: str, data: dict[str, Any], now: float) -> None:
        """Something happened to an output: never told to itself, but to the others that ask for it.

        And to those by which people are told anything, unless a route tells this anyway, at any hour. Where that is
        nobody it is told to all others: somebody must hear of a channel that is down.
        """
        event = self._record(what, f"output/{output}", data, now)
        others = [each for each in self._estate.outputs.values() if each.name != output and each.keep is None]
        routing = self._estate.routing
        routed = routing.always_tells(facts_in(what, data, ""), besides=output)
        people = set() if routed else {each for route in routing.routes for each in route.by} - {output}
        asking = [each for each in others if wants(each, event) or each.name in people]
        self._lay(event, asking if asking or routed else others)

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


def wants(output: OutputSettings, event: Event) -> bool:
    """Whether the site's files say that such an event goes there."""
    return any(fnmatchcase(noun_and_verb(event.type), pattern) for pattern in output.events)
