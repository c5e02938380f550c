"""The one shared MQTT client of a connection: paho's network thread on one side, the event loop on the other.

The only module that imports paho. Knows nothing of devices: it hands messages over, and acknowledges when told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from paho.mqtt.client import Client, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gateway import unsent
from gateway.clock import monotonic
from gateway.errors import TemporaryFailure, Unreachable
from gateway.inbox import Inbox, wake
from gateway.wiring import Connection

log = logging.getLogger(__name__)

KEEPALIVE = 15
"""Seconds of silence after which the broker is asked for a sign of life; a dead link shows in 1.5 times that."""
CONNECT_TIMEOUT = 5.0
RETRY = (1, 30)
"""Seconds: the first and the longest pause between attempts to connect."""
LARGEST_HELD = 256 * 1024
"""Bytes of a payload that are kept; a reader that refuses larger ones sees one byte more."""
CATCH_UP_LIMIT, CATCH_UP_LONGEST, BACKLOG = 30.0, 3600.0, 300
"""Seconds after which the broker's queue counts as emptied although our marker never came back: the former while fewer
messages than that come in the time, the latter whatever comes. A queue of days takes minutes to empty."""
FILTERS_AT_ONCE = 100
FAILED = 0x80
"""Reason codes from here on say no (MQTT 3.1.1 §3.9.3)."""
PUBLISH_TIMEOUT = 10.0
SEND_TIMEOUT = 2.0
STOP_TIMEOUT = 6.0


class Message(NamedTuple):
    """One message as it came. ``queued``: the broker kept it for us while we were away, for an unknown time."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool
    queued: bool
    mid: int
    session: int
    """Which of our connections it came over: a message id means nothing on another one."""


UNSPECIFIED = "Unspecified error"
"""What paho calls a connection that ends without a word of MQTT."""
OnMessage: TypeAlias = Callable[[Message], None]
OnUp: TypeAlias = Callable[[bool], None]
"""Called with whether the broker still had our session."""
OnDown: TypeAlias = Callable[[str], None]
"""Called with the reason, once per outage, also when the very first attempt fails."""


