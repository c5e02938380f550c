"""The page behind a link in a message: what the alarm is, and one button that acknowledges it.

Whoever only looks (a preview, a mail scanner) changes nothing: that takes the POST of the page's form.
"""

from __future__ import annotations

import logging
import sqlite3
from http import HTTPStatus
from math import ceil
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from gateway.access.links import LONGEST, PATH, Grant
from gateway.actions import Acknowledge
from gateway.alarms.alarm import Alarm
from gateway.api.auth import address_of
from gateway.api.link_page import About, Page, page
from gateway.clock import iso
from gateway.errors import Refused
from gateway.links import Links
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.standards.standard import Clause

log = logging.getLogger(__name__)

Token = Annotated[str, Path(max_length=LONGEST + 1)]
EDGE = 2
"""Milliseconds: a message's time is cut to whole ones."""
HEADERS = {
    "content-security-policy": "form-action 'self'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}
"""Beside those of every answer. The address is a secret: it is told to no other page."""


class Judged(NamedTuple):
    """What a link comes to now; ``grant`` and ``about`` as far as they are known."""

    page: Page
    status: HTTPStatus
    grant: Grant | None = None
    about: About | None = None


STATUS = {
    Page.ASK: HTTPStatus.OK, Page.DONE: HTTPStatus.OK, Page.SEEN: HTTPStatus.CONFLICT, Page.OVER: HTTPStatus.CONFLICT,
    Page.EXPIRED: HTTPStatus.GONE, Page.USED: HTTPStatus.GONE, Page.UNKNOWN: HTTPStatus.NOT_FOUND,
    Page.SLOW: HTTPStatus.TOO_MANY_REQUESTS, Page.FAILING: HTTPStatus.SERVICE_UNAVAILABLE,
}  # fmt: skip


class Desk:
    """Judges links and acts on them."""

    def __init__(self, links: Links, runner: Runner) -> None:
        self._links, self._runner, self._pipeline = links, runner, runner.pipeline

    async def judge(self, token: str) -> Judged:
        """What the link allows now."""
        grant = self._links.open(token)
        if grant is None:
            return _judged(Page.UNKNOWN)
        about = about_alarm(self._pipeline, grant)
        if self._links.now() >= grant.until or grant.who not in self._pipeline.estate.routing.people:
            return _judged(Page.EXPIRED, grant)
        if await self._links.is_used(grant):
            return _judged(Page.USED, grant, about)
        return _judged(_state(self._pipeline, grant), grant, about)

    async def acknowledge(self, token: str, address: str) -> Judged:
        """Acknowledge, this once."""
        judged = await self.judge(token)
        if judged.page is Page.ASK and judged.grant:
            judged = await self._use(judged.grant, address)
        return judged

    async def _use(self, grant: Grant, address: str) -> Judged:
        about = about_alarm(self._pipeline, grant)
        if not await self._links.use(grant, {"address": address, "told_at": iso(grant.told_at / 1000)}):
            return _judged(Page.USED, grant, about)
        # A slow store may have taken its time: what came meanwhile is another alarm.
        if (meanwhile := _state(self._pipeline, grant)) is not Page.ASK:
            return _judged(meanwhile, grant, about_alarm(self._pipeline, grant))
        try:
            await self._runner.act(Acknowledge(grant.asset, grant.clause, grant.who))
        except Refused:
            return _judged(Page.OVER, grant, about_alarm(self._pipeline, grant))
        return _judged(Page.DONE, grant, about_alarm(self._pipeline, grant))

    async def refused(self, judged: Judged, address: str) -> float:
        """Write down a refused use; while refusals come thick only count, and return for how many seconds more."""
        now, failures = self._links.now(), self._links.failures
        if (pause := failures.pause(address, now)) > 0:
            failures.count(address)
            return pause
        before = failures.failed(address, now)
        data = {"address": address, "status": int(judged.status), "why": judged.page.value}
        data |= {"alarm": f"{judged.grant.asset}/{judged.grant.clause}"} if judged.grant else {}
        data |= {"more_before": before} if before else {}
        await self._links.write_down(judged.grant.who if judged.grant else "unknown", data)
        return 0.0


def _judged(what: Page, grant: Grant | None = None, about: About | None = None) -> Judged:
    return Judged(what, STATUS[what], grant, about)


def _state(pipeline: Pipeline, grant: Grant) -> Page:
    """Whether the alarm that the message told of is still there to be acknowledged, and nobody has done so."""
    alarm = pipeline.alarms.get((grant.asset, grant.clause))
    if alarm is None or not alarm.standing or pipeline.panel.clause(alarm.key) is None:
        return Page.OVER
    if (alarm.raised_at or 0.0) * 1000 > grant.told_at + EDGE:
        return Page.OVER  # it came again since: that is told in a message of its own
    return Page.SEEN if alarm.acknowledged else Page.ASK


def about_alarm(pipeline: Pipeline, grant: Grant) -> About | None:
    """What the page says of the alarm; None for one that the site no longer knows."""
    alarm, clause = pipeline.alarms.get((grant.asset, grant.clause)), pipeline.panel.clause((grant.asset, grant.clause))
    return _about(pipeline, alarm, clause, grant.who) if alarm and clause else None


def _about(pipeline: Pipeline, alarm: Alarm, clause: Clause, who: str) -> About:
    estate = pipeline.estate
    asset = estate.assets.get(alarm.asset)
    place = asset.place if asset else {"en": alarm.asset}
    return About(
        estate.title, place, clause.title, clause.action, clause.priority.value, alarm.raised_at, alarm.standing,
        alarm.acknowledged_by, alarm.acknowledged_at, who, estate.timezone,
    )  # fmt: skip


def link_pages(links: Links, runner: Runner) -> APIRouter:
    """The pages; no part of the API's description, because nobody calls them who was not sent there."""
    router = APIRouter(include_in_schema=False)
    desk = Desk(links, runner)

    @router.get(f"{PATH}{{token}}")
    async def look(token: Token, request: Request) -> Response:
        """What the link is about; changes nothing."""
        try:
            judged = await desk.judge(token)
            slower = await desk.refused(judged, address_of(request)) if judged.page is Page.UNKNOWN else 0.0
        except sqlite3.Error as error:
            return _failing(error)
        return _slow(slower) if slower else _shown(judged)

    @router.post(f"{PATH}{{token}}")
    async def press(token: Token, request: Request) -> Response:
        """The button."""
        try:
            judged = await desk.acknowledge(token, address_of(request))
            slower = await desk.refused(judged, address_of(request)) if judged.page is not Page.DONE else 0.0
        except sqlite3.Error as error:
            return _failing(error)
        return _slow(slower) if slower and judged.page is Page.UNKNOWN else _shown(judged)

    return router


def _shown(judged: Judged, **more: str) -> Response:
    text = page(judged.page, judged.about)
    return Response(text, judged.status, {**HEADERS, **more}, "text/html; charset=utf-8")


def _slow(seconds: float) -> Response:
    return _shown(_judged(Page.SLOW), **{"retry-after": str(ceil(seconds))})


def _failing(error: sqlite3.Error) -> Response:
    log.error("no link counts now: the store fails: %s", error)
    return _shown(_judged(Page.FAILING))
