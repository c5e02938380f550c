"""Tokens: make one, see which there are, revoke one. The text of a token is in one answer only, and nowhere else."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.access.tokens import LONGEST, Scope, Token
from gateway.api.auth import Admitted
from gateway.api.problems import Json
from gateway.api.shapes import MaybeWords, maybe_iso
from gateway.gatekeeper import Gatekeeper

Number = Annotated[int, Path(ge=1, le=999_999_999, description="the token's id")]


class NewToken(BaseModel):
    """What it allows, what it is called in the audit, and for how many days it is good."""

    model_config = ConfigDict(extra="forbid", strict=True)
    scopes: list[Annotated[Scope, Field(strict=False)]] = Field(min_length=1, max_length=len(Scope))
    name: MaybeWords = ""
    days: float = Field(90.0, gt=0, le=LONGEST / 86400)


class TokenShape(BaseModel):
    """A token without its secret."""

    id: int
    name: str
    scopes: list[str]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None
    last_used_at: AwareDatetime | None
    good: bool


class CreatedToken(TokenShape):
    """A token with its text, this once."""

    token: str


class TokensShape(BaseModel):
    """All that there ever were, by number."""

    items: list[TokenShape]


def token_data(token: Token, now: float) -> dict[str, Any]:
    """A token without its secret."""
    return {
        "id": token.id, "name": token.name, "scopes": sorted(token.scopes), "created_at": maybe_iso(token.created_at),
        "expires_at": maybe_iso(token.expires_at), "revoked_at": maybe_iso(token.revoked_at),
        "last_used_at": maybe_iso(token.last_used_at), "good": not token.why_not(now),
    }  # fmt: skip


def token_routes(keeper: Gatekeeper) -> APIRouter:
    """Routes on tokens. The gate stands before all of them."""
    router = APIRouter(prefix="/tokens", tags=["tokens"])

    @router.get("", response_model=TokensShape)
    async def list_tokens(by: Admitted) -> Response:
        """Every token that there ever was, without its secret."""
        return Json({"items": [token_data(each, keeper.now()) for each in await keeper.tokens()]})

    @router.post("", response_model=CreatedToken, status_code=HTTPStatus.CREATED)
    async def create_token(body: NewToken, by: Admitted) -> Response:
        """Make a token with scopes that your own has, for no longer than that. Its text is told here only."""
        token, text = await keeper.create(body.name, body.scopes, body.days * 86400.0, by)
        return Json({**token_data(token, keeper.now()), "token": text}, HTTPStatus.CREATED)

    @router.post("/{number}/revoke", response_model=TokenShape)
    async def revoke_token(number: Number, by: Admitted) -> Response:
        """From now on it counts for nothing."""
        return Json(token_data(await keeper.revoke(number, by), keeper.now()))

    return router
