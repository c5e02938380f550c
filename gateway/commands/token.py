"""``touchpoint token``: who may command devices over the API.

Asks the running gateway, or works on its file where none runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from gateway.access.tokens import LONGEST, Caller, Scope
from gateway.api.tokens import token_data
from gateway.app import lock
from gateway.clock import SystemClock
from gateway.commands import WrongUsage
from gateway.commands.running import OwnGateway, is_at_work
from gateway.commands.show import as_json as print_json
from gateway.commands.show import line, short_time, table
from gateway.documents import parse_duration
from gateway.gatekeeper import LOCAL, Gatekeeper
from gateway.site import load_estate
from gateway.store.store import Store

DAY = 86400.0
PATH = "/api/v1/tokens"
Work: TypeAlias = Callable[[Gatekeeper, Caller], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Place:
    """A site, where its gateway keeps its state, and who asks."""

    site: Path
    state: Path
    who: str

    def ask(self, path: str, body: Mapping[str, Any] | None, work: Work) -> dict[str, Any]:
        """What the running gateway answers; where none runs, what ``work`` on its file comes to."""
        if is_at_work(self.state):
            told: dict[str, Any] = OwnGateway(self.state, self.who).ask(path, body)
            return told
        clock = SystemClock()
        estate = load_estate(self.site, now=clock.now())

        async def at_work() -> dict[str, Any]:
            store = Store(self.state / "gateway.db", estate)
            try:
                return await work(Gatekeeper(store, clock), Caller(LOCAL, self.who, frozenset(Scope)))
            finally:
                store.close()

        with lock(self.state):  # so that no gateway starts meanwhile
            return asyncio.run(at_work())


def create_token(place: Place, scopes: Sequence[str], name: str, lasts: str, as_json: bool) -> None:
    """Make one, and print its text: this once."""
    days = _days(lasts)
    if unknown := sorted(set(scopes) - set(Scope)):
        raise WrongUsage(f"--scope: {unknown[0]!r} is none of {', '.join(Scope)}")

    async def make(keeper: Gatekeeper, by: Caller) -> dict[str, Any]:
        token, text = await keeper.create(name, scopes, days * DAY, by)
        return {**token_data(token, keeper.now()), "token": text}

    told = place.ask(PATH, {"scopes": list(scopes), "name": name, "days": days}, make)
    if as_json:
        print_json(told)
        return
    line(told["token"])
    until = told["expires_at"][:10]
    line(f"token {told['id']} ({told['name']}): {', '.join(told['scopes'])}, until {until}. It is not shown again.")


def _days(lasts: str) -> float:
    try:
        seconds = parse_duration(lasts)
    except ValueError as error:
        raise WrongUsage(f"--expires: {error}") from error
    if not 0 < seconds <= LONGEST:
        raise WrongUsage(f"--expires: {lasts!r}: a token is good for at most 366 d")
    return seconds / DAY


def show_tokens(place: Place, as_json: bool) -> None:
    """List all that there ever were; their texts are known to nobody any more."""

    async def every(keeper: Gatekeeper, _: Caller) -> dict[str, Any]:
        return {"items": [token_data(each, keeper.now()) for each in await keeper.tokens()]}

    told = place.ask(PATH, None, every)["items"]
    if as_json:
        print_json(told)
        return
    rows = (
        [each["id"], each["name"], ", ".join(each["scopes"]), each["expires_at"][:10], short_time(each["last_used_at"]),
         _standing(each)]
        for each in told
    )  # fmt: skip
    table(["token", "name", "scopes", "until", "last used (UTC)", ""], rows, "there is no token")


def _standing(token: dict[str, Any]) -> str:
    if token["revoked_at"]:
        return f"revoked {short_time(token['revoked_at'])}"
    return "" if token["good"] else "expired"


def revoke_token(place: Place, number: int, as_json: bool) -> None:
    """From now on it counts for nothing."""

    async def revoke(keeper: Gatekeeper, by: Caller) -> dict[str, Any]:
        return token_data(await keeper.revoke(number, by), keeper.now())

    told = place.ask(f"{PATH}/{number}/revoke", {}, revoke)
    if as_json:
        print_json(told)
    else:
        line(f"token {told['id']} ({told['name']}) is revoked")
