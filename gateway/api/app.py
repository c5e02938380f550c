"""Puts the API together from its resources. The seam for app.py of the gateway: ``build_api``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse

from gateway.api.alarms import alarm_routes
from gateway.api.assets import asset_routes, service_routes
from gateway.api.auth import V1, Gate
from gateway.api.capacity import capacity_routes
from gateway.api.coverage import coverage_routes
from gateway.api.docs import describe, docs_page
from gateway.api.guard import Guard
from gateway.api.instruments import Instruments
from gateway.api.links import link_pages
from gateway.api.logbook import log_book_routes
from gateway.api.metrics import metric_routes
from gateway.api.notices import notice_routes
from gateway.api.outbox import outbox_routes
from gateway.api.overview import health_routes, overview_routes
from gateway.api.printed import printed_routes
from gateway.api.problems import install
from gateway.api.proof_tests import proof_test_routes
from gateway.api.queries import known_queries
from gateway.api.records import record_routes
from gateway.api.reports import report_routes
from gateway.api.rounds import round_routes
from gateway.api.tickets import ticket_routes
from gateway.api.tokens import token_routes
from gateway.api.works import work_routes
from gateway.clock import Clock
from gateway.deliveries import Deliveries
from gateway.gatekeeper import Gatekeeper
from gateway.health import Health
from gateway.links import Links
from gateway.runner import Runner

VERSION = "1"
ABOUT = "One site: state, alarms, tickets. Lists that take a limit are paged; errors are problem+json; times are UTC."


class Api(FastAPI):
    """FastAPI with our description of it."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API shows, and what it asks to act."""

    runner: Runner
    clock: Clock
    health: Health
    keeper: Gatekeeper
    deliveries: Deliveries
    instruments: Instruments
    links: Links | None = None


def build_api(parts: Parts) -> FastAPI:
    """The whole API; serve it with ``gateway.api.server.ApiServer``."""
    runner, clock, keeper = parts.runner, parts.clock, parts.keeper
    api = Api(
        title="Touchpoint gateway", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None,
        redirect_slashes=False, generate_unique_id_function=_operation_id,
    )  # fmt: skip
    install(api)
    v1 = APIRouter(prefix=V1, dependencies=[Depends(known_queries)])
    v1.include_router(overview_routes(runner.pipeline, clock))
    v1.include_router(record_routes(runner, clock))
    v1.include_router(round_routes(runner, clock))
    v1.include_router(asset_routes(runner.pipeline))
    v1.include_router(service_routes(runner, clock))
    v1.include_router(coverage_routes(runner.pipeline))
    v1.include_router(printed_routes(runner, clock))
    v1.include_router(capacity_routes(runner))
    v1.include_router(log_book_routes(runner))
    v1.include_router(report_routes(runner, clock))
    v1.include_router(alarm_routes(runner, clock))
    v1.include_router(ticket_routes(runner, clock))
    v1.include_router(notice_routes(runner))
    v1.include_router(work_routes(runner))
    v1.include_router(proof_test_routes(runner, keeper))
    v1.include_router(token_routes(keeper))
    v1.include_router(outbox_routes(parts.deliveries, runner.pipeline.estate, clock))
    api.include_router(v1)
    api.include_router(health_routes(parts.health))
    api.include_router(metric_routes(parts.instruments))
    if parts.links:
        api.include_router(link_pages(parts.links, runner))

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(api.openapi()))

    api.add_middleware(Gate, keeper=keeper)
    api.add_middleware(Guard, public=parts.links.host if parts.links else "")
    return api


def _operation_id(route: APIRoute) -> str:
    return route.name
