"""Tells outputs whose receivers forget (Alertmanager keeps alerts in memory only) what stands, again and again.

Beside the outbox, and after it: what is told here was, or will be, delivered as an event too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.clock import Clock
from gateway.errors import DeliveryFailure
from gateway.journal import wants
from gateway.model import Event
from gateway.outputs.output import Forgetful, Output
from gateway.pipeline import Pipeline
from gateway.store.rows import cloud_event

RAISED = "alarm.raised"
log = logging.getLogger(__name__)


def standing_alarms(pipeline: Pipeline, now: float) -> Iterator[Mapping[str, Any]]:
    """Every alarm that stands and is not hidden, as the event that raised it would tell it now; it has no number."""
    for key in list(pipeline.panel.alarms):
        alarm = pipeline.panel.alarm(key)
        if alarm.standing and not alarm.hidden:
            data = pipeline.following.teller.alarm(alarm, now)
            subject = f"{alarm.asset}/{alarm.clause}"
            yield cloud_event(Event(pipeline.estate.site, 0, f"touchpoint.{RAISED}.v1", subject, now, data))


def repeated(outputs: Mapping[str, Output], pipeline: Pipeline, clock: Clock) -> list[Repeating]:
    """One for each output that forgets and that the site tells of alarms."""
    told = pipeline.estate.outputs
    return [
        Repeating(name, each, lambda: standing_alarms(pipeline, clock.now()), clock)
        for name, each in outputs.items()
        if isinstance(each, Forgetful) and wants(told[name], RAISED)
    ]


class Repeating:
    """One output that is told again. ``name``: as in the site's files."""

    def __init__(self, name: str, output: Forgetful, standing: Callable[[], Iterator[Mapping[str, Any]]], clock: Clock):
        self.name, self._output, self._standing, self._clock = name, output, standing, clock
        self.alive: Callable[[], None] = lambda: None
        """Called whenever it goes on: a fault of the adapter is over then."""

    async def run(self) -> None:
        """Repeat until cancelled. Trouble is the outbox's to tell: it meets the same receiver."""
        while True:
            self.alive()
            await asyncio.sleep(self._clock.real(self._output.repeat_every))
            try:
                await self._output.repeat(self._standing)
            except DeliveryFailure as failure:
                log.debug("output %s was not told again what stands: %s", self.name, failure)
