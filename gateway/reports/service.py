"""How tickets were dealt with in a period: how many, how quickly against their targets, and what proved the repairs.

Handed plain tickets one by one; keeps numbers, never the tickets. Times are steady seconds since 1970.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.model import Text
from gateway.reports.episodes import Episode, episodes
from gateway.reports.figures import Spans, portion
from gateway.reports.period import Period
from gateway.standards.proofs import ProofTest
from gateway.standards.requirements import proofs
from gateway.standards.standard import Clause
from gateway.tickets.service_level import CLOCKS, Service, elapsed, ended, target_of
from gateway.tickets.ticket import Ticket

DIMENSIONS = ("priority", "trade", "touchpoint", "clause", "asset")
"""By what the tickets are grouped."""
PROVEN = ("measured", "tested", "looked", "withdrawn")
"""What closed a ticket: a measurement, a repeated test, a person's look; ``withdrawn`` proved nothing."""
UNKNOWN = "?"
"""The group of what the site's files do not tell any more."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report has to know of a ticket's asset and clause, as the site's files say now."""

    touchpoint: str = UNKNOWN
    place: Text = field(default_factory=dict)
    clause: Clause | None = None
    touchpoint_title: Text = field(default_factory=dict)

    def keys(self, ticket: Ticket) -> dict[str, str]:
        """The ticket's group in each dimension."""
        trade = self.clause.ticket.trade if self.clause else UNKNOWN
        return {
            "priority": ticket.priority.value, "trade": trade, "touchpoint": self.touchpoint,
            "clause": ticket.clause, "asset": ticket.asset,
        }  # fmt: skip

    def titles(self) -> dict[str, Text]:
        """What groups are called that have a title of their own."""
        clause = self.clause.title if self.clause else {}
        return {"clause": clause, "asset": self.place, "touchpoint": self.touchpoint_title}


@dataclass(slots=True)
class ClockFigures:
    """One clock in one group. ``running_late``: not ended yet, and beyond its target at the end of the period."""

    net: Spans = field(default_factory=Spans)
    gross: Spans = field(default_factory=Spans)
    in_time: int = 0
    late: int = 0
    running_late: int = 0

    def told(self) -> dict[str, Any]:
        """With the share in time of all that were held against a target; what still runs late is not in time."""
        judged = self.in_time + self.late + self.running_late
        counts = {"in_time": self.in_time, "late": self.late, "running_late": self.running_late}
        spans = self.net.told("net") | self.gross.told("gross")
        return {"ended": len(self.net), **spans, **counts, "share_in_time": portion(self.in_time, judged)}


@dataclass(slots=True)
class Group:
    """What is counted of some of the tickets."""

    title: Text = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    proven: Counter[str] = field(default_factory=Counter)
    open_s: float = 0.0
    """Seconds for which tickets were open in the period, added up."""
    clocks: Mapping[str, ClockFigures] = field(default_factory=lambda: {name: ClockFigures() for name in CLOCKS})

    def told(self) -> dict[str, Any]:
        """As the API has it."""
        counts = {name: self.counts[name] for name in COUNTS}
        proven = {name: self.proven[name] for name in PROVEN}
        return {
            "title": dict(self.title), **counts, "open_s": round(self.open_s, 3), "proven": proven,
            **{name: clock.told() for name, clock in self.clocks.items()},
        }  # fmt: skip


COUNTS = ("open_at_start", "opened", "reopened", "reoccurred", "unproven", "closed", "open_at_end")
"""``reopened``: came back after it was closed; ``unproven``: said to be done, and measured not to be."""


