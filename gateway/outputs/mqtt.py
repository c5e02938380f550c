"""The MQTT output: one message per event, delivered when the broker has acknowledged it. Knows no assets.

Whoever tells the state of the assets publishes through the same ``broker``; see ``gateway.northbound``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from gateway.broker import Broker
from gateway.errors import TemporaryFailure, Unreachable
from gateway.model import noun_and_verb
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.wiring import Connection

SETTINGS = (
    "connection", "host", "port", "tls", "ca_file", "user", "password", "prefix", "qos", "discovery", "acknowledge",
)  # fmt: skip
CONNECTED_WITHIN = 5.0
ONCE = 1
"""The QoS of events: an event counts as delivered when its PUBACK has come."""
FORBIDDEN = "#+\0$"
LONGEST_PREFIX = 200


class Mqtt:
    """Settings: ``connection`` (one of the site's) or ``host``, ``port``, ``tls``, ``user`` and ``password``.

    ``prefix`` of all topics (default touchpoint/<site>); for the state of the assets also ``qos`` (0 or 1),
    ``discovery`` (Home Assistant's prefix, none by default) and ``acknowledge`` (whether its buttons are obeyed).
    """

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, SETTINGS)
        needed(settings, ("host",))
        self.prefix = _topic("prefix", settings.get("prefix") or f"touchpoint/{letterhead.site}")
        self.line = settings.get("connection", "")
        self.discovery = _topic("discovery", settings["discovery"]) if settings.get("discovery") else ""
        self.acknowledge = _yes(settings, "acknowledge")
        self.qos = _number(settings, "qos", 1, range(2))
        self.connection = Connection(
            "northbound", "mqtt", -1, host=settings["host"], port=_number(settings, "port", 1883, range(1, 65536)),
            tls=_yes(settings, "tls"), ca_file=settings.get("ca_file", ""), user=settings.get("user", ""),
            password=settings.get("password", ""),
        )  # fmt: skip
        self._client()

    def last(self, client_id: str, topic: str, payload: bytes) -> None:
        """Be the client of that name, whose broker publishes ``payload`` once it is gone; before anything is sent."""
        self.connection = replace(self.connection, client_id=client_id)
        self._client((topic, payload))

    def _client(self, will: tuple[str, bytes] | None = None) -> None:
        self.broker = Broker(self.connection, clean=True, will=will)
        self.broker.watch(lambda _: self._up.set(), lambda _: self._up.clear())
        self._up = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    async def connected(self) -> None:
        """Return once there is a connection; raises TemporaryFailure when there is none within 5 s."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self.broker.run(), name=f"{self.broker}: northbound")
        waiting = asyncio.create_task(self._up.wait(), name=f"{self.broker}: is it up")
        try:
            await asyncio.wait({self._work, waiting}, timeout=CONNECTED_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._work.done() and not self._work.cancelled() and (why := self._work.exception()):
            raise TemporaryFailure(str(why))
        if not self._up.is_set():
            raise TemporaryFailure(f"{self.broker} is not connected")

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Publish ``event`` under ``event/<noun>/<verb>``, not retained; its ``id`` is ``key``."""
        await self.publish(f"event/{noun_and_verb(event['type']).replace('.', '/')}", orjson.dumps(event, default=str))

    async def publish(self, below: str, payload: bytes) -> None:
        """Publish under the prefix, not retained; returns when the broker has it, raises TemporaryFailure."""
        await self.connected()
        await self.broker.publish(f"{self.prefix}/{below}", payload, ONCE)

    async def close(self) -> None:
        """Say goodbye."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError, Unreachable):
                await self._work
            self._work = None
            self._up.clear()


def _topic(name: str, written: str) -> str:
    levels = written.split("/")
    if not all(levels) or len(written) > LONGEST_PREFIX or any(each in written for each in FORBIDDEN):
        raise ValueError(f"{name}: {written!r} is no beginning of a topic: levels like touchpoint/garden")
    return written


def _yes(settings: Mapping[str, str], name: str) -> bool:
    written = settings.get(name, "false")
    if written not in ("true", "false"):
        raise ValueError(f"{name}: {written!r} is neither true nor false")
    return written == "true"


def _number(settings: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    written = settings.get(name, str(default))
    if not written.isascii() or not written.isdecimal() or int(written) not in allowed:
        raise ValueError(f"{name}: {written!r} is no number from {allowed.start} to {allowed.stop - 1}")
    return int(written)
