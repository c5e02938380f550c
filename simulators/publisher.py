"""Carries what devices say, and commands to them, over a real MQTT broker: paho, on its own thread. Knows no device."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from queue import Empty, SimpleQueue

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.devices.device import Message

_CONNECT_S = 15.0
_PATIENCE_S = 0.030


class NoBroker(Exception):
    """The broker did not accept the connection in time."""


class Publisher:
    """One connection for all simulated devices. A message without a connection is lost, as a real device loses it."""

    def __init__(self, host: str, port: int, client_id: str = "simulators") -> None:
        self._address = (host, port)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = self._connected
        self._client.on_message = self._came
        self._listens_to: set[str] = set()
        self._came_in: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._marker = f"{client_id}/marker"
        self._asked_at: float | None = None
        self.paused = False
        self.counts: Counter[str] = Counter()

    async def start(self) -> None:
        """Connects. Raises `NoBroker`."""
        self._client.connect_async(*self._address, keepalive=30)
        self._client.loop_start()
        deadline = asyncio.get_running_loop().time() + _CONNECT_S
        while not self._client.is_connected():
            if asyncio.get_running_loop().time() > deadline:
                await self.stop()
                raise NoBroker(f"no MQTT broker answers on {self._address[0]}:{self._address[1]}")
            await asyncio.sleep(0.02)

    def publish(self, message: Message) -> None:
        """Sends, or loses, one message."""
        if self.paused or not self._client.is_connected():
            self.counts["lost"] += 1
            return
        self.counts["messages"] += 1
        self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    def ask(self) -> None:
        """Sends a marker through the broker, unless one is still on its way back."""
        if self._asked_at is None and self._client.is_connected():
            self._asked_at = time.monotonic()
            self._client.publish(self._marker)

    def keeps_up(self) -> bool:
        """Whether what was sent comes through at once; also while there is no connection, and nothing is sent."""
        asked_at = self._asked_at
        return asked_at is None or time.monotonic() - asked_at <= _PATIENCE_S or not self._client.is_connected()

    def listen(self, topics: Iterable[str]) -> None:
        """Takes what is published there from now on."""
        self._listens_to.update(topics)
        if self._client.is_connected():
            self._subscribe()

    def heard(self) -> list[tuple[str, str]]:
        """Topic and payload of what has come in since the last time; nothing while paused, and it is lost then."""
        messages = []
        try:
            while True:
                messages.append(self._came_in.get_nowait())
        except Empty:
            return [] if self.paused else messages

    def _subscribe(self) -> None:
        for topic in sorted({*self._listens_to, self._marker}):
            self._client.subscribe(topic, qos=1)
        self._asked_at = None  # last: one that was sent before the broker knows of us never comes back

    def _connected(
        self, client: Client, data: object, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        self._subscribe()

    def _came(self, client: Client, data: object, message: MQTTMessage) -> None:
        if message.topic == self._marker:
            self._asked_at = None
            return
        self._came_in.put((message.topic, message.payload.decode("utf-8", "replace")))

    async def stop(self) -> None:
        """Disconnects."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
