"""All that one tick changed: committed in one transaction, or kept and committed with the next tick's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.alarms.alarm import Alarm
from gateway.model import Event, Reading, Record, Trouble
from gateway.proof_tests.command import Command
from gateway.proof_tests.entry import Entry, Sample
from gateway.proof_tests.evidence import Run
from gateway.proof_tests.procedure import Procedure
from gateway.proof_tests.schedule import Slot
from gateway.routing.book import Row
from gateway.tickets.planned import PlannedWork
from gateway.tickets.ticket import Ticket
from gateway.words import Overflow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, for the hash-chained audit."""

    at: float
    who: str
    what: str
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)


class HistoryBlock(NamedTuple):
    """What is to be remembered of one moment: a column of point ids and one of their readings."""

    at: float
    points: Sequence[int]
    readings: Sequence[Reading]


class StatePoint(NamedTuple):
    """What became of a verdict or an alarm at a moment, as whole numbers, for whoever keeps time series."""

    at: float
    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, int]


@dataclass(slots=True)
class Changes:
    """``receipts`` are called after the commit."""

    history: list[HistoryBlock] = field(default_factory=list)
    alarms: dict[tuple[str, str], Alarm] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    outbox: list[tuple[str, Event]] = field(default_factory=list)
    memories: dict[int, Any] = field(default_factory=dict)
    unknown_since: dict[tuple[str, str], float | None] = field(default_factory=dict)
    """As in Saved; None when it can be judged again."""
    audit: list[AuditEntry] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    """New lines of the log book."""
    runs: dict[str, Run | None] = field(default_factory=dict)
    """Asset → its discharge as far as it was seen; None when there is none any more."""
    samples: list[tuple[str, float, Sample]] = field(default_factory=list)
    """Asset, when its discharge began, and what is to be remembered of it."""
    procedures: dict[str, Procedure | None] = field(default_factory=dict)
    """Asset → the test that the gateway runs on it, as it now stands; None when it is over."""
    slots: dict[tuple[str, str], Slot | None] = field(default_factory=dict)
    """Asset and kind of test → the next one that is planned; None when none is any more."""
    troubles: dict[str, Trouble | None] = field(default_factory=dict)
    """Output → what was told of its trouble; None once it was told that this is over."""
    commands: list[Command] = field(default_factory=list)
    """To be sent once all this is committed."""
    notices: dict[Row, Any] = field(default_factory=dict)
    """What people are still to be told, and were told; None for what is over."""
    states: list[StatePoint] = field(default_factory=list)
    """Empty where no output keeps time series."""
    overflows: list[Overflow] = field(default_factory=list)
    """What was told of spools that were full."""
    works: dict[int, PlannedWork] = field(default_factory=dict)
    receipt_keys: list[str] = field(default_factory=list)
    receipts: list[Callable[[], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to commit or to acknowledge."""
        return any(getattr(self, name) for name in self.__slots__)

    def forget_oldest(self, kept: int) -> int:
        """Drop the oldest history beyond ``kept`` readings, and states beyond as many; returns how many readings."""
        del self.states[: max(len(self.states) - kept, 0)]
        before = excess = sum(len(block.points) for block in self.history) - kept
        dropped = 0
        while excess > 0:
            excess -= len(self.history[dropped].points)
            dropped += 1
        del self.history[:dropped]
        return before - excess

    def absorb(self, later: Changes) -> None:
        """Add what came later, because this could not be committed yet."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(later, name)
            if isinstance(mine, dict):
                mine.update(theirs)
            else:
                mine.extend(theirs)
