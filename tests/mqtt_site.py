"""An MQTT source without its wire, on a clock moved by hand: tests hand it messages and look at what it delivers."""

from collections.abc import Sequence
from typing import Any

from gateway.broker import Message
from gateway.clock import ManualClock
from gateway.model import BadReading, Reading, Readings
from gateway.profiles import MqttProfile
from gateway.sources.mqtt import MqttSource
from gateway.sources.source import Connection, Device, Resume

LINE, ANSWERS, VOLTS, AMPS = 0, 10, 1, 2
CONNECTION = Connection("broker", "mqtt", LINE, host="127.0.0.1", port=1, client_id="test")
POINTS = {"volts": {"topic": "{prefix}/state", "path": "v"}, "amps": {"topic": "{prefix}/state", "path": "a"}}


def device(name: str = "eml-3f", base: int = 0, points: dict[str, Any] | None = None, **said: Any) -> Device:
    stated = {
        "title": "t",
        "maker": "m",
        "source": "s",
        "verified": "simulator",
        "protocol": "mqtt",
        "stale_after": "60s",
    }
    profile = MqttProfile.model_validate(stated | said | {"points": points or POINTS})
    ids = {point: base + number for number, point in enumerate(profile.points, start=1)}
    return Device(name, profile, ids, base + ANSWERS, 0.0, 60.0, parameters={"prefix": name})


class Site:
    """A source without its wire: messages are handed to it as the broker's client would."""

    def __init__(
        self, *devices: Device, remembered: Sequence[str] = (), until: float | None = None,
        connection: Connection = CONNECTION,
    ) -> None:  # fmt: skip
        self.clock = ManualClock(1000.0)
        self.source = MqttSource(
            connection,
            devices or (device(),),
            self.clock,
            Resume(remembered, until),
        )
        self.delivered: list[Readings] = []
        self.acknowledged: list[int] = []
        self.source._deliver = self.delivered.append
        self.source.broker.ack = lambda message: self.acknowledged.append(message.mid)  # type: ignore[method-assign] # there is no wire
        self.mid = 0

    def up(self, session_present: bool = False) -> None:
        self.source._up(session_present)

    def message(self, topic: str, payload: str | bytes, **said: Any) -> Message:
        self.mid += 1
        body = payload.encode() if isinstance(payload, str) else payload
        stated = {"qos": 1, "retain": False, "dup": False, "queued": False, "mid": self.mid, "session": 1} | said
        return Message(topic, body, **stated)

    def receive(self, topic: str, payload: str | bytes, **said: Any) -> None:
        self.source._received(self.message(topic, payload, **said))

    def commit(self) -> None:
        for each in self.delivered:
            if each.receipt:
                each.receipt()
        self.delivered.clear()

    def told(self) -> dict[int, Reading]:
        """What was delivered since the last look, by point id."""
        found = {point: value for each in self.delivered for point, value in zip(each.points, each.values, strict=True)}
        self.delivered.clear()
        return found

    def reason(self, point: int) -> str:
        reading = self.told()[point]
        assert isinstance(reading, BadReading), reading
        return reading.reason


def timed(**said: Any) -> Device:
    return device(time={"path": "ts", "format": "unix"}, **said)
