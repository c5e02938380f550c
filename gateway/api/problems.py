"""Every error that leaves the API is problem+json (RFC 9457), and says which field is at fault. Knows no resource."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.links import redacted
from gateway.errors import Refused

logger = logging.getLogger(__name__)
JSON = "application/json"
MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    field: str = Field(description="where: body.reason, query.limit, header.x-actor")
    message: str


class Problem(BaseModel):
    """An error, told the same way everywhere."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = []


class Fault(Exception):
    """An answer other than success, raised by a resource; ``field`` names what the request got wrong."""

    def __init__(self, status: int, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field


class Json(Response):
    """A JSON answer without a model in between: lists of thousands cost little."""

    media_type = JSON

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def problem(
    status: int, detail: str = "", errors: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that tells a problem."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors),
    }
    return Response(orjson.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


async def _fault(_request: Request, error: Fault) -> Response:
    errors = [{"field": error.field, "message": error.detail}] if error.field else []
    return problem(error.status, error.detail, errors)


async def _refused(_request: Request, error: Refused) -> Response:
    return problem(HTTPStatus.CONFLICT, str(error))


async def _http(_request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    if isinstance(error.body, bytes):  # what is no JSON by its name is not looked into
        sent = request.headers.get("content-type") or "something without a content-type"
        return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body came as {sent}: send it as {JSON}")
    errors = [
        {"field": ".".join(map(str, each["loc"])), "message": each["msg"].removeprefix("Value error, ")}
        for each in error.errors()
    ]
    detail = "; ".join(f"{each['field']}: {each['message']}" for each in errors)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


async def _broken(request: Request, error: Exception) -> Response:
    logger.error("the API failed on %s %s", request.method, redacted(request.url.path), exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the gateway failed on this; its log says how")


def install(api: FastAPI) -> None:
    """Have ``api`` answer every error as a problem."""
    api.exception_handler(Fault)(_fault)
    api.exception_handler(Refused)(_refused)
    api.exception_handler(HTTPException)(_http)
    api.exception_handler(RequestValidationError)(_invalid)
    api.exception_handler(Exception)(_broken)
