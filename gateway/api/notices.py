"""Try an output: a test notice goes the way of all others, and the answer says what became of it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from gateway.actions import TryOutput
from gateway.api.auth import Admitted
from gateway.api.problems import Fault, Json
from gateway.api.shapes import MaybeWords, Name
from gateway.clock import monotonic
from gateway.runner import Runner

WITHIN = 8.0
"""Seconds after which the answer is that it waits."""
LOOK_AGAIN = 0.1


class Try(BaseModel):
    """By which output, and to whom: a person of the site, or left out for the output's own address."""

    model_config = ConfigDict(extra="forbid", strict=True)
    output: Name
    to: MaybeWords = ""


class Tried(BaseModel):
    """``waiting``: not delivered so far, and tried on; ``set-aside``: refused for good. ``error``: why."""

    key: str
    output: str
    to: str
    state: Literal["delivered", "waiting", "set-aside"]
    error: str


def notice_routes(runner: Runner) -> APIRouter:
    """Routes on notices."""
    router = APIRouter(prefix="/notices", tags=["notices"])

    @router.post("/test", response_model=Tried)
    async def try_output(body: Try, by: Admitted) -> Response:
        """Send a test notice by an output. Answers once it is delivered or fails, and after 8 s at the latest."""
        notifying = runner.pipeline.notifying
        if body.output not in runner.pipeline.estate.outputs:
            raise Fault(HTTPStatus.NOT_FOUND, f"there is no output {body.output}")
        asked = TryOutput(body.output, body.to, by.who)
        await runner.act(asked)
        key = notifying.key_of(asked)
        state, error = await _outcome(runner, key)
        return Json({"key": key, "output": body.output, "to": body.to, "state": state, "error": error})

    return router


async def _outcome(runner: Runner, key: str) -> tuple[str, str]:
    """What the outbox says of it as soon as it says anything."""
    until = monotonic() + WITHIN
    while True:
        state, error = await runner.store.delivery(key)
        if state != "waiting" or error or monotonic() >= until:
            return state, error
        await asyncio.sleep(LOOK_AGAIN)