class ServiceReport:
    """Takes the tickets of a period, each once; what happened outside of it does not count."""

    def __init__(self, period: Period, service: Service, ahead: float = 0.0) -> None:
        self.period = period
        self.all = Group()
        self.groups: dict[str, dict[str, Group]] = {name: defaultdict(Group) for name in DIMENSIONS}
        self._service = service
        self._ahead = ahead

    def add(self, ticket: Ticket, about: About) -> None:
        """One more ticket."""
        if ticket.opened_at >= self.period.until:
            return
        titles = about.titles()
        groups = [self.all]
        for dimension, key in about.keys(ticket).items():
            group = self.groups[dimension][key]
            group.title = group.title or titles.get(dimension, {})
            groups.append(group)
        for episode in episodes(ticket):
            if episode.begin < self.period.until:
                self._episode(episode, about.clause, groups)

    def _episode(self, episode: Episode, clause: Clause | None, groups: list[Group]) -> None:
        period, end = self.period, self.period.until if episode.end is None else episode.end
        counts = [*_bounds(episode, period), *_returns(episode, period)]
        how = [_proof(episode, clause)] if period.holds(episode.end) else []
        for group in groups:
            group.counts.update(counts)
            group.open_s += max(min(end, period.until) - max(episode.begin, period.since), 0.0)
            group.proven.update(how)
        if clause:
            self._clocks(episode, clause, groups)

    def _clocks(self, episode: Episode, clause: Clause, groups: list[Group]) -> None:
        for name in CLOCKS:
            end = ended(episode.ticket, name)
            if end is not None and episode.withdrawn and end == episode.end:
                continue  # nobody did anything
            if end is not None and self.period.holds(end):
                self._ended(name, end, episode, clause, groups)
            elif end is None or end >= self.period.until:
                self._running(name, episode, clause, groups)

    def _ended(self, name: str, end: float, episode: Episode, clause: Clause, groups: list[Group]) -> None:
        target = target_of(clause, name)
        net, gross = (self._elapsed(episode, clause, end, paused) for paused in (True, False))
        for group in groups:
            clock = group.clocks[name]
            clock.net.add(net)
            clock.gross.add(gross)
            clock.in_time += target is not None and net <= target
            clock.late += target is not None and net > target

    def _running(self, name: str, episode: Episode, clause: Clause, groups: list[Group]) -> None:
        target = target_of(clause, name)
        if target is not None and self._elapsed(episode, clause, self.period.until, True) > target:
            for group in groups:
                group.clocks[name].running_late += 1

    def _elapsed(self, episode: Episode, clause: Clause, until: float, paused: bool) -> float:
        calendar, pauses = self._service.calendar_of(clause), episode.ticket.pauses if paused else ()
        return elapsed(episode.begin, until, calendar, pauses, self._service.zone, self._ahead)

    def told(self) -> dict[str, Any]:
        """As the API has it: all, every group by its dimension, and the worst."""
        groups = {
            name: [{"key": key, **group.told()} for key, group in sorted(found.items())]
            for name, found in self.groups.items()
        }
        return {"total": self.all.told(), "by": groups, "worst": worst(groups["asset"])}


WORST = 10


def worst(assets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The assets of which there was most to be told, and among those of as much the one that was open longest."""

    def trouble(asset: Mapping[str, Any]) -> int:
        return int(asset["opened"] + asset["reopened"] + asset["reoccurred"] + asset["unproven"])

    ordered = sorted(assets, key=lambda each: (-trouble(each), -each["open_s"], each["key"]))
    kept = ("key", "title", "opened", "reopened", "reoccurred", "unproven", "open_s")
    return [{name: each[name] for name in kept} for each in ordered[:WORST] if trouble(each) or each["open_s"]]


def _bounds(episode: Episode, period: Period) -> list[str]:
    """What the beginning and the end of an episode add to the counts."""
    found = [("reopened" if episode.came_back else "opened")] if period.holds(episode.begin) else []
    if episode.begin < period.since and (episode.end is None or episode.end >= period.since):
        found.append("open_at_start")
    if period.holds(episode.end):
        found.append("closed")
    return [*found, "open_at_end"] if episode.end is None or episode.end >= period.until else found


def _returns(episode: Episode, period: Period) -> list[str]:
    """What came back before the ticket was closed."""
    names = {"reoccurred": "reoccurred", "reopened": "unproven"}
    return [names[each.what] for each in episode.log if each.what in names and period.holds(each.at)]


def _proof(episode: Episode, clause: Clause | None) -> str:
    """What closed it."""
    if episode.withdrawn:
        return "withdrawn"
    asked = proofs(clause.require) if clause else ()
    if any(isinstance(each, ProofTest) for each in asked):
        return "tested"
    return "looked" if asked else "measured"
