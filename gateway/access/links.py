"""Links by which one person acknowledges one alarm, once. Pure: handed the key and the time.

A link's token is what it allows, readable by anybody, and an HMAC-SHA256 over that and the site: nothing of it can be
changed without the key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.model import noun_and_verb

PATH = "/a/"
LONGEST = 2000
"""Characters of a token: more is none of ours."""
CALLS = frozenset(
    {
        "alarm.raised", "ticket.opened", "ticket.reoccurred", "ticket.reopened", "ticket.due", "ticket.overdue",
        "ticket.escalated",
    }
)  # fmt: skip
"""The events that call for somebody."""
_SHAPE = (str, str, str, int, int, str)
_TOKEN = re.compile(rf"({PATH})[^/?#]+")


@dataclass(frozen=True, slots=True)
class Grant:
    """To acknowledge the alarm of ``clause`` on ``asset`` as it stood at ``told_at``, in the name of ``who``.

    ``told_at`` is in milliseconds, ``until`` in seconds since 1970; the same ``nonce`` never counts twice.
    """

    asset: str
    clause: str
    who: str
    told_at: int
    until: int
    nonce: str


def signed(grant: Grant, site: str, key: bytes) -> str:
    """The token of a grant."""
    said = base64.urlsafe_b64encode(orjson.dumps(astuple(grant))).decode().rstrip("=")
    return f"{said}.{_seal(said, site, key)}"


def opened(token: str, site: str, key: bytes) -> Grant | None:
    """What a token allows, whether or not it still does; None when it is none of this site's, or was changed."""
    said, _, seal = token.rpartition(".")
    # In the same time wherever they differ, and before anything of it is read.
    genuine = hmac.compare_digest(_seal(said, site, key).encode(), seal.encode("utf-8", "surrogateescape"))
    return _parsed(said) if genuine and len(token) <= LONGEST else None


def _seal(said: str, site: str, key: bytes) -> str:
    covered = b"\0".join((b"touchpoint link 1", site.encode(), said.encode("utf-8", "surrogateescape")))
    return hmac.digest(key, covered, "sha256").hex()


def _parsed(said: str) -> Grant | None:
    try:
        told = orjson.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    except (binascii.Error, ValueError):
        return None
    proper = isinstance(told, list) and tuple(map(type, told)) == _SHAPE
    return Grant(*told) if proper else None


def grant_for(item: Mapping[str, Any], who: str, until: float, nonce: str) -> Grant | None:
    """What the link in a message to ``who`` about ``item`` (a CloudEvents mapping) allows; None if it calls nobody."""
    data = item.get("data") or {}
    if noun_and_verb(item["type"]) not in CALLS or not data.get("clause"):
        return None
    told_at = round(datetime.fromisoformat(item["time"]).timestamp() * 1000)
    return Grant(data["asset"], data["clause"], who, told_at, int(until), nonce)


def nonce_of(message: str, key: bytes) -> str:
    """128 bits that nobody can guess; the same again when the same message is sent again."""
    return hmac.digest(key, b"touchpoint nonce 1\0" + message.encode(), "sha256")[:16].hex()


def redacted(path: str) -> str:
    """A path without the token in it."""
    return _TOKEN.sub(r"\1…", path)
