"""What site.yaml may say, and the list in which a load collects everything that is wrong. Knows no other file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
    model_validator,
)

from gateway.documents import DURATION, Document, Duration, Strict, form, suggest
from gateway.errors import DocumentError, Problem
from gateway.outputs import OUTPUTS
from gateway.outputs.wording import known_languages, messages
from gateway.proof_tests.calendar import check
from gateway.routing.people import Person, Team
from gateway.routing.routes import Quiet, Route
from gateway.site.addresses import Host, SerialPort
from gateway.standards.windows import Location
from gateway.tickets.terms import ServiceTerms, WorkingHours

Made = TypeVar("Made")

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LINE = re.compile(r"(1200|2400|4800|9600|14400|19200|38400|57600|115200|230400)-[78][NEO][12]")
_PATTERN = re.compile(r"[a-z_*?\[\]-]+(\.[a-z_*?\[\]-]+)*")
_HOST, _BASE = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", r"(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~-]+)*/?"
_PUBLIC = re.compile(rf"https://{_HOST}{_BASE}|http://(localhost|127\.0\.0\.1|\[::1\]){_BASE}")
_FIVE = re.compile(r"\s*\S+(\s+\S+){4}\s*")
EVERY_LANGUAGE = "*"
DAY, TEN_YEARS = 86_400.0, 315_360_000.0
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


def _output_kind(written: str) -> str:
    if written not in OUTPUTS:
        raise ValueError(f"{written!r} is not known here{suggest(written, OUTPUTS)}")
    return written


def _language(written: str) -> str:
    if written not in known_languages():
        raise ValueError(f"{written!r} is not known here{suggest(written, known_languages())}")
    messages(written)
    return written


def _public(written: str) -> str:
    if not _PUBLIC.fullmatch(written):
        raise ValueError(f"{written!r} is no address: write https://host/path; http is for loopback only")
    return written


def _words(written: object) -> object:
    return {EVERY_LANGUAGE: written} if isinstance(written, str) else written


def _positive(seconds: float) -> float:
    if not seconds:
        raise ValueError("must be longer than nothing")
    return seconds


def _unless_off(written: object) -> object:
    if isinstance(written, str) and written != "off":
        raise ValueError(f"{written!r} says no pace: write {{every: 30 d}}, {{calendar: 0 2 1 * *}} or off")
    return None if written == "off" else written


Written = Annotated[str, Field(min_length=1, max_length=500)]
SLUG = form(_SLUG) | {"maxLength": LONGEST_NAME}
Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema(SLUG)]
Line = Annotated[str, AfterValidator(_line), WithJsonSchema(form(_LINE))]
PublicAddress = Annotated[str, AfterValidator(_public), WithJsonSchema(form(_PUBLIC))]
OutputKind = Annotated[str, AfterValidator(_output_kind), WithJsonSchema({"type": "string", "enum": sorted(OUTPUTS)})]
Language = Annotated[str, AfterValidator(_language), WithJsonSchema({"type": "string", "enum": [*known_languages()]})]
EventPattern = Annotated[str, AfterValidator(_pattern), WithJsonSchema(form(_PATTERN))]
TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
WORDS = {"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT, "minProperties": 1}]}
Words = Annotated[Mapping[str, Written], BeforeValidator(_words), Field(min_length=1), WithJsonSchema(WORDS)]
"""A text by language; a plain string stands for every language."""
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
POSITIVE = {**DURATION, "not": {"pattern": r"^[\s+]*0+(\.0*)?[^\d.]"}}
Positive = Annotated[Duration, AfterValidator(_positive), WithJsonSchema(POSITIVE)]

PACE = {
    "anyOf": [
        {"const": "off"},
        {"type": "object", "properties": {"every": DURATION}, "required": ["every"], "additionalProperties": False},
        {
            "type": "object",
            "properties": {"calendar": form(_FIVE)},
            "required": ["calendar"],
            "additionalProperties": False,
        },
        {"type": "null"},
    ]
}


class ConnectionBase(Strict):
    """What every wire can be told."""

    timeout: Positive = 1.0
    """How long one answer may take."""
    quiet: Duration = 0.05
    """How long the wire is left alone after a time-out."""


class ModbusTcp(ConnectionBase):
    """A Modbus TCP server, or a gateway with units behind it."""

    kind: Literal["modbus-tcp"]
    host: Host
    port: Port = 502


class ModbusRtu(ConnectionBase):
    """A serial line of this machine."""

    kind: Literal["modbus-rtu"]
    port: SerialPort
    line: Line


class ModbusRtuOverTcp(ConnectionBase):
    """A serial line behind a converter that passes RTU frames through."""

    kind: Literal["modbus-rtu-over-tcp"]
    host: Host
    port: Port
    line: Line | Literal[""] = ""


class MqttBroker(ConnectionBase):
    """An MQTT broker."""

    kind: Literal["mqtt"]
    host: Host
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
    allow: tuple[str, ...] = ()
    """The commands of its profile that may be sent to it; nothing is ever written to it but these."""
    allow_without_timeout: tuple[str, ...] = ()
    """Those of them that are accepted although the device does not end by itself what they begin."""


class AssetStanza(Strict):
    """One asset; ``points`` has several short forms, which ``gateway.site.assets`` reads."""

    kind: str
    touchpoint: str
    place: Words
    points: Any = None
    commands: Mapping[str, str] = {}
    """Command of the kind → the device.command that stands for it; those of whole devices need not be named."""
    facts: Mapping[str, Any] = {}
    next_to: tuple[str, ...] = ()
    group: Slug | Literal[""] = ""
    """An escape route, say: the batteries of a group are never tested together."""


class OutputStanza(Strict):
    """One output; keys beyond these are settings of its adapter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: OutputKind
    events: Annotated[tuple[EventPattern, ...], Field(min_length=1)] = ()
    """Left out where only notices to people go there, by ``routes``, or readings."""


