"""Everything that goes out of a running gateway: deliveries, spools, what other systems are shown, the sign of life.

Builds it from the site's outputs and names its tasks; who runs them is ``app``. Knows no wire of the property.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from math import inf
from typing import TypeAlias

from gateway.by_hand import ByHand
from gateway.changes import Changes
from gateway.clock import Clock, secret, seeded
from gateway.deliveries import Deliveries
from gateway.documents import parse_duration
from gateway.estate import Estate
from gateway.health import Health
from gateway.heartbeat import DeadMan
from gateway.links import links_of
from gateway.northbound import northbound
from gateway.outputs import output_of, written_of
from gateway.outputs.outbox import Delivery
from gateway.outputs.spool import Draining
from gateway.readback import read_back
from gateway.repeating import repeated
from gateway.routing.book import Delivered
from gateway.runner import Runner
from gateway.store.store import Store
from gateway.supervisor import CORE

SLOW_TASK = 30.0
"""Seconds, and the time-out that the site gave its receiver, after which a delivery without life counts as stalled."""

Work: TypeAlias = Callable[[], Awaitable[None]]


class Outgoing:
    """``tasks``: what is to be kept running, by name. Nothing is sent before that."""

    def __init__(self, estate: Estate, store: Store, runner: Runner, clock: Clock, health: Health) -> None:
        self._estate, self._store, self._runner, self._clock, self._health = estate, store, runner, clock, health
        self._life = secret()[:8]
        self._by_hand: list[ByHand] = []
        self.links = links_of(estate, store, clock)
        self.deliveries = Deliveries(estate, store, clock, health)
        drainings = [self._draining(name) for name, each in estate.outputs.items() if each.keep]
        self.deliveries.spools |= {each.name: each.circuit for each in drainings}
        self.deliveries.of |= {name: self._delivery(name) for name, each in estate.outputs.items() if not each.keep}
        self._outputs = {name: each.output for name, each in self.deliveries.of.items()}
        self.circuits = {name: each.circuit for name, each in self.deliveries.of.items()} | self.deliveries.spools
        """Whether each output takes what it is handed."""
        self.tasks: dict[str, Work] = {f"output {name}": each.run for name, each in self.deliveries.of.items()}
        self.tasks |= {f"output {each.name}": each.run for each in drainings}
        for each in repeated(self._outputs, runner.pipeline, clock):
            each.alive = partial(health.beat, f"standing {each.name}")
            health.expect(f"standing {each.name}", inf)
            self.tasks[f"standing {each.name}"] = each.run
        read_backs = read_back(self._outputs, estate, runner, clock, health)
        self.tasks |= {f"read back {each.name}": each.run for each in read_backs}
        self.tasks |= northbound(self._outputs, runner, clock, health)
        self.tasks["outbox"] = self._watch
        runner.on_commit.append(self._wake)
        runner.on_failing.append(self._carry)

    def tell_of_life(self, sources: Collection[str]) -> None:
        """Have a sign of life told while the core, these sources and all outputs go on, where the site asks for one."""
        told = self._estate.heartbeat
        if told:
            outputs = (f"output {name}" for name in self._estate.outputs)
            parts = {*CORE, "outbox", *(f"source {name}" for name in sources), *outputs}
            over = self._outputs.get(told.mqtt)
            self.tasks["heartbeat"] = DeadMan(self._estate, self._store, self._clock, self._health, parts, over).run

    def _delivery(self, name: str) -> Delivery:
        alive = self._expected(name)
        by_hand = ByHand(name, self._store, self._health, self._life)
        self._by_hand.append(by_hand)
        made = Delivery(name, output_of(self._estate, name), by_hand, self._clock, seeded(), alive)
        made.told = self._delivered
        if self.links and self._estate.outputs[name].kind != "log":  # a link is a secret
            made.dress = self.links.dress
        return made

    def _draining(self, name: str) -> Draining:
        alive = self._expected(name)
        written = written_of(self._estate, name, self._store.rows(), self._store.names())
        return Draining(written, self._store, self._clock, seeded(), alive, self._runner.told)

    def _expected(self, name: str) -> Callable[[], None]:
        patience = parse_duration(self._estate.outputs[name].settings.get("timeout", "0s"))
        self._health.expect(f"output {name}", SLOW_TASK + patience)
        return partial(self._health.beat, f"output {name}")

    def _delivered(self, key: str, taken: bool) -> None:
        key = key.removesuffix(f"-{self._life}")
        if self._runner.pipeline.notifying.awaits(key):
            self._runner.told(Delivered(key, taken))

    def _carry(self, unwritten: Changes) -> None:
        for each in self._by_hand:
            each.carry(unwritten.outbox)
        self.deliveries.wake()

    def _wake(self, changes: Changes) -> None:
        for each in self._by_hand:
            each.written()
        if changes.outbox:
            self.deliveries.wake()

    async def _watch(self) -> None:
        await self.deliveries.watch(lambda: self._runner.pipeline.troubles.standing, self._runner.told)
