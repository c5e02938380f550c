"""What was asked for and has to be confirmed: once, within a minute, by the same token. Kept in memory alone:
a restart voids it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

GOOD_FOR = 60.0
"""Seconds."""
REMEMBERED = 256
"""Codes: so many are told apart from unknown ones after their end."""
AT_ONCE = 16
"""So many may one token ask for within the minute for which each of them is good."""

What = TypeVar("What")


class Void(StrEnum):
    """Why a confirmation does not count."""

    UNKNOWN = "there is no such confirmation"
    FOREIGN = "somebody else's token asked for this: confirm with the token that asked"
    USED = "this was confirmed before, and counts once: ask anew"
    EXPIRED = "this was asked for more than 60 s ago: ask anew"


@dataclass(slots=True)
class _Asked(Generic[What]):
    code: str
    key: str
    what: What
    until: float
    used: bool = False


class Confirmations(Generic[What]):
    """Codes and what each stands for. ``now`` is in seconds on any clock that only goes forward."""

    def __init__(self) -> None:
        self._asked: deque[_Asked[What]] = deque(maxlen=REMEMBERED)

    def has_room(self, key: str, now: float) -> bool:
        """Whether the token ``key`` may ask for more: neither may it do so without end, nor push out what waits."""
        recent = [each for each in self._asked if now < each.until]
        waiting = sum(not each.used for each in recent)
        return sum(each.key == key for each in recent) < AT_ONCE and waiting < REMEMBERED

    def ask(self, code: str, key: str, what: What, now: float) -> None:
        """``what`` will be done once ``code`` is confirmed by the same token."""
        self._drop_oldest(now)
        self._asked.append(_Asked(code, key, what, now + GOOD_FOR))

    def _drop_oldest(self, now: float) -> None:
        """Make room by forgetting what is over, so that the full row does not push out what still waits."""
        if len(self._asked) == REMEMBERED:
            over = next((each for each in self._asked if each.used or now >= each.until), self._asked[0])
            self._asked.remove(over)

    def take(self, code: str, key: str, now: float) -> What | Void:
        """What stands behind ``code``, this once."""
        asked = next((each for each in self._asked if each.code == code), None)
        if asked is None:
            return Void.UNKNOWN
        if asked.key != key:
            return Void.FOREIGN
        if asked.used:
            return Void.USED
        if now >= asked.until:
            return Void.EXPIRED
        asked.used = True
        return asked.what
