"""Inspection rounds: what people have to look at, to try and to record, and what they found."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from gateway.actions import AnswerTask
from gateway.api.assets import asset_named
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Fault, Json
from gateway.api.records import When, told_at
from gateway.api.shapes import MaybeWords, Name, Page, whole
from gateway.clock import Clock
from gateway.errors import Refused
from gateway.model import Priority
from gateway.rounds.facts import task_data
from gateway.runner import Runner

MOST_ITEMS = 50
LONGEST = 7 * 86400.0
DueWithin = Annotated[float | None, Query(ge=0, le=1e9, description="only what is due within so many seconds")]
Place = Annotated[str, Query(max_length=100, description="a part of the place, the touchpoint or the asset")]


Number = Annotated[int, Field(ge=1, le=MOST_ITEMS), BeforeValidator(whole)]
"""An item of a checklist, counted from 1."""


class TaskShape(BaseModel):
    """What a person is to do on one asset, asked by ``clause``. To be done from ``due`` on and before ``deadline``."""

    id: str
    asset: str
    asset_kind: str
    touchpoint: str
    touchpoint_title: dict[str, str]
    place: dict[str, str]
    what: str
    way: Literal["look", "test", "record"] = Field(description="a test is a line of the log book as well")
    title: dict[str, str]
    state: Literal["failed", "overdue", "due", "upcoming"]
    due: AwareDatetime
    deadline: AwareDatetime
    last: AwareDatetime | None = Field(description="when it was last answered, or seen in use")
    checklist: list[dict[str, str]]
    longer_than_s: float | None = Field(description="than which what is tried has to last longer, in seconds")
    clause: str
    clause_title: dict[str, str]
    requires: dict[str, str]
    priority: Priority
    action: dict[str, str]


class NewAnswer(BaseModel):
    """What was found, when (now, unless it says), and by whom. ``failed``: items of the checklist, counted from 1."""

    model_config = ConfigDict(extra="forbid", strict=True)
    passed: bool
    by: Name
    at: When | None = None
    note: MaybeWords = ""
    failed: Annotated[list[Number], Field(max_length=MOST_ITEMS)] = []
    lasted_s: Annotated[float, Field(ge=0, le=LONGEST)] | None = Field(
        default=None, description="for how long what was tried went on, where that is asked; in seconds"
    )


class AnsweredShape(BaseModel):
    """What the clauses that asked come to with the answer, and the task that is next; null where none is."""

    asset: str
    what: str
    outcomes: dict[str, Literal["met", "violated", "unknown"]]
    task: TaskShape | None


def _is_at(row: dict[str, Any], place: str) -> bool:
    where = (row["asset"], row["touchpoint"], *row["place"].values())
    return any(place.casefold() in each.casefold() for each in where)


def round_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on rounds."""
    pipeline = runner.pipeline
    router = APIRouter(tags=["rounds"])

    def item_asked(asset: str, what: str) -> None:
        asset_named(pipeline, asset)
        try:
            pipeline.rounds.item(asset, what)
        except Refused as refusal:
            raise Fault(HTTPStatus.NOT_FOUND, str(refusal)) from refusal

    @router.get("/rounds", response_model=Page[TaskShape])
    async def list_tasks(
        due_within: DueWithin = None, place: Place = "", asset: str = "", after: After = "", limit: Limit = 100
    ) -> Response:
        """What people have to do, also what is not due yet; in the order of the ids."""
        now = clock.now()
        wanted = [each for each in pipeline.rounds.tasks(now) if due_within is None or each.due <= now + due_within]
        rows = (task_data(pipeline.estate, task, clock.ahead()) for task in wanted)
        found = [row for row in rows if asset in ("", row["asset"]) and _is_at(row, place)]
        ordered = sorted((row["id"], row) for row in found)
        return Json(page(ordered, after, limit, lambda row: row))

    @router.post("/rounds/{asset:path}/{what}", response_model=AnsweredShape, status_code=HTTPStatus.CREATED)
    async def answer_task(asset: str, what: str, body: NewAnswer) -> Response:
        """I looked at this, or tried it. The same told again with the same time is one answer."""
        item_asked(asset, what)
        at = told_at(body.at, pipeline.estate, clock.now() + clock.ahead())
        told = AnswerTask(asset, what, body.passed, at, body.by, body.note, tuple(body.failed), body.lasted_s)
        await runner.act(told)
        outcomes = {each.clause_id: each.outcome.value for each in pipeline.rounds.item(asset, what).checks}
        left = pipeline.rounds.task(asset, what, clock.now())
        task = left and task_data(pipeline.estate, left, clock.ahead())
        data = {"asset": asset, "what": what, "outcomes": outcomes, "task": task}
        return Json(data, HTTPStatus.CREATED)

    return router
