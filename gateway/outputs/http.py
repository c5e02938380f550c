"""One address that events are POSTed to: bounded in time and size, never redirected. Tells no address and no answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

import httpx2

from gateway.documents import parse_duration
from gateway.errors import PermanentFailure, TemporaryFailure

Query: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
"""What is added to the address; the same name several times, where the receiver wants that."""
Answer: TypeAlias = tuple[int, bytes | None]
"""Status and body; None for one that is larger than is read."""
SUCCESS = range(200, 300)
TRY_AGAIN = {408, 425, 429}
REDIRECTION = range(300, 400)
OF_THE_ADDRESS = {401, 402, 403, 404, 405, 407, 410, 421}
"""They tell of the receiver, its address or our right to it, not of the event: it waits until somebody has mended that.
"""
SERVER_TROUBLE = 500
LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; more closes the connection."""
UNPACKED = {"accept-encoding": "identity"}
"""An answer that was packed could not be read, and what was taken would be sent again."""

# It logs every address, and those of chat robots are secrets.
logging.getLogger("httpx2").setLevel(logging.WARNING)


class Receiver:
    """Settings: ``url`` (http or https), and ``timeout`` for the whole exchange (default 10s)."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.url = checked(settings.get("url", ""))
        self.timeout = parse_duration(settings.get("timeout", "10s"))
        self._client: httpx2.AsyncClient | None = None

    async def post(
        self, body: bytes, headers: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> bytes | None:
        """The body of an answer of 2xx; None when it is larger than LARGEST_ANSWER.

        Raises TemporaryFailure and PermanentFailure; neither repeats the address or what was answered.
        """
        return await self._ask("POST", body, headers, query or {})

    async def get(self, headers: Mapping[str, str], query: Query) -> bytes | None:
        """As ``post``, with nothing to say but the ``query``."""
        return await self._ask("GET", b"", headers, query)

    async def _ask(self, method: str, body: bytes, headers: Mapping[str, str], query: Query) -> bytes | None:
        status, answer = await self.exchange(method, with_query(self.url, query), body, headers)
        _classify(status)
        return answer

    async def exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], largest: int = LARGEST_ANSWER
    ) -> Answer:
        """Whatever is answered at an address of its own; raises TemporaryFailure, which repeats nothing secret."""
        try:
            # httpx limits each wait; a receiver that drips bytes must be cut off too.
            async with asyncio.timeout(self.timeout):
                return await self._stream(method, url, body, headers, largest)
        except TimeoutError as error:
            raise TemporaryFailure(f"no answer within {self.timeout:g} s") from error
        except httpx2.ConnectError as error:
            raise TemporaryFailure(f"ConnectError: {error}"[:200]) from error
        except httpx2.HTTPError as error:
            # Its text may repeat a header.
            raise TemporaryFailure(type(error).__name__) from None

    async def _stream(self, method: str, url: str, body: bytes, headers: Mapping[str, str], largest: int) -> Answer:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                headers=UNPACKED, timeout=self.timeout, follow_redirects=False, trust_env=False
            )
        async with self._client.stream(method, url, content=body, headers=headers) as answer:
            seen = bytearray()
            async for chunk in answer.aiter_raw():
                seen += chunk
                if len(seen) > largest:
                    return answer.status_code, None
            return answer.status_code, bytes(seen)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def checked(url: str) -> str:
    """An http or https address without a user; raises ValueError, without telling the address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url: is no http or https address")
    if parts.username or parts.password:
        raise ValueError("url: carries a user or password; secrets do not belong in an address")
    if parts.port == 0:
        raise ValueError("url: port 0 is no port")
    try:
        httpx2.URL(url)
    except httpx2.InvalidURL:
        raise ValueError("url: is no address that can be used") from None
    return url


def token_of(settings: Mapping[str, str], name: str) -> str:
    """What is shown to be let in, "" for nothing; raises ValueError, without telling it."""
    token = settings.get(name, "")
    if not (token.isascii() and token.isprintable()):
        raise ValueError(f"{name}_file: a token is one line of plain ASCII")
    return token


def with_query(url: str, query: Query) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def _classify(status: int) -> None:
    if status in SUCCESS:
        return
    of_the_receiver = status in REDIRECTION or status in OF_THE_ADDRESS
    if status in TRY_AGAIN or status >= SERVER_TROUBLE or of_the_receiver:
        raise TemporaryFailure(f"answered {status}")
    raise PermanentFailure(f"answered {status}")
