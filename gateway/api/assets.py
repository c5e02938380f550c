"""Assets with their verdicts, and the latest readings."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.actions import ReturnToService, TakeOutOfService
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Fault, Json
from gateway.api.shapes import (
    AssetDetail,
    AssetShape,
    ByWhom,
    Page,
    ReadingShape,
    WithReason,
    asset_data,
    reading_data,
    verdict_data,
)
from gateway.clock import Clock
from gateway.estate import Asset
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.standards.verdict import Outcome

Row = tuple[str, str, int]
"""Asset, point and point id."""


def asset_named(pipeline: Pipeline, name: str) -> Asset:
    """The asset; raises the answer 404."""
    asset = pipeline.estate.assets.get(name)
    if asset is None:
        raise Fault(HTTPStatus.NOT_FOUND, f"there is no asset {name!r}")
    return asset


def detail(pipeline: Pipeline, asset: Asset) -> dict[str, Any]:
    """An asset with every verdict and reading."""
    checks = pipeline.checks_of_asset(asset.name)
    return {
        **asset_data(asset, pipeline.asset_outcome(asset.name)),
        "verdicts": [verdict_data(pipeline.verdict(asset.name, each.clause_id), each.clause) for each in checks],
        "readings": [_reading(pipeline, row) for _, row in _rows(asset)],
    }


def _rows(asset: Asset) -> Iterator[tuple[str, Row]]:
    return ((f"{asset.name}.{point}", (asset.name, point, asset.ids[point])) for point in sorted(asset.ids))


def _reading(pipeline: Pipeline, row: Row) -> dict[str, Any]:
    asset, point, number = row
    latest = pipeline.latest
    said = reading_data(point, latest.reading(number), pipeline.estate.units[number], latest.at(number))
    return {"id": f"{asset}.{point}", "asset": asset, **said}


def asset_routes(pipeline: Pipeline) -> APIRouter:
    """Routes on what the site has."""
    router = APIRouter(tags=["assets"])
    assets = sorted(pipeline.estate.assets.items())
    rows = sorted((each for _, asset in assets for each in _rows(asset)), key=lambda each: each[0])

    def shown(asset: Asset) -> dict[str, Any]:
        return asset_data(asset, pipeline.asset_outcome(asset.name))

    @router.get("/assets", response_model=Page[AssetShape])
    async def list_assets(
        kind: str | None = None, touchpoint: str | None = None, outcome: Outcome | None = None,
        after: After = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Every asset with its worst verdict."""
        wanted = (
            (name, asset)
            for name, asset in assets
            if kind in (None, asset.kind)
            and touchpoint in (None, asset.touchpoint)
            and (outcome is None or outcome is pipeline.asset_outcome(name))
        )
        return Json(page(wanted, after, limit, shown))

    @router.get("/readings", response_model=Page[ReadingShape])
    async def list_readings(
        asset: Annotated[str | None, Query(description="of this asset only")] = None,
        after: After = "", limit: Limit = 1000,
    ) -> Response:  # fmt: skip
        """The latest reading of every point of every asset, good or bad."""
        wanted = rows if asset is None else list(_rows(asset_named(pipeline, asset)))
        return Json(page(wanted, after, limit, lambda row: _reading(pipeline, row)))

    @router.get("/assets/{asset:path}", response_model=AssetDetail)
    async def one_asset(asset: str) -> Response:
        """One asset with every verdict, its evidence, and its readings."""
        return Json(detail(pipeline, asset_named(pipeline, asset)))

    return router


def service_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes that take an asset out of service and back."""
    pipeline = runner.pipeline
    router = APIRouter(tags=["assets"])

    @router.post("/assets/{asset:path}/take-out-of-service", response_model=AssetDetail)
    async def take_out_of_service(asset: str, body: WithReason) -> Response:
        """The asset is being worked on: it tells nobody until the time is over, and is then judged anew."""
        found = asset_named(pipeline, asset)
        until = clock.now() + body.duration
        await runner.act(TakeOutOfService(asset, None, body.by, body.reason, until))
        return Json(detail(pipeline, found))

    @router.post("/assets/{asset:path}/return-to-service", response_model=AssetDetail)
    async def return_to_service(asset: str, body: ByWhom) -> Response:
        """The asset is in service again; everything is judged anew."""
        found = asset_named(pipeline, asset)
        await runner.act(ReturnToService(asset, None, body.by))
        return Json(detail(pipeline, found))

    return router
