"""What may be written on one connection, and how often: the last look before the socket.

Made of the commands that the site allows, and of nothing else. Knows no sockets.
"""

from __future__ import annotations

import json
import math
import struct
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.errors import GatewayError
from gateway.profiles import ModbusCommand, MqttCommand
from gateway.sources.registers import address_of
from gateway.sources.source import Device
from gateway.sources.topics import fill

READS = (1, 2, 3, 4)
"""Modbus functions that change nothing (Modbus application protocol V1.1b3, 6)."""
WRITES = {"coil": 5, "holding": 6}
"""Modbus function that writes one value of each table."""
COIL_ON = 0xFF00
"""What function 5 writes for on (6.5 there)."""
EVERYBODY = 0
"""A write to this unit is obeyed by every device on a serial line, and answered by none."""
MINUTE = 60.0
STARTS_A_MINUTE, COMMANDS_A_MINUTE = 1, 6
LONGEST = 6 * 3600
"""Seconds after which a device has to end what it was told, at most (proposed: twice the longest rated duration)."""


class Unlisted(GatewayError):
    """Something was about to be written that the site does not allow: a mistake in this program."""


class TooOften(GatewayError):
    """The device was commanded a moment ago."""


@dataclass(frozen=True, slots=True)
class Write:
    """One Modbus frame that writes. ``value`` as it goes over the wire."""

    unit: int
    function: int
    address: int
    value: int


@dataclass(frozen=True, slots=True)
class Publication:
    """One message that commands, before it is filled in with the seconds."""

    topic: str
    command: MqttCommand

    def payload(self, seconds: float | None) -> bytes:
        """What goes out; ``seconds`` (whole ones, from 1 to 6 h) only where the command carries them.

        Raises ValueError when it needs them and they are none, or out of range.
        """
        said = self.command.payload
        if self.command.timed:
            if seconds is None or not math.isfinite(seconds) or not 1 <= math.ceil(seconds) <= LONGEST:
                raise ValueError(f"must be told to end within 1 to {LONGEST} s, not {seconds}")
            said = _with(said, self.command.seconds_at.split("/"), math.ceil(seconds))
        if isinstance(said, str):
            return said.encode()
        return json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


Order: TypeAlias = Write | Publication


def _with(said: Any, way: Sequence[str], seconds: int) -> Any:
    """``said`` with the seconds at their place, which the profile was checked to have."""
    tree = place = deepcopy(said)
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = seconds
    return tree


def orders_of(device: Device) -> dict[str, Order]:
    """What each allowed command of ``device`` sends; raises ValueError where that cannot be said."""
    return {name: _order(device, command) for name, command in device.commands.items()}


def _order(device: Device, command: ModbusCommand | MqttCommand) -> Order:
    stated = {**device.profile.parameters, **device.parameters}
    if isinstance(command, MqttCommand):
        topic = fill(command.topic, stated)
        if not topic or any(sign in topic for sign in "+#\0") or topic.startswith("$"):
            raise ValueError(f"{topic!r} is no topic that can be published to")
        return Publication(topic, command)
    if device.unit == EVERYBODY:
        raise ValueError("unit 0 is every device on the line: what is commanded needs a unit of its own")
    known = {name: value for name, value in stated.items() if value is not None}
    value = command.value * COIL_ON if command.table == "coil" else command.value
    return Write(device.unit, WRITES[command.table], address_of(command.address, known), value)


class Gate:
    """Every order of one connection; without devices none at all.

    ``now`` tells the time in seconds, and never goes back.
    """

    def __init__(self, devices: Iterable[Device] = (), now: Callable[[], float] = lambda: 0.0) -> None:
        """Raises ValueError when a command has no address or topic."""
        devices = tuple(devices)
        self._now = now
        self.orders: Mapping[tuple[str, str], Order] = {
            (device.name, name): order for device in devices for name, order in orders_of(device).items()
        }
        stops = {(device.name, name): each.stops for device in devices for name, each in device.commands.items()}
        self._writes: dict[Write, list[tuple[str, bool]]] = defaultdict(list)
        self._publications: dict[str, list[tuple[Publication, str, bool]]] = defaultdict(list)
        for key, order in self.orders.items():
            if isinstance(order, Write):
                self._writes[order].append((key[0], stops[key]))
            else:
                self._publications[order.topic].append((order, key[0], stops[key]))
        self._lately: dict[str, deque[tuple[float, bool]]] = defaultdict(deque)

    def frame(self, unit: int, pdu: bytes) -> None:
        """A request to ``unit`` is about to go out. Raises Unlisted or TooOften: then it must not."""
        if pdu[:1] and pdu[0] in READS:
            return
        written = Write(unit, *struct.unpack(">BHH", pdu)) if len(pdu) == struct.calcsize(">BHH") else None
        if written not in self._writes:
            raise Unlisted(f"unit {unit}: {pdu.hex(' ')} is not allowed")
        self._count(self._writes[written])

    def message(self, topic: str, payload: bytes) -> None:
        """A message is about to go out. Raises Unlisted or TooOften: then it must not."""
        listed = self._publications.get(topic, ())
        found = [(device, stops) for order, device, stops in listed if _is(order, payload)]
        if not found:
            raise Unlisted(f"{topic}: {payload[:200]!r} is not allowed")
        self._count(found)

    def _count(self, found: Sequence[tuple[str, bool]]) -> None:
        """What ends something may always go; what begins something, only so often."""
        now, stops = self._now(), all(each for _, each in found)
        for device, _ in found:
            lately = self._lately[device]
            while lately and lately[0][0] <= now - MINUTE:
                lately.popleft()
            starts = sum(not each for _, each in lately)
            if not stops and (starts >= STARTS_A_MINUTE or len(lately) >= COMMANDS_A_MINUTE):
                raise TooOften(f"{device} was told {len(lately)} things in the last minute, {starts} of them to begin")
        for device, _ in found:
            self._lately[device].append((now, stops))


def _is(order: Publication, payload: bytes) -> bool:
    """Whether ``payload`` is to the letter what the order sends, whatever its seconds."""
    seconds = None
    if order.command.timed:
        try:
            told = json.loads(payload)
            for key in order.command.seconds_at.split("/"):
                told = told[key]
        except (ValueError, LookupError, TypeError):
            return False
        if type(told) is not int:
            return False
        seconds = told
    try:
        return order.payload(seconds) == payload
    except ValueError:
        return False
