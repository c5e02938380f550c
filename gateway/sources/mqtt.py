"""The devices of one broker: messages become readings, silence and a lost line become bad ones.

A message is acknowledged once its readings are committed, so that a crash brings it again. Knows no paho and no store.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from gateway.broker import Broker, Message
from gateway.clock import DEVICES_AHEAD, Clock
from gateway.errors import TemporaryFailure, Unreachable
from gateway.model import BadReading, Gap, Reading, Readings
from gateway.sources.conversion import Raw
from gateway.sources.gate import Gate, Publication, TooOften, Unlisted
from gateway.sources.payloads import parse
from gateway.sources.source import Connection, Deliver, Device, Resume, Sent, Still
from gateway.sources.topics import Route, Routes

log = logging.getLogger(__name__)

MOST_REMEMBERED = 2000
LATER = 0.001
"""Seconds between two statements that must not count as made at one moment."""
REPEAT = 60.0
"""Seconds after which the state of the line is told again, so that it does not grow stale."""
SHORTEST_STEP = 0.25
RETRY = 30.0

LINE_DOWN = BadReading("line-down")
SESSION_LOST = BadReading("session-lost")
OFFLINE = BadReading("offline")
SILENT = BadReading("silent")
RETAINED = BadReading("retained", "of unknown age")
QUEUED = BadReading("queued", "of unknown age")
CLOCK_AHEAD = BadReading("clock-ahead")


class RecentReceipts:
    """The keys of the messages that were committed last; one that comes again was only not seen acknowledged."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._keys = dict.fromkeys(keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        """Remember ``key``, and forget the oldest one."""
        self._keys[key] = None
        if len(self._keys) > MOST_REMEMBERED:
            del self._keys[next(iter(self._keys))]


@dataclass(slots=True)
class _Presence:
    """What is known of one device's being there."""

    device: Device
    answers: tuple[int, ...]
    everything: tuple[int, ...]
    heard: float
    """When it last spoke, or when listening for it began."""
    gone: BadReading | None = None
    told_answer: Reading | None = None
    told_answer_at: float = 0.0
    told_gone_at: float = 0.0
    last_queued_at: float = 0.0


