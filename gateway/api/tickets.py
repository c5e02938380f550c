"""Tickets: see them, take them, note, finish. Closing is for a measurement to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.actions import (
    ArriveAtTicket,
    FinishTicket,
    NoteTicket,
    PauseTicket,
    ResumeTicket,
    TakeTicket,
    TicketAction,
)
from gateway.api.paging import After, Limit, page
from gateway.api.problems import Fault, Json
from gateway.api.shapes import ByWhom, MaybeText, Page, WithText, WithWhy
from gateway.api.ticket_papers import Act, Number, paper_routes
from gateway.api.ticket_shapes import TicketDetail, TicketShape, detail_data, ticket_data
from gateway.clock import Clock
from gateway.family import children_of, parent_of
from gateway.model import Priority
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.tickets.service_level import clocks
from gateway.tickets.ticket import Ticket, TicketState


def ticket_numbered(pipeline: Pipeline, number: int) -> Ticket:
    """The ticket; raises the answer 404."""
    ticket = pipeline.tickets.get(number)
    if ticket is None:
        raise Fault(HTTPStatus.NOT_FOUND, pipeline.register.lacks(number))
    return ticket


def shown(pipeline: Pipeline, ticket: Ticket, now: float, ahead: float) -> dict[str, Any]:
    """A ticket with its clocks and the words of its clause and asset, which a later edition may have dropped."""
    asset = pipeline.estate.assets.get(ticket.asset)
    clause = pipeline.panel.clause((ticket.asset, ticket.clause))
    running = clocks(ticket, clause, pipeline.estate.service, now, ahead) if clause else []
    parent = parent_of(pipeline.estate, pipeline.register, ticket)
    return ticket_data(ticket, clause, asset.place if asset else {}, running, parent, ahead)


def ticket_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on tickets."""
    pipeline = runner.pipeline
    router = APIRouter(tags=["tickets"])

    def told(ticket: Ticket) -> dict[str, Any]:
        return shown(pipeline, ticket, clock.now(), clock.ahead())

    def answer(number: int) -> Response:
        ticket = ticket_numbered(pipeline, number)
        clause = pipeline.panel.clause((ticket.asset, ticket.clause))
        children = children_of(pipeline.estate, pipeline.register, ticket)
        return Json({**told(ticket), **detail_data(ticket, clause, children)})

    async def act(action: TicketAction) -> Response:
        ticket_numbered(pipeline, action.ticket)
        await runner.act(action)
        return answer(action.ticket)

    @router.get("/tickets", response_model=Page[TicketShape])
    async def list_tickets(
        state: TicketState | None = None, asset: str | None = None, priority: Priority | None = None,
        assigned_to: str | None = None, after: After = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Tickets, oldest first."""
        wanted = (
            (f"{number:016d}", ticket)
            for number, ticket in sorted(pipeline.tickets.items())
            if state in (None, ticket.state)
            and asset in (None, ticket.asset)
            and priority in (None, ticket.priority)
            and assigned_to in (None, ticket.assigned_to)
        )
        start = after.rjust(16, "0") if after else ""
        return Json(page(wanted, start, limit, told))

    @router.get("/tickets/{ticket}", response_model=TicketDetail)
    async def one_ticket(ticket: Number) -> Response:
        """One ticket with its log."""
        return answer(ticket)

    _work_routes(router, act)
    _clock_routes(router, act)
    paper_routes(router, act)
    return router


def _work_routes(router: APIRouter, act: Act) -> None:
    @router.post("/tickets/{ticket}/take", response_model=TicketDetail)
    async def take(ticket: Number, body: ByWhom) -> Response:
        """I take this work on."""
        return await act(TakeTicket(ticket, body.by))

    @router.post("/tickets/{ticket}/note", response_model=TicketDetail)
    async def note(ticket: Number, body: WithText) -> Response:
        """Write this into the ticket's log."""
        return await act(NoteTicket(ticket, body.by, body.text))

    @router.post("/tickets/{ticket}/finish", response_model=TicketDetail)
    async def finish(ticket: Number, body: MaybeText) -> Response:
        """The work is done: now a measurement has to prove it."""
        return await act(FinishTicket(ticket, body.by, body.text))


def _clock_routes(router: APIRouter, act: Act) -> None:
    @router.post("/tickets/{ticket}/on-site", response_model=TicketDetail)
    async def on_site(ticket: Number, body: ByWhom) -> Response:
        """I am on site."""
        return await act(ArriveAtTicket(ticket, body.by))

    @router.post("/tickets/{ticket}/pause", response_model=TicketDetail)
    async def pause(ticket: Number, body: WithWhy) -> Response:
        """The work waits, and so do its clocks."""
        return await act(PauseTicket(ticket, body.by, body.reason))

    @router.post("/tickets/{ticket}/resume", response_model=TicketDetail)
    async def resume(ticket: Number, body: ByWhom) -> Response:
        """The work goes on."""
        return await act(ResumeTicket(ticket, body.by))
