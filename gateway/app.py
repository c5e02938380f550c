"""Builds a running gateway from an estate, owns its tasks and the shutdown. Knows every part and decides nothing."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import logging
import os
import signal
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import IO

from gateway.api.app import Parts, build_api
from gateway.api.instruments import Instruments
from gateway.api.server import ApiServer, listen
from gateway.clock import Clock, SystemClock, iso
from gateway.conductor import Conductor
from gateway.errors import Refused, StoreError, Unreachable
from gateway.estate import Estate
from gateway.gatekeeper import LOCAL_TOKEN, Gatekeeper
from gateway.health import Health
from gateway.outgoing import Outgoing
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.sources import build_source
from gateway.sources.source import Device, Resume, Source
from gateway.store.migrations import trouble
from gateway.store.store import Store
from gateway.store.strangers import left_behind
from gateway.supervisor import Supervisor
from gateway.words import Leaving

log = logging.getLogger(__name__)

RESTART_AFTER = 1.0
SAME_WITHIN = 60.0
LISTEN_AGAIN = 5.0
CLEAN_EVERY = 3600.0
LOOK_AT_DAY = 60.0
NOBODY = "nobody would see to them. Call the site as before, or give it a state folder of its own"
END_WITHIN = 5.0
"""Seconds that the wires have to take what ends a test, when the gateway is told to stop."""
LOOKS, LOOK_AGAIN = 10, 0.02
"""Whoever looks whether a gateway is at work (``touchpoint status``) holds its lock for a moment."""
CANCEL_AGAIN = 0.2
SLOW_SOURCE, LONG_ANSWERS = 60.0, 20
"""Seconds, and answers that are waited for in vain, after which a source that shows no life counts as stalled."""


class Gateway:
    """One site at work. ``start`` builds it, ``run`` works until ``stop``."""

    def __init__(self, estate: Estate, store: Store, saved: Saved, clock: Clock) -> None:
        self.estate = estate
        self.clock = clock
        self.health = Health(asyncio.get_running_loop().time)
        self.store = store
        self.runner = Runner(Pipeline(estate, saved, clock.now(), ahead=clock.ahead()), store, clock, self.health)
        self.address: tuple[str, int] | None = None
        """Where the API listens, once it does."""
        self.listening = asyncio.Event()
        self._keeper = Gatekeeper(store, clock)
        self._outgoing = out = Outgoing(estate, store, self.runner, clock, self.health)
        self._instruments = Instruments(self.runner, clock, self.health)
        # Before any wire has a deadline: it takes a while.
        parts = (self.runner, clock, self.health, self._keeper, out.deliveries, self._instruments, out.links)
        self._api = build_api(Parts(*parts))
        self._stop = asyncio.Event()
        self._supervisor = Supervisor(os.environ)
        self._sources = build_sources(estate, saved, clock)
        self._conductor = Conductor(estate, self._sources, clock, self.runner.pipeline.proofs.wanted, self.runner.told)
        self.runner.send = self._conductor.take
        self._instruments.sources, self._instruments.circuits = self._sources, out.circuits
        self._watch_sources()
        out.tell_of_life(self._sources)

    def _watch_sources(self) -> None:
        """Have the sources show that they go on."""
        for name, source in self._sources.items():
            limit = max(SLOW_SOURCE, LONG_ANSWERS * self.estate.connections[name].timeout)
            self.health.expect(f"source {name}", limit)
            source.alive = partial(self.health.beat, f"source {name}")

    def behind(self) -> float:
        """Seconds by which the latest of all questions to the property's devices is late."""
        return max((source.behind for source in self._sources.values()), default=0.0)

    def stop(self) -> None:
        """End ``run``; may be called from a signal handler."""
        self._stop.set()

    async def run(self, bind: tuple[str, int], state: Path) -> None:
        """Work until stopped. Trouble in one task is logged, shown in health, and the task begins again."""
        begun = [asyncio.create_task(self.runner.run(), name="pipeline")]
        begun += [self._keep(f"source {name}", self._reading(source)) for name, source in self._sources.items()]
        begun += [self._keep(name, work) for name, work in self._outgoing.tasks.items()]
        begun += [
            *([self._keep("commands", self._conductor.run)] if self._sources else []),
            self._keep("clean-up", self._clean_up),
            self._keep("loop", self._instruments.watch_loop),
            self._keep("api", lambda: self._serve(bind, state)),
            *([self._keep("standard", self._mind_adjustments)] if self.estate.adjusted_until else []),
            *([self._keep("supervisor", self._supervise)] if self._supervisor.watched else []),
            asyncio.create_task(self._stopped(), name="stop"),
        ]
        try:
            await asyncio.wait((begun[0], begun[-1]), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._supervisor.stopping()
            await self._let_go()
            await _end(begun[1:])
            await _end(begun[:1])
        if not self._stop.is_set():
            begun[0].result()

    async def _let_go(self) -> None:
        """Have relays give back what a test has taken away: some would keep it until somebody starts the gateway."""
        proving, committed = self.runner.pipeline.proofs.proving, asyncio.Event()
        if not self._stop.is_set() or not proving.holds():
            return
        self.runner.on_commit.append(lambda _: committed.set())
        self.runner.told(Leaving())
        with suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN):
                while proving.holds():
                    committed.clear()
                    await committed.wait()

    async def _supervise(self) -> None:
        await self._supervisor.run(self.health)

    async def _stopped(self) -> None:
        await self._stop.wait()

    def _reading(self, source: Source) -> Callable[[], Awaitable[None]]:
        return lambda: source.run(self.runner.deliver)

    def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.create_task(self._kept(name, work), name=name)

    async def _kept(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """The task boundary: the one place that catches everything, because a dead task must never go unseen.

        Trouble that comes again at once is logged once: where the disk is full, the log may lie on it.
        """
        told, at = "", 0.0
        while True:
            try:
                await work()
                why = "ended by itself"
            except Exception as fault:
                why, before, at = str(fault) or type(fault).__name__, at, asyncio.get_running_loop().time()
                level = logging.DEBUG if why == told and at - before < SAME_WITHIN else logging.ERROR
                log.log(level, "%s failed and begins again", name, exc_info=True)
                told = why
            self.health.fail(name, why)
            await asyncio.sleep(RESTART_AFTER)

    async def _serve(self, bind: tuple[str, int], state: Path) -> None:
        socket = None
        while socket is None:
            try:
                socket = listen(*bind)
            except Unreachable as error:
                if "api" not in {part.name for part in self.health.components()}:
                    log.error("%s; trying on, everything else works", error)
                self.health.fail("api", str(error))
                await asyncio.sleep(LISTEN_AGAIN)
        host, port = socket.getsockname()[:2]
        self.address = (host, port)
        write_whole(state / LOCAL_TOKEN, self._keeper.local_secret, 0o600)
        write_whole(state / "gateway.json", json.dumps({"host": host, "port": port, "pid": os.getpid()}), 0o666)
        self.health.expect("api", float("inf"))
        self.health.beat("api")
        self.listening.set()
        server = ApiServer(self._api)
        try:
            await server.serve(sockets=[socket])
        finally:
            socket.close()
            (state / "gateway.json").unlink(missing_ok=True)
            (state / LOCAL_TOKEN).unlink(missing_ok=True)

    async def _clean_up(self) -> None:
        """Drop history beyond its keeping time, a bounded piece at a time."""
        store = self.store
        while True:
            now = self.clock.now()
            before = now - self.estate.history_days * 86400.0
            try:
                while (
                    await store.forget_refused(now, before)
                    + await store.forget_history(before)
                    + await store.forget_events(before)
                ):
                    pass  # each piece is a transaction of its own: commits of the pipeline come in between
            except sqlite3.Error as error:  # it is told where it matters: by whoever writes
                log.warning("nothing is cleaned up for now: %s", error)
            await self.clock.sleep(CLEAN_EVERY)

    async def _mind_adjustments(self) -> None:
        """Show ``standard`` as failed when the last day of an adjustment is over: which count was decided at load."""
        last, told = self.estate.adjusted_until, False
        self.health.expect("standard", float("inf"))
        while last:
            today = datetime.fromtimestamp(self.clock.now() + self.clock.ahead(), self.estate.timezone).date()
            if today <= last:
                self.health.beat("standard")
            else:
                why = f"an adjustment ended on {last}: restart to judge by the standard again"
                self.health.fail("standard", why)
                log.log(logging.DEBUG if told else logging.ERROR, why)
                told = True
            await self.clock.sleep(LOOK_AT_DAY)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    running = set(tasks)
    while running:
        # Again until it works: wait_for of Python 3.11 loses a cancellation that meets its result.
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN)