class _Receipt:
    """Acknowledges a message when the readings of every device that it concerned are committed."""

    def __init__(self, message: Message, key: str, waiting: int, done: Callable[[_Receipt], None]) -> None:
        self.message = message
        self.key = key
        self.committed: list[str] = []
        self._waiting = waiting
        self._done = done

    def __call__(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._done(self)


@dataclass(slots=True)
class _Told:
    """What one message tells of one device."""

    presence: _Presence
    at: float
    points: tuple[int, ...]
    values: Sequence[Reading]
    undated: bool


class MqttSource:
    """Listens to every device of one broker. ``broker`` may be shared with whoever publishes.

    ``resume`` says when this gateway was last known to listen: what the broker kept since then is no older. Without
    it, what was kept from before this start has no age and is bad.
    """

    def __init__(
        self,
        connection: Connection,
        devices: Iterable[Device],
        clock: Clock,
        resume: Resume | None = None,
    ) -> None:
        self.broker = Broker(connection)
        devices = tuple(devices)
        self._gate = Gate(devices, clock.now)
        self.counters: Counter[str] = self.broker.counters
        self._connection = connection
        self._clock = clock
        resume = resume or Resume()
        self._remembered = RecentReceipts(resume.receipt_keys)
        self._listened_until = resume.listened_until
        self._devices = devices
        self.behind = 0.0
        self.alive: Callable[[], None] = lambda: None
        self._routes = Routes(self._devices)
        self._line = (connection.answers_id,)
        self._line_up: bool | None = None
        self._line_told_at = 0.0
        self._gap: Gap | None = None
        """What is not yet told of the times at which nobody listened."""
        self._gap_told_at = -REPEAT
        self._pending: dict[str, _Receipt] = {}
        now = clock.now()
        self._presence = {
            each.name: _Presence(each, (each.answers_id,), (each.answers_id, *each.point_ids.values()), now)
            for each in self._devices
        }
        self._deliver: Deliver = lambda readings: None
        self.broker.subscribe(self._routes.filters, self._received)
        self.broker.watch(self._up, self._down)

    async def run(self, deliver: Deliver) -> None:
        """Listen for ever; trouble with the broker is told as readings."""
        self._deliver = deliver
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name=f"{self._connection.name}: broker")
            tasks.create_task(self._watch_silence(), name=f"{self._connection.name}: silence")

    async def command(self, device: str, name: str, seconds: float | None, still: Still) -> tuple[Sent, str]:
        """Publish what the command ``name`` of ``device`` stands for, while connected, once, and never again."""
        order = self._gate.orders.get((device, name))
        if not isinstance(order, Publication):
            return Sent.REFUSED, f"{name} is not allowed on {device}"
        try:
            payload = order.payload(seconds)
            await self.broker.answers()
            self.broker.must_be_connected()
            if not still():
                return Sent.WITHDRAWN, ""
            handed_over = await self._say(order.topic, payload)
        except (Unlisted, TooOften, TemporaryFailure, ValueError) as error:
            log.log(logging.ERROR if isinstance(error, Unlisted) else logging.INFO, "%s %s: %s", device, name, error)
            return Sent.REFUSED, str(error)
        return (Sent.TAKEN, "") if handed_over else (Sent.UNSURE, f"{self.broker} was gone before it had it")

    async def _say(self, topic: str, payload: bytes) -> bool:
        """The last function before the socket: whatever is not allowed ends here."""
        self._gate.message(topic, payload)
        return await self.broker.send(topic, payload)

    async def _listen(self) -> None:
        while True:
            try:
                await self.broker.run()
            except Unreachable as error:
                if self._line_up is not False:
                    log.error("%s", error)
                    self._down(str(error))
            await self._clock.sleep(RETRY)

    # The line.

    def _up(self, session_present: bool) -> None:
        now = self._clock.now()
        first = self._line_up is None
        if self._listened_until is not None and not (first and session_present):
            self._note_gap(Gap(self._listened_until, now, not session_present))
        self._tell_line(True, now)
        for presence in self._presence.values():
            presence.heard = now
            if not session_present and not first:
                self._gone(presence, SESSION_LOST, now)

    def _down(self, reason: str) -> None:
        now = self._clock.now()
        if self._line_up:
            self._listened_until = now
        self._tell_line(False, now)
        for presence in self._presence.values():
            self._gone(presence, LINE_DOWN, now)
        self.counters["lost"] += 1
        log.debug("%s: down: %s", self._connection.name, reason)

    def _note_gap(self, gap: Gap) -> None:
        before = self._gap or gap
        self._gap = Gap(min(before.since, gap.since), gap.until, before.session_lost or gap.session_lost)

    def _tell_line(self, up: bool, now: float) -> None:
        self._line_up = up
        self._line_told_at = now
        gap = self._gap if up and now - self._gap_told_at >= REPEAT else None  # a line that flaps is told of once
        if gap:
            self._gap, self._gap_told_at = None, now
        self._deliver(Readings(f"connection/{self._connection.name}", now, now, self._line, (up,), gap=gap))

    # Who is there.

    async def _watch_silence(self) -> None:
        shortest = min((each.stale_after for each in self._devices), default=REPEAT)
        step = max(min(shortest, REPEAT) / 4, SHORTEST_STEP)
        while True:
            self.alive()
            await self._clock.sleep(step)
            now = self._clock.now()
            if self._line_up is not None and now - self._line_told_at >= REPEAT:
                self._tell_line(self._line_up, now)
            for presence in self._presence.values() if self._line_up else ():
                self._look_after(presence, now)

    def _look_after(self, presence: _Presence, now: float) -> None:
        silent = now - presence.heard >= presence.device.stale_after
        if silent and presence.gone not in (SILENT, OFFLINE):
            self._gone(presence, SILENT, now)
        elif presence.told_answer is False:
            self._answer(presence, False, now)

    def _gone(self, presence: _Presence, reason: BadReading, now: float) -> None:
        """Nothing that the device said before counts any more."""
        answer: Reading = False if reason in (SILENT, OFFLINE) else reason
        presence.gone = reason
        presence.told_gone_at = presence.told_answer_at = now
        presence.told_answer = answer
        values = (answer, *(reason,) * len(presence.device.point_ids))
        self._deliver(Readings(presence.device.name, now, now, presence.everything, values))

    def _answer(self, presence: _Presence, answer: Reading, now: float) -> None:
        """Tell whether the device is there: when that changes, and again before it would grow stale."""
        due = presence.told_answer_at + min(presence.device.stale_after / 4, REPEAT)
        if answer != presence.told_answer or now >= due:
            presence.told_answer, presence.told_answer_at = answer, now
            self._deliver(Readings(presence.device.name, now, now, presence.answers, (answer,)))

    # Messages.

    def _received(self, message: Message) -> None:
        routes = self._routes.of(message.topic)
        if not routes:
            self.counters["unwanted"] += 1
            self.broker.ack(message)
            return
        tree = parse(message.payload)
        if isinstance(tree, BadReading):
            self.counters["refused"] += 1
        now = self._clock.now()
        told = [each for route in routes if (each := self._tell(route, tree, message, now))]
        self._hand_on(message, told, now)

    def _tell(self, route: Route, tree: Raw, message: Message, now: float) -> _Told | None:
        presence = self._presence[route.device.name]
        if route.availability is not None:
            self._tell_presence(presence, route.there(tree), message, now)
            return None
        told = route.told(tree)
        if not told:
            return None
        if message.retain and route.live_session == message.session:
            return None  # a copy of what was heard live, or of something older
        own = self._steady(route.time(tree), message, now)
        at, fault = self._dated(presence, own, message, now)
        if not message.retain and not message.queued:
            route.live_session = message.session
            self._heard(presence, now)
        values = (fault,) * len(told) if fault else tuple(told.values())
        undated = not fault and (message.retain or at not in (own, now))
        return _Told(presence, at, route.shape(tuple(told)), values, undated)

    def _heard(self, presence: _Presence, now: float) -> None:
        presence.heard, presence.gone = now, None
        self._answer(presence, True, now)

    def _tell_presence(self, presence: _Presence, there: Reading, message: Message, now: float) -> None:
        if there is True:
            # One from the broker's queue may be over; the retained word follows it.
            if not message.queued:
                presence.gone = None
                presence.heard = presence.heard if message.retain else now
                self._answer(presence, True, now)
        elif there is False:
            if presence.gone is not OFFLINE:
                self._gone(presence, OFFLINE, now)
        else:
            self._answer(presence, there, now)

    def _dated(
        self, presence: _Presence, own: float | BadReading | None, message: Message, now: float
    ) -> tuple[float, BadReading | None]:
        """The source's time of a message, or what is wrong with its age; ``own``: as the device tells it."""
        if isinstance(own, BadReading):
            return now, own
        if own is None:
            return self._undated(presence, message, now)
        # A device's clock may lag: what is fresh by its own time was still said after we missed it.
        if own <= presence.told_gone_at and not message.retain and own > now - presence.device.stale_after:
            return min(presence.told_gone_at + LATER, now), None
        return own, None

    def _steady(self, own: float | BadReading | None, message: Message, now: float) -> float | BadReading | None:
        """A device's time on our steady line, never later than now; None by a clock of ours that has lost its time.

        Once our wall clock was set, a device may go by it as it was or as it is: what is heard live was said just now
        if it can be so, and what was kept is as old as it may be.
        """
        if own is None or isinstance(own, BadReading):
            return own
        if not self._clock.trusted():
            return None
        possible = [each for each in (own, own - self._clock.ahead()) if each <= now + DEVICES_AHEAD]
        if not possible:
            return CLOCK_AHEAD
        # What is dated later than now would outlive the word that the device is gone.
        return min(min(possible) if message.retain or message.queued else max(possible), now)

    def _undated(self, presence: _Presence, message: Message, now: float) -> tuple[float, BadReading | None]:
        if message.retain:
            return now, RETAINED
        if not message.queued:
            return now, None
        if self._listened_until is None:
            return now, QUEUED
        # Said after we last listened, in this order; more is not known.
        presence.last_queued_at = min(max(self._listened_until, presence.last_queued_at) + LATER, now)
        return presence.last_queued_at, None

    def _hand_on(self, message: Message, told: Sequence[_Told], now: float) -> None:
        if not message.qos:
            for each in told:
                self._deliver(self._readings(each, now))
            return
        key = self._key(message)
        if message.dup and key in self._pending:
            self._pending[key].message = message
            self.counters["again"] += 1
            return
        keys = [key if len(told) == 1 else f"{key}:{each.presence.device.name}:{each.points[0]}" for each in told]
        fresh = [pair for pair in zip(told, keys, strict=True) if not (message.dup and pair[1] in self._remembered)]
        self.counters["again"] += len(told) > len(fresh)
        if not fresh:
            self.broker.ack(message)
            return
        receipt = self._pending[key] = _Receipt(message, key, len(fresh), self._committed)
        receipt.committed = [each for _, each in fresh]
        for each, own_key in fresh:
            self._deliver(self._readings(each, now, receipt, own_key))

    def _readings(self, each: _Told, now: float, receipt: _Receipt | None = None, key: str | None = None) -> Readings:
        device = each.presence.device.name
        return Readings(device, each.at, now, each.points, each.values, receipt, key, undated=each.undated)

    def _key(self, message: Message) -> str:
        digest = blake2b(message.topic.encode(errors="replace") + b"\0" + message.payload, digest_size=8).hexdigest()
        return f"{self._connection.name}:{message.mid}:{digest}"

    def _committed(self, receipt: _Receipt) -> None:
        for key in receipt.committed:
            self._remembered.add(key)
        if self._pending.get(receipt.key) is receipt:
            del self._pending[receipt.key]
        self.broker.ack(receipt.message)
