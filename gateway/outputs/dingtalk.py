"""The DingTalk (钉钉) group robot with a signed address. Knows neither the outbox nor what is told.

Source: https://open.dingtalk.com/document/robots/custom-robot-access (20 messages a minute, else ten minutes of none)
and https://open.dingtalk.com/document/robots/customize-robot-security-settings (the signature, good for an hour).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping

from gateway.clock import wall
from gateway.outputs.chat import Dialect, Request, Robot
from gateway.outputs.output import Letterhead


def signature(milliseconds: int, secret: str) -> str:
    """HMAC-SHA256 with the secret as its key over ``milliseconds``, a line feed and the secret again, in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), "sha256")).decode()


def _request(text: str, secret: str, now: float) -> Request:
    milliseconds = round(now * 1000)
    query = {"timestamp": str(milliseconds), "sign": signature(milliseconds, secret)}
    return query, {"msgtype": "text", "text": {"content": text}}


DIALECT = Dialect(
    settings=("url", "secret"),
    request=_request,
    codes=("errcode",),
    # Unknown type, and what the service's censor takes for a bad link, bad words, spam, or worse.
    poison=frozenset({400105, 430101, 430102, 430103, 430104}),
)


def dingtalk(settings: Mapping[str, str], letterhead: Letterhead, now: Callable[[], float] = wall) -> Robot:
    """The robot whose address is the setting ``url``, and whose requests are signed with ``secret``."""
    return Robot(DIALECT, settings, letterhead, now)
