"""The log book of proof tests and discharges: its entries, each with its curve. It is only ever added to."""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from math import inf
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field
from starlette.responses import Response

from gateway.api.paging import Limit
from gateway.api.problems import Fault, Json
from gateway.api.shapes import Page
from gateway.logbook.curve import curve
from gateway.logbook.drawing import svg
from gateway.logbook.facts import KINDS, line, whole
from gateway.logbook.speech import LANGUAGES, Speech
from gateway.model import Value
from gateway.proof_tests.entry import Entry
from gateway.runner import Runner
from gateway.store.log_book import Asked
from gateway.tickets.ticket import TicketState

# Written out: what a clause comes to is called an outcome in this API too.
CameOf = Literal["passed", "failed", "aborted", "inconclusive", "refused", "missed", "recorded"]
Number = Annotated[int, Path(ge=1, le=2**53, description="the entry's id")]
DATED = re.compile(r"\d{4}-\d{2}-\d{2}[T ]")


def _dated(written: object) -> object:
    """The same; raises ValueError for a bare number, which Pydantic would take for seconds since 1970."""
    if isinstance(written, str) and not DATED.match(written):
        raise ValueError("write a time with its zone, like 2026-11-20T08:15:00+08:00")
    return written


Moment = Annotated[AwareDatetime, BeforeValidator(_dated, json_schema_input_type=datetime)]
Since = Annotated[Moment | None, Query(description="begun then or later")]
Until = Annotated[Moment | None, Query(description="begun then or before")]
KindOf = Annotated[str, Query(pattern=f"^({'|'.join(KINDS)})?$", description="empty for any")]
Seen = Annotated[str, Query(pattern="^[0-9]{0,15}$", description="the `next` of the part before; empty for the first")]


class ConditionShape(BaseModel):
    """How something stood before; ``value`` is null where that was unknown, RFC 3339 where it ``is_time``."""

    point: str
    means: dict[str, str]
    unit: str
    is_time: bool
    value: Value | None


class RepairShape(BaseModel):
    """The ticket of a test that failed. ``proven_by``: the entry of the test that was passed before it was closed."""

    id: int
    state: TicketState
    opened_at: AwareDatetime
    cleared_at: AwareDatetime | None
    cleared_by: str = Field(description="who said that the repair was done, or had taken it; empty for nobody")
    proven_by: int | None


class LogBookLine(BaseModel):
    """One test, or one discharge that nobody planned. ``_s`` are seconds, ``_v`` volts; null is unknown or none."""

    id: int
    asset: str
    place: dict[str, str]
    touchpoint: str
    kind: str = Field(json_schema_extra={"enum": [*KINDS]})
    test: dict[str, str] = Field(description="the kind in words")
    outcome: CameOf
    result: dict[str, str] = Field(description="the outcome in words")
    finding: str
    reason: dict[str, str] = Field(description="the finding in words, or the outcome where nothing was found")
    started_by: str
    starter: dict[str, str]
    started_at: AwareDatetime
    ended_at: AwareDatetime
    lasted_s: float = Field(description="proven by readings; a lower bound")
    resolution_s: float = Field(description="how finely that is known")
    limit_s: float | None = Field(description="than which it had to last longer")
    lowest_voltage_v: float | None
    floor_v: float | None = Field(description="below it the battery counts as exhausted")
    due: AwareDatetime | None = Field(description="for when it was planned")
    why: str = Field(description="the reason that was given for it")
    remark: str = Field(description="what the person who carried it out wrote of it")
    ticket: RepairShape | None = Field(description="that of a test that failed; looked up, no part of the hash chain")
    before: list[ConditionShape]
    clause: str = Field(description="by which it was judged; empty for none")
    title: dict[str, str]
    standard: dict[str, str]
    basis: dict[str, str]


class CurvePoint(BaseModel):
    """A value of the curve; ``at_least``: what the test, or a clause in force, asks of it; ``words``: of its values."""

    point: str
    means: dict[str, str]
    unit: str
    at_least: float | None
    words: dict[str, dict[str, str]]


class CurveSample(BaseModel):
    """One moment; null is a value unknown then."""

    at: AwareDatetime
    values: dict[str, Value | None]


class CurveShape(BaseModel):
    """What was read meanwhile and in the recovery, oldest first."""

    points: list[CurvePoint]
    samples: list[CurveSample]


class LogBookEntry(LogBookLine):
    """An entry with its curve."""

    curve: CurveShape


def log_book_routes(runner: Runner) -> APIRouter:
    """Routes on the log book."""
    estate = runner.pipeline.estate
    router = APIRouter(tags=["log book"])

    @router.get("/logbook", response_model=Page[LogBookLine])
    async def list_log_book(
        asset: str = "", kind: KindOf = "", since: Since = None, until: Until = None,
        after: Seen = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Every proof test and discharge, in the order in which they were written down."""
        asked = Asked(asset, kind, seconds(since, -inf), seconds(until, inf), int(after or 0), limit + 1, False)
        found = await runner.store.log_book(asked)
        part = found[:limit]
        more = str(part[-1].id) if len(found) > limit else None
        behind = await runner.store.behind(part)
        return Json({"items": [line(estate, each, behind) for each in part], "next": more})

    @router.get("/logbook/{number}", response_model=LogBookEntry)
    async def one_log_book_entry(number: Number) -> Response:
        """One entry with its curve."""
        entry = await _entry(runner, number)
        return Json(whole(estate, entry, await runner.store.behind([entry])))

    @router.get(
        "/logbook/{number}/curve.svg",
        response_class=Response,
        responses={200: {"description": "The curve", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
    )
    async def draw_log_book_curve(number: Number, lang: Literal["zh", "en", "both"] = "both") -> Response:
        """The curve as a picture, with the limits that it is held against."""
        told = whole(estate, await _entry(runner, number))
        drawn = svg(curve(told, Speech(LANGUAGES[lang], estate.timezone)))
        return Response(drawn, media_type="image/svg+xml")

    return router


def seconds(moment: datetime | None, otherwise: float) -> float:
    """A moment as seconds since 1970."""
    return otherwise if moment is None else moment.timestamp()


async def _entry(runner: Runner, number: int) -> Entry:
    """The entry; raises the answer 404."""
    found = await runner.store.log_book(Asked(after=number - 1, limit=1))
    if not found or found[0].id != number:
        raise Fault(HTTPStatus.NOT_FOUND, f"there is no entry {number} in the log book")
    return found[0]
