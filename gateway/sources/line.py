"""Polls every device of one line in turn and tells what it hears. Knows neither sockets nor protocol."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.clock import Clock
from gateway.model import BadReading, Reading, Readings
from gateway.sources.bus import FAILURES_UNTIL_LOST, Bus, News, Turn
from gateway.sources.polling import NO_ANSWER, DevicePoll, Link, LinkFailed, NoAnswer
from gateway.sources.registers import Block, Place, Words, as_hex
from gateway.sources.source import Connection, Deliver, Device

log = logging.getLogger(__name__)

LINE_DOWN = BadReading("line-down")
LOOK_AGAIN = 15.0
"""Seconds after which it shows that it goes on, although nobody is due."""
RINGS_EARLY = 0.002
"""Seconds by which a timer may ring early; to sleep on for so short a while would cost as much as the poll."""


class ClosableLink(Link, Protocol):
    """A link that its owner closes at the end."""

    def close(self) -> None:
        """Drop it; the next question would open it again."""


@dataclass(frozen=True, slots=True)
class RawRead:
    """One point as it was on the wire and as it is understood."""

    name: str
    table: str
    address: int
    words: str
    """In hexadecimal, ``""`` when there was no answer."""
    value: Reading
    unit: str


async def read_raw(link: Link, device: Device) -> list[RawRead]:
    """Every wanted point of ``device``, read now. Raises Unreachable, or ValueError when it cannot be planned."""
    poll = DevicePoll(device)
    values = dict(zip(poll.plan.names, await poll.read(link, 0.0), strict=True))
    # The plan may have been cut by what the device refused; the values keep their order.
    return [
        RawRead(place.name, place.table, place.address, _shown(answer, block, place), value, place.point.unit)
        for block in poll.plan.blocks
        for answer in [poll.last.get((block.table, block.start), NO_ANSWER)]
        for place in block.places
        if (value := values.get(place.name)) is not None
    ]


def _shown(answer: Words | BadReading, block: Block, place: Place) -> str:
    return "" if isinstance(answer, BadReading) else as_hex(block.words_of(place, answer))


class Herald:
    """Says whether devices and the line answer: when it changes, and again before it grows stale."""

    def __init__(self, connection: Connection, devices: Sequence[Device], deliver: Deliver) -> None:
        self._deliver = deliver
        self._renew = {device.answers_id: device.stale_after / 2 for device in devices}
        self.period = min(self._renew.values(), default=60.0)
        """Seconds after which ``repeat`` has something to say, at the earliest."""
        self._renew[connection.answers_id] = self.period
        self._said: dict[int, Readings] = {}

    def say(self, who: str, answers_id: int, value: Reading, now: float) -> None:
        """``value`` is whether ``who`` answers, or why nobody can know."""
        said = self._said.get(answers_id)
        if said is None or said.values[0] != value or now - said.arrived >= self._renew[answers_id]:
            self._send(Readings(who, now, now, (answers_id,), (value,)))

    def repeat(self, now: float) -> None:
        """Say again what was said long ago."""
        for answers_id, said in list(self._said.items()):
            if now - said.arrived >= self._renew[answers_id]:
                self._send(Readings(said.device, now, now, said.points, said.values))

    def _send(self, readings: Readings) -> None:
        self._said[readings.points[0]] = readings
        self._deliver(readings)


class LineSource:
    """Every device of one line, one question at a time."""

    def __init__(self, connection: Connection, devices: Sequence[Device], clock: Clock, link: ClosableLink) -> None:
        """Raises ValueError when a device cannot be planned."""
        self.connection = connection
        self._devices = tuple(devices)
        self._clock = clock
        self._link = link
        self._polls = {device.name: DevicePoll(device) for device in devices}
        self._watch: Watch | None = None
        self._nap: asyncio.Task[None] | None = None
        self.behind = 0.0
        self.counters: Counter[str] = Counter(polls=0, timeouts=0)
        self.alive: Callable[[], None] = lambda: None

    async def run(self, deliver: Deliver) -> None:
        """Read and deliver for ever; trouble is told as readings, never raised."""
        if not self._devices:
            await asyncio.Event().wait()
        watch = self._watch = Watch(self.connection, self._polls, deliver, self._clock.now())
        try:
            while True:
                await self._step(watch)
                self.alive()
        finally:
            self.close()

    def close(self) -> None:
        """Drop the link; the next question opens it again."""
        self._link.close()

    def urge(self, device: str) -> None:
        """Read this device next, and at once."""
        if self._watch is not None:
            self._watch.bus.urge(device)
        if self._nap is not None:
            self._nap.cancel()

    async def _rest(self, seconds: float) -> None:
        self._nap = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait([self._nap])
        finally:
            self._nap.cancel()
            self._nap = None

    async def _step(self, watch: Watch) -> None:
        turn, now = watch.bus.next_turn(), self._clock.now()
        self.behind = 0.0 if watch.bus.down or turn.failures else max(now - turn.due, 0.0)
        if turn.due > now + RINGS_EARLY:
            await self._rest(min(turn.due - now, watch.herald.period, LOOK_AGAIN))
            watch.herald.repeat(self._clock.now())
            return
        self.counters["polls"] += 1
        try:
            values = await self._polls[turn.name].read(self._link, now)
        except LinkFailed as error:
            self.counters["link failures"] += 1
            watch.link_failed(str(error), self._clock.now())
        except NoAnswer:
            self.counters["timeouts"] += 1
            watch.silent(turn, self._clock.now())
        else:
            watch.answered(turn, values, self._clock.now())
        watch.herald.repeat(self._clock.now())  # a line that is never idle must repeat itself too


class Watch:
    """What is known of a line and its devices while they are being polled, and who has been told what."""

    def __init__(self, connection: Connection, polls: dict[str, DevicePoll], deliver: Deliver, now: float) -> None:
        devices = [poll.device for poll in polls.values()]
        self.bus = Bus(((device.name, device.every) for device in devices), now)
        self.herald = Herald(connection, devices, deliver)
        self._connection, self._polls, self._deliver = connection, polls, deliver

    def answered(self, turn: Turn, values: Sequence[Reading], now: float) -> None:
        """The device was read."""
        poll, silent_since, down_since = self._polls[turn.name], turn.since, self.bus.down_since
        news = self.bus.good(turn.name, now)
        if news is News.LINE_UP:
            log.warning("line %s is back after %s", self._connection.name, _spoken(now - down_since))
        if news is News.DEVICE_BACK:
            log.warning("device %s answers again after %s", turn.name, _spoken(now - silent_since))
            poll.forget()
        self._tell(poll, values, now)
        self.herald.say(turn.name, poll.device.answers_id, True, now)
        self.herald.say(self._connection.name, self._connection.answers_id, True, now)

    def silent(self, turn: Turn, now: float) -> None:
        """The device was asked and did not answer; the link itself is open."""
        down_since = self.bus.down_since
        if self.bus.link_opened(now) is News.LINE_UP:
            log.warning("line %s is open again after %s", self._connection.name, _spoken(now - down_since))
        if self.bus.alone:
            self.herald.say(self._connection.name, self._connection.answers_id, True, now)
        news = self.bus.failed(turn.name, now)
        if news is News.LINE_DOWN:
            self._down("none of its devices answers", now)
        if news is News.DEVICE_LOST:
            log.warning("device %s does not answer (%d polls)", turn.name, FAILURES_UNTIL_LOST)
            self._unknown(self._polls[turn.name], NO_ANSWER, False, now)

    def link_failed(self, why: str, now: float) -> None:
        """The link cannot be opened."""
        if self.bus.link_failed(now) is News.LINE_DOWN:
            self._down(why, now)

    def _down(self, why: str, now: float) -> None:
        log.warning("line %s is down: %s", self._connection.name, why)
        self.herald.say(self._connection.name, self._connection.answers_id, False, now)
        for poll in self._polls.values():
            self._unknown(poll, LINE_DOWN, LINE_DOWN, now)

    def _tell(self, poll: DevicePoll, values: Sequence[Reading], now: float) -> None:
        if poll.points:
            self._deliver(Readings(poll.device.name, now, now, poll.points, values))

    def _unknown(self, poll: DevicePoll, why: BadReading, answers: Reading, now: float) -> None:
        self._tell(poll, poll.nothing(why), now)
        self.herald.say(poll.device.name, poll.device.answers_id, answers, now)


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
