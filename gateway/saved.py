"""What the store gives back at start: the state that survives a restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.clock import DEVICES_AHEAD
from gateway.model import Record, Trouble
from gateway.proof_tests.entry import Sample
from gateway.proof_tests.evidence import Run
from gateway.proof_tests.procedure import Procedure
from gateway.proof_tests.schedule import Slot
from gateway.routing.book import Rows
from gateway.tickets.planned import PlannedWork
from gateway.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Saved:
    """Empty for a new site. ``memories``: derived point id → what its function remembers."""

    alarms: Sequence[Alarm] = ()
    tickets: Sequence[Ticket] = ()
    last_ticket: int = 0
    last_event: int = 0
    memories: Mapping[int, Any] = field(default_factory=dict)
    left: Mapping[int, float] = field(default_factory=dict)
    """Of those, the points that had left the site's files, and are back → when the gateway last listened to them."""
    receipt_keys: Sequence[str] = ()
    records: Sequence[Record] = ()
    """The last of each record of each asset."""
    unknown_since: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Asset and clause → since when it cannot be judged, where the patience lasts a day or more."""
    runs: Sequence[tuple[Run, Sequence[Sample]]] = ()
    """The discharges that go on, each with its curve so far."""
    last_entry: int = 0
    """The number of the log book's last line."""
    tests: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    """Asset and kind of test → outcome → when the last such ended, and the seconds that it is proven to have lasted."""
    procedures: Sequence[Procedure] = ()
    """The tests that the gateway itself runs."""
    slots: Sequence[Slot] = ()
    """The tests that are planned."""
    notices: Rows = field(default_factory=dict)
    """What people are still to be told, and were told."""
    troubles: Sequence[Trouble] = ()
    """The outputs of which it was told that they take nothing, and not yet that they do again."""
    passes: Mapping[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    """Asset and kind of test → when the last one that was passed ended, and its line in the log book."""
    works: Sequence[PlannedWork] = ()
    """Planned work that is to come or under way."""
    last_work: int = 0
    listened_until: float | None = None
    """When the gateway was last known to listen; None for a new site."""
    told_until: float = 0.0
    """When it last told anything; 0 for a new site."""
    ahead: float = 0.0
    """By how many seconds the clock on the wall was ahead of steady time then."""
    is_sure: bool = True
    """Whether at least as much steady time as in truth has passed since then; else what people hid is shown again."""

    @property
    def seen(self) -> float:
        """When the gateway was certainly still at work."""
        return max(self.told_until, (self.listened_until or 0.0) - DEVICES_AHEAD)
