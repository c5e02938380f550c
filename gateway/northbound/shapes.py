"""What is published: the documented shapes, and their JSON Schemas (draft 2020-12). Times are RFC 3339 in UTC."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.alarms.alarm import Phase
from gateway.model import Priority, Value
from gateway.standards.verdict import Outcome
from gateway.tickets.ticket import TicketState

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Shape(BaseModel):
    """Exactly these keys, each of them always."""

    model_config = ConfigDict(extra="forbid")


class PointShape(Shape):
    """One point: never the last value when there is none now."""

    value: Value | None = Field(description="null when it is not known now; a date in seconds since 1970")
    quality: Literal["good", "bad"]
    reason: str | None = Field(description="why there is no value: stale, no-answer, out-of-range ...; null when good")
    unit: str
    at: AwareDatetime | None = Field(description="the source's time; null when nothing was ever told")


class AlarmShape(Shape):
    """A standing alarm."""

    clause: str
    title: dict[str, str]
    priority: Priority
    phase: Phase
    raised_at: AwareDatetime | None
    acknowledged: bool
    hidden: bool = Field(description="shelved, out of service, or explained by another alarm")


class TicketShape(Shape):
    """An open ticket."""

    ticket: int
    clause: str
    priority: Priority
    state: TicketState
    opened_at: AwareDatetime
    owner: str


class StateShape(Shape):
    """One asset; retained under asset/<name>/state."""

    site: str
    asset: str
    kind: str
    touchpoint: str
    place: dict[str, str]
    verdict: Outcome = Field(description="the worst of its clauses: violated before unknown before met")
    available: bool = Field(description="false when none of its devices answers")
    alarms: list[AlarmShape]
    tickets: list[TicketShape]
    points: dict[str, PointShape]


class EventShape(Shape):
    """One event (CloudEvents 1.0, structured mode); under event/<noun>/<past participle>, not retained, at QoS 1."""

    specversion: Literal["1.0"]
    id: str = Field(description="the same each time the same event is sent")
    source: str = Field(description="touchpoint/<site>")
    type: str = Field(pattern=r"^touchpoint\.[a-z_-]+\.[a-z_-]+\.v1$")
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]


class HeartbeatShape(Shape):
    """The gateway's sign of life: told only while its loop, its store, its polling and its outbox are well."""

    site: str
    version: str
    time: AwareDatetime
    sequence: int = Field(description="counts from 1 since the gateway was started")
    every_s: float = Field(description="the next one is due after so many seconds")
    audit: int = Field(description="how many rows the audit has")
    audit_hash: str = Field(description="the hash that its chain ends with")


SHAPES: Mapping[str, type[Shape]] = {"state": StateShape, "event": EventShape, "heartbeat": HeartbeatShape}


def schema_text(name: str) -> str:
    """The JSON Schema of that name; raises KeyError when there is none."""
    schema = {"$schema": DIALECT, **SHAPES[name].model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
