"""The contract of a source: something that reads devices on one connection and hands readings on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway.model import Readings
from gateway.profiles import Profile

Deliver: TypeAlias = Callable[[Readings], None]
"""Where readings go: never blocks, never fails; called in the event loop."""


@dataclass(frozen=True, slots=True)
class Device:
    """One thing that answers on a connection, as a source needs to know it.

    ``point_ids`` maps the profile's points (those that are wanted) to integer ids; ``answers_id`` is the id of the
    boolean point that says whether the device answers at all.
    """

    name: str
    profile: Profile
    point_ids: Mapping[str, int]
    answers_id: int
    every: float
    stale_after: float
    unit: int = 1
    parameters: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """One wire. ``answers_id`` is the id of the boolean point that says whether the wire carries anything."""

    name: str
    kind: str
    answers_id: int
    host: str = ""
    port: int | str = 0
    line: str = ""
    timeout: float = 1.0
    quiet: float = 0.05
    tls: bool = False
    ca_file: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    client_id: str = ""


class Source(Protocol):
    """Reads every device of one connection until it is cancelled."""

    async def run(self, deliver: Deliver) -> None:
        """Read and deliver for ever; connection and device trouble is told as readings, never raised."""

    def devices(self) -> Sequence[Device]:
        """The devices it reads."""
