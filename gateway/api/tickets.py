"""Tickets: see them, take them, note, finish. Closing is for a measurement to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.actions import FinishTicket, NoteTicket, TakeTicket
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Fault, Json
from gateway.api.shapes import ByWhom, MaybeText, Page, TicketDetail, TicketShape, WithText, log_data, ticket_data
from gateway.model import Priority
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.tickets.ticket import Ticket, TicketState

Number = Annotated[int, Path(ge=1, le=2**53, description="the ticket's id")]


def ticket_numbered(pipeline: Pipeline, number: int) -> Ticket:
    """The ticket; raises the answer 404."""
    ticket = pipeline.tickets.get(number)
    if ticket is None:
        raise Fault(HTTPStatus.NOT_FOUND, f"there is no ticket {number}")
    return ticket


def shown(pipeline: Pipeline, ticket: Ticket) -> dict[str, Any]:
    """A ticket with the words of its clause and asset, which a later edition of the site may have dropped."""
    asset = pipeline.estate.assets.get(ticket.asset)
    clause = pipeline.panel.clause((ticket.asset, ticket.clause))
    return ticket_data(ticket, clause.title if clause else {}, asset.place if asset else {})


def ticket_routes(runner: Runner) -> APIRouter:
    """Routes on tickets."""
    pipeline = runner.pipeline
    router = APIRouter(tags=["tickets"])

    def answer(number: int) -> Response:
        ticket = ticket_numbered(pipeline, number)
        return Json({**shown(pipeline, ticket), "log": log_data(ticket)})

    @router.get("/tickets", response_model=Page[TicketShape])
    async def list_tickets(
        state: TicketState | None = None, asset: str | None = None, priority: Priority | None = None,
        after: After = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Tickets, oldest first."""
        wanted = (
            (f"{number:016d}", ticket)
            for number, ticket in sorted(pipeline.tickets.items())
            if state in (None, ticket.state) and asset in (None, ticket.asset) and priority in (None, ticket.priority)
        )
        start = after.rjust(16, "0") if after else ""
        return Json(page(wanted, start, limit, lambda ticket: shown(pipeline, ticket)))

    @router.get("/tickets/{ticket}", response_model=TicketDetail)
    async def one_ticket(ticket: Number) -> Response:
        """One ticket with its log."""
        return answer(ticket)

    @router.post("/tickets/{ticket}/take", response_model=TicketDetail)
    async def take(ticket: Number, body: ByWhom) -> Response:
        """I take this work on."""
        ticket_numbered(pipeline, ticket)
        await runner.act(TakeTicket(ticket, body.by))
        return answer(ticket)

    @router.post("/tickets/{ticket}/note", response_model=TicketDetail)
    async def note(ticket: Number, body: WithText) -> Response:
        """Write this into the ticket's log."""
        ticket_numbered(pipeline, ticket)
        await runner.act(NoteTicket(ticket, body.by, body.text))
        return answer(ticket)

    @router.post("/tickets/{ticket}/finish", response_model=TicketDetail)
    async def finish(ticket: Number, body: MaybeText) -> Response:
        """The work is done: now a measurement has to prove it."""
        ticket_numbered(pipeline, ticket)
        await runner.act(FinishTicket(ticket, body.by, body.text))
        return answer(ticket)

    return router
