"""Lets the gateway judge a simulated month, and compares; nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.clock import cpu_seconds
from gateway.replay import replay
from gateway.site import load_site
from gateway.tickets.ticket import Ticket
from simulators.month import Month, Plan
from tests.month.compare import Raised, Tally, compare
from tests.month.recording import SimulatedMonth
from tests.month.site import write_site

DAYS_OF_A_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Judged:
    """What a month came to; times in seconds of the processor."""

    plan: Plan
    tallies: Mapping[str, Tally]
    readings: int
    tickets: int
    doubled: int
    """Tickets that are open beside another one about the same asset and clause."""
    simulated_s: float
    judged_s: float

    @property
    def asset_months(self) -> float:
        """Assets times months."""
        return sum(self.plan.sizes.values()) * self.plan.days / DAYS_OF_A_MONTH

    @property
    def false_per_1000(self) -> float:
        """False tickets per 1,000 asset-months."""
        return 1000 * sum(len(each.false) for each in self.tallies.values()) / self.asset_months


def judge(plan: Plan, folder: Path, standard: Mapping[str, Any] | None = None) -> Judged:
    """Judges a month by the shipped standard, or as ``standard`` changes it; the site is written to ``folder``."""
    begun = cpu_seconds()
    things = {thing.name: thing.described() for thing in Month(plan).things}
    estate = load_site(write_site(folder, things, standard), now=plan.start).estate
    recording = SimulatedMonth(plan, estate)
    done = replay(estate, recording, plan.start, plan.end)
    judged_s = cpu_seconds() - begun - recording.cpu_s
    raised = [Raised(each["asset"], each["clause"], _seconds(each["at"])) for each in done.raised]
    tallies = compare(recording.month.ledger, raised, recording.month.near_misses)
    readings = done.pipeline.counters["readings"]
    return Judged(plan, tallies, readings, len(done.tickets), _doubled(done.tickets), recording.cpu_s, judged_s)


def _doubled(tickets: Iterable[Ticket]) -> int:
    keys = [(ticket.asset, ticket.clause) for ticket in tickets if ticket.is_open]
    return len(keys) - len(set(keys))


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
