"""Planned work: announced ahead, and called off. When its time has come its asset goes out of service by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field
from starlette.responses import Response

from gateway.actions import CancelWork, PlanWork
from gateway.api.assets import asset_named
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Json
from gateway.api.shapes import ByWhom, Name, Page, Words, maybe_iso
from gateway.clock import iso
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.tickets.planned import PlannedWork, WorkState

Number = Annotated[int, Path(ge=1, le=2**53, description="the work's id")]


def _moment(written: object) -> datetime:
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("write a time with its zone, like 2026-11-20T08:15:00+08:00")
    return found


When = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]


class NewWork(ByWhom):
    """Who announces work on which asset, from when (now, unless it says) until when, and why."""

    asset: Annotated[str, Field(max_length=300)]
    since: When | None = None
    until: When
    reason: Words


class WorkShape(BaseModel):
    """Work on an asset. ``in_service``: why the asset stayed in service all the same, empty where it did not."""

    id: int
    asset: str
    place: dict[str, str]
    state: WorkState
    since: AwareDatetime
    until: AwareDatetime
    by: Name
    reason: str
    announced_at: AwareDatetime
    over_at: AwareDatetime | None
    over_by: str = Field(description="who called it off or ended it; empty where its time was over")
    in_service: str


def work_data(pipeline: Pipeline, work: PlannedWork) -> dict[str, Any]:
    """A work with its place."""
    asset = pipeline.estate.assets.get(work.asset)
    same = ("id", "asset", "state", "reason", "over_by", "in_service")
    times = ("since", "until", "announced_at")
    return {
        "place": dict(asset.place) if asset else {}, "by": work.who, "over_at": maybe_iso(work.over_at),
        **{name: getattr(work, name) for name in same}, **{name: iso(getattr(work, name)) for name in times},
    }  # fmt: skip


def work_routes(runner: Runner) -> APIRouter:
    """Routes on planned work."""
    pipeline = runner.pipeline
    works = pipeline.works
    router = APIRouter(tags=["works"])

    @router.get("/works", response_model=Page[WorkShape])
    async def list_works(
        asset: str | None = None, state: WorkState | None = None, after: After = "", limit: Limit = 100
    ) -> Response:
        """Work that is to come and under way, and what was over since the gateway was started, by number."""
        wanted = (
            (f"{number:016d}", work)
            for number, work in sorted(works.works.items())
            if asset in (None, work.asset) and state in (None, work.state)
        )
        start = after.rjust(16, "0") if after else ""
        return Json(page(wanted, start, limit, lambda work: work_data(pipeline, work)))

    @router.post("/works", response_model=WorkShape)
    async def plan_work(body: NewWork) -> Response:
        """Announce work: told now, and from its beginning to its end the asset is out of service, then judged anew."""
        asset_named(pipeline, body.asset)
        since = body.since.timestamp() if body.since else None
        before = set(works.works)
        action = PlanWork(body.asset, since, body.until.timestamp(), body.by, body.reason)
        await runner.act(action)
        return Json(work_data(pipeline, _made_by(pipeline, action, before)))

    @router.post("/works/{work}/cancel", response_model=WorkShape)
    async def cancel_work(work: Number, body: ByWhom) -> Response:
        """It is called off; or it is done already, and the asset is in service again at once."""
        await runner.act(CancelWork(work, body.by))
        return Json(work_data(pipeline, works.works[work]))

    return router


def _made_by(pipeline: Pipeline, action: PlanWork, before: set[int]) -> PlannedWork:
    """The work that an action has made: there is one at most on an asset at a time."""
    new = (each for number, each in pipeline.works.works.items() if number not in before)
    made = (each for each in new if (each.asset, each.until, each.who) == (action.asset, action.until, action.who))
    return next(each for each in made if action.since in (None, each.since))
