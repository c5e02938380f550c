"""The only place that reads a clock or draws a random number; everything else is handed the time.

Time is a float: seconds since 1970 UTC on a *steady* line, which starts at the wall clock and then follows the
monotonic clock, so that a step of the wall clock neither ages a reading nor shortens a test.
"""

from __future__ import annotations

import asyncio
import mmap
import random
import secrets
import time
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

_PASSED, _BEATEN, _BOTH = 0, 1, 2
"""What a shared file of paced time holds, as doubles."""
A_STEP = 1.0
"""Seconds: by less than this nobody sets a clock."""
DEVICES_AHEAD = 60.0
"""Seconds by which a device's own clock, which dates its readings, may be ahead of ours."""


class Clock(Protocol):
    """What the gateway knows of time."""

    def now(self) -> float:
        """Steady seconds since 1970 UTC; never goes backwards."""

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock's time."""

    def real(self, seconds: float) -> float:
        """How long ``seconds`` of this clock's time take on the wall."""

    def ahead(self) -> float:
        """By how many seconds the clock on the wall was set ahead of ``now``; for what goes by the time of day."""

    def trusted(self) -> bool:
        """Whether the clock on the wall can be believed: nothing is started or missed by one that cannot."""


class Start(NamedTuple):
    """How steady time goes on at a start: from ``now`` on, with the clock on the wall ``ahead`` of it."""

    now: float
    ahead: float
    trusted: bool
    """Whether that clock can be believed."""
    sure: bool
    """Whether as much steady time has passed meanwhile as in truth, or more; otherwise what should have ended may not.
    """


def resumed(wall: float, seen: float, ahead: float) -> Start:
    """How time goes on when the clock on the wall tells ``wall``.

    At the last sign of life it was ``seen`` in steady time, and the wall was ``ahead`` of that.
    """
    before = seen + ahead
    if wall < before - A_STEP:  # a box without a battery clock: until somebody sets it, what was last is the best guess
        return Start(max(seen, before), min(ahead, 0.0), trusted=False, sure=False)
    if ahead < 0.0 and wall < seen:  # it was set back, and is right: steady time cannot follow it
        return Start(max(wall - ahead, seen), ahead, trusted=True, sure=True)
    return Start(max(wall, seen), 0.0, trusted=True, sure=ahead >= 0.0)


class SystemClock:
    """Time as the machine tells it, optionally ``speed`` times faster (the demo) from ``start`` on."""

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        self.speed = speed
        self.start = time.time() if start is None else start
        self.anchor = time.monotonic()
        self._wall = time.time() if start is None and speed == 1.0 else None
        self._beyond = 0.0
        """By how much it was set ahead of the wall at the start."""
        self._ahead, self._believed = 0.0, True
        """What is known of the wall as long as nobody sets it, and whether it can be believed."""

    def now(self) -> float:
        return self.start + (time.monotonic() - self.anchor) * self.speed

    def resume(self, seen: float, ahead: float) -> Start:
        """Go on from the last sign of life, as ``resumed`` says."""
        wall = self.now()
        start = resumed(wall, seen, ahead)
        self.start += start.now - wall
        self._ahead, self._believed = start.ahead, start.trusted
        self._beyond = start.now - wall
        return start

    def trusted(self) -> bool:
        return self._believed or abs(self._stepped()) >= A_STEP

    def _stepped(self) -> float:
        """By how many seconds somebody has set the clock since we began."""
        return 0.0 if self._wall is None else time.time() - self._wall - (time.monotonic() - self.anchor)

    def ahead(self) -> float:
        stepped = self._stepped()
        return stepped - self._beyond if abs(stepped) >= A_STEP else self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.real(seconds))

    def real(self, seconds: float) -> float:
        return max(seconds, 0.0) / self.speed


class PacedClock(SystemClock):
    """The time of a simulated property, which its process tells in a file, and which waits while we are held up.

    The file holds two numbers: the seconds that have passed (theirs), and our last sign of life on the monotonic clock.
    Each is one aligned double, stored in one piece: a reader never sees half of one, which would be another time.
    Nothing real runs on this clock: on a busy machine an accelerated property would else outrun whoever watches it.
    """

    BEAT = 0.004

    def __init__(self, path: Path, speed: float) -> None:
        super().__init__(speed, time.time())
        path.write_bytes(bytes(array("d", [0.0] * _BOTH)))
        with path.open("r+b") as file:
            self._shared = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")

    def passed(self) -> float:
        """Seconds of the demo: on a machine that keeps up, those on the wall."""
        return self._shared[_PASSED]

    def now(self) -> float:
        return self.start + self.passed() * self.speed

    async def beat(self, keeps_up: Callable[[], bool]) -> None:
        """Show for ever that the event loop turns, as long as the work ``keeps_up`` too."""
        while True:
            if keeps_up():
                self._shared[_BEATEN] = time.monotonic()
            await asyncio.sleep(self.BEAT)


class ManualClock:
    """A clock that moves only when told to: for tests and replay."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start
        self.stepped = 0.0
        """What ``ahead`` tells."""
        self.believed = True
        """What ``trusted`` tells."""
        self._moved = asyncio.Condition()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> float:
        """Move on by ``seconds`` without waking sleepers; returns the new time."""
        self._now += seconds
        return self._now

    async def pass_time(self, seconds: float) -> None:
        """Move on by ``seconds`` and wake whoever has slept long enough."""
        async with self._moved:
            self._now += seconds
            self._moved.notify_all()
        await asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        until = self._now + seconds
        async with self._moved:
            await self._moved.wait_for(lambda: self._now >= until)

    def real(self, seconds: float) -> float:
        return min(max(seconds, 0.0), 0.01)

    def ahead(self) -> float:
        return self.stepped

    def trusted(self) -> bool:
        return self.believed


def monotonic() -> float:
    """Seconds of the machine's monotonic clock: for deadlines on a wire, which no accelerated clock may shorten."""
    return time.monotonic()


def wall() -> float:
    """Seconds since 1970 on the wall: for signatures, which their receivers hold against clocks of their own."""
    return time.time()


def cpu_seconds() -> float:
    """Processor seconds that this process has used."""
    return time.process_time()


def seeded(seed: int | None = None) -> random.Random:
    """A random generator; without a seed, one drawn by the system."""
    return random.Random(seed)


def secret() -> str:
    """192 bits that nobody can guess, as 32 characters that are safe in a URL and a header."""
    return secrets.token_urlsafe(24)


def iso(moment: float) -> str:
    """``moment`` as RFC 3339 in UTC with milliseconds: ``2026-11-23T08:15:00.000Z``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
