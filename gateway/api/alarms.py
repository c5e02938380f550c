"""Alarms: see them, acknowledge them, shelve them for a while."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.actions import Acknowledge, Shelve, Unshelve
from gateway.alarms.alarm import Alarm
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Fault, Json
from gateway.api.shapes import AlarmShape, ByWhom, Page, WithReason, alarm_data
from gateway.clock import Clock
from gateway.model import Priority
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.standards.standard import Clause


def alarm_named(pipeline: Pipeline, asset: str, clause: str) -> tuple[Alarm, Clause]:
    """The alarm of a pair; raises the answer 404 when it never left normal."""
    alarm, judged_by = pipeline.alarms.get((asset, clause)), pipeline.panel.clause((asset, clause))
    if alarm is None or judged_by is None:
        raise Fault(HTTPStatus.NOT_FOUND, f"there is no alarm of {asset!r} on {clause!r}")
    return alarm, judged_by


def in_force(pipeline: Pipeline) -> list[tuple[Alarm, Clause]]:
    """The alarms whose clause the site's files still have, by id."""
    known = ((alarm, pipeline.panel.clause(alarm.key)) for alarm in pipeline.alarms.values())
    return sorted(((alarm, clause) for alarm, clause in known if clause), key=lambda each: _id(each[0]))


def _id(alarm: Alarm) -> str:
    return f"{alarm.asset}:{alarm.clause}"


def shown(pipeline: Pipeline, ahead: float, alarm: Alarm, clause: Clause) -> dict[str, Any]:
    """An alarm with its clause's words; ``ahead`` as of ``Clock``."""
    asset = pipeline.estate.assets.get(alarm.asset)
    return alarm_data(alarm, clause, asset.place if asset else {}, ahead)


def alarm_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on alarms."""
    router = APIRouter(tags=["alarms"])
    _add_reading(router, runner.pipeline, clock)
    _add_acting(router, runner, clock)
    return router


def _add_reading(router: APIRouter, pipeline: Pipeline, clock: Clock) -> None:
    @router.get("/alarms", response_model=Page[AlarmShape])
    async def list_alarms(
        standing: bool | None = None, asset: str | None = None, priority: Priority | None = None,
        after: After = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Every alarm that ever left normal; ``standing=true`` for those that are raised now."""
        wanted = (
            (_id(alarm), (alarm, clause))
            for alarm, clause in in_force(pipeline)
            if standing in (None, alarm.standing)
            and asset in (None, alarm.asset)
            and priority in (None, clause.priority)
        )
        return Json(page(wanted, after, limit, lambda pair: shown(pipeline, clock.ahead(), *pair)))

    @router.get("/alarms/{asset:path}/{clause}", response_model=AlarmShape)
    async def one_alarm(asset: str, clause: str) -> Response:
        """One alarm."""
        return _answer(pipeline, clock, asset, clause)


def _add_acting(router: APIRouter, runner: Runner, clock: Clock) -> None:
    pipeline = runner.pipeline

    @router.post("/alarms/{asset:path}/{clause}/acknowledge", response_model=AlarmShape)
    async def acknowledge(asset: str, clause: str, body: ByWhom) -> Response:
        """I have seen this. On a latched alarm it also allows it to clear."""
        alarm_named(pipeline, asset, clause)
        await runner.act(Acknowledge(asset, clause, body.by))
        return _answer(pipeline, clock, asset, clause)

    @router.post("/alarms/{asset:path}/{clause}/shelve", response_model=AlarmShape)
    async def shelve(asset: str, clause: str, body: WithReason) -> Response:
        """Do not tell of this for a while; it ends by itself."""
        alarm_named(pipeline, asset, clause)
        until = clock.now() + body.duration
        await runner.act(Shelve(asset, clause, body.by, body.reason, until))
        return _answer(pipeline, clock, asset, clause)

    @router.post("/alarms/{asset:path}/{clause}/unshelve", response_model=AlarmShape)
    async def unshelve(asset: str, clause: str, body: ByWhom) -> Response:
        """Tell of this again."""
        alarm_named(pipeline, asset, clause)
        await runner.act(Unshelve(asset, clause, body.by))
        return _answer(pipeline, clock, asset, clause)


def _answer(pipeline: Pipeline, clock: Clock, asset: str, clause: str) -> Response:
    return Json(shown(pipeline, clock.ahead(), *alarm_named(pipeline, asset, clause)))