def build_sources(estate: Estate, saved: Saved, clock: Clock) -> dict[str, Source]:
    """One source for each connection that has devices. A protocol's library is imported only when it is used."""
    of_connection: dict[str, list[Device]] = defaultdict(list)
    for device, connection in estate.device_connection.items():
        of_connection[connection].append(estate.devices[device])
    return {name: _source(estate, name, devices, saved, clock) for name, devices in of_connection.items()}


def _source(estate: Estate, name: str, devices: list[Device], saved: Saved, clock: Clock) -> Source:
    resume = Resume(saved.receipt_keys, saved.listened_until)
    return build_source(estate.connections[name], devices, clock, resume)


def write_whole(file: Path, text: str, mode: int) -> None:
    """Write what another process reads, in one step: it sees all of it, or what was there before."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as opened:
        opened.write(text)
    draft.replace(file)


def lock(state: Path) -> IO[str]:
    """Keep any second gateway off this state; raises Refused when one is at work. Held until closed."""
    state.mkdir(parents=True, exist_ok=True)
    handle, pause = (state / "gateway.lock").open("w"), Event()
    for left in reversed(range(LOOKS)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if not left:
                handle.close()
                raise Refused(f"another gateway is at work on {state}") from error
            pause.wait(LOOK_AGAIN)
    return handle


async def run(
    estate: Estate,
    state: Path,
    bind: tuple[str, int],
    clock: SystemClock | None = None,
    begun: Callable[[Gateway], Coroutine[None, None, None]] | None = None,
) -> None:
    """Run a site until SIGINT or SIGTERM. ``begun`` is awaited beside it (the demo's screen), and ends with it."""
    clock = clock or SystemClock()
    with lock(state):
        (state / "gateway.json").unlink(missing_ok=True)  # of one that was killed
        store = Store(state / "gateway.db", estate)
        try:
            try:
                left, saved = await store.read(left_behind), await store.load(clock.now())
            except sqlite3.DatabaseError as error:  # damage further in than opening looks
                raise trouble(store.path, error) from error
            if left:
                raise StoreError(f"{store.path}: it has {left}, and this is site {estate.site!r}: {NOBODY}")
            start = clock.resume(saved.seen, saved.ahead)
            if not start.trusted:
                log.warning("the clock is behind what was recorded last (%s); time goes on from there", iso(start.now))
            saved = replace(saved, is_sure=start.sure)
            gateway = Gateway(estate, store, saved, clock)
            gc.collect()
            gc.freeze()  # the site stays for years: no later collection has to look through it
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, gateway.stop)
            companion = asyncio.create_task(begun(gateway), name="companion") if begun else None
            await gateway.run(bind, state)
            if companion:
                companion.cancel()
                with suppress(asyncio.CancelledError):
                    await companion
        finally:
            store.close()
