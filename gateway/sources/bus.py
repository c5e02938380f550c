"""Who is asked next on one line, and what its silence means. Pure: is handed the time, knows no sockets.

One dead device never starves the others: it is probed alone, at a growing interval, while they keep their rate.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from gateway.profiles import ModbusProfile
from gateway.sources.registers import BIT_TABLES, Block, Plan, plan
from gateway.sources.source import Connection, Device

FAILURES_UNTIL_LOST = 3
CONFIRM_WITHIN = 15.0
"""Seconds at most between the polls that decide whether a device is lost (proposed: three within 45 s)."""
RARELY = 60.0
"""Seconds at most between probes of a lost device on a line where others answer."""
SOMETIMES = 20.0
"""The same where nobody else waits: alone on its line, or the whole line is silent."""
FASTEST_RETRY = 1.0
FAST_BAUD, FAST_GAP = 19200, 0.00175
BIT_FUNCTIONS = (1, 2)
TURN_AROUND = 0.020
"""Seconds that a slave takes to answer on a serial line (proposed; most answer in 5 to 50 ms)."""


class News(Enum):
    """What a poll's outcome changed."""

    NOTHING = "nothing"
    DEVICE_LOST = "device lost"
    DEVICE_BACK = "device back"
    LINE_DOWN = "line down"
    LINE_UP = "line up"


@dataclass(slots=True)
class Turn:
    """How one device fares on its line; ``due`` and ``since`` in the clock's seconds."""

    name: str
    every: float
    due: float
    failures: int = 0
    lost: bool = False
    since: float = 0.0
    """When it failed first in a row."""
    answered_at: float | None = None

    @property
    def phase(self) -> float:
        """From 0 to 1, its own but always the same: so that many devices do not poll in step."""
        return zlib.crc32(self.name.encode()) / 0x1_0000_0000

    def later(self, now: float) -> float:
        """When to ask again after a good poll: on its own grid, without giving up polls that were held up."""
        if self.answered_at is None:
            return now + self.every * (0.5 + self.phase / 2)
        return max(self.due + self.every, now)


class Bus:
    """The order of polls on one line, and whether each device, and the line, is there."""

    def __init__(self, devices: Iterable[tuple[str, float]], now: float) -> None:
        self.turns = {name: Turn(name, every, now) for name, every in devices}
        self.down = False
        self.down_since = 0.0
        self.link_failures = 0

    @property
    def alone(self) -> bool:
        return len(self.turns) == 1

    def next_turn(self) -> Turn:
        """Who is asked next, and (``due``) when: the longest due, whatever its interval."""
        return min(self.turns.values(), key=lambda turn: turn.due)

    def urge(self, name: str) -> None:
        """Ask this device before every other: a command overtakes the polls, and its effect is read at once."""
        self.turns[name].due = 0.0

    def good(self, name: str, now: float) -> News:
        """The device answered."""
        turn = self.turns[name]
        was_lost, turn.due = turn.lost, now + turn.every if turn.failures else turn.later(now)
        turn.failures, turn.lost, turn.answered_at = 0, False, now
        self.link_failures = 0
        if self.down:
            self._up(now, apart_from=name)
            return News.LINE_UP
        return News.DEVICE_BACK if was_lost else News.NOTHING

    def failed(self, name: str, now: float) -> News:
        """The device was asked and did not answer."""
        turn = self.turns[name]
        turn.failures += 1
        if turn.failures == 1:
            turn.since = now
            self._cross_examine(turn, now)
        turn.due = now + self._patience(turn)
        if self.down:
            return News.NOTHING
        if not self.alone and all(each.failures for each in self.turns.values()):
            self.down, self.down_since = True, turn.since
            return News.LINE_DOWN
        if turn.failures >= FAILURES_UNTIL_LOST and not turn.lost:
            turn.lost = True
            return News.DEVICE_LOST
        return News.NOTHING

    def link_failed(self, now: float) -> News:
        """The link itself cannot be opened: nobody can be asked."""
        self.link_failures += 1
        delay = min(FASTEST_RETRY * 2 ** min(self.link_failures - 1, 20), CONFIRM_WITHIN)
        for turn in self.turns.values():
            turn.due = now + delay
        if self.down:
            return News.NOTHING
        self.down, self.down_since = True, now
        return News.LINE_DOWN

    def link_opened(self, now: float) -> News:
        """The link is open. That proves the line only where a single device hangs on it."""
        self.link_failures = 0
        if self.down and self.alone:
            self._up(now)
            return News.LINE_UP
        return News.NOTHING

    def _up(self, now: float, apart_from: str = "") -> None:
        """Nothing that a device failed to say while the line was down counts against it."""
        self.down = False
        for turn in self.turns.values():
            if turn.name != apart_from:
                turn.failures, turn.lost, turn.due = 0, False, now

    def _cross_examine(self, silent: Turn, now: float) -> None:
        """Is it the device or the line? Whoever was not heard since it last answered is asked at once."""
        for turn in self.turns.values():
            if not turn.failures and (turn.answered_at or 0.0) < (silent.answered_at or 0.0):
                turn.due = min(turn.due, now)

    def _patience(self, turn: Turn) -> float:
        if turn.failures < FAILURES_UNTIL_LOST:
            return min(turn.every, CONFIRM_WITHIN)
        ceiling = SOMETIMES if self.alone or self.down else RARELY
        doublings = min(turn.failures - FAILURES_UNTIL_LOST + 1, 32)
        return float(min(turn.every * 2**doublings, max(ceiling, min(turn.every, RARELY))))