class HeartbeatStanza(Strict):
    """Where the gateway's sign of life goes; at least one of ``url`` or ``url_file``, and ``mqtt``."""

    url: str = ""
    url_file: str = ""
    """The file in which the address stands, where whoever knows it could pretend to be alive."""
    mqtt: str = ""
    """An output of kind mqtt; it is published under its prefix, as heartbeat."""
    every: Annotated[Positive, Field(le=3600)] = 60.0
    timeout: Positive = 10.0


class History(Strict):
    """How long readings are kept."""

    keep: Annotated[Duration, Field(ge=86400, le=20 * 366 * 86400)] = 90 * 86400.0


class Scheduled(Strict):
    """How often a test is started: one of the two."""

    every: Duration | None = None
    """From the last time that it was due; the first ones are spread over it."""
    calendar: str = ""
    """Minute, hour, day, month and weekday in the site's zone, as cron has them."""

    @model_validator(mode="after")
    def _one(self) -> Scheduled:
        if len(self.model_fields_set) != 1 or not (self.every or self.calendar):
            raise ValueError("write every or calendar")
        if self.calendar:
            check(self.calendar)
        elif self.every and not DAY <= self.every <= TEN_YEARS:
            raise ValueError("every is from 1 d, which a battery needs to recharge, to 3650 d")
        return self


Pace = Annotated[Scheduled | None, BeforeValidator(_unless_off), WithJsonSchema(PACE)]
"""How often, or off."""


class ProofTests(Strict):
    """Which proof tests the gateway starts by itself, and when."""

    window: Slug
    """Of the windows of the book or of windows.yaml; they are started in it, and end before it closes."""
    at_once: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    """So many run at the same time at most."""
    fire_alarm: Any = None
    """The device.point that tells of a fire alarm: no test begins or goes on unless it says that there is none."""
    function: Pace = None
    duration: Pace = None
    rated: Pace = None
    only: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Patterns of assets; left out: all."""


class Links(Strict):
    """Links in messages to people, by which they acknowledge an alarm."""

    address: PublicAddress
    """Where people reach the gateway: that of a reverse proxy with TLS, as the gateway itself listens on loopback."""
    lasts: Annotated[Duration, Field(ge=300, le=7 * 86400)] = 86400.0


class SiteFile(Strict):
    """site.yaml as a whole."""

    site: Slug
    name: Words
    timezone: str
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("zh", "en")
    connections: Mapping[Slug, Annotated[AnyConnection, Field(discriminator="kind")]] = {}
    devices: Mapping[Slug, DeviceStanza] = {}
    assets: Mapping[Slug, AssetStanza] = {}
    outputs: Mapping[Slug, OutputStanza] = {}
    links: Links | None = None
    """Left out: no message carries a link."""
    history: History = History()
    proof_tests: ProofTests | None = None
    location: Location | None = None
    calendars: Mapping[Slug, WorkingHours] = {}
    holidays: tuple[date, ...] = ()
    """Days without working hours, in the site's zone."""
    service: ServiceTerms = ServiceTerms()
    people: Mapping[Slug, Person] = {}
    teams: Mapping[Slug, Team] = {}
    routes: tuple[Route, ...] = ()
    quiet: Quiet | None = None
    heartbeat: HeartbeatStanza | None = None

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
