"""The WeCom (企业微信) group robot. Knows neither the outbox nor what is told.

Source: https://developer.work.weixin.qq.com/document/path/91770 (texts of at most 2048 bytes, 20 a minute, the address
is to be kept secret), and the global codes of https://developer.work.weixin.qq.com/document/path/90313.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.outputs.chat import Dialect, Request, Robot
from gateway.outputs.output import Letterhead


def _request(text: str, secret: str, now: float) -> Request:
    return {}, {"msgtype": "text", "text": {"content": text}}


DIALECT = Dialect(
    settings=("url",),
    request=_request,
    codes=("errcode",),
    # Unknown type, empty, too long.
    poison=frozenset({40008, 44004, 45002}),
)


def wecom(settings: Mapping[str, str], letterhead: Letterhead) -> Robot:
    """The robot whose address is the setting ``url``."""
    return Robot(DIALECT, settings, letterhead)