Question = tuple[int, int, int]
"""Function, first address, count."""


@dataclass(slots=True)
class Unanswered:
    """Questions to one unit whose answers may still come, oldest first; those of long ago are forgotten.

    An RTU answer does not say which question it belongs to: only function and count tell. But a slave answers in
    order, so an answer settles every question up to the first one that it fits.
    """

    questions: deque[Question] = field(default_factory=lambda: deque(maxlen=32))

    def asked(self, question: Question) -> None:
        """It is about to be sent."""
        self.questions.append(question)

    def answered(self, function: int, size: int) -> None:
        """A good answer of ``size`` registers (or bytes of bits) came; one that fits no question settles nothing."""
        shapes = [_shape(question) for question in self.questions]
        if (function, size) in shapes:
            for _ in range(shapes.index((function, size)) + 1):
                self.questions.popleft()

    def refused(self) -> None:
        """An exception came: which question it refuses is sure only when there is one."""
        if len(self.questions) == 1:
            self.questions.clear()

    def mistakable(self, question: Question) -> bool:
        """Whether a late answer could pass for this one's: another register's value, or its own of long ago."""
        return any(_shape(each) == _shape(question) for each in self.questions)

    def settling(self, question: Question) -> Question:
        """A short question near ``question`` but of another shape: its answer settles what is open."""
        function, start, _ = question
        if _shape(question)[1] != 1:
            return function, start, 1
        return function, start, 9 if function in BIT_FUNCTIONS else 2


def _shape(question: Question) -> tuple[int, int]:
    """What of a question its answer repeats: bits come eight to a byte."""
    function, _, count = question
    return function, -(-count // 8) if function in BIT_FUNCTIONS else count


_LINE = re.compile(r"(\d{3,7})-([78])([NEO])([12])")


@dataclass(frozen=True, slots=True)
class LineSetting:
    """Speed and framing of a serial line."""

    baud: int
    data_bits: int
    parity: str
    stop_bits: int

    @property
    def character(self) -> float:
        """Seconds that one character takes: 10 bits in 8N1, 11 in 8E1 and 8N2."""
        return (1 + self.data_bits + (self.parity != "N") + self.stop_bits) / self.baud

    @property
    def gap(self) -> float:
        """Seconds of silence between frames: 3.5 characters, 1.75 ms above 19200 baud (serial line guide, 2.5.1.1)."""
        return FAST_GAP if self.baud > FAST_BAUD else 3.5 * self.character


def parse_line(text: str) -> LineSetting:
    """``"9600-8N1"`` as numbers; raises ValueError when it is no such setting."""
    match = _LINE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no line setting: write speed, data bits, parity and stop bits, like 9600-8N1")
    return LineSetting(int(match[1]), int(match[2]), match[3], int(match[4]))


def plan_of(device: Device) -> Plan:
    """The requests of one poll of ``device``; raises ValueError when its profile or parameters do not allow any."""
    if not isinstance(device.profile, ModbusProfile):
        raise ValueError(f"{device.name}: profile {device.profile.title!r} is not a Modbus profile")
    return plan(device.profile, wanted_of(device, device.profile), device.parameters)


def wanted_of(device: Device, profile: ModbusProfile) -> Collection[str]:
    """The points that are read: those that something asks for, or any one, or nobody would know whether it answers."""
    return device.point_ids.keys() or [next(iter(profile.points))]


def wire_time(block: Block, line: LineSetting) -> float:
    """Seconds for which one request and its answer occupy a serial line."""
    answer = -(-block.count // 8) if block.table in BIT_TABLES else 2 * block.count
    return (8 + 5 + answer) * line.character + 2 * line.gap + TURN_AROUND


def wire_load(connection: Connection, devices: Sequence[Device]) -> float:
    """How busy the polls keep the line: the share of a serial line's time (1.0 is all of it), or TCP requests a second.

    Raises ValueError when a device cannot be planned or the line setting is none.
    """
    plans: dict[object, Plan] = {}
    requests: list[tuple[Block, float]] = []
    for device in devices:
        # What is asked does not depend on the ids: thousands of like devices are planned once.
        like = (id(device.profile), *device.point_ids, *sorted(device.parameters.items()))
        plans[like] = plans.get(like) or plan_of(device)
        requests.extend((block, device.every) for block in plans[like].blocks)
    if connection.kind == "modbus-tcp":
        return sum(1 / every for _, every in requests)
    line = parse_line(connection.line or "9600-8N1")
    return sum(wire_time(block, line) / every for block, every in requests)