class Broker:
    """Connects in the background, for ever; nothing that the network or the broker does is raised from here.

    A persistent session at QoS 1: what is not acknowledged comes again, to this process or to the next; ``clean``: the
    broker forgets us when we go. ``will``: topic and payload that it publishes, retained, once we are gone.
    """

    def __init__(
        self, connection: Connection, retry: tuple[int, int] = RETRY, clean: bool = False,
        will: tuple[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.connected = False
        self.counters: Counter[str] = Counter()
        self._marker = f"{connection.client_id}/caught-up"
        self._inbox = Inbox()
        self._subscriptions: list[tuple[tuple[str, ...], OnMessage]] = []
        self._watchers: list[tuple[OnUp, OnDown]] = []
        self._published: dict[int, asyncio.Future[None]] = {}
        self._retry = retry
        self._clean, self._will = clean, will
        self._client = self._build()
        self._is_used = False
        self._same_session = threading.Lock()
        """Held while a session begins or ends: an acknowledgement goes out over the message's own one, or never."""
        # The rest belongs to the network thread.
        self._session = 0
        self._told_down = False
        self._queued_until: float | None = None
        self._queue_ends = 0.0
        """When it counts as emptied whatever comes."""
        self._caught_up = 0
        """Messages since ``_queued_until`` was set."""
        self._asked: dict[int | None, Sequence[str]] = {}
        self._network: threading.Thread | None = None

    def _build(self) -> Client:
        connection = self.connection
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=connection.client_id, clean_session=self._clean, manual_ack=True
        )
        client.suppress_exceptions = True
        client.connect_timeout = CONNECT_TIMEOUT
        client.reconnect_delay_set(*self._retry)
        client.max_queued_messages_set(1000)
        if connection.user:
            client.username_pw_set(connection.user, connection.password)
        if self._will:
            client.will_set(*self._will, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        return client

    # What the event loop calls.

    def subscribe(self, filters: Sequence[str], on_message: OnMessage) -> None:
        """Call ``on_message`` in the event loop for what matches; it sees to the acknowledgement. Before ``run``."""
        self._subscriptions.append((tuple(filters), on_message))

    def watch(self, on_up: OnUp, on_down: OnDown) -> None:
        """Be told, in the event loop and in order with the messages, when the line is up and down."""
        self._watchers.append((on_up, on_down))

    def ack(self, message: Message) -> None:
        """Tell the broker that ``message`` is safe with us; does nothing once its connection is gone."""
        with self._same_session:
            if message.qos and message.session == self._session:
                self._client.ack(message.mid, message.qos)

    async def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        """Publish, and return when the broker has it; raises TemporaryFailure when it has not within 10 s."""
        if not self.connected:
            raise TemporaryFailure(f"{self} is not connected")
        info = self._client.publish(topic, payload, qos, retain)
        done = self._published[info.mid] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(done, PUBLISH_TIMEOUT)
        except TimeoutError:
            raise TemporaryFailure(f"{self} did not acknowledge") from None
        finally:
            self._published.pop(info.mid, None)

    async def answers(self) -> None:
        """Raises TemporaryFailure unless the broker answers within 2 s: a stalled one would obey when it goes on."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self.publish(self._marker, b"")
        except TimeoutError:
            raise TemporaryFailure(f"{self} does not answer") from None

    def must_be_connected(self) -> None:
        """Raises TemporaryFailure while nothing can be sent."""
        if not (self.connected and self._client.is_connected()):
            raise TemporaryFailure(f"{self} is not connected")

    async def send(self, topic: str, payload: bytes) -> bool:
        """Publish at QoS 0, not retained; whether the broker has it, within 2 s.

        Nothing is kept for later: raises TemporaryFailure, and then nothing goes out, while the line is down.
        """
        self.must_be_connected()
        info = self._client.publish(topic, payload, 0, False)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise TemporaryFailure(f"{self} is gone")
        try:
            await self.answers()  # the question goes out behind it: who answers that has read this
        except TemporaryFailure:
            self._cut()
            return False
        return True

    def _cut(self) -> None:
        """End a connection that takes no bytes: what it has not taken is thrown away, not sent when it takes some."""
        wire = cast("socket.socket | None", self._client.socket())  # paho's sockets are sockets
        if wire is not None:
            unsent.ends_with(wire)
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    async def run(self) -> None:
        """Connect, stay connected and hand over until cancelled; raises Unreachable if it cannot even be tried."""
        self._inbox.open(asyncio.get_running_loop())
        self._start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._inbox.hand_over(), name=f"{self.connection.name}: messages")
                tasks.create_task(self._keep_alive(), name=f"{self.connection.name}: network")
        finally:
            await self._stop()

    def __str__(self) -> str:
        return f"broker {self.connection.host}:{self.connection.port}"

    def _start(self) -> None:
        connection = self.connection
        if self._is_used:  # paho takes certificates once, and forgets to close what it opened before
            self._client = self._build()
        self._is_used = True
        try:
            # A name that is no host name would end paho's thread instead of failing like any other.
            connection.host.encode("idna")
            self._client.connect_async(connection.host, int(connection.port), KEEPALIVE)
            if connection.tls:
                self._client.tls_set(ca_certs=connection.ca_file or None)
        except (OSError, ValueError) as error:
            raise Unreachable(f"{self} cannot be used: {error}") from error
        self._client.loop_start()

    async def _keep_alive(self) -> None:
        """Revive the network thread, should a packet that no broker sends have ended it."""
        while True:
            await asyncio.sleep(1)
            if self._network is not None and not self._network.is_alive():
                self._network = None
                self._lost("the network thread ended")
                self._start()

    async def _stop(self) -> None:
        if self._will and self.connected:
            self._client.publish(*self._will, 1, True)  # who says goodbye has no last will
        self._client.disconnect()
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        # A thread of our own, as a daemon: a name server that does not answer must not hold up the exit.
        threading.Thread(target=self._join, args=(loop, stopped), daemon=True).start()
        try:
            await asyncio.wait_for(stopped.wait(), STOP_TIMEOUT)
        except TimeoutError:
            log.warning("%s: left while still connecting", self)

    def _join(self, loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
        self._client.loop_stop()
        # paho leaves it open when it was told to stop while connecting.
        left = self._client.socket()
        if left is not None:
            left.close()
        wake(loop, stopped.set)

    # What the network thread calls. None of it may raise: that would end the thread.

    def _on_connect(self, client: Client, _data: object, flags: Any, reason: Any, _properties: object) -> None:
        self._network = threading.current_thread()
        if reason.is_failure:
            self._lost(str(reason))
            return
        self._next_session()
        self._queue_ends, self._caught_up = monotonic() + CATCH_UP_LONGEST, 0
        self._queued_until = monotonic() + CATCH_UP_LIMIT if flags.session_present else None
        self._told_down = False
        wanted = sorted({each for filters, _ in self._subscriptions for each in filters})
        for start in range(0, len(wanted), FILTERS_AT_ONCE):
            some = wanted[start : start + FILTERS_AT_ONCE]
            self._asked[client.subscribe([(each, 1) for each in some])[1]] = some
        if flags.session_present:
            # The broker sends in order: what comes before our own message had been waiting there.
            client.subscribe(self._marker, 1)
            client.publish(self._marker, self._token, 1)
        self._inbox.put(self._tell_up, bool(flags.session_present))

    def _next_session(self) -> None:
        with self._same_session:
            self._session += 1

    @property
    def _token(self) -> bytes:
        return f"{id(self)}-{self._session}".encode()

    def _on_connect_fail(self, _client: Client, _data: object) -> None:
        self._network = threading.current_thread()
        # paho calls from inside its except clause, and passes no reason.
        self._lost(str(sys.exc_info()[1] or "no connection"))

    def _on_disconnect(self, _client: Client, _data: object, _flags: object, reason: Any, _properties: object) -> None:
        name = self.connection.client_id
        cut = f"cut off without a reason, as when a second client is called {name!r}"
        self._lost(cut if str(reason) == UNSPECIFIED else str(reason))

    def _lost(self, reason: str) -> None:
        self._next_session()
        if not self._told_down:
            self._told_down = True
            self._inbox.put(self._tell_down, reason)

    def _on_message(self, client: Client, _data: object, received: MQTTMessage) -> None:
        try:
            topic = received.topic
        except UnicodeDecodeError as error:
            topic = error.object.decode(errors="replace")
        payload = bytes(received.payload[: LARGEST_HELD + 1])
        if topic == self._marker:
            client.ack(received.mid, received.qos)
            self._queued_until = None if payload == self._token else self._queued_until
            return
        if not self._inbox.room(received.qos):
            self.counters["dropped"] += 1
            return
        message = Message(
            topic, payload, received.qos, received.retain, received.dup, self._queued(), received.mid, self._session
        )
        self._inbox.put(self._dispatch, message, len(payload))

    def _queued(self) -> bool:
        if self._queued_until is None:
            return False
        self._caught_up += 1
        now = monotonic()
        if now > self._queued_until and self._caught_up > BACKLOG and now < self._queue_ends:
            self._queued_until, self._caught_up = now + CATCH_UP_LIMIT, 0
        if now > self._queued_until:
            self._queued_until = None
            log.warning("%s: own message on %s did not come back; is it allowed there?", self, self._marker)
        return self._queued_until is not None

    def _on_subscribe(self, _client: Client, _data: object, mid: int, reasons: Any, _properties: object) -> None:
        for topic, reason in zip(self._asked.pop(mid, ()), reasons, strict=False):
            if reason.value >= FAILED:
                log.warning("%s: refuses the subscription %s", self, topic)
                self._inbox.put(self._count, "subscriptions refused")

    def _on_publish(self, _client: Client, _data: object, mid: int, _reason: object, _properties: object) -> None:
        self._inbox.put(self._tell_published, mid)

    # What the inbox calls, in the event loop.

    def _dispatch(self, message: Message) -> None:
        self.counters["messages"] += 1
        if len(self._subscriptions) == 1:
            self._subscriptions[0][1](message)
            return
        for filters, on_message in self._subscriptions:
            if any(topic_matches_sub(each, message.topic) for each in filters):
                on_message(message)
                return
        self.ack(message)

    def _count(self, what: str) -> None:
        self.counters[what] += 1

    def _tell_published(self, mid: int) -> None:
        future = self._published.get(mid)
        if future is not None and not future.done():
            future.set_result(None)

    def _tell_up(self, session_present: bool) -> None:
        self.connected = True
        log.info("%s: connected", self)
        for on_up, _ in self._watchers:
            on_up(session_present)

    def _tell_down(self, reason: str) -> None:
        self.connected = False
        log.warning("%s: not connected (%s); trying again until it is", self, reason)
        for future in self._published.values():
            if not future.done():
                future.set_exception(TemporaryFailure(f"{self} is gone: {reason}"))
        for _, on_down in self._watchers:
            on_down(reason)
