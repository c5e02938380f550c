"""All that one tick changed: committed in one transaction, or kept and committed with the next tick's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.model import Event, Reading
from gateway.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, for the hash-chained audit."""

    at: float
    who: str
    what: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """``history`` rows are (point id, source time, reading); ``receipts`` are called after the commit."""

    history: list[tuple[int, float, Reading]] = field(default_factory=list)
    alarms: dict[tuple[str, str], Alarm] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    outbox: list[tuple[str, Event]] = field(default_factory=list)
    memories: dict[int, Any] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    receipt_keys: list[str] = field(default_factory=list)
    receipts: list[Callable[[], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to commit or to acknowledge."""
        return any(getattr(self, name) for name in self.__slots__)

    def absorb(self, later: Changes) -> None:
        """Add what came later, because this could not be committed yet."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(later, name)
            if isinstance(mine, dict):
                mine.update(theirs)
            else:
                mine.extend(theirs)
