"""Lets a gateway live through a simulated year: what it is told, what it sends, when it is killed and who visits.

Everything is read on a grid of ten seconds; moments at which nothing happens are left out.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from gateway.changes import Changes
from gateway.clock import cpu_seconds
from gateway.estate import Estate
from gateway.model import Reading, Readings
from gateway.proof_tests.command import Command, Sent, Told
from gateway.proof_tests.entry import Outcome
from simulators.year import START, Plan, Year
from simulators.year_lamps import Held
from tests.year.compare import Truth
from tests.year.gateway import Gateway
from tests.year.site import DAY, IDLE_EVERY, make_estate

EVERY = 10.0
KILLS = 80.0
"""A year, whatever is going on; and so often at the very moment at which something is sent:"""
KILL_AT_COMMAND = 0.03
WORD_AFTER = 0.2
"""Seconds until the wire's word on a command is there."""
VISIT_AFTER = (0.25 * DAY, 1.5 * DAY)
SELDOM_AFTER, SELDOM = 3 * 3600.0, 50.0
"""A luminaire that has been on its battery for so long is read so often."""
TESTS = ("emergency-light.function-test", "emergency-light.duration-test", "emergency-light.rated-test")


@dataclass(frozen=True)
class Lived:
    """What the gateway wrote down and what truly happened, and what it cost."""

    truth: Truth
    kills: int
    readings: int
    ticks: int
    cpu_s: float


