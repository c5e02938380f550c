"""The log book to be kept or handed over: as CSV, as a page to print, as a PDF."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from gateway.api.logbook import KindOf, Since, Until, seconds
from gateway.api.problems import Fault
from gateway.clock import Clock, iso
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.logbook.book import Book
from gateway.logbook.page import page
from gateway.logbook.printed import printed
from gateway.logbook.reading import chosen, read_book
from gateway.logbook.sheet import COLUMNS, cells
from gateway.logbook.speech import LANGUAGES, Speech
from gateway.model import Text
from gateway.runner import Runner
from gateway.spreadsheet import as_csv
from gateway.store.log_book import Asked

MOST = 300
"""Entries of a page or a PDF: more would take this machine's memory and minutes."""
MOST_ROWS = 20_000
Lang = Annotated[Literal["zh", "en", "both"], Query()]


class Wanted:
    """Which entries: of an asset and a kind, begun between two times; all unless something is asked."""

    def __init__(self, asset: str = "", kind: KindOf = "", since: Since = None, until: Until = None) -> None:
        times = seconds(since, float("-inf")), seconds(until, float("inf"))
        self.asked = Asked(asset, kind, *times)
        begun, over = (iso(each.timestamp()) if each else "" for each in (since, until))
        self.words: list[Text] = chosen(begun, over, asset, kind)


Choice = Annotated[Wanted, Depends()]


def printed_routes(runner: Runner, clock: Clock) -> APIRouter:
    """Routes on the log book as a file."""
    estate = runner.pipeline.estate
    router = APIRouter(tags=["log book"])
    book = partial(_book, runner, estate, clock)

    @router.get("/logbook.csv", response_class=Response, responses=_told_as("text/csv"))
    async def log_book_sheet(choice: Choice) -> Response:
        """A row for each entry; no cell is a formula."""
        rows = (await book(choice, False, MOST_ROWS)).rows
        text = as_csv(COLUMNS, (cells(row, estate.timezone) for row in rows))
        return Response(text, media_type="text/csv; charset=utf-8", headers=_named("csv"))

    @router.get("/logbook.html", response_class=Response, responses=_told_as("text/html"))
    async def log_book_page(choice: Choice, lang: Lang = "both") -> Response:
        """A page that prints well and loads nothing: the entries, their curves, and what a test does not prove."""
        found = await book(choice, True, MOST)
        text = await to_thread(page, found, Speech(LANGUAGES[lang], estate.timezone))
        return Response(text, media_type="text/html; charset=utf-8")

    @router.get("/logbook.pdf", response_class=Response, responses=_told_as("application/pdf"))
    async def log_book_pdf(choice: Choice, lang: Lang = "both") -> Response:
        """The same on A4 sheets, with the font inside."""
        found = await book(choice, True, MOST)
        try:
            document = await to_thread(printed, found, Speech(LANGUAGES[lang], estate.timezone))
        except Refused as missing:
            raise Fault(HTTPStatus.SERVICE_UNAVAILABLE, str(missing)) from missing
        return Response(document, media_type="application/pdf", headers=_named("pdf"))

    return router


def _told_as(media_type: str) -> dict[int | str, dict[str, Any]]:
    schema: Mapping[str, str] = {"type": "string"}
    return {200: {"description": "The log book", "content": {media_type: {"schema": schema}}}}


def _named(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="logbook.{ending}"'}


async def _book(runner: Runner, estate: Estate, clock: Clock, choice: Wanted, curves: bool, most: int) -> Book:
    """Read beside the gateway's own connection; raises the answer 422 for more than ``most`` entries."""
    asked = Asked(choice.asked.asset, choice.asked.kind, choice.asked.since, choice.asked.until, curves=curves)
    read = partial(read_book, runner.store.path, estate, asked, iso(clock.now()), choice.words, most)
    try:
        return await to_thread(read)
    except Refused as too_many:
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, str(too_many)) from too_many
