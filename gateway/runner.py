"""Drives the pipeline: gathers what arrives, ticks, commits, and only then acknowledges.

Knows no device and no output.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from gateway.actions import Action, StartTest, StopTest
from gateway.changes import Changes
from gateway.clock import Clock
from gateway.errors import Refused
from gateway.health import Health, State
from gateway.measures import Durations
from gateway.model import Readings
from gateway.outage import Outage
from gateway.pipeline import Pipeline
from gateway.proof_tests.command import Command
from gateway.store.store import Store
from gateway.words import StoreTold, Word

log = logging.getLogger(__name__)

GATHER = 0.05
"""Seconds for which readings are gathered into one tick."""
LOOK_AGAIN = 2.0
"""Seconds after which the loop turns even when nothing happens, to show that it lives."""
RETRY = 1.0
LARGEST_BACKLOG = 200_000
"""Readings kept for the history while the store fails; beyond them the oldest go first, alarms and tickets never."""

Waiting: TypeAlias = tuple[Action, asyncio.Future[None]]
"""What a person asks for, and where the answer is awaited."""
FAILING = "the store is failing: nothing can be written down now"
BEGAN_TO_FAIL = "the store began to fail just now: look whether this is done before you ask for it again"


class Runner:
    """``deliver`` and ``act`` are for others; ``run`` is the one task that moves the pipeline."""

    def __init__(self, pipeline: Pipeline, store: Store, clock: Clock, health: Health) -> None:
        self.pipeline, self.store = pipeline, store
        self.on_commit: list[Callable[[Changes], None]] = []
        """Called after each commit with what was committed: wakes deliveries, prints lines."""
        self.on_failing: list[Callable[[Changes], None]] = []
        """Called after each tick of an outage that people are told of, with all that is not written down."""
        self.tick_seconds = Durations()
        self.commit_seconds = Durations()
        self._clock = clock
        self._health = health
        self._readings: list[Readings] = []
        self._actions: list[Waiting] = []
        self._wake = asyncio.Event()
        self._uncommitted = Changes()
        self._told: list[Word] = []
        self._unwritten_since: float | None = None
        self._outage = Outage()
        self._taken_back: list[StopTest] = []
        """The tests that began in a tick that could not be written down: whoever asked was told that none did."""
        self.send: Callable[[list[Command]], None] = _nobody
        """Where committed commands go."""

    def told(self, word: Word) -> None:
        """Hand in what a wire said of a command, or a delivery of its output; it is part of the next tick."""
        self._told.append(word)
        self._wake.set()

    @property
    def unwritten_for(self) -> float:
        """Seconds for which what was judged waits to be written down; until then no broker hands on much more."""
        return 0.0 if self._unwritten_since is None else self._clock.now() - self._unwritten_since

    def deliver(self, readings: Readings) -> None:
        """Hand in readings; they are judged in the next tick."""
        self._readings.append(readings)
        self._wake.set()

    async def act(self, action: Action) -> None:
        """Have a person's action carried out and committed; raises Refused when the present state forbids it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._actions.append((action, done))
        self._wake.set()
        await done

    async def run(self) -> None:
        """Tick for ever; on cancellation one last tick commits what has arrived."""
        self._health.expect("pipeline")
        self._health.expect("store")
        turn = asyncio.ensure_future(self.turn())
        try:
            while True:
                await asyncio.shield(turn)
                await self._wait_for_work()
                turn = asyncio.ensure_future(self.turn())
        finally:
            await turn
            await self.turn()

    async def _wait_for_work(self) -> None:
        due = self.pipeline.agenda.next()
        patience = LOOK_AGAIN if due is None else min(self._clock.real(due - self._clock.now()), LOOK_AGAIN)
        try:
            async with asyncio.timeout(patience):
                await self._wake.wait()
        except TimeoutError:
            return
        if self._readings and not self._actions:
            await asyncio.sleep(self._clock.real(GATHER))

    async def turn(self) -> None:
        """One tick over what has arrived, and its commit."""
        self._wake.clear()
        failing = self._unwritten_since is not None or not await self._can_write()
        readings, self._readings = self._readings, []
        actions, self._actions = self._actions, []
        if failing:  # what cannot be audited is not done; alarms go on, and so does what ends a test
            actions = _stops_of(actions)
        now = self._clock.now()
        told, self._told = self._told, []
        asked = [*told, *self._taken_back, *(action for action, _ in actions)]
        before, self._taken_back = len(asked) - len(actions), []
        with self.tick_seconds.timed():
            changes, refusals = self.pipeline.tick(readings, asked, now, self._clock.ahead(), self._clock.trusted())
        self._health.beat("pipeline")
        self._uncommitted.absorb(changes)
        if failing and self._outage.since is not None:
            for listener in self.on_failing:
                listener(self._uncommitted)
        self._unwritten_since = now if self._unwritten_since is None else self._unwritten_since
        committed = await self._commit(failing)
        self._unwritten_since = None if committed else self._unwritten_since
        for (action, done), refusal in zip(actions, refusals[before:], strict=True):
            failure = "" if committed or isinstance(action, StopTest) else BEGAN_TO_FAIL
            if failure and not refusal and isinstance(action, StartTest):
                self._taken_back.append(StopTest(action.asset, action.who, FAILING))
                failure = FAILING
            if not done.done():
                _settle(done, refusal or failure)

    async def _can_write(self) -> bool:
        """Whether what people ask for can be written down: who is refused must not find it done all the same.

        What ends a test waits for no proof of that.
        """
        if not self._actions or any(isinstance(action, StopTest) for action, _ in self._actions):
            return True
        now = self._clock.now()
        try:
            await self.store.prove()
        except sqlite3.Error as error:
            self._unwritten_since = now
            self._fails(error)
            return False
        return True

    async def _commit(self, failing: bool) -> bool:
        """Write what is not yet written; when that fails it is kept, and tried again with the next tick."""
        changes = self._uncommitted
        if not (changes or failing or self._is_said_to_fail) and self._outage.since is None:
            self._health.beat("store")
            return True
        try:
            with self.commit_seconds.timed():
                await (self.store.commit(changes) if changes else self.store.prove())
        except sqlite3.Error as error:
            await self._not_written(changes, error)
            return False
        self._uncommitted = Changes()
        self._health.beat("store")
        self._tell(self._outage.written(self._clock.now()))
        self.send(changes.commands)
        for receipt in changes.receipts:
            receipt()
        for listener in self.on_commit:
            listener(changes)
        return True

    @property
    def _is_said_to_fail(self) -> bool:
        """Whether the last that is known of the store is that it failed somebody: a delivery, say."""
        return any(part.name == "store" and part.state is State.FAILED for part in self._health.components())

    def _fails(self, error: sqlite3.Error) -> None:
        if not self._is_said_to_fail:
            log.error("the store fails: %s; alarms go on from memory", error)
        self._health.fail("store", str(error))

    async def _not_written(self, changes: Changes, error: sqlite3.Error) -> None:
        self._fails(error)
        self.send([each for each in changes.commands if each.stops])  # nothing stays asserted for want of a disk
        changes.commands = [each for each in changes.commands if not each.stops]
        now, dropped = self._clock.now(), changes.forget_oldest(LARGEST_BACKLOG)
        self._tell(self._outage.failed(str(error), now - self.unwritten_for, now, dropped))
        await asyncio.sleep(RETRY)

    def _tell(self, word: StoreTold | None) -> None:
        if word:
            self.told(word)


def _nobody(commands: list[Command]) -> None:
    """What takes the commands of a gateway that has no wires."""


def _stops_of(actions: list[Waiting]) -> list[Waiting]:
    """Those that end a test; all others are refused."""
    for action, done in actions:
        if not isinstance(action, StopTest) and not done.done():
            _settle(done, FAILING)
    return [each for each in actions if isinstance(each[0], StopTest)]


def _settle(done: asyncio.Future[None], refusal: str) -> None:
    if refusal:
        done.set_exception(Refused(refusal))
    else:
        done.set_result(None)
