"""Decides who may command devices over the API, and writes down whoever may not. Knows no route and no device."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gateway.access.backoff import BackOff
from gateway.access.confirmations import Confirmations
from gateway.access.tokens import (
    NOBODY,
    PREFIX,
    TAKEN,
    Caller,
    Scope,
    Stranger,
    Token,
    digest,
    fits,
    new_token,
    parts,
    told,
)
from gateway.actions import StartTest
from gateway.changes import AuditEntry
from gateway.clock import Clock, monotonic, secret
from gateway.errors import Refused
from gateway.store.store import Store

LOCAL = "local"
LOCAL_TOKEN = "local.token"  # noqa: S105 - the name of a file
"""In the state folder, for the service's own user alone: what the local command line shows."""
USED_AGAIN = 60.0
"""Seconds after which the use of a token is written down again."""


class Gatekeeper:
    """Tokens, confirmations and failed attempts of one site.

    ``draw`` gives secrets; ``elapsed`` a person's seconds, which no accelerated clock may shorten.
    """

    def __init__(
        self, store: Store, clock: Clock, draw: Callable[[], str] = secret, elapsed: Callable[[], float] = monotonic
    ) -> None:
        self.local_secret = f"{PREFIX}{LOCAL}_{draw()}"
        """Whoever can read the state folder's file with it acts as the service's own user. New at every start."""
        self.confirmations: Confirmations[StartTest] = Confirmations()
        self.failures = BackOff()
        self.elapsed = elapsed
        self.draw = draw
        self._local_digest = digest(self.local_secret)
        self._store = store
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970; the later of the two clocks, so that nothing lives longer because one is behind."""
        return self._clock.now() + max(self._clock.ahead(), 0.0)

    async def identify(self, authorization: str, actor: str = "") -> Caller | Stranger:
        """Who shows this ``Authorization`` header. ``actor``: who it is, in the words of the local command line."""
        scheme, _, text = authorization.partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text:
            return Stranger("needs a token: Authorization: Bearer …")
        if fits(text, self._local_digest):
            return Caller(LOCAL, LOCAL if actor in TAKEN else actor or LOCAL, frozenset(Scope))
        number, key = parts(text)
        token = await self._store.token(number)
        if not fits(key, token.digest if token else NOBODY) or token is None:
            return Stranger("this token is not known")
        if why := token.why_not(self.now()):
            return Stranger(f"this token {why}", token.name)
        await self._remember_use(token)
        return Caller(str(token.id), token.name, token.scopes, token.expires_at)

    async def _remember_use(self, token: Token) -> None:
        now = self._clock.now()
        if token.last_used_at is None or now - token.last_used_at >= USED_AGAIN:
            with suppress(sqlite3.Error):  # a disk that is full must not keep anybody from stopping a test
                await self._store.token_used(token.id, now)

    async def write_down(self, who: str, what: str, subject: str, data: Mapping[str, Any]) -> None:
        """Add a row to the audit; raises sqlite3.Error."""
        await self._store.write_down(AuditEntry(self._clock.now(), who, what, subject, data))

    async def tokens(self) -> list[Token]:
        """All that there ever were, by number."""
        return await self._store.tokens()

    async def create(self, name: str, scopes: Collection[str], lasts: float, by: Caller) -> tuple[Token, str]:
        """A new token, and its text, which is never to be had again. Raises Refused.

        Nobody gives away more than they have: neither a scope nor a day.
        """
        token, key = new_token(name, scopes, lasts, self.now(), self.draw)
        if beyond := sorted(token.scopes - by.scopes):
            raise Refused(f"your own token does not have the scope {beyond[0]}")
        if token.expires_at > by.until:
            raise Refused("your own token expires before that")
        if any(name and each.name == name for each in await self.tokens()):
            raise Refused(f"there is, or was, a token called {name!r}")
        kept = await self._store.add_token(token, by.who)
        return kept, told(kept, key)

    async def revoke(self, number: int, by: Caller) -> Token:
        """From now on the token counts for nothing. Raises Refused where there is none."""
        token = await self._store.token(number)
        if token is None:
            raise Refused(f"there is no token {number}")
        if token.revoked_at is not None:
            return token
        gone = replace(token, revoked_at=self._clock.now())
        entry = AuditEntry(self._clock.now(), by.who, "RevokeToken", f"token/{number}", {"name": token.name})
        await self._store.write_down(entry, gone)
        return gone
