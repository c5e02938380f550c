"""What people write down on tickets: for whom, what was found, done and used, photos, the checklist, links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.actions import (
    AddPhoto,
    AssignTicket,
    ExplainTicket,
    FitPart,
    LinkTickets,
    TicketAction,
    TickItem,
    UnlinkTickets,
    UntickItem,
)
from gateway.api.shapes import ByWhom
from gateway.api.ticket_shapes import TicketDetail, ToWhom, WithFindings, WithLink, WithOther, WithPart, WithPhoto

Act: TypeAlias = Callable[[TicketAction], Awaitable[Response]]
Number = Annotated[int, Path(ge=1, le=2**53, description="the ticket's id")]
ItemNumber = Annotated[int, Path(ge=1, le=1000, description="the item of the checklist, counted from 1")]


def paper_routes(router: APIRouter, act: Act) -> None:
    """Add them; ``act`` has an action carried out and answers with the ticket."""
    _finding_routes(router, act)
    _checklist_routes(router, act)
    _link_routes(router, act)


def _finding_routes(router: APIRouter, act: Act) -> None:
    @router.post("/tickets/{ticket}/assign", response_model=TicketDetail)
    async def assign(ticket: Number, body: ToWhom) -> Response:
        """This person or team is to do it."""
        return await act(AssignTicket(ticket, body.by, body.to))

    @router.post("/tickets/{ticket}/parts", response_model=TicketDetail)
    async def fit_part(ticket: Number, body: WithPart) -> Response:
        """So many of this part were used."""
        return await act(FitPart(ticket, body.by, body.what, body.number))

    @router.post("/tickets/{ticket}/explain", response_model=TicketDetail)
    async def explain(ticket: Number, body: WithFindings) -> Response:
        """What was found, and what was done."""
        return await act(ExplainTicket(ticket, body.by, body.cause, body.remedy))

    @router.post("/tickets/{ticket}/photos", response_model=TicketDetail)
    async def add_photo(ticket: Number, body: WithPhoto) -> Response:
        """There is a picture of it there: nobody fetches it, and its bytes are not kept here."""
        return await act(AddPhoto(ticket, body.by, body.where, body.sha256))


def _checklist_routes(router: APIRouter, act: Act) -> None:
    @router.post("/tickets/{ticket}/checklist/{item}/tick", response_model=TicketDetail)
    async def tick(ticket: Number, item: ItemNumber, body: ByWhom) -> Response:
        """This item is done. With the last one a ticket closes whose repair is proven."""
        return await act(TickItem(ticket, body.by, item))

    @router.post("/tickets/{ticket}/checklist/{item}/untick", response_model=TicketDetail)
    async def untick(ticket: Number, item: ItemNumber, body: ByWhom) -> Response:
        """It is not done, or has to be done again."""
        return await act(UntickItem(ticket, body.by, item))


def _link_routes(router: APIRouter, act: Act) -> None:
    @router.post("/tickets/{ticket}/link", response_model=TicketDetail)
    async def link(ticket: Number, body: WithLink) -> Response:
        """This ticket is a duplicate of the other, or related to it; both show it, and each closes by its own proof."""
        return await act(LinkTickets(ticket, body.by, body.other, body.kind))

    @router.post("/tickets/{ticket}/unlink", response_model=TicketDetail)
    async def unlink(ticket: Number, body: WithOther) -> Response:
        """They have nothing to do with each other."""
        return await act(UnlinkTickets(ticket, body.by, body.other))
