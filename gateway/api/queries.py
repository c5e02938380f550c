"""A query parameter that a resource does not know is refused: a filter that is ignored would let everything through."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from gateway.api.problems import Fault
from gateway.documents import suggest


async def known_queries(request: Request) -> None:
    """Raises Fault for the first query parameter that the route has not."""
    route = request.scope["route"]
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = set(_names(route.dependant))
    for name in request.query_params:
        if name not in known:
            message = f"unknown query parameter{suggest(name, known)}"
            raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, message, f"query.{name}")


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for below in dependant.dependencies:
        yield from _names(below)
