"""What a recording is to whoever replays it; knows no file format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.actions import Action
from gateway.model import Reading


class Row(NamedTuple):
    """One recorded reading: the source's time (seconds since 1970), the point's id in the estate, what was read."""

    at: float
    point: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did then. ``about``: asset and clause of the ticket, whose number may differ in a replay."""

    at: float
    action: Action
    about: tuple[str, str] | None = None


class Start(NamedTuple):
    """A gateway was started. ``away_since``: when the one before it last wrote anything; ``at`` if there was none."""

    at: float
    away_since: float


class Recording(Protocol):
    """Can be read again and again, each time the same."""

    first: float
    """Time of the first reading."""
    last: float
    """Until when it is known that nothing else was read."""
    only_changes: bool
    """What was read again and found the same is left out: silence says that nothing changed, staleness is a row."""
    strangers: int
    """Points of the recording that the site does not have; their rows are left out."""

    def count(self, since: float, until: float) -> int:
        """About how many rows there are, ``since`` ≤ at ≤ ``until``."""

    def rows(self, since: float, until: float) -> Iterator[Row]:
        """Oldest first. A recording of changes begins with what was known before ``since``, as of ``since``."""

    def starts(self, since: float, until: float) -> list[Start]:
        """When the gateway that recorded this was started: all was unknown then until it was read. Oldest first."""

    def acts(self, since: float, until: float) -> list[Act]:
        """What people did, oldest first."""

    def close(self) -> None:
        """Let go of the file."""
