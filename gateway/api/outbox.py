"""The outbox: what waits for each output and what it will not take; try again, or give up a delivery."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.api.auth import Admitted
from gateway.api.paging import Limit
from gateway.api.problems import Fault, Json
from gateway.api.shapes import MaybeWords, Page, Words, maybe_iso
from gateway.clock import Clock, iso
from gateway.deliveries import Deliveries
from gateway.estate import Estate
from gateway.outputs.circuit import Standing
from gateway.store.waiting import Kept, Queue

MOST = 2**63 - 1
Row = Annotated[int, Path(ge=1, le=MOST, description="the row's number")]
Name = Annotated[str, Path(max_length=64, description="an output of the site")]


class RowShape(BaseModel):
    """One delivery. ``since``: when it was set aside; ``next_try_at``: when it is tried again."""

    row: int
    event: str = Field(description="the event's id, which is the key under which it is delivered")
    type: str
    subject: str
    at: AwareDatetime
    tries: int
    error: str
    since: AwareDatetime | None
    next_try_at: AwareDatetime | None


class QueueShape(BaseModel):
    """What is kept for one output. No event of it is ever dropped, whatever that takes."""

    output: str
    kind: str = Field(description="empty for an output that the site's files no longer have")
    state: Literal["unknown", "working", "retrying", "open", "gone"] = Field(
        description="open: it takes nothing, one event is tried per pause; unknown: nothing was sent since the start"
    )
    failing_since: AwareDatetime | None
    failures: int = Field(description="in a row")
    waiting: int = Field(description="events")
    waiting_readings: int | None = Field(description="null for an output of events; these are bounded, and dropped")
    oldest: RowShape | None
    oldest_age_s: float | None
    set_aside: int
    bytes: int = Field(description="that what waits or is set aside takes in the database")
    bytes_each: int | None


class QueuesShape(BaseModel):
    """Every output."""

    items: list[QueueShape]


class Retry(BaseModel):
    """Which to try again: a row, all that is set aside, or (neither) only what waits, at once."""

    model_config = ConfigDict(extra="forbid", strict=True)
    row: int | None = Field(None, ge=1, le=MOST)
    all: bool = False
    reason: MaybeWords = ""


class Retried(BaseModel):
    """How many deliveries that were set aside will be tried again."""

    retried: int


class Discard(BaseModel):
    """Why it is given up."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Words


class Shown:
    """Turns what is kept into what goes over the wire."""

    def __init__(self, deliveries: Deliveries, estate: Estate, clock: Clock) -> None:
        self._deliveries, self._estate, self._clock = deliveries, estate, clock

    async def queue(self, queue: Queue) -> dict[str, Any]:
        """One output."""
        delivery, settings = self._deliveries.of.get(queue.output), self._estate.outputs.get(queue.output)
        circuit, now = self._deliveries.circuit(queue.output), self._clock.now()
        since = delivery.down_since if delivery else circuit.since if circuit else None
        rows, age = queue.waiting + queue.aside, now - queue.first.event.at if queue.first else None
        state = circuit.standing(now) if circuit else Standing.UNKNOWN
        return {
            "output": queue.output, "kind": settings.kind if settings else "",
            "state": state.value if settings else "gone",
            "failing_since": maybe_iso(since), "failures": circuit.failures if circuit else 0,
            "waiting": queue.waiting, "waiting_readings": await self._deliveries.spooled(queue.output),
            "oldest": row_data(queue.first) if queue.first else None,
            "oldest_age_s": None if age is None else round(max(age, 0.0), 3), "set_aside": queue.aside,
            "bytes": queue.size, "bytes_each": round(queue.size / rows) if rows else None,
        }  # fmt: skip


def row_data(kept: Kept) -> dict[str, Any]:
    """One delivery."""
    return {
        "row": kept.id, "event": kept.event.id, "type": kept.event.type, "subject": kept.event.subject,
        "at": iso(kept.event.at), "tries": kept.tries, "error": kept.error,
        "since": maybe_iso(kept.moved_at or None), "next_try_at": maybe_iso(kept.not_before or None),
    }  # fmt: skip


def outbox_routes(deliveries: Deliveries, estate: Estate, clock: Clock) -> APIRouter:
    """Routes on the outbox. The gate stands before those that change something."""
    router = APIRouter(prefix="/outbox", tags=["outbox"])
    shown = Shown(deliveries, estate, clock)

    @router.get("", response_model=QueuesShape)
    async def list_outbox() -> Response:
        """What is kept for each output, and whether it takes what it is handed."""
        return Json({"items": [await shown.queue(each) for each in await deliveries.queues()]})

    @router.get("/{output}/set-aside", response_model=Page[RowShape])
    async def list_set_aside(
        output: Name, after: Annotated[str, Query(pattern=r"^[0-9]{0,18}$")] = "", limit: Limit = 100
    ) -> Response:
        """What an output will not take, in order."""
        found = await deliveries.set_aside(output, int(after or 0), limit + 1)
        left = found[limit - 1].id if len(found) > limit else None
        return Json({"items": [row_data(each) for each in found[:limit]], "next": None if left is None else str(left)})

    _add_acting(router, deliveries)
    return router


def _add_acting(router: APIRouter, deliveries: Deliveries) -> None:
    @router.post("/{output}/retry", response_model=Retried)
    async def retry_delivery(output: Name, body: Retry, by: Admitted) -> Response:
        """Try again now, in the old order."""
        if body.row is not None and body.all:
            raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, "either a row or all", "body.row")
        return Json({"retried": await deliveries.retry(output, body.row, body.all, by, body.reason)})

    @router.post("/{output}/rows/{row}/discard", response_model=RowShape)
    async def discard_delivery(output: Name, row: Row, body: Discard, by: Admitted) -> Response:
        """Give up one delivery; its event stays in the history."""
        return Json(row_data(await deliveries.discard(output, row, by, body.reason)))
