"""What is refused before anything is parsed: foreign host names, large bodies, deep JSON. Knows no resource."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access.links import PATH
from gateway.api.problems import problem

LARGEST_BODY = 256 * 1024
BODY_WITHIN = 10.0
"""Seconds for the whole of a body: who sends none must not keep a connection for ever."""
DEEPEST = 32
CLOSE = {"connection": "close"}
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)
"""On every answer. No CORS header ever: a page of another origin gets nothing to read."""


class Guard:
    """Stands before the API."""

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK_NAMES, public: str = "", within: float = BODY_WITHIN
    ) -> None:
        self.app = app
        self.within = within
        self.hosts = frozenset(hosts)
        self.public = public
        """The name by which people come through a proxy: to the links in their messages, and nowhere else."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = {name: value for name, value in scope["headers"] if name in (b"host", b"content-length")}
        # Another name that resolves to this machine (DNS rebinding) would let a web page act here.
        if not self._answers_to(_host_name(headers.get(b"host", b"")), scope["path"]):
            answer = problem(HTTPStatus.MISDIRECTED_REQUEST, "this gateway does not answer to that host name")
        elif isinstance(body := await self._whole(headers, receive), bytes):
            await self.app(scope, _replay(body, receive), send)
            return
        else:
            answer = body
        await answer(scope, receive, send)

    async def _whole(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | Response:
        """The body, or the answer that refuses it."""
        try:
            async with asyncio.timeout(self.within):
                body = await _body(headers, receive)
        except TimeoutError:
            return problem(HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {self.within:g} s", headers=CLOSE)
        if body is None:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {LARGEST_BODY} bytes")
        deep = problem(HTTPStatus.BAD_REQUEST, f"the body is nested deeper than {DEEPEST}")
        return deep if depth(body) > DEEPEST else body

    def _answers_to(self, host: str, path: str) -> bool:
        return host in self.hosts or (bool(host) and host == self.public and path.startswith(PATH))


def _host_name(header: bytes) -> str:
    try:
        return urlsplit(f"//{header.decode('ascii')}").hostname or ""
    except ValueError:
        return ""


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
    """The whole body; None as soon as it proves too large, or when the client breaks off."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    handed_over = False

    async def replay() -> Message:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return sender


def depth(body: bytes) -> int:
    """How deeply brackets are nested outside of strings, counted no further than one beyond what is allowed."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return 0
    level = deepest = 0
    for token in _TOKENS.finditer(body):
        first = body[token.start()]
        level += _STEPS.get(first, 0)
        deepest = max(deepest, level)
        if deepest > DEEPEST:
            break
    return deepest
