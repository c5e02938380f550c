"""Whether an output takes what it is handed: counts failures in a row and says how long to wait. Pure: handed the time.

unknown ──taken──▶ working ──failure──▶ retrying ──5 in a row, or 30 s──▶ open ──taken──▶ working
"""

from __future__ import annotations

from enum import StrEnum
from random import Random

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two probes at most: after its recovery an output is back within this."""
OPEN_AFTER = 5
OPEN_WITHIN = 30.0
"""So many failures in a row, or seconds of them, open the circuit: one event is tried per pause, whatever is new."""


class Standing(StrEnum):
    """How an output stands."""

    UNKNOWN = "unknown"
    """Nothing was sent to it since the start: that is no proof of anything."""
    WORKING = "working"
    RETRYING = "retrying"
    OPEN = "open"


def pause_after(failures: int, random: Random) -> float:
    """Seconds to wait after so many failures in a row: doubling to LONGEST_PAUSE, with up to half of it as jitter."""
    full = min(FIRST_PAUSE * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE)
    return float(full * random.uniform(0.5, 1.0))


class Circuit:
    """The circuit breaker of one output. Times are seconds since 1970."""

    def __init__(self, random: Random) -> None:
        self.failures = 0
        """In a row."""
        self.since: float | None = None
        """When the first of them was."""
        self.failed_at = 0.0
        """When the last of them was."""
        self.error = ""
        """What the last of them said."""
        self.works = False
        """Whether the last thing that is known of it is that it took something."""
        self._random = random

    def failed(self, error: str, now: float) -> float:
        """It did not take something; returns the seconds to leave it alone."""
        self.failures, self.failed_at, self.error, self.works = self.failures + 1, now, error, False
        if self.since is None:
            self.since = now
        return pause_after(self.failures, self._random)

    def worked(self, now: float) -> float | None:
        """It took something; returns for how many seconds it had not, or None when it was well before."""
        since, self.since = self.since, None
        self.failures, self.error, self.works = 0, "", True
        return None if since is None else now - since

    def lasts(self, now: float) -> float:
        """For how many seconds it has been failing; 0 while it is not."""
        return 0.0 if self.since is None else now - self.since

    @property
    def proven(self) -> float:
        """For how many seconds it is proven to take nothing: from the first failure to the last.

        The pause after the last proves nothing: a chat that takes 20 messages a minute may be well again.
        """
        return 0.0 if self.since is None else self.failed_at - self.since

    def standing(self, now: float) -> Standing:
        """How it stands now."""
        if self.since is None:
            return Standing.WORKING if self.works else Standing.UNKNOWN
        is_open = self.failures >= OPEN_AFTER or self.lasts(now) >= OPEN_WITHIN
        return Standing.OPEN if is_open else Standing.RETRYING
