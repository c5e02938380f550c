"""What goes over the wire: the documented shapes, and plain functions that fill them. Times are RFC 3339 in UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from gateway.alarms.alarm import Alarm, Phase
from gateway.clock import iso
from gateway.documents import parse_duration
from gateway.estate import Asset
from gateway.model import BadReading, Priority, Reading, Value
from gateway.outputs.wording import verdict_words
from gateway.standards.standard import Clause
from gateway.standards.verdict import Evidence, Outcome, Verdict
from gateway.tickets.ticket import TicketState

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Part of a list; ``next`` is the ``after`` of the following part, null at the end."""

    items: list[Item]
    next: str | None


class EvidenceShape(BaseModel):
    """One reading: a ``value``, or ``bad`` with the reason why there is none."""

    point: str
    value: Value | None = None
    bad: str | None = None
    day: date | None = Field(None, description="the day in the site's zone, where the value is a date")
    unit: str
    at: AwareDatetime | None


class ReadingShape(EvidenceShape):
    """A reading and whose it is; ``id`` is ``asset.point``."""

    id: str
    asset: str


class VerdictShape(BaseModel):
    """What is said of one clause on one asset, and on what grounds."""

    asset: str
    clause: str
    title: dict[str, str]
    priority: Priority
    outcome: Outcome
    evidence: list[EvidenceShape]
    requires: dict[str, str]
    explanation: dict[str, str] = Field(description="the requirement with what was seen, in words")


class AssetShape(BaseModel):
    """An asset with its worst verdict (violated before unknown before met)."""

    id: str
    kind: str
    touchpoint: str
    place: dict[str, str]
    protocol: str
    devices: list[str]
    outcome: Outcome


class AssetDetail(AssetShape):
    """An asset with every verdict and reading."""

    verdicts: list[VerdictShape]
    readings: list[ReadingShape]


class AlarmShape(BaseModel):
    """An alarm; ``id`` is ``asset:clause``."""

    id: str
    asset: str
    clause: str
    title: dict[str, str]
    action: dict[str, str]
    place: dict[str, str]
    priority: Priority
    phase: Phase
    outcome: Outcome
    since: AwareDatetime
    raised_at: AwareDatetime | None
    cleared_at: AwareDatetime | None
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    occurrences: int
    chattering: bool
    shelved_until: AwareDatetime | None
    shelved_by: str
    shelved_reason: str
    suppressed_by: str
    undecided: bool
    out_of_service_until: AwareDatetime | None


class ComponentShape(BaseModel):
    """One part of the gateway; ``silent`` is seconds since its last sign of life, ``limit`` how many are allowed."""

    name: str
    state: Literal["starting", "well", "degraded", "stalled", "failed"]
    silent: float
    limit: float
    detail: str


class HealthShape(BaseModel):
    """How the gateway itself is."""

    status: Literal["ok", "degraded", "failing"] = Field(description="degraded: it works, but not all that it is for")
    components: list[ComponentShape]


class WindowShape(BaseModel):
    """A time that clauses speak of."""

    title: dict[str, str]
    times: str = Field(description="like 22:00-06:00; all that is said there must hold")
    open: bool | None = Field(description="null when nobody can tell")
    why: str = Field(description="why nobody can tell")


class SiteShape(BaseModel):
    """The site at a glance."""

    site: str
    title: dict[str, str]
    timezone: str
    languages: list[str]
    standard: str
    now: AwareDatetime
    assets: dict[Outcome, int]
    kinds: dict[str, dict[Outcome, int]] = Field(description="the same for each kind of asset that the site has")
    alarms: dict[Priority, int] = Field(description="standing alarms that are not hidden, by priority")
    tickets: dict[TicketState, int]
    windows: dict[str, WindowShape]
    counters: dict[str, int]


def whole(written: object) -> object:
    """JSON knows one kind of number: 2.0 is a whole one."""
    return int(written) if isinstance(written, float) and written.is_integer() else written


def _span(value: object) -> float:
    if not isinstance(value, str) or not re.fullmatch(SPAN, value):
        raise ValueError("write a whole number and s, min, h or d, like 30min; at most 31d")
    return parse_duration(value)


SPAN = "([1-9][0-9]{0,5}s|[1-9][0-9]{0,3}min|[1-9][0-9]?h|[1-6][0-9]{2}h|([1-9]|[12][0-9]|3[01])d)"
_MARK = r"[^\x00-\x20\x7f\s]"
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"
_PLAIN = _CONTROL.replace("[", "[^")
VISIBLE = f"^{_PLAIN}*{_MARK}{_PLAIN}*$"
"""No control characters but tab and new line, and something to be seen."""