class Life:
    """One year."""

    def __init__(self, plan: Plan, folder: Path, spoil: Callable[[Estate], Estate] = lambda estate: estate) -> None:
        self.plan, self.year = plan, Year(plan)
        self.gateway = Gateway(folder, spoil(make_estate(folder, self.year)))
        self.random = random.Random(f"{plan.seed}/life")
        self.now = START
        self.kills = 0
        self._told: dict[str, Mapping[str, Reading]] = {}
        self._heard: dict[str, float] = {}
        self._idle: list[tuple[float, str]] = []
        self._words: list[Told] = []
        self._visits: list[tuple[float, str, str]] = []
        self._failed: set[str] = set()
        self._up_at = math.inf
        self._kill_at = START + self._lifetime()

    def live(self) -> Lived:
        """The whole of it."""
        begun = cpu_seconds()
        self._start()
        while (at := self._next()) < self.plan.end:
            self._go_to(at)
            if self.gateway.running:
                self._turn()
            elif at >= self._up_at:
                self._start()
        return self._sum_up(begun)

    def _next(self) -> float:
        """The next moment at which anything happens."""
        moments = [self.year.due(), self._visits[0][0] if self._visits else math.inf]
        if not self.gateway.running:
            return min(*moments, self._up_at)
        agenda = self.gateway.pipeline.agenda.next()
        moments += [self._kill_at, self._idle[0][0], self._words[0].at if self._words else math.inf]
        moments.append(math.inf if agenda is None else max(agenda, self.now + 0.05))
        if self.year.touched or self.gateway.followed:
            moments.append(self._grid(self.now))
        return min(moments)

    def _grid(self, after: float) -> float:
        return START + EVERY * (math.floor((after - START) / EVERY + 1e-6) + 1)

    def _go_to(self, at: float) -> None:
        self.now = max(self.now, at)
        self.year.advance(self.now)
        while self._visits and self._visits[0][0] <= self.now:
            _, name, clause = heapq.heappop(self._visits)
            self._visit(name, clause)

    def _visit(self, name: str, clause: str) -> None:
        """Somebody comes because of a ticket: a test that failed means the battery, all else the relay."""
        if clause in TESTS and name in self._failed:
            self._failed.discard(name)
            self.year.new_battery(name)
        self.year.new_relay(name)

    # --- one turn of the gateway

    def _turn(self) -> None:
        if self.now >= self._kill_at:
            self._die()
            return
        words = [word for word in self._words if word.at <= self.now]
        self._words = [word for word in self._words if word.at > self.now]
        told = self._read() if self._is_on_grid() else []
        agenda = self.gateway.pipeline.agenda.next()
        if told or words or (agenda is not None and agenda <= self.now):
            self._commit(self.gateway.tick(told, words, self.now))

    def _is_on_grid(self) -> bool:
        return abs(self.now - self._grid(self.now - EVERY / 2)) < 0.001

    def _read(self) -> list[Readings]:
        """What is new, what is tested, and those that were not heard for long."""
        new = self.year.touched | {name for name in self.gateway.followed if not self._is_old_news(name)}
        names = set(new)
        while self._idle and self._idle[0][0] <= self.now:
            name = heapq.heappop(self._idle)[1]
            if self._heard.get(name, -math.inf) + IDLE_EVERY - EVERY <= self.now:
                names.add(name)
            else:
                heapq.heappush(self._idle, (self._heard[name] + IDLE_EVERY, name))
        self.year.touched.clear()
        return [each for name in sorted(names) for each in self._heard_of(name, news=name in new)]

    def _is_old_news(self, name: str) -> bool:
        """It has run for hours, and was read not long ago."""
        run = self.gateway.pipeline.discharges.seers[name].watch.run
        old = run is not None and self.now - run.started_at > SELDOM_AFTER
        return old and self.now - self._heard.get(name, 0.0) < SELDOM

    def _heard_of(self, name: str, *, news: bool) -> list[Readings]:
        before = self._told.get(name) if news else None
        told_then = self.year.lamps[name].silent_until <= self.now - EVERY
        skipped = told_then and self._heard.get(name, -math.inf) < self.now - 1.5 * EVERY
        heapq.heappush(self._idle, (self.now + IDLE_EVERY, name))
        told = self.year.told(name)
        if told is None:
            return []
        found = []
        if before is not None and skipped:
            # What was read ten seconds ago was the same as ever, and was left out.
            found.append(self.gateway.reading(name, before, self.now - EVERY, self.now))
        self._told[name], self._heard[name] = told, self.now
        return [*found, self.gateway.reading(name, told, self.now, self.now)]

    def _commit(self, changes: Changes) -> None:
        kill = changes.commands and self.random.random() < KILL_AT_COMMAND
        moment = self.random.choice(["before it is written", "before it is sent", "before it is heard"]) if kill else ""
        if moment == "before it is written":
            self._die()
            return
        self.gateway.database.commit(changes)
        self._follow(changes)
        if moment != "before it is sent":
            for command in changes.commands:
                self._send(command)
        if moment:
            self._die()

    def _send(self, command: Command) -> None:
        if not self.gateway.wanted(command, self.now):
            said = Sent.WITHDRAWN
        else:
            said = Sent(self.year.command(command.asset, command.name, command.seconds))
        self._words.append(Told(command, said, self.now + WORD_AFTER))

    def _follow(self, changes: Changes) -> None:
        """Somebody takes care of each ticket some days later."""
        self._failed |= {entry.asset for entry in changes.entries if entry.outcome is Outcome.FAILED}
        for event in changes.events:
            clause, asset = event.data.get("clause", ""), event.data.get("asset", "")
            if event.type == "touchpoint.ticket.opened.v1" and asset in self.year.lamps:
                heapq.heappush(self._visits, (self.now + self.random.uniform(*VISIT_AFTER), asset, clause))

    # --- its lives

    def _start(self) -> None:
        self.gateway.start(self.now)
        self._up_at = math.inf
        self._told.clear()
        self._idle = [(self._grid(self.now), name) for name in sorted(self.year.lamps)]
        self._heard.clear()
        self._commit(self.gateway.tick([], [], self.now))

    def _die(self) -> None:
        self.gateway.die(self.now)
        self.kills += 1
        self._words.clear()
        self._up_at = self.now + self._downtime()
        self._kill_at = self._up_at + self._lifetime()

    def _lifetime(self) -> float:
        return self.random.expovariate(KILLS / (365 * DAY))

    def _downtime(self) -> float:
        """Mostly a restart, sometimes half an hour, seldom most of a day."""
        shortest, longest = self.random.choices([(3.0, 60.0), (60.0, 1800.0), (3600.0, 20 * 3600.0)], [70, 25, 5])[0]
        return self.random.uniform(shortest, longest)

    def _sum_up(self, begun: float) -> Lived:
        if not self.gateway.running:
            self._start()
        needed = set(self.gateway.pipeline.proofs.proving.procedures)
        year, entries = self.year, self.gateway.book()
        self.gateway.close()
        truth = Truth(
            self.plan, entries, year.book.burnt, year.book.frames, [*year.book.held, *self._left_on(needed)],
            year.book.together, [*year.replaced, *year.weak.values()], self.gateway.downs, year.book.blind,
            list(year.lamps),
        )  # fmt: skip
        counters = self.gateway.counters
        return Lived(truth, self.kills, counters["readings"], counters["ticks"], cpu_seconds() - begun)

    def _left_on(self, needed: Set[str]) -> list[Held]:
        """What commands still hold on at the end, and no test needs."""
        return [
            Held(name, output, since, math.inf, "nobody")
            for name, lamp in self.year.lamps.items()
            for output, since in lamp.plant.outputs.items()
            if name not in needed
        ]
