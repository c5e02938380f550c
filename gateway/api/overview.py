"""The site at a glance, and how the gateway itself is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.api.alarms import in_force
from gateway.api.problems import Json
from gateway.api.shapes import HealthShape, SiteShape
from gateway.clock import Clock, iso
from gateway.health import Health
from gateway.kinds import SITE
from gateway.model import BadReading
from gateway.pipeline import Pipeline
from gateway.standards.verdict import Outcome


def glance(pipeline: Pipeline, now: float) -> dict[str, Any]:
    """Counts of everything."""
    estate = pipeline.estate
    outcomes = Counter((asset.kind, pipeline.asset_outcome(name)) for name, asset in estate.assets.items())
    told = [clause for alarm, clause in in_force(pipeline) if alarm.standing and not alarm.hidden]
    return {
        "site": estate.site,
        "title": dict(estate.title),
        "timezone": str(estate.timezone),
        "languages": list(estate.languages),
        "standard": estate.standard.version,
        "now": iso(now),
        "assets": _by_outcome(outcomes, estate.kinds),
        "kinds": {kind: _by_outcome(outcomes, [kind]) for kind in sorted({kind for kind, _ in outcomes})},
        "alarms": dict(Counter(clause.priority.value for clause in told)),
        "tickets": dict(Counter(ticket.state.value for ticket in pipeline.tickets.values())),
        "windows": {name: _window(pipeline, name) for name in estate.windows},
        "counters": dict(pipeline.counters),
    }


def _window(pipeline: Pipeline, name: str) -> dict[str, Any]:
    told = pipeline.latest.reading(pipeline.estate.site_points[SITE + name])
    unknown = isinstance(told, BadReading)
    window = pipeline.estate.windows[name]
    said = {"title": dict(window.title), "times": window.times()}
    return {**said, "open": None if unknown else told, "why": str(told) if unknown else ""}


def _by_outcome(outcomes: Mapping[tuple[str, Outcome], int], kinds: Collection[str]) -> dict[str, int]:
    """How many assets of these kinds there are of each outcome that occurs."""
    found: Counter[str] = Counter()
    for (kind, outcome), count in outcomes.items():
        found[outcome.value] += count if kind in kinds else 0
    return dict(+found)


def overview_routes(pipeline: Pipeline, clock: Clock) -> APIRouter:
    """Routes on the site as a whole."""
    router = APIRouter(tags=["site"])

    @router.get("/site", response_model=SiteShape)
    async def site() -> Response:
        """The site at a glance."""
        return Json(glance(pipeline, clock.now()))

    return router


def health_routes(health: Health) -> APIRouter:
    """Routes for whoever watches the gateway."""
    router = APIRouter(tags=["health"])

    def told(well: bool) -> Response:
        components = [asdict(each) for each in health.components()]
        status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
        works = "degraded" if health.degraded else "ok"
        return Json({"status": works if well else "failing", "components": components}, status)

    unwell: dict[int | str, dict[str, Any]] = {503: {"model": HealthShape, "description": "Not so"}}

    @router.get("/healthz", response_model=HealthShape, responses=unwell)
    async def healthz() -> Response:
        """Whether every part of the gateway shows signs of life."""
        return told(health.healthy)

    @router.get("/readyz", response_model=HealthShape, responses=unwell)
    async def readyz() -> Response:
        """Whether every part has started and is well."""
        return told(health.ready)

    return router
