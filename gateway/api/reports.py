"""Reports of a period of calendar days: how tickets were dealt with, and how healthy the alarms are."""

from __future__ import annotations

import re
from asyncio import to_thread
from datetime import date
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field
from starlette.responses import Response

from gateway.api.problems import Json
from gateway.clock import Clock
from gateway.reports.period import Period, period
from gateway.reports.reading import read_alarms, read_service
from gateway.runner import Runner

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(written: object) -> object:
    """The same; raises ValueError for anything but a day as RFC 3339 writes it."""
    if isinstance(written, str) and not _DAY.fullmatch(written):
        raise ValueError("write a day, like 2026-11-20")
    return written


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
From = Annotated[Day | None, Query(alias="from", description="the first day, in the site's zone")]
Until = Annotated[Day | None, Query(description="the last day, included; neither of both: last month")]


class Report(BaseModel):
    """Of which days, in the site's zone; ``end``: of what lies ahead nothing is told."""

    site: str
    name: dict[str, str]
    timezone: str
    standard: str
    from_: date = Field(alias="from")
    until: date
    since: AwareDatetime
    end: AwareDatetime


class ClockReport(BaseModel):
    """One clock, in seconds on its calendar: ``net`` without pauses, ``gross`` with them. p90: nearest rank."""

    ended: int = Field(description="in the period")
    net_median_s: float | None
    net_p90_s: float | None
    gross_median_s: float | None
    gross_p90_s: float | None
    in_time: int
    late: int
    running_late: int = Field(description="not ended, and beyond its target at the end of the period")
    share_in_time: float | None = Field(description="of all with a target; null where there was none")


class Proven(BaseModel):
    """What closed tickets: ``withdrawn`` proved nothing, the site's files no longer asked for it."""

    measured: int
    tested: int
    looked: int
    withdrawn: int


class TicketCounts(BaseModel):
    """``reopened``: after it was closed; ``unproven``: said to be done, and measured not to be."""

    title: dict[str, str]
    open_at_start: int
    opened: int
    reopened: int
    reoccurred: int
    unproven: int
    closed: int
    open_at_end: int
    open_s: float = Field(description="for how long tickets were open in the period, added up")
    proven: Proven
    acknowledge: ClockReport
    on_site: ClockReport
    resolve: ClockReport


class TicketGroup(TicketCounts):
    """Those of one priority, trade, touchpoint ("": devices and lines), clause or asset; ``?``: no longer known."""

    key: str


class Groups(BaseModel):
    """The same tickets, grouped in five ways."""

    priority: list[TicketGroup]
    trade: list[TicketGroup]
    touchpoint: list[TicketGroup]
    clause: list[TicketGroup]
    asset: list[TicketGroup]


class Offender(BaseModel):
    """One of the ten assets of which there was most to be told."""

    key: str
    title: dict[str, str]
    opened: int
    reopened: int
    reoccurred: int
    unproven: int
    open_s: float


class ServiceReportShape(Report):
    """How tickets were dealt with, held against the targets of the standard as it is now."""

    total: TicketCounts
    by: Groups
    worst: list[Offender]


class MetricBasis(BaseModel):
    """Where the limit comes from: modelled on a ``standard``, or ``proposed``."""

    kind: Literal["standard", "proposed"]
    document: str


class Metric(BaseModel):
    """``value`` and ``met`` are null where nothing is known."""

    value: float | None
    limit: float
    met: bool | None
    basis: MetricBasis


class Metrics(BaseModel):
    """``mean`` and ``peak``: alarms in ten minutes; shares are of ten-minute spans, but ``top_share`` of alarms."""

    mean: Metric
    peak: Metric
    share_above_10: Metric
    share_in_flood: Metric
    chattering: Metric = Field(description="alarms that came three times or more within a minute")
    stale_in_a_day: Metric = Field(description="the most alarms on one day that had stood for more than 24 h")
    top_share: Metric = Field(description="of the ten most frequent; null where no more than ten were told")


class AlarmCount(BaseModel):
    """One alarm, and how often."""

    asset: str
    clause: str
    count: int
    place: dict[str, str]
    title: dict[str, str]


class Band(BaseModel):
    """Alarms of some priorities beside the share that is recommended for them."""

    band: Literal["high", "medium", "low"]
    priorities: list[str]
    raised: int
    share: float | None
    recommended: float


class AlarmReportShape(Report):
    """How healthy the alarms are. Of the time before ``known_since`` no event is kept, and nothing is reckoned."""

    known_since: AwareDatetime
    known_s: float
    starts: int = Field(description="how often the gateway was started again")
    away_s: float = Field(description="for how long at most it may not have been there to tell anything")
    raised: int
    spans: int = Field(description="of ten minutes")
    metrics: Metrics
    priorities: list[Band]
    stale_at_end: int
    most_frequent: list[AlarmCount]
    chattering: list[AlarmCount]
    returned: list[AlarmCount] = Field(description="came back before they had cleared, which is not told each time")
    stale: list[AlarmCount]


def report_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on reports."""
    estate = runner.pipeline.estate
    router = APIRouter(prefix="/reports", tags=["reports"])

    def days(first: date | None, last: date | None) -> Period:
        return period(first, last, estate.timezone, clock.now(), clock.ahead())

    @router.get("/service", response_model=ServiceReportShape)
    async def service_report(first: From = None, until: Until = None) -> Response:
        """Tickets: how many, how quickly against their targets, what proved the repairs, and the worst offenders."""
        read = partial(read_service, runner.store.path, estate, days(first, until), clock.ahead())
        return Json(await to_thread(read))  # beside the gateway's own connection, and off its event loop

    @router.get("/alarms", response_model=AlarmReportShape)
    async def alarm_report(first: From = None, until: Until = None) -> Response:
        """Alarms by the trade's metrics: rate, floods, chattering, stale ones, priorities, the most frequent."""
        read = partial(read_alarms, runner.store.path, estate, days(first, until), clock.now())
        return Json(await to_thread(read))  # beside the gateway's own connection, and off its event loop

    return router
