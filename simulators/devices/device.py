"""What devices share: troubles of their own, and a face to the wire. A device knows its plants, never who asks."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, TypeVar

from simulators.modbus.pdu import Code, Refusal, Table
from simulators.modbus.tables import Image
from simulators.plants.plant import Plant

P = TypeVar("P", bound=Plant)


def one(plants: Sequence[Plant], family: type[P]) -> P:
    """The only plant of a device, of the family that it measures. Raises TypeError."""
    plant = plants[0]
    if len(plants) != 1 or not isinstance(plant, family):
        raise TypeError(f"needs one {family.__name__}, not {', '.join(plant.id for plant in plants)}")
    return plant


@dataclass
class Trouble:
    """What is wrong with a device itself."""

    silent: bool = False
    sensor_error: bool = False
    frozen: bool = False
    deaf: bool = False
    """Commands are acknowledged, and nothing comes of them."""
    stop_refused: bool = False
    """What would end a test, or give a supply back, is refused."""


@dataclass(frozen=True)
class Message:
    """One MQTT publication."""

    topic: str
    payload: str
    retain: bool = False
    qos: int = 1


class ModbusDevice(ABC):
    """A Modbus unit that maps its plants to registers anew for each request."""

    def __init__(self, plants: Sequence[Plant], now: Callable[[], float]) -> None:
        self.plants, self._now = plants, now
        self.trouble = Trouble()
        self._frozen_image: Image | None = None

    @abstractmethod
    def image(self) -> Image:
        """What the registers hold at this moment; plants are up to date."""

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Consecutive values. Raises `Refusal`."""
        self.advance()
        if not self.trouble.frozen:
            self._frozen_image = None
            return self.image().read(table, address, count)
        if self._frozen_image is None:
            self._frozen_image = self.image()
        return self._frozen_image.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Refused, unless a model says otherwise."""
        raise Refusal(Code.FUNCTION)

    def restart(self) -> None:
        """It starts anew; what else it forgets then, a model says."""
        self._frozen_image = None
        self.advance()

    def advance(self) -> float:
        """Brings the plants up to now, which is returned."""
        now = self._now()
        for plant in self.plants:
            plant.advance(now)
        return now


@dataclass
class MqttDevice(ABC):
    """A device that publishes by itself: on changes at once, and everything each `report_every` simulated seconds."""

    topic: str
    plants: Sequence[Plant]
    report_every: float = 120.0
    trouble: Trouble = field(default_factory=Trouble)

    LISTENS: ClassVar[tuple[str, ...]] = ()
    """Topic suffixes to which commands come."""
    WILL: ClassVar[tuple[str, str, str] | None] = None  # topic suffix, payload when there, payload when gone

    def __post_init__(self) -> None:
        self._outbox: list[tuple[float, Message]] = []
        self._next_report: float | None = None
        self._was_silent = False
        self._last: object = None
        for plant in self.plants:
            plant.watch(partial(self._noticed, plant))

    @abstractmethod
    def report(self, now: float) -> list[Message]:
        """Everything the device tells."""

    def state(self) -> object:
        """What makes the device speak at once when it changes."""
        return None

    def changed(self, now: float) -> list[Message]:
        """What it says then; all of it, unless a model says otherwise."""
        return self.report(now)

    def listens_to(self) -> tuple[str, ...]:
        """Topics on which it takes commands."""
        return tuple(f"{self.topic}/{suffix}" for suffix in self.LISTENS)

    def hear(self, payload: str, now: float) -> bool:
        """Takes a command from such a topic; returns whether anything came of it."""
        if self.trouble.silent:
            return False
        for plant in self.plants:
            plant.advance(now)
        acted, answers = self.obey(payload, now)
        self._outbox += self._say(now, answers)
        return acted

    def obey(self, payload: str, now: float) -> tuple[bool, list[Message]]:
        """Does as it is told, if it can: whether anything came of it, and what it answers."""
        return False, []

    def restart(self) -> None:
        """It starts anew; what it had to say is lost."""
        self._outbox.clear()

    def poll(self, now: float) -> list[Message]:
        """What to publish now, oldest first."""
        return [message for _, message in self.speak(now)]

    def speak(self, now: float) -> list[tuple[float, Message]]:
        """What to publish now, oldest first, each with the time at which the device said it."""
        for plant in self.plants:
            plant.advance(now)
        if self.trouble.silent != self._was_silent:
            self._was_silent = self.trouble.silent
            self._outbox = self._say(now, self._will(alive=not self.trouble.silent))
            self._next_report = now
            if self.trouble.silent:
                return self._drain()
        if self.trouble.silent:
            self._outbox.clear()
            return []
        self._report_when_due(now)
        return self._drain()

    def _report_when_due(self, now: float) -> None:
        if self._next_report is None:
            self._outbox += self._say(now, self._will(alive=True))
            self._next_report = now
        if now >= self._next_report:
            self._outbox += self._say(now, self.report(now))
            self._last = self.state()
            # The next slot after now: a process that was held up does not catch up in a burst.
            self._next_report += self.report_every * (1 + (now - self._next_report) // self.report_every)

    def _noticed(self, plant: Plant) -> None:
        state = self.state()
        if state != self._last and self._next_report is not None:
            self._outbox += self._say(plant.now, self.changed(plant.now))
        self._last = state

    def _will(self, *, alive: bool) -> list[Message]:
        if self.WILL is None:
            return []
        suffix, there, gone = self.WILL
        return [Message(f"{self.topic}/{suffix}", there if alive else gone, retain=True)]

    @staticmethod
    def _say(now: float, messages: list[Message]) -> list[tuple[float, Message]]:
        return [(now, message) for message in messages]

    def _drain(self) -> list[tuple[float, Message]]:
        messages, self._outbox = self._outbox, []
        return messages


def as_json(payload: object) -> str:
    """Compact JSON."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
