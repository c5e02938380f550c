"""The few nouns that every part shares; imports nothing of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = bool | int | float | str
Text: TypeAlias = Mapping[str, str]
"""One text in several languages: ``{"zh": …, "en": …}``."""


@dataclass(frozen=True, slots=True)
class BadReading:
    """Stands where a value should be, and says why there is none (``stale``, ``no-answer``, ``out-of-range`` …)."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


Reading: TypeAlias = Value | BadReading

NEVER_READ = BadReading("never-read")
NO_RECORD = BadReading("no-record")
STALE = BadReading("stale")


@dataclass(frozen=True, slots=True)
class Gap:
    """A line was not listened to between two times (seconds since 1970): what was said meanwhile may be missing.

    ``session_lost``: whoever keeps messages for us had kept none.
    """

    since: float
    until: float
    session_lost: bool


@dataclass(slots=True)
class Readings:
    """What one device told at one moment: a column of point ids and a column of what was read.

    ``at`` is the source's time, ``arrived`` ours (both steady seconds since 1970). ``receipt`` is called once the
    readings are committed: an MQTT message is acknowledged there. ``receipt_key`` recognises its redelivery.
    """

    device: str
    at: float
    arrived: float
    points: Sequence[int]
    values: Sequence[Reading]
    receipt: Callable[[], None] | None = None
    receipt_key: str | None = None
    gap: Gap | None = None
    """Told once a line is listened to again."""
    undated: bool = False
    """When they were said is not known, and ``at`` is no more than a bound; or, as of a retained message, not what was
    said since. They tell nothing of how long anything took, nor that anybody watched since ``at``.
    """


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened to an asset ``at`` a time, as a person or another system told it at ``told_at``.

    Both are seconds since 1970.
    """

    asset: str
    record: str
    at: float
    who: str
    note: str
    told_at: float

    @property
    def key(self) -> tuple[str, str]:
        """Which record of which asset it is."""
        return self.asset, self.record

    def tells_the_same(self, other: Record) -> bool:
        """Whether both were told in the same words."""
        mine, theirs = (self.at, self.who, self.note), (other.at, other.who, other.note)
        return self.key == other.key and mine == theirs


@dataclass(frozen=True, slots=True)
class Trouble:
    """An output that takes nothing, since when (seconds since 1970), and what was said last."""

    output: str
    since: float
    error: str


class Priority(StrEnum):
    """How urgent: P1 drop everything, P4 plan it."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in one shape everywhere (CloudEvents 1.0).

    ``type`` is ``touchpoint.<noun>.<past participle>.v1``; ``sequence`` counts a site's events without a gap.
    """

    site: str
    sequence: int
    type: str
    subject: str
    at: float
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The stable key under which every output delivers this event."""
        return f"{self.site}-{self.sequence:010d}"


def noun_and_verb(event_type: str) -> str:
    """``touchpoint.ticket.opened.v1`` → ``ticket.opened``, the form in which routes are written."""
    return ".".join(event_type.split(".")[1:-1])
