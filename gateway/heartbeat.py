"""The dead man's switch: a sign of life to the outside, told only while everything that people rely on goes on.

Whoever receives it raises the alarm when it stops. Knows no parts of the gateway but by their names in ``health``.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Collection, Iterable
from typing import Any, Protocol, runtime_checkable

import orjson

from gateway.clock import Clock, iso
from gateway.data import version
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.estate import Estate, Heartbeat
from gateway.health import Component, Health, State
from gateway.outputs.http import Receiver
from gateway.store.store import Store

log = logging.getLogger(__name__)

HEADERS = {"content-type": "application/json; charset=utf-8"}
TOPIC = "heartbeat"
GOES_ON = (State.WELL, State.DEGRADED)
"""A receiver that is down is what the gateway tells of, and no fault of its own."""


@runtime_checkable
class Publisher(Protocol):
    """An output that can say more than events."""

    async def publish(self, below: str, payload: bytes) -> None:
        """Publish ``payload`` under ``below``; raises TemporaryFailure."""


class DeadMan:
    """``parts``: those of ``health`` that must all be well. ``output``: that over which the site wants it told too."""

    def __init__(
        self, estate: Estate, store: Store, clock: Clock, health: Health, parts: Collection[str],
        output: object = None,
    ) -> None:  # fmt: skip
        self._settings = estate.heartbeat or Heartbeat()
        self._site, self._store, self._clock, self._health = estate.site, store, clock, health
        self._parts = frozenset(parts)
        self._publisher = output if isinstance(output, Publisher) else None
        terms = {"url": self._settings.url, "timeout": f"{self._settings.timeout}s"}
        self._receiver = Receiver(terms) if self._settings.url else None
        self._sequence = 0
        self._trouble: dict[str, str] = {}

    async def run(self) -> None:
        """Tell for ever."""
        try:
            while True:
                await self.beat()
                await asyncio.sleep(self._settings.every)
        finally:
            if self._receiver:
                await self._receiver.close()

    async def beat(self) -> bool:
        """Tell once, if all is well; returns whether it is. Waits as long as the store does."""
        try:
            rows, hash_ = await self._store.prove()
            why = unwell(self._health.components(), self._parts)
        except sqlite3.Error as error:
            why = f"store: {error}"
        self._note("silent", why)
        if why:
            return False
        self._sequence += 1
        body = orjson.dumps(self._message(rows, hash_))
        await asyncio.gather(self._to("url", self._post(body)), self._to("mqtt", self._say(body)))
        return True

    def _message(self, rows: int, hash_: str) -> dict[str, Any]:
        return {
            "site": self._site,
            "version": version(),
            "time": iso(self._clock.now() + self._clock.ahead()),
            "sequence": self._sequence,
            "every_s": self._settings.every,
            "audit": rows,
            "audit_hash": hash_,
        }

    async def _post(self, body: bytes) -> None:
        if self._receiver:
            await self._receiver.post(body, HEADERS)

    async def _say(self, body: bytes) -> None:
        if self._publisher:
            await self._publisher.publish(TOPIC, body)

    async def _to(self, where: str, sent: Awaitable[None]) -> None:
        """That it did not arrive is the receiver's to notice, and no trouble of the gateway's own."""
        try:
            await sent
        except (TemporaryFailure, PermanentFailure) as failure:
            self._note(where, str(failure))
        else:
            self._note(where, "")

    def _note(self, what: str, why: str) -> None:
        """Log it when it begins and when it is over; that a start takes its time is no news."""
        before, self._trouble[what] = self._trouble.get(what, ""), why
        if why and not before:
            log.log(logging.WARNING if self._sequence else logging.INFO, "heartbeat, %s: %s", what, why)
        elif before and not why:
            log.log(logging.WARNING if self._sequence else logging.INFO, "heartbeat, %s: goes on", what)


def unwell(components: Iterable[Component], parts: Collection[str]) -> str:
    """Which of ``parts`` have not proven that they are well, and why; "" when all have."""
    found = {each.name: each for each in components}
    wrong = [name for name in sorted(parts) if name not in found or found[name].state not in GOES_ON]
    return "; ".join(f"{name} is {found[name].state}" if name in found else f"{name} is not there" for name in wrong)
