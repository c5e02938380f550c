"""What site.yaml may say, and the list in which a load collects everything that is wrong. Knows no other file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    WithJsonSchema,
    field_validator,
)

from gateway.documents import DURATION, Document, Duration, Strict, suggest
from gateway.errors import DocumentError, Problem
from gateway.standards.windows import Location

Made = TypeVar("Made")

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LINE = re.compile(r"(1200|2400|4800|9600|14400|19200|38400|57600|115200|230400)-[78][NEO][12]")
_PATTERN = re.compile(r"[a-z*?\[\]-]+(\.[a-z*?\[\]-]+)*")
EVERY_LANGUAGE = "*"
LONGEST_NAME = 64
FEW_NAMES, MOST_NEAR = 500, 10


def _slug(name: str) -> str:
    if not _SLUG.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(f"{name!r} is no name: lower-case letters, digits and single hyphens, starting with a letter")
    return name


def _line(written: str) -> str:
    if not _LINE.fullmatch(written):
        raise ValueError(f"{written!r} is no line setting: write bit rate, data bits, parity and stop bits: 9600-8N1")
    return written


def _pattern(written: str) -> str:
    if not _PATTERN.fullmatch(written):
        raise ValueError(f"{written!r} is no pattern of events: write one like ticket.* or alarm.raised")
    return written


def _words(written: object) -> object:
    return {EVERY_LANGUAGE: written} if isinstance(written, str) else written


def _positive(seconds: float) -> float:
    if not seconds:
        raise ValueError("must be longer than nothing")
    return seconds


def form(pattern: re.Pattern[str]) -> dict[str, Any]:
    """The JSON Schema of a text that is wholly of that pattern."""
    return {"type": "string", "pattern": f"^({pattern.pattern})$"}


Written = Annotated[str, Field(min_length=1, max_length=500)]
SLUG = form(_SLUG) | {"maxLength": LONGEST_NAME}
Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema(SLUG)]
Line = Annotated[str, AfterValidator(_line), WithJsonSchema(form(_LINE))]
EventPattern = Annotated[str, AfterValidator(_pattern), WithJsonSchema(form(_PATTERN))]
TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
WORDS = {"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT, "minProperties": 1}]}
Words = Annotated[Mapping[str, Written], BeforeValidator(_words), Field(min_length=1), WithJsonSchema(WORDS)]
"""A text by language; a plain string stands for every language."""
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
POSITIVE = {**DURATION, "not": {"pattern": r"^[\s+]*0+(\.0*)?[^\d.]"}}
Positive = Annotated[Duration, AfterValidator(_positive), WithJsonSchema(POSITIVE)]


class ConnectionBase(Strict):
    """What every wire can be told."""

    timeout: Positive = 1.0
    """How long one answer may take."""
    quiet: Duration = 0.05
    """How long the wire is left alone after a time-out."""


class ModbusTcp(ConnectionBase):
    """A Modbus TCP server, or a gateway with units behind it."""

    kind: Literal["modbus-tcp"]
    host: Written
    port: Port = 502


class ModbusRtu(ConnectionBase):
    """A serial line of this machine."""

    kind: Literal["modbus-rtu"]
    port: Written
    line: Line


class ModbusRtuOverTcp(ConnectionBase):
    """A serial line behind a converter that passes RTU frames through."""

    kind: Literal["modbus-rtu-over-tcp"]
    host: Written
    port: Port
    line: Line | Literal[""] = ""


class MqttBroker(ConnectionBase):
    """An MQTT broker."""

    kind: Literal["mqtt"]
    host: Written
    port: Port = 1883
    tls: StrictBool = False
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    client_id: str = ""


AnyConnection: TypeAlias = ModbusTcp | ModbusRtu | ModbusRtuOverTcp | MqttBroker


class DeviceStanza(Strict):
    """One device; keys beyond these are parameters of its profile."""

    model_config = ConfigDict(extra="allow", frozen=True)

    profile: str
    connection: str
    unit: Annotated[StrictInt, Field(ge=0, le=255)] | None = None
    every: Positive | None = None
    stale_after: Positive | None = None


class AssetStanza(Strict):
    """One asset; ``points`` has several short forms, which ``gateway.site.assets`` reads."""

    kind: str
    touchpoint: str
    place: Words
    points: Any = None
    facts: Mapping[str, Any] = {}
    next_to: tuple[str, ...] = ()


class OutputStanza(Strict):
    """One output; keys beyond these are settings of its adapter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: Literal["log", "webhook"]
    events: Annotated[tuple[EventPattern, ...], Field(min_length=1)]


class History(Strict):
    """How long readings are kept."""

    keep: Annotated[Duration, Field(ge=86400, le=20 * 366 * 86400)] = 90 * 86400.0


class SiteFile(Strict):
    """site.yaml as a whole."""

    site: Slug
    name: Words
    timezone: str
    languages: Annotated[tuple[Literal["zh", "en"], ...], Field(min_length=1)] = ("zh", "en")
    connections: Mapping[Slug, Annotated[AnyConnection, Field(discriminator="kind")]] = {}
    devices: Mapping[Slug, DeviceStanza] = {}
    assets: Mapping[Slug, AssetStanza] = {}
    outputs: Mapping[Slug, OutputStanza] = {}
    history: History = History()
    location: Location | None = None

    @field_validator("languages")
    @classmethod
    def _once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) < len(languages):
            raise ValueError("each language once")
        return languages


@dataclass(slots=True)
class Findings:
    """Everything that one load found wrong, and what is merely doubtful."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    near_left: int = MOST_NEAR

    def wrong(self, document: Document, where: Sequence[object], message: str) -> None:
        """Note an error at ``where`` in ``document``."""
        self.problems.append(document.problem(where, message))

    def doubtful(self, document: Document, where: Sequence[object], message: str) -> None:
        """Note something that can be meant so, but probably is not."""
        self.warnings.append(document.problem(where, message))

    def near(self, word: str, known: Collection[str]) -> str:
        """As ``suggest``; among thousands of names only the first ones get it, because each takes milliseconds."""
        if len(known) > FEW_NAMES:
            self.near_left -= 1
        return suggest(word, known) if self.near_left >= 0 or len(known) <= FEW_NAMES else ""

    def attempt(self, make: Callable[[], Made]) -> Made | None:
        """What ``make`` makes; None, and its problems noted, when it raises DocumentError."""
        try:
            return make()
        except DocumentError as error:
            self.problems.extend(error.problems)
            return None

    def settle(self, made: Made | None) -> Made:
        """``made``; raises DocumentError when anything is wrong or nothing could be made."""
        if self.problems or made is None:
            raise DocumentError(self.problems)
        return made
