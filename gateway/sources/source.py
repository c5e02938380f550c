"""The contract of a source: something that reads devices on one connection and hands readings on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from gateway.model import Readings
from gateway.wiring import Connection, Device, Resume

__all__ = ["Connection", "Deliver", "Device", "Resume", "Source"]

Deliver: TypeAlias = Callable[[Readings], None]
"""Where readings go: never blocks, never fails; called in the event loop."""


class Source(Protocol):
    """Reads every device of one connection until it is cancelled."""

    behind: float
    """Seconds by which the question that is longest due is late; 0 for one that only listens, or finds nobody."""

    async def run(self, deliver: Deliver) -> None:
        """Read and deliver for ever; connection and device trouble is told as readings, never raised."""

    def devices(self) -> Sequence[Device]:
        """The devices it reads."""