def _plain(text: str) -> str:
    if found := re.search(_CONTROL, text):
        raise ValueError(f"has the control character {found[0]!r} in it")
    return text


def _visible(text: str) -> str:
    if not re.search(_MARK, _plain(text)):
        raise ValueError("is empty: write something")
    return text.strip()


_SEEN = AfterValidator(_visible), Field(json_schema_extra={"pattern": VISIBLE})
Name = Annotated[str, StringConstraints(max_length=100), *_SEEN]
Words = Annotated[str, StringConstraints(max_length=2000), *_SEEN]
MaybeWords = Annotated[
    str, StringConstraints(max_length=2000), AfterValidator(_plain),
    Field(json_schema_extra={"pattern": f"^{_PLAIN}*$"}),
]  # fmt: skip
Span = Annotated[
    float,
    BeforeValidator(_span, json_schema_input_type=Annotated[str, Field(pattern=f"^{SPAN}$", examples=["30min"])]),
]


class ByWhom(BaseModel):
    """Who acts: taken at their word until there is authentication."""

    model_config = ConfigDict(extra="forbid", strict=True)
    by: Name


class WithReason(ByWhom):
    """Who acts, why, and for how long (``30min``, ``8h``, at most ``31d``)."""

    reason: Words
    duration: Span


class WithWhy(ByWhom):
    """Who acts, and why."""

    reason: Words


class WithText(ByWhom):
    """Who acts, and what they say."""

    text: Words


class MaybeText(ByWhom):
    """Who acts, and what they say if anything."""

    text: MaybeWords = ""


def maybe_iso(moment: float | None) -> str | None:
    """A time, or null when there was none (0 stands for never)."""
    return iso(moment) if moment else None


def reading_data(point: str, reading: Reading, unit: str, at: float) -> dict[str, Any]:
    """A reading; one that is bad has ``bad`` instead of ``value``."""
    said = {"bad": str(reading)} if isinstance(reading, BadReading) else {"value": reading}
    return {"point": point, **said, "unit": unit, "at": maybe_iso(at)}


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """A reading that a verdict rests on."""
    day = {"day": evidence.day} if evidence.day else {}
    return reading_data(evidence.point, evidence.reading, evidence.unit, evidence.at) | day


def verdict_data(verdict: Verdict, clause: Clause) -> dict[str, Any]:
    """A verdict with its clause's title."""
    return {
        "asset": verdict.asset,
        "clause": verdict.clause,
        "title": dict(clause.title),
        "priority": clause.priority,
        "outcome": verdict.outcome,
        "evidence": [evidence_data(each) for each in verdict.evidence],
        "requires": dict(verdict.requires),
        "explanation": {language: verdict_words(verdict.as_data(), language) for language in verdict.requires},
    }


def asset_data(asset: Asset, outcome: Outcome) -> dict[str, Any]:
    """An asset in a list."""
    return {
        "id": asset.name,
        "kind": asset.kind,
        "touchpoint": asset.touchpoint,
        "place": dict(asset.place),
        "protocol": asset.protocol,
        "devices": list(asset.devices),
        "outcome": outcome,
    }


def alarm_data(alarm: Alarm, clause: Clause, place: Mapping[str, str], ahead: float) -> dict[str, Any]:
    """An alarm with its clause's words; its ends are told by the clock on the wall, which is ``ahead`` of ours."""
    same = ("asset", "clause", "phase", "outcome", "acknowledged_by", "occurrences", "chattering", "shelved_by",
            "shelved_reason", "suppressed_by", "undecided")  # fmt: skip
    times = ("raised_at", "cleared_at", "acknowledged_at")
    ends = {name: getattr(alarm, name) for name in ("shelved_until", "out_of_service_until")}
    return {
        "id": f"{alarm.asset}:{alarm.clause}",
        "title": dict(clause.title),
        "action": dict(clause.action),
        "place": dict(place),
        "priority": clause.priority,
        "since": iso(alarm.since),
        **{name: getattr(alarm, name) for name in same},
        **{name: maybe_iso(getattr(alarm, name)) for name in times},
        **{name: None if end is None else iso(end + ahead) for name, end in ends.items()},
    }
