"""The contract of a source: something that reads devices on one connection, and tells them what they are to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeAlias

from gateway.model import Readings
from gateway.proof_tests.command import Sent
from gateway.wiring import Connection, Device, Resume

__all__ = ["Connection", "Deliver", "Device", "Resume", "Sent", "Source", "Still"]

Deliver: TypeAlias = Callable[[Readings], None]
"""Where readings go: never blocks, never fails; called in the event loop."""

Still: TypeAlias = Callable[[], bool]
"""Whether a command is still wanted: asked as the last thing before it goes out."""


class Source(Protocol):
    """Reads every device of one connection until it is cancelled."""

    alive: Callable[[], None]
    """Called whenever it has shown that it goes on: at least each 15 s, or after the longest wait for one answer."""
    behind: float
    """Seconds by which the question that is longest due is late; 0 for one that only listens, or finds nobody."""

    counters: Counter[str]
    """What it has counted since the start: ``polls``, ``timeouts`` and ``link failures``, or ``messages`` …"""

    async def run(self, deliver: Deliver) -> None:
        """Read and deliver for ever; connection and device trouble is told as readings, never raised."""

    async def command(self, device: str, name: str, seconds: float | None, still: Still) -> tuple[Sent, str]:
        """Send one of the commands that the site allows for ``device``, once, and what became of it, in words.

        ``seconds`` after which the device has to end it: needed where the command carries them, else left aside.
        Trouble on the wire is never raised, and nothing is ever sent a second time.
        """
