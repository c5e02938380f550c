"""What a device profile may say: which register or topic carries which named point, and what it can be told to do.

A profile is declared once per device model and used many times. It has no template language: type, word order, scale,
sentinel and plausible range are separate keys. Knows no sockets and no assets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, JsonValue, field_validator, model_validator

from gateway.documents import Document, Duration, Strict

Number: TypeAlias = int | float
Table = Literal["holding", "input", "coil", "discrete"]
RegisterType = Literal["uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "string"]
WIDTHS: dict[str, int] = {
    "uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "uint64": 4, "int64": 4, "float32": 2, "float64": 4,
}  # fmt: skip
"""Registers (16 bit) that each type takes; a string states its own ``length``."""
MOST_BITS = 64


class Factor(Strict):
    """A scale that the device itself tells: the raw value of ``point`` picks one of ``factors``."""

    point: str
    factors: Mapping[int, float]


class PointBase(Strict):
    """What a point is once its raw value is known, whichever wire it came over."""

    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    enum: Mapping[int | str, str] | None = None
    true_when: tuple[int | str | bool, ...] | None = None
    """Makes the point boolean: true when the raw value is one of these."""
    inverted: bool = False
    missing: tuple[Number | str, ...] = ()
    """Raw values with which the device says that it has no value."""
    plausible: tuple[Number, Number] | None = None
    """Lowest and highest believable value, in ``unit``."""
    note: str = ""

    @property
    def is_enum(self) -> bool:
        return self.enum is not None


class ModbusPoint(PointBase):
    """A value in a Modbus table; addresses are as sent on the wire, from 0, or a formula of the parameters."""

    table: Table = "holding"
    address: int | str
    type: RegisterType = "uint16"
    length: int = Field(default=0, ge=0, le=60)
    word_order: Literal["big", "little"] = "big"
    byte_order: Literal["big", "little"] = "big"
    bit: int | None = Field(default=None, ge=0, le=63)
    bits: tuple[int, int] | None = None
    """Lowest and highest bit of a packed field."""
    scale_by: tuple[Factor, ...] = ()

    @property
    def is_boolean(self) -> bool:
        return self.table in ("coil", "discrete") or self.bit is not None or self.true_when is not None

    @property
    def width(self) -> int:
        """Registers (or bits, in the bit tables) that the value takes."""
        if self.table in ("coil", "discrete"):
            return 1
        return self.length if self.type == "string" else WIDTHS[self.type]

    @model_validator(mode="after")
    def _agree(self) -> ModbusPoint:
        if self.type == "string" and not self.length:
            raise ValueError("a string needs its length in registers")
        if self.bit is not None and self.bits is not None:
            raise ValueError("bit and bits exclude each other")
        if self.bits and not 0 <= self.bits[0] <= self.bits[1] < MOST_BITS:
            raise ValueError("bits are the lowest and the highest bit, like [0, 3]")
        return self


class TimeField(Strict):
    """Where a message carries its own time, and how it is written."""

    path: str
    format: Literal["unix", "unix-ms", "iso"]


class MqttPoint(PointBase):
    """A value in a message; without ``path`` the whole payload is the value.

    ``topic`` may contain ``{parameters}``. ``path`` is a list of object keys joined by ``/`` (keys may hold dots).
    ``where`` states what other fields must say for the message to concern this point.
    """

    topic: str
    path: str = ""
    where: Mapping[str, str | int | bool] = {}
    type: Literal["number", "boolean", "text"] = "number"

    @property
    def is_boolean(self) -> bool:
        return self.type == "boolean" or self.true_when is not None


class Availability(Strict):
    """A topic on which a device (or its last will) says whether it is there."""

    topic: str
    path: str = ""
    """Tried first; a payload that is no object is taken as it is (both forms are in use)."""
    online: tuple[str | bool | int, ...] = ("online",)
    offline: tuple[str | bool | int, ...] = ("offline",)


class CommandBase(Strict):
    """Something that a device can be told to do, whichever wire it goes over. A site has to allow each one by name."""

    means: Mapping[str, str]
    reads_back: str
    """The point of this profile that shows whether it was obeyed."""
    stops: bool = False
    """It ends what another command began."""
    ends_by_itself: bool = False
    """The device ends by itself what this command begins, whatever becomes of the gateway."""
    note: str = ""

    @property
    def held(self) -> bool:
        """Whether what it begins stays until somebody ends it."""
        return not (self.stops or self.ends_by_itself)

    @field_validator("means")
    @classmethod
    def _bilingual(cls, means: Mapping[str, str]) -> Mapping[str, str]:
        if means.keys() != {"zh", "en"}:
            raise ValueError("write it in both languages: {zh: …, en: …}")
        return means


class ModbusCommand(CommandBase):
    """One coil (function 5) or one holding register (function 6) that is written with one value."""

    table: Literal["holding", "coil"] = "holding"
    address: int | str
    value: int = Field(ge=0, le=0xFFFF)

    @property
    def timed(self) -> bool:
        """Whether it carries after how many seconds the device has to end it."""
        return False

    @model_validator(mode="after")
    def _agree(self) -> ModbusCommand:
        if self.table == "coil" and self.value > 1:
            raise ValueError("a coil is written with 0 or 1")
        return self


class MqttCommand(CommandBase):
    """One message: ``payload`` is a text that goes out as it is, or what is written as JSON.

    ``topic`` may contain ``{parameters}``; the payload is data, and nothing in it is filled in but the seconds.
    """

    topic: str
    payload: JsonValue
    seconds_at: str = ""
    """Where in the payload it is put after how many seconds the device has to end it: object keys joined by ``/``."""

    @property
    def timed(self) -> bool:
        """Whether it carries after how many seconds the device has to end it."""
        return bool(self.seconds_at)

    @model_validator(mode="after")
    def _agree(self) -> MqttCommand:
        if "+" in self.topic or "#" in self.topic:
            raise ValueError("a command goes to one topic: no + and no #")
        if self.timed and not self.ends_by_itself:
            raise ValueError("seconds_at: a device that is told the seconds ends it by itself; say so")
        *way, last = self.seconds_at.split("/")
        place = self.payload
        for key in way:
            place = place.get(key) if isinstance(place, dict) else None
        if self.timed and (not isinstance(place, dict) or not last or last in place):
            raise ValueError(f"seconds_at: {self.seconds_at} is no free place in the payload")
        json.dumps(self.payload, allow_nan=False)
        return self


class ProfileBase(Strict):
    """What every profile says of itself."""

    title: str
    maker: str
    source: str
    """The document and page that the table comes from."""
    verified: Literal["manual", "capture", "simulator", "hardware"]
    parameters: Mapping[str, int | str | None] = {}
    """Names that addresses or topics use; null means that the site must state it."""
    stale_after: Duration | None = None
    note: str = ""


class ModbusProfile(ProfileBase):
    """A device that answers on a Modbus line."""

    protocol: Literal["modbus"]
    line: str | None = None
    """Factory setting of a serial line, like ``9600-8N1``."""
    every: Duration = 10.0
    largest_read: int = Field(default=125, ge=1, le=125)
    """Registers that one request may ask for."""
    largest_gap: int = Field(default=16, ge=0, le=124)
    """Unwanted registers that are read along rather than asking twice; 0 when the map has holes that answer errors."""
    points: Mapping[str, ModbusPoint]
    commands: Mapping[str, ModbusCommand] = {}

    @model_validator(mode="after")
    def _commands_are_seen(self) -> ModbusProfile:
        _check_read_back(self.commands, self.points)
        return self

    @model_validator(mode="after")
    def _factors_exist(self) -> ModbusProfile:
        for name, point in self.points.items():
            for factor in point.scale_by:
                if factor.point not in self.points:
                    raise ValueError(f"points.{name}.scale_by: there is no point {factor.point!r} here")
        return self


class MqttProfile(ProfileBase):
    """A device that publishes to a broker."""

    protocol: Literal["mqtt"]
    stale_after: Duration
    """Stated by every such profile: nothing else tells a device that fell silent from one with no news."""
    availability: Availability | None = None
    time: TimeField | None = None
    points: Mapping[str, MqttPoint]
    commands: Mapping[str, MqttCommand] = {}

    @model_validator(mode="after")
    def _commands_are_seen(self) -> MqttProfile:
        _check_read_back(self.commands, self.points)
        return self


def _check_read_back(commands: Mapping[str, CommandBase], points: Mapping[str, PointBase]) -> None:
    for name, command in commands.items():
        if command.reads_back not in points:
            raise ValueError(f"commands.{name}.reads_back: there is no point {command.reads_back!r} here")


Profile: TypeAlias = ModbusProfile | MqttProfile
ProfileCommand: TypeAlias = ModbusCommand | MqttCommand


def load_profile(path: Path, shown_as: str | None = None) -> Profile:
    """The profile in ``path``; raises DocumentError with every problem in it."""
    document = Document(path, shown_as)
    protocol = document.plain.get("protocol") if isinstance(document.plain, Mapping) else None
    if protocol not in ("modbus", "mqtt"):
        raise document.error(("protocol",), "must be modbus or mqtt")
    if protocol == "modbus":
        return document.parse(ModbusProfile)
    return document.parse(MqttProfile)
