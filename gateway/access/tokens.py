"""Tokens: what one may do and for how long. The secret itself is kept nowhere, only its digest."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from gateway.errors import Refused

PREFIX = "tpg_"
"""By this a secret is recognised wherever it lies about."""
_TEXT = re.compile(rf"{PREFIX}([1-9][0-9]{{0,8}})_([A-Za-z0-9_-]{{22,86}})", re.ASCII)
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]*", re.ASCII)
LONGEST = 366 * 86400.0
"""Seconds for which a token may be good: whoever still needs it after a year makes a new one; proposed."""
LONGEST_NAME = 60
TAKEN = frozenset({"unknown", "schedule", "device", "mains failure", "local", "gateway"})
"""What the audit and the log book call those who are no person: no token may pass for one of them."""
NOBODY = "0" * 64
"""No secret has this digest; it is compared with where there is no token, so that both take the same time."""


class Scope(StrEnum):
    """What a token allows."""

    READ = "read"
    ACKNOWLEDGE = "acknowledge"
    TICKET = "ticket"
    CONFIGURE = "configure"
    TEST_RUN = "test:run"
    DEVICE_WRITE = "device:write"


@dataclass(frozen=True, slots=True)
class Token:
    """As it is kept. Times are seconds since 1970."""

    id: int
    name: str
    scopes: frozenset[Scope]
    digest: str
    created_at: float
    expires_at: float
    revoked_at: float | None = None
    last_used_at: float | None = None

    def why_not(self, now: float) -> str:
        """Why it counts for nothing (any more); "" while it is good."""
        if self.revoked_at is not None:
            return "was revoked"
        return "" if now < self.expires_at else "has expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a good token. ``key`` tells tokens apart; ``until``: when theirs expires."""

    key: str
    who: str
    scopes: frozenset[Scope]
    until: float = inf


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who showed none: ``why``; ``who``, as far as that is known."""

    why: str
    who: str = "unknown"


def digest(secret: str) -> str:
    """SHA-256, as hexadecimal digits: enough for what was drawn at random from 2^128 or more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def fits(secret: str, kept: str) -> bool:
    """Whether ``secret`` has the digest ``kept``, in the same time whether it does or not."""
    return hmac.compare_digest(digest(secret), kept)


def new_token(
    name: str, scopes: Collection[str], lasts: float, now: float, draw: Callable[[], str]
) -> tuple[Token, str]:
    """A token without a number yet, and its secret. ``lasts``: seconds. Raises Refused where it must not be."""
    if unknown := sorted(set(scopes) - set(Scope)):
        raise Refused(f"there is no scope {unknown[0]!r}; the scopes are {', '.join(Scope)}")
    if not scopes:
        raise Refused("a token needs a scope")
    if not 0 < lasts <= LONGEST:
        raise Refused("a token is good for at most 366 days")
    if name and not _can_be_called(name):
        raise Refused(f"a token cannot be called {name[:LONGEST_NAME]!r}")
    secret = draw()
    return Token(0, name, frozenset(map(Scope, scopes)), digest(secret), now, now + lasts), secret


def _can_be_called(name: str) -> bool:
    proper = name.isprintable() and name.strip() == name and len(name) <= LONGEST_NAME
    # "token 3" is what the third one is called when it was given no name.
    return proper and name not in TAKEN and not re.fullmatch(r"token \d+", name)


def told(token: Token, secret: str) -> str:
    """What is shown once: the token's text."""
    return f"{PREFIX}{token.id}_{secret}"


def parts(text: str) -> tuple[int, str]:
    """A text as its token's number and secret; number 0, which no token has, for anything else."""
    found = _TEXT.fullmatch(text)
    return (int(found[1]), found[2]) if found else (0, text)


def redacted(text: str) -> str:
    """``text`` without any token in it."""
    return _SECRET.sub(f"{PREFIX}…", text)
