"""What is told to the tick by no person: by the wire of a command, a delivery, the store, or the end itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.proof_tests.command import Told
from gateway.routing.book import Delivered


@dataclass(frozen=True, slots=True)
class OutputTold:
    """An output takes nothing (``failing``) since a time, or takes events again.

    ``since`` is in seconds since 1970; ``waiting``: how many events wait for it.
    """

    output: str
    failing: bool
    since: float
    error: str = ""
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Overflow:
    """More waits for an output of readings than may: the oldest have been dropped, ``count`` since ``since``.

    ``over``: nothing waits any more, and the count is final.
    """

    output: str
    count: int
    since: float
    over: bool


@dataclass(frozen=True, slots=True)
class StoreTold:
    """Nothing can be written down (``failing``) since a time, or again since ``until``.

    Both are in seconds since 1970; ``dropped``: how many readings of the history went for want of memory.
    """

    failing: bool
    since: float
    error: str = ""
    until: float = 0.0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """The gateway is told to stop: what keeps a supply away is to let go while there is somebody to tell it."""


Word: TypeAlias = Told | Delivered | OutputTold | Overflow | StoreTold | Leaving
