"""Tells systemd that the gateway is ready, alive or stopping; says nothing where no systemd listens. Judges no part.

Source: sd_notify(3). Alive is told only as long as every part shows signs of life: a loop that turns proves nothing.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping

from gateway.health import Health, State

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0
CORE = ("pipeline", "store")
"""What must be well before the gateway is ready; a wire or an output may be dead for days."""


class Supervisor:
    """``watched`` says whether anybody listens. ``environment`` is the process's own, as systemd filled it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = min(_watchdog_seconds(environment) / 3, LOOK_EVERY)
        self._told_ready = False
        self._told_state = ""

    @property
    def watched(self) -> bool:
        """Whether there is a systemd that wants to be told."""
        return bool(self._address)

    async def run(self, health: Health) -> None:
        """Tell for ever how ``health`` is, three times in each span that the watchdog allows."""
        while True:
            self.look(health)
            await asyncio.sleep(self._every)

    def look(self, health: Health) -> None:
        """Tell once: ready when the core is, alive while nothing is stalled, and what is wrong."""
        parts = health.components()
        well = {part.name for part in parts if part.state is State.WELL}
        wrong = "; ".join(f"{part.name}: {part.detail}" for part in parts if part.detail)
        lines = [f"STATUS={wrong or 'well'}"] if wrong != self._told_state or not self._told_ready else []
        self._told_state = wrong
        if not self._told_ready and well.issuperset(CORE):
            self._told_ready = True
            lines.append("READY=1")
        if health.alive:
            lines.append("WATCHDOG=1")
        self._tell(*lines)

    def stopping(self) -> None:
        """The end was asked for and is under way."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._address or not lines:
            return
        text = "\n".join(" ".join(line.splitlines()) for line in lines)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
                to.setblocking(False)
                to.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", lines, error)


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """How long systemd waits for a sign of life; very long where it does not wait at all."""
    written = environment.get("WATCHDOG_USEC", "")
    return int(written) / 1e6 if written.isdecimal() and int(written) else float("inf")
