"""The webhook output: one POST per event, CloudEvents 1.0 in structured JSON. Never follows, never echoes an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.outputs.http import Receiver
from gateway.outputs.output import only_settings


class Webhook:
    """Settings: ``url`` (http or https), and ``timeout`` for the whole exchange (default 10s)."""

    def __init__(self, settings: Mapping[str, str], languages: Sequence[str]) -> None:
        only_settings(settings, ("url", "timeout"))
        self._receiver = Receiver(settings)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """POST ``event`` with the header ``webhook-id: key``, by which the receiver recognises a repetition."""
        headers = {"content-type": "application/cloudevents+json; charset=utf-8", "webhook-id": key}
        await self._receiver.post(orjson.dumps(event, default=str), headers)

    async def close(self) -> None:
        """Close the connection."""
        await self._receiver.close()
