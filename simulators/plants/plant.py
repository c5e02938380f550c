"""What every plant shares: it moves from event to event on a time that is handed in, the same way for the same seed."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Mapping
from typing import ClassVar

DAY = 86_400.0
Action = Callable[[], None]
Params = Mapping[str, float]
Keeper = Callable[[float, str, Mapping[str, object]], None]
"""Told of what is over: the time, what it was, and its facts."""


class UnknownFault(Exception):
    """The plant has no such fault, or it is given a parameter that the fault has not."""


class Motion:
    """A value that moves evenly from where it is to a goal."""

    def __init__(self, value: float) -> None:
        self._from = self._to = value
        self._start = self._end = 0.0

    def go(self, goal: float, now: float, seconds: float) -> None:
        """Moves to the goal within the given time, from wherever it is now."""
        self._from, self._to, self._start, self._end = self.at(now), goal, now, now + seconds

    def stop(self, now: float) -> None:
        """Stays where it is."""
        self.go(self.at(now), now, 0.0)

    def at(self, now: float) -> float:
        """The value at a time."""
        if now >= self._end:
            return self._to
        return self._from + (self._to - self._from) * (now - self._start) / (self._end - self._start)

    def moving(self, now: float) -> bool:
        """Whether it still moves."""
        return now < self._end


class Plant:
    """One physical thing. `FAULTS` maps each fault it can have to its parameters and their usual values."""

    FAULTS: ClassVar[Mapping[str, Params]] = {}
    ACTS: ClassVar[tuple[str, ...]] = ()
    """What it can be made to do, which is no fault."""
    night = 1.0
    """How many times rarer people come between 22:00 and 06:00 UTC+8."""

    def __init__(self, plant_id: str, start: float, seed: int = 0) -> None:
        self.id, self.now = plant_id, start
        self.random = random.Random(f"{seed}/{plant_id}")
        self.active: dict[str, dict[str, float]] = {}
        self._began: dict[str, float] = {}
        self._queue: list[tuple[float, int, Action]] = []
        self._serial = 0
        self._watchers: list[Action] = []
        self._keepers: list[Keeper] = []
        self.outputs: dict[str, float] = {}
        """What a command holds on now, and since when."""

    def watch(self, watcher: Action) -> None:
        """Calls back after each event, so that a counter input misses no edge between two reads."""
        self._watchers.append(watcher)

    def keep(self, keeper: Keeper) -> None:
        """Calls back with each thing that is worth a line in a ledger, once it is over."""
        self._keepers.append(keeper)

    def remember(self, what: str, **facts: object) -> None:
        """Tells the keepers of something that is over now."""
        for keeper in self._keepers:
            keeper(self.now, what, {"asset": self.id, **facts})

    def assert_output(self, output: str, **facts: object) -> None:
        """A command holds something on from now; one that is on already stays so."""
        if output not in self.outputs:
            self.outputs[output] = self.now
            self.remember("asserted", output=output, **facts)

    def release_output(self, output: str, by: str) -> None:
        """It is off from now, which a command, the device itself or its restart brought about."""
        began = self.outputs.pop(output, None)
        if began is not None:
            self.remember("released", output=output, began=began, lasted=self.now - began, by=by)

    def act(self, what: str) -> bool:
        """Does one of `ACTS` now; False where it cannot."""
        return False

    def advance(self, now: float) -> None:
        """Carries out all that happens up to `now` (simulated epoch seconds). Never goes back."""
        while self._queue and self._queue[0][0] <= now:
            self.now, _, action = heapq.heappop(self._queue)
            action()
            self.tell()
        self.now = max(self.now, now)

    def fail(self, fault: str, **params: float) -> None:
        """Begins a fault now. Raises `UnknownFault`."""
        if fault not in self.FAULTS or not params.keys() <= self.FAULTS[fault].keys():
            raise UnknownFault(
                f"{type(self).__name__} {self.id}: no fault {fault} with {', '.join(params) or 'nothing'}"
            )
        self.active[fault] = {**self.FAULTS[fault], **params}
        self._began[fault] = self.now
        self.failed(fault)
        self.tell()

    def repair(self, fault: str) -> None:
        """Ends a fault now; one that is not there is left so."""
        if self.active.pop(fault, None) is not None:
            self.repaired(fault)
            self.tell()

    def failed(self, fault: str) -> None:
        """What a fault sets off at its onset, beside changing how the plant behaves."""

    def repaired(self, fault: str) -> None:
        """What a repair sets off."""

    def worn(self, fault: str) -> float:
        """How far a fault that grows by so much a day, its first parameter, has come; 0 when it is not there."""
        if fault not in self.active:
            return 0.0
        return next(iter(self.active[fault].values())) * (self.now - self._began[fault]) / DAY

    @property
    def due(self) -> float:
        """When something happens next by itself; infinity for never."""
        return self._queue[0][0] if self._queue else math.inf

    def rarely(self) -> float:
        """By how much the time to the next person is longer now: `night` at night, 1 by day."""
        return self.night if (self.now / 3600 + 8) % 24 < 6 or (self.now / 3600 + 8) % 24 >= 22 else 1.0

    def after(self, seconds: float, action: Action) -> None:
        """Does something later."""
        self._serial += 1
        heapq.heappush(self._queue, (self.now + seconds, self._serial, action))

    def every(self, seconds: float, action: Action) -> None:
        """Does something over and over."""

        def again() -> None:
            action()
            self.after(seconds, again)

        self.after(seconds, again)

    def tell(self) -> None:
        """Lets the watchers look, after something happened that no event of the queue brought about."""
        for watcher in self._watchers:
            watcher()
