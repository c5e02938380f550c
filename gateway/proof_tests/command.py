"""What a proof test asks of a device, and what became of it on the wire. Knows no device and no wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Command:
    """Something that one device of an asset is to do. It is written down and committed before it is sent."""

    procedure: int
    """The number of the test that asks for it; 0 for none: something that was left asserted is taken back."""
    asset: str
    name: str
    """What the kind calls it: ``start_duration_test``, ``break_supply``, ``stop_test`` …"""
    stops: bool
    """Whether it ends something: such a command is always allowed to go, also while the store fails."""
    seconds: float | None = None
    """After how long the device has to end it by itself, where it can be told."""


class Sent(StrEnum):
    """What became of a command on the wire. Only what is read back afterwards proves that the device obeyed."""

    TAKEN = "taken"
    """The device (or its broker) acknowledged it."""
    REFUSED = "refused"
    """Nothing was carried out: the device said no, the site does not allow it, or the wire could not be opened."""
    UNSURE = "unsure"
    """It went out and nothing came back: it may or may not have been carried out."""
    WITHDRAWN = "withdrawn"
    """It was not wanted any more when its turn on the wire came: nothing went out."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the wire said of a command, ``at`` a time (seconds since 1970)."""

    command: Command
    sent: Sent
    at: float
