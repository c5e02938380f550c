"""The Feishu (飞书) or Lark group robot with signed messages. Knows neither the outbox nor what is told.

Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (the signature, good for an hour; ``code``,
and ``StatusCode`` in its stead from older robots; 9499 for a body that is not understood).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping

from gateway.clock import wall
from gateway.outputs.chat import Dialect, Request, Robot
from gateway.outputs.output import Letterhead


def signature(seconds: int, secret: str) -> str:
    """HMAC-SHA256 of nothing, with ``seconds``, a line feed and the secret as its key, in base64."""
    return base64.b64encode(hmac.digest(f"{seconds}\n{secret}".encode(), b"", "sha256")).decode()


def _request(text: str, secret: str, now: float) -> Request:
    seconds = round(now)
    signed = {"timestamp": str(seconds), "sign": signature(seconds, secret)}
    return {}, {**signed, "msg_type": "text", "content": {"text": text}}


DIALECT = Dialect(
    settings=("url", "secret"),
    request=_request,
    codes=("code", "StatusCode"),
    poison=frozenset({9499}),
)


def feishu(settings: Mapping[str, str], letterhead: Letterhead, now: Callable[[], float] = wall) -> Robot:
    """The robot whose address is the setting ``url``, and whose messages are signed with ``secret``."""
    return Robot(DIALECT, settings, letterhead, now)
