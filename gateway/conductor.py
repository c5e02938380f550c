"""Sends committed commands to devices, and tells what the wire said. Decides nothing, and never sends one twice.

Every connection has a queue of its own: one that hangs holds up no other. What ends something goes before what begins.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping

from gateway.clock import Clock
from gateway.estate import Estate
from gateway.proof_tests.command import Command, Sent, Told
from gateway.sources.source import Source

log = logging.getLogger(__name__)


class Conductor:
    """``take`` is called after each commit; ``run`` is the task that sends."""

    def __init__(
        self, estate: Estate, sources: Mapping[str, Source], clock: Clock,
        wanted: Callable[[Command, float], bool], say: Callable[[Told], None],
    ) -> None:  # fmt: skip
        """``wanted``: whether a command is still to go out when its turn comes; ``say``: where the wire's word goes."""
        self._estate, self._sources, self._clock, self._wanted, self._say = estate, sources, clock, wanted, say
        self._stops: dict[str, dict[tuple[str, str], Command]] = {name: {} for name in sources}
        """The stops that wait: of those that are the same, the last one; where one hangs, they would pile up."""
        self._starts: dict[str, deque[Command]] = {name: deque() for name in sources}
        self._wake = {name: asyncio.Event() for name in sources}

    def take(self, commands: Iterable[Command]) -> None:
        """Have them sent; one that no device of the site takes is told to be refused."""
        for command in commands:
            known = self._estate.assets[command.asset].commands.get(command.name)
            connection = self._estate.device_connection.get(known.device, "") if known else ""
            if connection not in self._starts:
                self._tell(command, Sent.REFUSED, "the site allows no such command")
                continue
            if command.stops:
                self._stops[connection][command.asset, command.name] = command
            else:
                self._starts[connection].append(command)
            self._wake[connection].set()

    async def run(self) -> None:
        """Send for ever."""
        async with asyncio.TaskGroup() as group:
            for name in self._sources:
                group.create_task(self._serve(name), name=f"commands {name}")

    async def _serve(self, connection: str) -> None:
        stops, starts, wake = self._stops[connection], self._starts[connection], self._wake[connection]
        while True:
            while stops or starts:
                command = stops.pop(next(iter(stops))) if stops else starts.popleft()
                await self._send(self._sources[connection], command)
            wake.clear()
            await wake.wait()

    async def _send(self, source: Source, command: Command) -> None:
        known = self._estate.assets[command.asset].commands[command.name]
        sent, detail = await source.command(
            known.device, known.command, command.seconds, lambda: self._wanted(command, self._clock.now())
        )
        self._tell(command, sent, detail)

    def _tell(self, command: Command, sent: Sent, detail: str) -> None:
        level = logging.INFO if sent is Sent.TAKEN else logging.WARNING
        log.log(level, "command %s of %s: %s %s", command.name, command.asset, sent.value, detail)
        self._say(Told(command, sent, self._clock.now()))
