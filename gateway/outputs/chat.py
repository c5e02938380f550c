"""A robot of a chat group: short texts, and answers of 200 that say in their body whether they were taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from gateway.clock import monotonic, wall
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.http import Receiver
from gateway.outputs.output import Letterhead, needed, only_settings
from gateway.outputs.wording import short

MINUTE = 60.0
MOST_A_MINUTE = 20
"""All three services take so many of a robot; who sends more is shut out, by DingTalk for ten minutes."""
LONGEST = 2048
"""Bytes of a text: the least that one of the services takes is sent to all."""

Request: TypeAlias = tuple[Mapping[str, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is particular to one service."""

    settings: Sequence[str]
    """Those that it needs: its address is one, because whoever knows it can write to the group."""
    request: Callable[[str, str, float], Request]
    """(text, secret, seconds since 1970) → what is added to the address, and the body."""
    codes: Sequence[str]
    """Keys of the answer of which the first that is there must be 0."""
    poison: frozenset[int]
    """Codes by which a text is refused for what it is. Any other may pass, or is cured by a person at the robot."""


class Robot:
    """Settings: those of its dialect, and ``timeout`` for the whole exchange (default 10s)."""

    def __init__(
        self, dialect: Dialect, settings: Mapping[str, str], letterhead: Letterhead, now: Callable[[], float] = wall
    ) -> None:
        only_settings(settings, (*dialect.settings, "timeout"))
        needed(settings, dialect.settings)
        self._dialect = dialect
        self._secret = settings.get("secret", "")
        self._languages = tuple(letterhead.languages)
        self._receiver = Receiver(settings)
        self._now = now
        self._sent: deque[float] = deque(maxlen=MOST_A_MINUTE)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        """Write the event's sentence to the group; there is no key by which the service would know a repetition."""
        self._pace()
        text = short(event, self._languages, LONGEST)
        query, body = self._dialect.request(text, self._secret, self._now())
        headers = {"content-type": "application/json; charset=utf-8"}
        self._judge(await self._receiver.post(orjson.dumps(body), headers, query))

    def _pace(self) -> None:
        now = monotonic()
        if len(self._sent) == MOST_A_MINUTE and now - self._sent[0] < MINUTE:
            raise TemporaryFailure(f"{MOST_A_MINUTE} messages within a minute are sent already")
        self._sent.append(now)

    def _judge(self, answer: bytes | None) -> None:
        code = result(answer, self._dialect.codes)
        if code in self._dialect.poison:
            raise PermanentFailure(f"answered 200 with code {code}")
        if code != 0:
            raise TemporaryFailure(f"answered 200 with {'no result' if code is None else f'code {code}'}")

    async def close(self) -> None:
        """Close the connection."""
        await self._receiver.close()


def result(answer: bytes | None, keys: Sequence[str]) -> int | None:
    """The number under the first of ``keys`` that a JSON object has; None when there is none."""
    try:
        told = orjson.loads(answer or b"")
    except orjson.JSONDecodeError:
        return None
    code = next((told[key] for key in keys if key in told), None) if isinstance(told, dict) else None
    return code if type(code) is int else None
