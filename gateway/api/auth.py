"""What stands before everything that commands a device: no token of the right scope, no further. Knows no resource.

Every attempt that is refused, here or further in, is in the audit before its answer goes out; where it cannot be
written down, the answer is that nothing is done.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Annotated
from urllib.parse import unquote

import orjson
from fastapi import Request, Security
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access.tokens import Caller, Stranger, redacted
from gateway.access.tokens import Scope as Right
from gateway.api.problems import problem
from gateway.gatekeeper import Gatekeeper

log = logging.getLogger(__name__)

V1 = "/api/v1"
RIGHTS = {
    f"{V1}/proof-tests": (Right.TEST_RUN, True),
    f"{V1}/tokens": (Right.CONFIGURE, False),
    f"{V1}/outbox": (Right.CONFIGURE, True),
    f"{V1}/notices": (Right.CONFIGURE, False),
}
"""Everything under a path → the scope that it needs, and whether it may be read without."""
_CODE = re.compile(rf"({V1}/proof-tests/confirmations/)[^/]+")
READS = ("GET", "HEAD")
LONGEST_TOLD = 500
TOO_MANY = "too many attempts without a good token"
FAILING = "the store is failing: what cannot be written down is not done"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked, from where."""

    what: str
    address: str

    def told(self, status: int, why: str) -> dict[str, str | int]:
        """For the audit."""
        return {"address": self.address, "status": status, "why": redacted(why)[:LONGEST_TOLD]}


class Gate:
    """Stands between the guard and the API."""

    def __init__(self, app: ASGIApp, keeper: Gatekeeper) -> None:
        self.app = app
        self.keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        right = _right(scope["path"]) if scope["type"] == "http" else None
        if right is None:
            await self.app(scope, receive, send)
            return
        try:
            answer = await self._let_in(scope, receive, *right)
        except sqlite3.Error as error:
            log.error("nobody is let in: the store fails: %s", error)
            answer = await _sent(problem(HTTPStatus.SERVICE_UNAVAILABLE, FAILING), scope, receive)
        for message in answer:
            await send(message)

    async def _let_in(self, scope: Scope, receive: Receive, right: Right, readable: bool) -> list[Message]:
        request = Request(scope)
        attempt = Attempt(_what(request), address_of(request))
        actor = unquote(request.headers.get("x-actor", ""))
        caller = await self.keeper.identify(request.headers.get("authorization", ""), _printable(actor))
        free = readable and request.method in READS
        if not free and isinstance(caller, Stranger):
            further: ASGIApp = problem(HTTPStatus.UNAUTHORIZED, caller.why, headers={"www-authenticate": "Bearer"})
        elif not free and isinstance(caller, Caller) and right not in caller.scopes:
            further = problem(HTTPStatus.FORBIDDEN, f"this token does not have the scope {right}")
        else:
            scope.setdefault("state", {})["caller"] = caller
            further = self.app
        answer = await _sent(further, scope, receive)
        if (status := answer[0]["status"]) < HTTPStatus.BAD_REQUEST:
            return answer
        if pause := await self._refused(caller, attempt, status, _detail(answer)):
            slower = problem(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, headers={"retry-after": str(ceil(pause))})
            return await _sent(slower, scope, receive)
        return answer

    async def _refused(self, caller: Caller | Stranger, attempt: Attempt, status: int, why: str) -> float:
        """Write it down; for a stranger that fails again and again only count it, and return how long that goes on."""
        data = attempt.told(status, why)
        if isinstance(caller, Stranger):
            now, failures = self.keeper.elapsed(), self.keeper.failures
            if (pause := failures.pause(attempt.address, now)) > 0:
                failures.count(attempt.address)
                return pause
            before = failures.failed(attempt.address, now)
            data |= {"more_before": before} if before else {}
        await self.keeper.write_down(caller.who, "Refused", attempt.what, data)
        return 0.0


def _right(path: str) -> tuple[Right, bool] | None:
    path = path.rstrip("\n")  # the router overlooks one at the end too
    return next((right for under, right in RIGHTS.items() if path == under or path.startswith(f"{under}/")), None)


def _what(request: Request) -> str:
    """Method and path, without what may be a secret in it."""
    path = _CODE.sub(r"\1…", redacted(request.url.path))
    return f"{request.method} {path}"[:LONGEST_TOLD]


def address_of(request: Request) -> str:
    """From where it came."""
    return request.client.host if request.client else "unknown"


def _printable(text: str) -> str:
    return "".join(each for each in text if each.isprintable())[:100].strip()


def _detail(answer: list[Message]) -> str:
    body = b"".join(message.get("body", b"") for message in answer[1:])
    try:
        return str(orjson.loads(body)["detail"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


async def _sent(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """What ``app`` would send: its start first."""
    answer: list[Message] = []

    async def keep(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, keep)
    return answer


async def _caller(
    request: Request,
    _: Annotated[object, Security(HTTPBearer(auto_error=False, description="touchpoint token create"))] = None,
) -> Caller:
    """Who was let in; a route that the gate does not know lets nobody in."""
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise PermissionError(f"nothing stands before {request.url.path}")
    return caller


Admitted = Annotated[Caller, Security(_caller)]
"""A route with this in its arguments is described as needing a token, and is handed whose it was."""
