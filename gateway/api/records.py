"""Records: what a person, or another system, tells of an asset. All are kept, and the last of each sort counts."""

from __future__ import annotations

from datetime import date, datetime, time
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field
from starlette.responses import Response

from gateway.actions import AddRecord
from gateway.api.assets import asset_named
from gateway.api.paging import Limit
from gateway.api.problems import Fault, Json
from gateway.api.shapes import ByWhom, MaybeWords, Name, Page
from gateway.clock import Clock, iso
from gateway.estate import Estate
from gateway.model import Record
from gateway.runner import Runner

FIRST = date(1971, 1, 1)


def _moment(written: object) -> datetime | date:
    """A day, or a time with its zone."""
    found: datetime | date | None = None
    if isinstance(written, str):
        for form in (date, datetime):
            try:
                found = form.fromisoformat(written)
            except ValueError:
                continue
            break
    if found is None or (isinstance(found, datetime) and found.tzinfo is None):
        raise ValueError("write a day, like 2026-11-20, or a time with its zone, like 2026-11-20T08:15:00+08:00")
    return found


When = Annotated[datetime | date, BeforeValidator(_moment, json_schema_input_type=date | datetime)]


class NewRecord(ByWhom):
    """What happened, when (now, unless it says; a day stands for its beginning in the site's zone), and who says so."""

    record: Name = Field(description="which of the records of the asset's kind, like inspection")
    at: When | None = None
    note: MaybeWords = ""


class RecordShape(BaseModel):
    """What was told of an asset; ``is_latest``: nothing of the sort happened later, as far as is known."""

    asset: str
    record: str
    means: dict[str, str]
    at: AwareDatetime
    by: str
    note: str
    told_at: AwareDatetime
    is_latest: bool


def record_data(runner: Runner, record: Record) -> dict[str, Any]:
    """A record with what it is called; one that the site's files no longer know has no name."""
    estate = runner.pipeline.estate
    kind = estate.kinds[estate.assets[record.asset].kind]
    means = dict(kind.means(record.record)) if record.record in kind.records else {}
    last = runner.pipeline.records.latest.get(record.key)
    return {
        "asset": record.asset, "record": record.record, "means": means, "at": iso(record.at), "by": record.who,
        "note": record.note, "told_at": iso(record.told_at), "is_latest": bool(last and record.tells_the_same(last)),
    }  # fmt: skip


def told_at(at: datetime | date | None, estate: Estate, now: float) -> float:
    """Seconds since 1970 by the clock on the wall, as is ``now``; raises the answer 422 for what is none."""
    if at is None:
        return now
    day = at.date() if isinstance(at, datetime) else at
    if day < FIRST:
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, "lies before 1971", "body.at")
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(), estate.timezone)
    if moment.timestamp() > now:
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, "lies in the future: a record tells what has happened", "body.at")
    return moment.timestamp()


def record_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on records."""
    pipeline = runner.pipeline
    router = APIRouter(tags=["records"])

    @router.post("/assets/{asset:path}/records", response_model=RecordShape, status_code=HTTPStatus.CREATED)
    async def add_record(asset: str, body: NewRecord) -> Response:
        """This happened. The same told again in the same words is one record."""
        asset_named(pipeline, asset)
        if wrong := pipeline.records.wrong(asset, body.record):
            raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, wrong, "body.record")
        at = told_at(body.at, pipeline.estate, clock.now() + clock.ahead())
        await runner.act(AddRecord(asset, body.record, at, body.by, body.note))
        told = Record(asset, body.record, at, body.by, body.note, clock.now())
        return Json(record_data(runner, told), HTTPStatus.CREATED)

    @router.get("/assets/{asset:path}/records", response_model=Page[RecordShape])
    async def list_records(asset: str, record: str = "", after: Annotated[str, Field(pattern="^[0-9]{0,15}$")] = "",
                           limit: Limit = 100) -> Response:  # fmt: skip
        """Every record of an asset, in the order in which they were told; ``record``: only those of one sort."""
        asset_named(pipeline, asset)
        found = await runner.store.records(asset, record, int(after or 0), limit + 1)
        part = found[:limit]
        more = str(part[-1][0]) if len(found) > limit else None
        return Json({"items": [record_data(runner, each) for _, each in part], "next": more})

    return router
