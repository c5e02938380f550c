"""Tells the state of the assets over one MQTT output: what changed, at its pace, and everything after each connection.

Takes no command from any topic but, where the site allows it, the press of an acknowledge button.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from gateway.actions import Acknowledge
from gateway.alarms.panel import Key
from gateway.broker import Message
from gateway.changes import Changes
from gateway.clock import Clock, monotonic
from gateway.errors import Refused, TemporaryFailure
from gateway.estate import Estate
from gateway.model import Readings
from gateway.northbound.discovery import OFFLINE, ONLINE, PRESS, Discovery, discovered
from gateway.northbound.pace import EVERY, Pace
from gateway.northbound.shapes import SHAPES, schema_text
from gateway.northbound.state import States, same
from gateway.northbound.topics import Parts, Retained, Topics
from gateway.outputs.mqtt import Mqtt
from gateway.runner import Runner

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Messages on their way at the same time: paho keeps no more in flight."""
LOOK_AGAIN = 5.0
"""Seconds between two looks for what changed by time alone, and between two whole tellings."""
TRY_AGAIN = 1.0
GATHER = 0.1
"""Seconds for which what changed is gathered at least."""
REPEAT = 60.0
MOST_PRESSES = 1000
HOME_ASSISTANT = "home-assistant"


class Northbound:
    """One for each MQTT output; ``name`` is the output's."""

    def __init__(
        self, name: str, output: Mqtt, runner: Runner, clock: Clock, alive: Callable[[], None] = lambda: None
    ) -> None:
        estate = runner.pipeline.estate
        self.name, self._output, self._runner, self._clock = name, output, runner, clock
        self._estate = estate
        self._topics = Topics(output.prefix, output.discovery)
        self._states = States(runner.pipeline)
        self._discovery = Discovery(estate, self._topics, output.acknowledge)
        self._retained = Retained(runner.store.path.parent / f"northbound-{name}.json")
        self._alive = alive
        self.doubt: Callable[[str], None] = lambda why: None
        """Told why the broker does not have what is told; "" when it does."""
        self._line = _unwatched(estate, output.line)
        self._line_told_at = -REPEAT
        self._pace = Pace(EVERY)
        self._told: dict[str, Mapping[str, Any]] = {}
        self._whole = True
        self._whole_at = self._swept_at = -LOOK_AGAIN
        self._news = asyncio.Event()
        self._presses: deque[tuple[Key, float | None]] = deque(maxlen=MOST_PRESSES)
        """What somebody wants to acknowledge, and when that was raised: what is raised later they have not seen."""
        output.last(f"touchpoint-{estate.site}-{name}", self._topics.status, OFFLINE.encode())
        output.broker.watch(self._up, self._down)
        if filters := self._filters():
            output.broker.subscribe(filters, self._heard)
        runner.on_commit.append(self._committed)

    def _filters(self) -> list[str]:
        """All that is ever listened to."""
        birth = [self._topics.birth] if self._topics.discovery else []
        return birth + ([self._topics.acknowledge("+")] if self._output.acknowledge else [])

    # What others call.

    def _committed(self, changes: Changes) -> None:
        if touched := self._states.touched(changes):
            self._pace.mark(touched)
            self._news.set()

    def _up(self, _session_present: bool) -> None:
        self._tell_line(True)
        self._tell_all()

    def _down(self, _reason: str) -> None:
        self._tell_line(False)

    def _tell_line(self, up: bool) -> None:
        """Of a connection that no device is on nobody else tells whether it works."""
        if self._line:
            now, self._line_told_at = self._clock.now(), monotonic()
            self._runner.deliver(Readings(f"connection/{self._output.line}", now, now, self._line, (up,)))

    def _tell_all(self) -> None:
        self._whole = True
        self._news.set()

    def _heard(self, message: Message) -> None:
        self._output.broker.ack(message)
        if message.topic == self._topics.birth:
            if message.payload == ONLINE.encode():
                self._tell_all()
            return
        asset = self._topics.pressed(message.topic)
        # What is retained was pressed by nobody now.
        if asset in self._estate.assets and message.payload == PRESS.encode() and not message.retain:
            seen = (alarm for alarm in self._states.standing(asset) if not alarm.acknowledged)
            self._presses.extend((alarm.key, alarm.raised_at) for alarm in seen)
            self._news.set()

    # The task.

    async def run(self) -> None:
        """Publish for ever. A broker that is away is waited for."""
        while True:
            self._alive()
            self._news.clear()
            try:
                await self._press()
                await self._output.connected()
                if monotonic() - self._line_told_at >= REPEAT:
                    self._tell_line(True)
                await self._round()
                self.doubt("")
            except TemporaryFailure as failure:
                self._whole = True
                self.doubt(str(failure))
                log.debug("output %s: %s", self.name, failure)
                await asyncio.sleep(TRY_AGAIN)
            await self._rest()

    async def _rest(self) -> None:
        pause = self._pace.pause(monotonic())
        try:
            async with asyncio.timeout(LOOK_AGAIN if pause is None else min(max(pause, GATHER), LOOK_AGAIN)):
                # What changes in between waits until its time has come anyway.
                await (self._news.wait() if pause is None else asyncio.Event().wait())
        except TimeoutError:
            return

    async def _press(self) -> None:
        while self._presses:
            key, raised_at = self._presses.popleft()
            alarm = self._runner.pipeline.alarms.get(key)
            if alarm is None or alarm.acknowledged or alarm.raised_at != raised_at:
                continue
            try:
                await self._runner.act(Acknowledge(*key, HOME_ASSISTANT))
            except Refused as refusal:
                log.warning("output %s: acknowledging %s: %s", self.name, key[0], refusal)

    async def _round(self) -> None:
        now = monotonic()
        if self._whole and now - self._whole_at >= LOOK_AGAIN:
            self._whole, self._whole_at = False, now
            await self._everything()
            return
        if now - self._swept_at >= LOOK_AGAIN:
            self._swept_at = now
            self._pace.mark(name for name in self._states.every() if self._outdated(name))
        due = self._pace.due(now)
        states = {name: self._states.of(name) for name in due}
        await self._tell({name: each for name, each in states.items() if not same(self._told.get(name), each)})

    def _outdated(self, name: str) -> bool:
        """A verdict may change by time alone."""
        return self._told.get(name, {}).get("verdict") != self._states.outcome(name)

    async def _everything(self) -> None:
        """Status says online only once nothing of what is retained is older than this connection."""
        schemas = {self._topics.schema(name): schema_text(name).encode() for name in SHAPES}
        devices = {self._discovery.topic(name): self._discovery.device(name) for name in self._discovered()}
        states = {name: self._states.of(name) for name in self._states.every()}
        kept: dict[str, Parts] = {topic: {} for topic in (self._topics.status, *schemas)}
        kept |= {self._topics.state(name): {} for name in states}
        kept |= {topic: {name: each["p"] for name, each in told["cmps"].items()} for topic, told in devices.items()}
        gone = self._retained.gone(kept)
        for topic, told in devices.items():
            # A component that is left out would stay: it goes when only its platform is told.
            told["cmps"] |= {name: {"p": each} for name, each in self._retained.lost(topic, kept[topic]).items()}
        before = self._retained.topics
        self._remember(before | {topic: {**before.get(topic, {}), **parts} for topic, parts in kept.items()})
        await self._publish(list(schemas.items()))
        await self._tell(states)
        # Last, because a broker that does not allow these topics cuts the connection.
        await self._publish([(topic, orjson.dumps(told)) for topic, told in devices.items()])
        await self._publish([*((topic, b"") for topic in gone), (self._topics.status, ONLINE.encode())])
        self._remember(kept)

    def _remember(self, topics: Mapping[str, Parts]) -> None:
        try:
            self._retained.keep(topics)
        except OSError as error:
            log.warning("output %s: what is retained there cannot be written down: %s", self.name, error)

    def _discovered(self) -> Iterable[str]:
        return discovered(self._estate) if self._topics.discovery else ()

    async def _tell(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        await self._publish([(self._topics.state(name), orjson.dumps(state)) for name, state in states.items()])
        self._told.update(states)

    async def _publish(self, messages: list[tuple[str, bytes]]) -> None:
        """Publish, retained, and return when the broker has them all; raises TemporaryFailure."""
        publish, qos = self._output.broker.publish, self._output.qos
        for start in range(0, len(messages), AT_ONCE):
            some = messages[start : start + AT_ONCE]
            await asyncio.gather(*(publish(topic, payload, qos, True) for topic, payload in some))
            self._alive()


def _unwatched(estate: Estate, connection: str) -> tuple[int, ...]:
    """The point that tells whether a connection works, where no device is on it; else none."""
    if connection not in estate.connections or connection in estate.device_connection.values():
        return ()
    return (estate.connections[connection].answers_id,)
