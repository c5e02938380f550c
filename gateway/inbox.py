"""From one thread into the event loop, in order and in batches: one wake-up for all that has gathered."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from gateway.clock import monotonic

MOST_WAITING = 20_000
MOST_WAITING_BYTES = 32 * 2**20
LONGEST_WAIT = 5.0
"""Seconds for which the thread is held up at most while there is no room."""
SLICE = 0.010
"""Seconds for which handing over may keep the event loop before others have their turn."""


class Inbox:
    """What one thread puts in, the event loop takes out."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[Any], None], Any, int]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._filled = asyncio.Event()
        self._woken = False
        self._room = threading.Event()
        # One writer each, so that neither thread needs a lock.
        self._bytes_in = 0
        self._bytes_out = 0

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on wake ``loop``."""
        self._loop = loop

    def put(self, handle: Callable[[Any], None], item: object, size: int = 0) -> None:
        """Have ``handle(item)`` called in the event loop; from any thread, never waits."""
        self._bytes_in += size
        self._waiting.append((handle, item, size))
        if not self._woken and self._loop is not None:
            self._woken = True
            wake(self._loop, self._filled.set)

    def room(self, qos: int) -> bool:
        """Whether one more may come. At QoS 1 wait for it: then the broker's own queue holds the rest."""
        while self._full():
            if not qos:
                return False
            self._room.clear()
            if self._full() and not self._room.wait(LONGEST_WAIT):
                return True
        return True

    def _full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING or self._bytes_in - self._bytes_out >= MOST_WAITING_BYTES

    async def hand_over(self) -> None:
        """Call what was put in, in order, until cancelled; what a handler raises ends this."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            self._woken = False
            while self._waiting:
                self._some(monotonic() + SLICE)
                self._room.set()
                await asyncio.sleep(0)

    def _some(self, until: float) -> None:
        while self._waiting and monotonic() < until:
            handle, item, size = self._waiting.popleft()
            self._bytes_out += size
            handle(item)


def wake(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Have ``function`` called in the loop, from whichever thread."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        # The loop has closed: nobody is left to be told.
        return
