"""What a site asks of the tests that the gateway starts by itself: which, how often, when, and how many at once.

Knows neither files nor assets; when a window is open is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

TestKind: TypeAlias = Literal["function", "duration", "rated"]
"""The kinds of proof test that can be scheduled."""
KINDS: tuple[TestKind, ...] = get_args(TestKind)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Pace:
    """How often: ``every`` so many seconds, or at the entries of a ``calendar`` (five fields, the site's zone)."""

    every: float | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class TestRules:
    """The site's rules. A kind without a pace is not started by the gateway by itself."""

    __test__ = False

    window: str
    """Tests are started only while this window is open, and only when they end before it closes."""
    paces: Mapping[TestKind, Pace] = field(default_factory=dict)
    at_once: int = 1
    fire_alarm: int | None = None
    """The id of the boolean point that tells of a fire alarm; None where the site names none."""
    alarm_is: bool = True
    """The value of that point that means a fire alarm; with any other than the opposite of it no test may run."""
    only: tuple[str, ...] = ()
    """Patterns of the assets meant; empty for all."""

    def covers(self, asset: str) -> bool:
        """Whether tests of this asset are started by the gateway by itself."""
        return not self.only or any(fnmatchcase(asset, pattern) for pattern in self.only)


@dataclass(frozen=True, slots=True)
class TestTerms:
    """How long a test of one kind discharges the battery of one asset at most, and how long that recharges then.

    Both in seconds; ``length`` with everything that belongs to it, so that it ends inside its window.
    """

    __test__ = False

    kind: TestKind
    length: float
    recharge: float


LENGTH: Mapping[TestKind, float] = {"function": 3 * MINUTE, "duration": 15 * MINUTE, "rated": 90 * MINUTE}
"""Seconds where no clause or device says more: 30 to 180 s of GB 17945, the touchpoint's own 15 min, the longest that
GB 50016 asks of a building."""
RECHARGE: Mapping[TestKind, float] = {"function": HOUR, "duration": DAY, "rated": DAY}
"""Seconds: fully charged within 24 h (GB 17945); an hour after a function test is our proposal."""
AROUND = 5 * MINUTE
"""Seconds for what goes before and after a discharge; our proposal."""


def usual_terms(kind: TestKind, limit: float | None = None) -> TestTerms:
    """The terms of a test that has to last longer than ``limit`` seconds."""
    return TestTerms(kind, (LENGTH[kind] if limit is None else limit) + AROUND, RECHARGE[kind])


def share(seed: str, asset: str, kind: str) -> float:
    """A number from 0 up to 1, evenly spread over the assets, and always the same for one of them."""
    digest = sha256("\0".join((seed, asset, kind)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
