"""The links of a running gateway: their key, how they come into notices, that each counts once. Knows no adapter."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.access.backoff import BackOff
from gateway.access.links import PATH, Grant, grant_for, nonce_of, opened, signed
from gateway.changes import AuditEntry
from gateway.clock import Clock, secret
from gateway.estate import Estate
from gateway.outputs.wording import is_notice
from gateway.store import links as used
from gateway.store.store import Store

KEY_FILE = "links.key"
"""In the state folder and not in the database: no backup of that is a backup of this."""
SHORTEST = 32


def load_key(file: Path) -> bytes:
    """The key of all links, kept over restarts; a new one where there is none, which voids every link before."""
    try:
        kept = file.read_bytes()
    except FileNotFoundError:
        kept = b""
    if len(kept) >= SHORTEST:
        return kept
    made = (secret() + secret()).encode()
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened_file:
        opened_file.write(made)
        opened_file.flush()
        os.fsync(opened_file.fileno())
    return made


class Links:
    """Those of one site. ``address`` is where people reach the gateway; each link is good for ``lasts`` seconds."""

    def __init__(self, site: str, address: str, lasts: float, key: bytes, store: Store, clock: Clock) -> None:
        self.address, self.lasts = address, lasts
        self.failures = BackOff()
        self._site, self._key, self._store, self._clock = site, key, store, clock

    @property
    def host(self) -> str:
        """The name by which people's browsers call the gateway."""
        return urlsplit(self.address).hostname or ""

    def now(self) -> float:
        """Seconds since 1970; the later of the two clocks, so that nothing lives longer because one is behind."""
        return self._clock.now() + max(self._clock.ahead(), 0.0)

    def link(self, item: Mapping[str, Any], who: str, message: str) -> str:
        """Where ``who`` acknowledges what ``item`` is about; "" where it calls nobody.

        ``message`` is the same when the same message is sent again: both copies count once together.
        """
        grant = grant_for(item, who, self.now() + self.lasts, nonce_of(message, self._key))
        return f"{self.address}{PATH}{signed(grant, self._site, self._key)}" if grant else ""

    def dress(self, key: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """A notice to a person with a link in the data of each item that calls for somebody; any other event as it is.

        Links are secrets: they come in while a notice is handed over, and stand in no table of events.
        """
        if not is_notice(event):
            return event
        data = event["data"]
        items = [self._dressed(item, data["to"], f"{key}/{nth}") for nth, item in enumerate(data["items"])]
        return {**event, "data": {**data, "items": items}}

    def _dressed(self, item: Mapping[str, Any], who: str, message: str) -> Mapping[str, Any]:
        address = self.link(item, who, message)
        return {**item, "data": {**item["data"], "link": address}} if address else item

    def open(self, token: str) -> Grant | None:
        """What a token allows, or did; None when it is none of ours."""
        return opened(token, self._site, self._key)

    async def is_used(self, grant: Grant) -> bool:
        """Whether it has counted already."""
        return await self._store.read(lambda file, site: used.is_used(file, site, grant.nonce))

    async def use(self, grant: Grant, data: Mapping[str, Any]) -> bool:
        """Have it count, this once, which the audit tells of; False when it did before. Raises sqlite3.Error."""

        def change(file: sqlite3.Connection) -> AuditEntry:
            used.use(file, self._site, grant.nonce, grant.until, self.now())
            return AuditEntry(self._clock.now(), grant.who, "UseLink", f"{grant.asset}/{grant.clause}", data)

        try:
            await self._store.audited(change)
        except sqlite3.IntegrityError:
            return False
        return True

    async def write_down(self, who: str, data: Mapping[str, Any]) -> None:
        """A link was refused; raises sqlite3.Error."""
        await self._store.write_down(AuditEntry(self._clock.now(), who, "Refused", f"POST {PATH}…", data))


def links_of(estate: Estate, store: Store, clock: Clock) -> Links | None:
    """The links of a site, if it says under which address people reach it."""
    told = estate.links
    if told is None:
        return None
    return Links(estate.site, told.address, told.lasts, load_key(store.path.parent / KEY_FILE), store, clock)
