"""How batteries have aged by their proof tests, and when a test may first fail."""

from __future__ import annotations

from asyncio import to_thread
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from gateway.api.paging import After
from gateway.api.problems import Fault, Json
from gateway.api.shapes import Page
from gateway.logbook.ageing import ages, picture
from gateway.logbook.drawing import svg
from gateway.logbook.reading import read_ageing
from gateway.logbook.speech import LANGUAGES, Speech
from gateway.runner import Runner

Few = Annotated[int, Query(ge=1, le=50, description="how many at most; each takes all curves of an asset")]


class TimedTest(BaseModel):
    """A test that was passed, and how long the timed part of its fall took."""

    entry: int
    kind: str
    at: AwareDatetime
    took_s: float
    share: float | None = Field(description="of the capacity at the first test")


class ForecastShape(BaseModel):
    """When tests of a kind may first fail, with 95 %, if the battery goes on to age as it has."""

    kind: str
    test: dict[str, str]
    limit_s: float
    not_before: AwareDatetime | None = Field(description="null: not within ten years")
    not_after: AwareDatetime | None = Field(description="null: not known, or not within ten years")


class AgeingShape(BaseModel):
    """The trend of one asset since a test last failed. Shares are of the capacity at the first test."""

    asset: str
    place: dict[str, str]
    point: str = Field(description="what the fall was seen by")
    means: dict[str, str]
    unit: str
    part: float = Field(description="the part of the fall that was timed, in that unit")
    tests: list[TimedTest]
    left: float | None
    left_error: float | None = Field(description="standard error")
    yearly: float | None = Field(description="change in a year")
    yearly_error: float | None
    unknown: str = Field(description="why there is no trend; empty when there is one")
    why: dict[str, str]
    detail: str
    forecasts: list[ForecastShape]


def capacity_routes(runner: Runner) -> APIRouter:
    """Routes on the trends."""
    estate = runner.pipeline.estate
    router = APIRouter(tags=["log book"])
    names = sorted(each.name for each in ages(estate))

    async def read(wanted: list[str]) -> list[dict[str, Any]]:
        return await to_thread(partial(read_ageing, runner.store.path, estate, wanted))

    async def one(asset: str) -> dict[str, Any]:
        if asset not in names:
            raise Fault(HTTPStatus.NOT_FOUND, f"{asset!r} is no asset that has a battery")
        return (await read([asset]))[0]

    @router.get("/logbook/capacity", response_model=Page[AgeingShape])
    async def list_capacities(after: After = "", limit: Few = 20) -> Response:
        """Every asset that has a battery, with its trend or why there is none."""
        part = [each for each in names if each > after][: limit + 1]
        more = part[limit - 1] if len(part) > limit else None
        return Json({"items": await read(part[:limit]), "next": more})

    @router.get("/logbook/capacity/{asset}", response_model=AgeingShape)
    async def one_capacity(asset: str) -> Response:
        """The trend of one asset."""
        return Json(await one(asset))

    @router.get(
        "/logbook/capacity/{asset}/trend.svg",
        response_class=Response,
        responses={200: {"description": "The trend", "content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
    )
    async def draw_capacity(asset: str, lang: Literal["zh", "en", "both"] = "both") -> Response:
        """The trend as a picture."""
        drawn = svg(picture(await one(asset), Speech(LANGUAGES[lang], estate.timezone)))
        return Response(drawn, media_type="image/svg+xml")

    return router
