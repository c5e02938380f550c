"""The webhook output: one POST per event, CloudEvents 1.0 in structured JSON, signed after Standard Webhooks.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from gateway.clock import wall
from gateway.outputs.http import Receiver
from gateway.outputs.output import Letterhead, only_settings

PREFIX = "whsec_"
SHORTEST = 24
"""Bytes of a key; the specification asks for 24 to 64."""


class Webhook:
    """Settings: ``url`` (http or https), ``timeout`` for the whole exchange (default 10s), ``secret`` to sign with."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead, now: Callable[[], float] = wall) -> None:
        only_settings(settings, ("url", "timeout", "secret"))
        self._receiver = Receiver(settings)
        self._key = signing_key(settings["secret"]) if "secret" in settings else b""
        self._now = now

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """POST ``event`` with the header ``webhook-id: key``, by which the receiver recognises a repetition."""
        body = orjson.dumps(event, default=str)
        headers = {"content-type": "application/cloudevents+json; charset=utf-8", "webhook-id": key}
        if self._key:
            at = int(self._now())
            headers |= {"webhook-timestamp": str(at), "webhook-signature": signature(self._key, key, at, body)}
        await self._receiver.post(body, headers)

    async def close(self) -> None:
        """Close the connection."""
        await self._receiver.close()


def signing_key(secret: str) -> bytes:
    """The bytes of ``whsec_<base64>``; raises ValueError, without telling the secret, when it is none or too short."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST:
        made = f'echo "{PREFIX}$(openssl rand -base64 32)" makes one'
        raise ValueError(f"secret_file: holds no {PREFIX} and base64 of {SHORTEST} bytes or more: {made}")
    return key


def signature(key: bytes, message: str, at: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of ``message.at.body`` in base64; ``at`` in seconds since 1970."""
    signed = hmac.digest(key, b"%s.%d.%s" % (message.encode(), at, body), "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"
