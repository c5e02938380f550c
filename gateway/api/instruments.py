"""What is measured of the gateway, as named samples: read from its parts when somebody asks. Knows no format.

No sample is of a single point or asset: how many there are depends on the site's devices and outputs alone.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import product
from typing import TypeAlias, get_args

from gateway.alarms.alarm import Phase
from gateway.api.alarms import in_force
from gateway.changes import Changes
from gateway.clock import Clock, monotonic
from gateway.data import version
from gateway.health import Health, State
from gateway.measures import Durations
from gateway.model import Priority
from gateway.outputs.circuit import Circuit
from gateway.proof_tests.entry import Kind, Outcome
from gateway.runner import Runner
from gateway.sources.source import Source
from gateway.standards.verdict import Outcome as Judged
from gateway.store.store import Backlog
from gateway.tickets.ticket import TicketState

log = logging.getLogger(__name__)

Sample: TypeAlias = tuple[str, tuple[str, ...], float]
"""Name without its prefix, values of its labels, value."""
LOOK_EVERY = 1.0
"""Seconds between two looks at how late the event loop is."""
LATE = 1.0
"""Seconds of lateness that are written into the log."""
STORE_WITHIN = 2.0
"""Seconds that the store has to tell how much waits: one that hangs must not hide all the rest."""
MOST_REASONS = 100


class Instruments:
    """Reads everything that ``/metrics`` shows; ``sources`` and ``circuits`` of outputs are handed in once built."""

    def __init__(self, runner: Runner, clock: Clock, health: Health) -> None:
        self.runner, self.clock, self.health = runner, clock, health
        self.sources: Mapping[str, Source] = {}
        self.circuits: Mapping[str, Circuit] = {}
        self.loop_lag = Durations()
        self._tests: Counter[tuple[str, str]] = Counter()
        runner.on_commit.append(self._committed)

    def _committed(self, changes: Changes) -> None:
        self._tests.update((entry.kind, entry.outcome.value) for entry in changes.entries)

    async def watch_loop(self) -> None:
        """Measure for ever how late the event loop is; what blocks it delays every alarm."""
        while True:
            due = monotonic() + LOOK_EVERY
            await asyncio.sleep(LOOK_EVERY)
            late = max(monotonic() - due, 0.0)
            self.loop_lag.observe(late)
            if late >= LATE:
                log.warning("the event loop was held up for %.1f s", late)

    def histograms(self) -> Mapping[str, Durations]:
        """What is told by steps."""
        return {
            "tick_duration_seconds": self.runner.tick_seconds,
            "commit_duration_seconds": self.runner.commit_seconds,
            "loop_lag_seconds": self.loop_lag,
        }

    async def samples(self) -> list[Sample]:
        """Everything else. Of a store that fails nothing is told but that it does."""
        backlog = Backlog()
        with suppress(sqlite3.Error, TimeoutError):
            backlog = await asyncio.wait_for(self.runner.store.backlog(), STORE_WITHIN)
        now = self.clock.now()
        told = (self._gateway(), self._judged(), self._work(), self._wires(), self._waiting(backlog, now))
        return [sample for part in told for sample in part]

    def _gateway(self) -> Iterator[Sample]:
        pipeline = self.runner.pipeline
        yield "build_info", (version(), pipeline.estate.site, pipeline.estate.standard.version), 1
        for name in ("readings", "ticks"):
            yield f"{name}_total", (), pipeline.counters[name]
        for reason, count in list(pipeline.bad_reasons.items())[:MOST_REASONS]:
            yield "bad_readings_total", (reason,), count
        yield "faults_total", (), pipeline.judge.faults
        yield "clock_trusted", (), self.clock.trusted()
        for part in self.health.components():
            yield "component_up", (part.name,), part.state in (State.WELL, State.DEGRADED)
            yield "component_degraded", (part.name,), part.state is State.DEGRADED
            yield "component_silent_seconds", (part.name,), part.silent

    def _judged(self) -> Iterator[Sample]:
        pipeline = self.runner.pipeline
        assets = pipeline.estate.assets
        outcomes = Counter((asset.kind, pipeline.asset_outcome(name)) for name, asset in assets.items())
        for key in product(sorted({asset.kind for asset in assets.values()}), Judged):
            yield "assets", (key[0], key[1].value), outcomes[key]
        alarms = [(alarm, clause.priority) for alarm, clause in in_force(pipeline)]
        phases = Counter((alarm.phase, priority) for alarm, priority in alarms if not alarm.hidden)
        for phase, priority in product((Phase.PENDING, Phase.ACTIVE, Phase.CLEARING), Priority):
            yield "alarms", (phase.value, priority.value), phases[phase, priority]
        told = [(alarm, priority) for alarm, priority in alarms if alarm.standing]
        hidden = Counter(priority for alarm, priority in told if alarm.hidden)
        unseen = Counter(priority for alarm, priority in told if not alarm.hidden and not alarm.acknowledged)
        for priority in Priority:
            yield "alarms_hidden", (priority.value,), hidden[priority]
            yield "alarms_unacknowledged", (priority.value,), unseen[priority]

    def _work(self) -> Iterator[Sample]:
        tickets = Counter((ticket.state, ticket.priority) for ticket in self.runner.pipeline.tickets.values())
        for state, priority in product(TicketState, Priority):
            yield "tickets", (state.value, priority.value), tickets[state, priority]
        for kind, outcome in product(get_args(Kind), Outcome):
            yield "proof_tests_total", (kind, outcome.value), self._tests[kind, outcome.value]

    def _wires(self) -> Iterator[Sample]:
        estate, values = self.runner.pipeline.estate, self.runner.pipeline.latest.values
        for name, connection in estate.connections.items():
            yield "connection_up", (name, connection.kind), values[connection.answers_id] is True
        for name, device in estate.devices.items():
            yield "device_up", (name, estate.device_connection.get(name, "")), values[device.answers_id] is True
        for name, source in self.sources.items():
            yield "polling_behind_seconds", (name,), source.behind
            for what, metric in COUNTED.items():
                if what in source.counters:
                    yield metric, (name,), source.counters[what]

    def _waiting(self, backlog: Backlog, now: float) -> Iterator[Sample]:
        for output, circuit in self.circuits.items():
            yield "output_failing", (output,), circuit.since is not None
        for output in _events_to(self.runner):
            waiting = backlog.outbox.get(output)
            if waiting:
                yield "outbox_waiting", (output,), waiting.events
                yield "outbox_set_aside", (output,), waiting.set_aside
                yield "outbox_oldest_seconds", (output,), _age(waiting.oldest, now)
        for output, standing in backlog.spools.items():
            yield "spool_waiting", (output,), standing.waiting
            yield "spool_oldest_seconds", (output,), _age(standing.oldest, now)
            yield "spool_dropped_total", (output,), standing.dropped
            yield "spool_set_aside_total", (output,), standing.set_aside


COUNTED: Mapping[str, str] = {
    "polls": "polls_total", "timeouts": "poll_timeouts_total", "link failures": "link_failures_total",
    "messages": "messages_total", "refused": "messages_refused_total", "dropped": "messages_dropped_total",
}  # fmt: skip
"""What a source counts → what that is called."""


def _events_to(runner: Runner) -> Iterable[str]:
    outputs = runner.pipeline.estate.outputs
    return [name for name in outputs if not outputs[name].keep]


def _age(since: float | None, now: float) -> float:
    return 0.0 if since is None else max(now - since, 0.0)
