"""Who acts: told by the caller until there is authentication. Knows no resource."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header

from gateway.api.problems import Fault
from gateway.api.shapes import ByWhom

LONGEST = 100
Actor = Annotated[str | None, Header(alias="X-Actor", description="who acts, when the body does not say")]


def actor(body: ByWhom, header: str | None) -> str:
    """Who acts, by the body or the header; raises the answer 422."""
    # HTTP hands header bytes over as latin-1; names are UTF-8.
    told = body.by or _utf8(header or "").strip()
    if not told or len(told) > LONGEST or not told.isprintable():
        raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, "say who acts, here or in the header X-Actor", "body.by")
    return told


def _utf8(header: str) -> str:
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header
