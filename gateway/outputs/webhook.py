"""The webhook output: one POST per event, CloudEvents 1.0 in structured JSON. Never follows, never echoes an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson

from gateway.documents import parse_duration
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.output import only_settings

SUCCESS = range(200, 300)
TRY_AGAIN = {408, 425, 429}
SERVER_TROUBLE = 500
LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read so that the connection can be used again; more closes it."""


class Webhook:
    """Settings: ``url`` (http or https), and ``timeout`` for the whole exchange (default 10s)."""

    def __init__(self, settings: Mapping[str, str], languages: Sequence[str]) -> None:
        only_settings(settings, ("url", "timeout"))
        self.url = _checked(settings.get("url", ""))
        self.timeout = parse_duration(settings.get("timeout", "10s"))
        self._client: httpx2.AsyncClient | None = None

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """POST ``event`` with the header ``webhook-id: key``, by which the receiver recognises a repetition."""
        headers = {"content-type": "application/cloudevents+json; charset=utf-8", "webhook-id": key}
        try:
            # httpx limits each wait; a receiver that drips bytes must be cut off too.
            async with asyncio.timeout(self.timeout):
                status = await self._post(orjson.dumps(event, default=str), headers)
        except TimeoutError as error:
            raise TemporaryFailure(f"no answer within {self.timeout:g} s") from error
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"{type(error).__name__}: {error}"[:200]) from error
        _classify(status)

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self.timeout, follow_redirects=False, trust_env=False)
        async with self._client.stream("POST", self.url, content=body, headers=headers) as answer:
            seen = 0
            async for chunk in answer.aiter_raw():
                seen += len(chunk)
                if seen > LARGEST_ANSWER:
                    break
            return answer.status_code

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url: {url!r} is no http or https address")
    if parts.username or parts.password:
        raise ValueError("url: carries a user or password; secrets do not belong in an address")
    if parts.port == 0:
        raise ValueError("url: port 0 is no port")
    return url


def _classify(status: int) -> None:
    if status in SUCCESS:
        return
    if status in TRY_AGAIN or status >= SERVER_TROUBLE:
        raise TemporaryFailure(f"answered {status}")
    raise PermanentFailure(f"answered {status}")
