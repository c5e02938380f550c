"""What falls due when: a heap of keys by time. Knows nothing of what the keys mean."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from math import inf
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Agenda(Generic[Key]):
    """Each key is planned once at most; planning it again moves it."""

    def __init__(self) -> None:
        self._planned: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._counter = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._planned

    def plan(self, key: Key, when: float | None) -> None:
        """Have ``key`` fall due at ``when``; None takes it off the agenda."""
        if when is None:
            self._planned.pop(key, None)
        elif self._planned.get(key) != when:
            self._planned[key] = when
            self._counter += 1
            heapq.heappush(self._heap, (when, self._counter, key))

    def plan_sooner(self, key: Key, when: float) -> None:
        """Have ``key`` fall due at ``when``, unless it does before."""
        if when < self._planned.get(key, inf):
            self.plan(key, when)

    def next(self) -> float | None:
        """When the earliest key falls due."""
        while self._heap and self._planned.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[Key]:
        """Take every key that has fallen due off the agenda, earliest first."""
        keys = []
        while (when := self.next()) is not None and when <= now:
            _, _, key = heapq.heappop(self._heap)
            del self._planned[key]
            keys.append(key)
        return keys
