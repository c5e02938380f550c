"""What of the standard the site can answer, and with what; the same whatever is read."""

from __future__ import annotations

from asyncio import to_thread
from functools import lru_cache, partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from gateway.api.paging import After, Limit, page
from gateway.api.problems import Json
from gateway.api.shapes import Page
from gateway.coverage import Answer, State, survey
from gateway.coverage.facts import item, summary
from gateway.estate import Estate
from gateway.model import Priority
from gateway.pipeline import Pipeline


class BasisShape(BaseModel):
    """Where a clause's numbers come from."""

    document: str
    kind: str
    note: str


class TermsShape(BaseModel):
    """A clause with what it asks for."""

    clause: str
    title: dict[str, str]
    kind: str
    requires: dict[str, str]
    priority: Priority
    basis: BasisShape


class CoveredClause(TermsShape):
    """A clause at one touchpoint. What is not ``named`` there is judged all the same, and counts nowhere."""

    changed: bool
    own: bool
    named: bool
    answers: dict[Answer, int]


class CoveredTouchpoint(BaseModel):
    """A touchpoint, how far it is covered, and the clauses in force there."""

    touchpoint: str
    title: dict[str, str]
    numbers: dict[str, str]
    state: State
    answers: dict[Answer, int]
    assets: list[str]
    assets_without_clause: list[str]
    clauses: list[CoveredClause]
    off: list[str]


class WatchShape(TermsShape):
    """A clause with which the gateway watches itself, and on how many things."""

    count: int


class FigureShape(BaseModel):
    """A figure of a clause as it was shipped, and as the site has it."""

    key: str
    shipped: str
    changed: str


class ChangedShape(BaseModel):
    """A clause that the site changed; ``basis`` is that of the numbers in force."""

    clause: str
    title: dict[str, str]
    basis: BasisShape
    shipped_basis: BasisShape
    figures: list[FigureShape]
    reason: str
    until: str | None


class OffShape(TermsShape):
    """A clause that the site switched off, and how many assets it would concern."""

    reason: str
    until: str
    touchpoints: list[str]
    assets: int


class CoverageShape(BaseModel):
    """The site's figures; ``complete`` when something applies, and all that does is answered, be it in part."""

    site: str
    title: dict[str, str]
    standard: str
    complete: bool
    answers: dict[Answer, int]
    touchpoint_states: dict[State, int]
    assets: int
    assets_without_clause: int
    clauses: int
    basis: dict[str, int]
    touchpoints: list[CoveredTouchpoint]
    watches: list[WatchShape]
    changed: list[ChangedShape]
    off: list[OffShape]


class SourceShape(BaseModel):
    """A device's point that tells something."""

    device: str
    point: str
    protocol: str


class MissingShape(BaseModel):
    """A point, or a record, that the asset lacks; ``serves`` is the derived point that needs it."""

    point: str
    record: bool
    serves: str | None


class AnswerShape(BaseModel):
    """One clause on one asset: what answers it, and what is missing."""

    id: str
    touchpoint: str
    clause: str
    asset: str
    place: dict[str, str]
    named: bool
    answer: Answer
    sources: list[SourceShape]
    records: list[str]
    missing: list[MissingShape]
    why: dict[str, str] | None


def _surveyed(
    estate: Estate, tested: frozenset[tuple[str, str]]
) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """The figures, and the answers in the order of their ids."""
    found = survey(estate, tested)
    answers = (item(*each) for each in found.items())
    rows = [(f"{row['asset']}:{row['clause']}", row) for row in answers]
    return summary(found), sorted(((key, {"id": key, **row}) for key, row in rows), key=lambda each: each[0])


def coverage_routes(pipeline: Pipeline) -> APIRouter:
    """Routes on the coverage of the standard; it is surveyed when it is first asked for, and when more was tested."""
    router = APIRouter(tags=["coverage"])
    surveyed = lru_cache(1)(partial(_surveyed, pipeline.estate))

    @router.get("/coverage", response_model=CoverageShape)
    async def coverage() -> Response:
        """What can be answered, by touchpoint and clause, and what the site changed of the standard."""
        told, _ = await to_thread(surveyed, pipeline.proven())
        return Json(told)

    @router.get("/coverage/answers", response_model=Page[AnswerShape])
    async def list_coverage_answers(
        touchpoint: str | None = None, clause: str | None = None, asset: str | None = None,
        answer: Answer | None = None, after: After = "", limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """Every clause on every asset with what answers it, and what is missing to answer it."""
        wanted = {"touchpoint": touchpoint, "clause": clause, "asset": asset, "answer": answer}
        asked = {key: value for key, value in wanted.items() if value is not None}
        _, rows = await to_thread(surveyed, pipeline.proven())
        found = ((key, row) for key, row in rows if all(row[name] == value for name, value in asked.items()))
        return Json(page(found, after, limit, lambda row: row))

    return router
