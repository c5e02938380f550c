"""A store that cannot write: when that is told, and when that it is over. Pure: handed the time, knows no store."""

from __future__ import annotations

from gateway.words import StoreTold

FAILING_AFTER = 3.0
"""Seconds for which nothing could be written before people are told."""
WELL_AFTER = 30.0
"""Seconds for which every write has to succeed before that is told: a store that flaps is one outage."""


class Outage:
    """The one that is told of, if any. Times are seconds since 1970."""

    def __init__(self) -> None:
        self.since: float | None = None
        """Since when nothing could be written, once that is told, and until it is told that it is over."""
        self._well_since: float | None = None
        self._dropped = 0

    def failed(self, error: str, unwritten_since: float, now: float, dropped: int) -> StoreTold | None:
        """A write failed, and ``dropped`` readings had to go for it; returns what is to be told now."""
        self._well_since = None
        self._dropped += dropped
        if self.since is not None or now - unwritten_since < FAILING_AFTER:
            return None
        self.since = unwritten_since
        return StoreTold(True, unwritten_since, error)

    def written(self, now: float) -> StoreTold | None:
        """A write succeeded; returns what is to be told now."""
        if self.since is None:
            return None
        if self._well_since is None:
            self._well_since = now
        if now - self._well_since < WELL_AFTER:
            return None
        word = StoreTold(False, self.since, until=self._well_since, dropped=self._dropped)
        self.since, self._well_since, self._dropped = None, None, 0
        return word
