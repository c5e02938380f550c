"""Which assets are to be told of next, none of them too often. Pure: is handed the time."""

from __future__ import annotations

from collections.abc import Iterable

EVERY = 1.0
"""Seconds that lie at least between two states of one asset."""


class Pace:
    """``now`` is a clock in seconds."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._waiting: dict[str, None] = {}
        self._told: dict[str, float] = {}

    def mark(self, names: Iterable[str]) -> None:
        """Something of these changed."""
        self._waiting.update(dict.fromkeys(names))

    def due(self, now: float) -> list[str]:
        """Those that may be told now, longest waiting first; they no longer wait."""
        ready = [name for name in self._waiting if now >= self._again(name)]
        for name in ready:
            del self._waiting[name]
            self._told[name] = now
        return ready

    def pause(self, now: float) -> float | None:
        """Seconds until the next one may be told; None when nothing waits."""
        if not self._waiting:
            return None
        return max(min(self._again(name) for name in self._waiting) - now, 0.0)

    def _again(self, name: str) -> float:
        return self._told.get(name, -self._every) + self._every
