"""The apprise output: the long tail of services that tell people something, by the library of that name (``[notify]``).

The library says whether something went wrong, not what: every failure is tried again. Of some services it takes an
answer of 200 for success although they say in its body that they took nothing: those are refused here.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import quote

from gateway.documents import parse_duration
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.threads import begin
from gateway.outputs.wording import is_notice, short

LONGEST = 2000
"""Bytes of a message."""
OWN = {"wecombot": "wecom", "dingtalk": "dingtalk", "feishu": "feishu", "lark": "feishu"}
"""Scheme → the output that reads what the service answers."""
UNREAD = ("schan", "pushdeer", "pushdeers", "qq")
"""Others whose answers the library does not read, and that no output here is for."""
WHOM = "$to"
"""Where the address of a service has this, a person's own address, or the setting ``to``, is put."""
MOST_LATE, MOST_REMEMBERED = 10, 100
"""Messages that do not end, beyond which no other is begun; and those of which it is known that they were begun."""
MISSING = "is not installed: pip install 'touchpoint-gateway[notify]'"


class Apprise:
    """Settings: ``service``, an address as the library has them; ``to``, and ``timeout`` for a message (20s)."""

    def __init__(self, settings: Mapping[str, str], letterhead: Letterhead) -> None:
        only_settings(settings, ("service", "to", "timeout"))
        needed(settings, ("service",))
        self._service = settings["service"]
        self._languages = tuple(letterhead.languages)
        self._timeout = parse_duration(settings.get("timeout", "20s"))
        self._library = _library()
        whom = {"": settings.get("to", ""), **letterhead.addresses}
        names_people = WHOM in self._service
        self._made = {name: self._make(to) for name, to in whom.items() if to or not (name or names_people)}
        if not self._made:
            raise ValueError(f"to is missing: the address has a {WHOM}, and there is nobody to put there")
        self._late: dict[str, Future[bool]] = {}
        """Key → what was begun and did not end in time."""

    def _make(self, to: str) -> Any:
        """The library's sender for one address; raises ValueError, which does not repeat the address: it is secret."""
        address = self._service.replace(WHOM, quote(to, safe=""))
        _refuse(address.partition(":")[0].lower())
        asset = self._library.AppriseAsset(async_mode=False, http_redirects=False, app_id="touchpoint-gateway")
        sender = self._library.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
        if sender is None or any(each.isspace() for each in address):
            raise ValueError(
                "service_file: holds no address that the library knows; one line, like gotify://host/token"
            )
        for schemes in (sender.protocol, sender.secure_protocol):  # an https address may turn out to be such a service
            for scheme in (schemes,) if isinstance(schemes, str) else schemes or ():
                _refuse(scheme)
        made = self._library.Apprise(asset=asset)
        made.add(sender)
        return made

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Hand the event's words to the service; there is no key by which it would know a repetition."""
        whom = str(event["data"]["to"]) if is_notice(event) else ""
        made = self._made.get(whom) or (self._made.get("") if WHOM not in self._service else None)
        if made is None:
            raise PermanentFailure(f"has no address for {whom or 'what is for nobody in particular: to is missing'}")
        begun = self._late.pop(key, None) or self._begin(made, short(event, self._languages, LONGEST))
        if not await self._outcome(key, begun):
            raise TemporaryFailure("the library says that it was not taken, and not why")

    def _begin(self, made: Any, text: str) -> Future[bool]:
        if sum(not each.done() for each in self._late.values()) >= MOST_LATE:
            raise TemporaryFailure(f"{MOST_LATE} messages that were begun do not end")
        return begin("apprise", partial(_notify, made, text))

    async def _outcome(self, key: str, begun: Future[bool]) -> bool:
        """Whether it was taken. A thread cannot be ended: what is late is asked for again, not sent again."""
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.shield(asyncio.wrap_future(begun))
        except TimeoutError:
            self._late[key] = begun
            while len(self._late) > MOST_REMEMBERED:
                del self._late[next(iter(self._late))]
            raise TemporaryFailure(f"not done within {self._timeout:g} s") from None

    async def close(self) -> None:
        """There is nothing to let go of: each message has a thread of its own."""


def _notify(made: Any, text: str) -> bool:
    return bool(made.notify(body=text))


def _library() -> Any:
    try:
        library = importlib.import_module("apprise")
    except ImportError:
        raise ValueError(f"the library apprise {MISSING}") from None
    # What they tell has addresses in it, and those are secrets: also of what went wrong, and of what is no address.
    for talkative in ("apprise", "urllib3"):
        logging.getLogger(talkative).setLevel(logging.CRITICAL)
    return library


def _refuse(scheme: str) -> None:
    if scheme in OWN:
        raise ValueError(
            f"service_file: {scheme} answers 200 also when it takes nothing, which this library does not see: "
            f"use the output {OWN[scheme]}"
        )
    if scheme in UNREAD:
        raise ValueError(
            f"service_file: {scheme} answers 200 also when it takes nothing, which this library does not see"
        )
