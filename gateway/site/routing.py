"""Reads who is told what at a site, and checks every word of it: people, outputs, windows, trades, touchpoints.

Warns of hours in which nobody is on, and of a P1 that would reach nobody. Knows no event that happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from math import inf

from gateway.alarms.panel import JUDGEABLE
from gateway.assets.hours import hour_at
from gateway.assets.windows import Almanac
from gateway.documents import Document, suggest
from gateway.estate import Asset
from gateway.model import Priority
from gateway.outputs import OUTPUTS
from gateway.outputs.wording import known_events, known_languages
from gateway.routing.people import ANY_TIME, Hour, Team, rostered
from gateway.routing.routes import TRADES, Facts, Route, Routing
from gateway.site.files import Findings, SiteFile
from gateway.site.kinds import Vocabulary
from gateway.site.windows import NEW_YEAR
from gateway.standards.standard import Clause, Standard
from gateway.standards.windows import DAY

DAYS, WEEK = 400, 8
"""Rosters are looked at for more than a year, with its holidays and both changes of the clock."""


@dataclass(frozen=True, slots=True)
class RoutingReader:
    """Reads one site.yaml; what is wrong or doubtful goes into ``findings``."""

    document: Document
    site: SiteFile
    almanac: Almanac
    findings: Findings

    def addresses(self, output: str) -> dict[str, str]:
        """Person → where that output reaches them, for those who have an address of their own there."""
        reached = {name: person.reach.get(output) for name, person in self.site.people.items()}
        return {name: address for name, address in reached.items() if address}

    def routing(self, vocabulary: Vocabulary, assets: Mapping[str, Asset], standard: Standard) -> Routing:
        """The routing, with every check."""
        before = len(self.findings.problems)
        self._check_people()
        self._check_teams()
        for number, route in enumerate(self.site.routes):
            self._check_route(number, route, vocabulary, assets)
        if self.site.quiet:
            self._window(("quiet", "during"), self.site.quiet.during)
        routing = Routing(
            self.site.people, self.site.teams, self.site.routes, self.site.quiet, frozenset(self.site.holidays)
        )
        if len(self.findings.problems) == before:
            self._warn_gaps()
            self._warn_unheard(routing, assets, standard)
            self._warn_unused()
        return routing

    def _known(self, where: Sequence[object], what: str, word: str, known: Iterable[str]) -> None:
        words = set(known)
        if word not in words:
            self.findings.wrong(self.document, where, f"no {what} {word!r}{suggest(word, words)}")

    def _output(self, where: Sequence[object], name: str) -> None:
        self._known(where, "output", name, self.site.outputs)
        if name in self.site.outputs and self._takes_readings(name):
            self.findings.wrong(self.document, where, f"{name!r} takes readings, and no notices")

    def _takes_readings(self, output: str) -> bool:
        return OUTPUTS[self.site.outputs[output].kind].readings

    def _window(self, where: Sequence[object], name: str) -> None:
        if name not in self.almanac.windows:
            self._known(where, "window", name, self.almanac.windows)
        elif not self.almanac.tells(name):
            self.findings.wrong(
                self.document, where, f"{name!r} needs the sun's times: say where the site is, under location"
            )

    def _check_people(self) -> None:
        for name, person in self.site.people.items():
            self._known(("people", name, "language"), "messages in", person.language, known_languages())
            for output in person.reach:
                self._output(("people", name, "reach", output), output)

    def _check_teams(self) -> None:
        for name, team in self.site.teams.items():
            here = ("teams", name)
            if name in self.site.people:
                self.findings.wrong(self.document, here, "is a person already: give the team another name")
            for number, member in enumerate(team.members):
                self._known((*here, "members", number), "person", member, self.site.people)
            for number, shift in enumerate(team.roster):
                for who in shift.on:
                    self._known((*here, "roster", number, "on"), "member", who, team.members)
                if shift.during:
                    self._window((*here, "roster", number, "during"), shift.during)

    def _check_route(self, number: int, route: Route, vocabulary: Vocabulary, assets: Mapping[str, Asset]) -> None:
        here = ("routes", number)
        if any(route.name == each.name for each in self.site.routes[:number]):
            self.findings.wrong(self.document, (*here, "name"), f"there is a route {route.name!r} already")
        for name in route.tell:
            self._known((*here, "tell"), "person or team", name, {*self.site.people, *self.site.teams})
        for output in route.by:
            self._output((*here, "by"), output)
        self._check_when((*here, "when"), route, vocabulary, assets)
        for person in self._may_be_told(route) if set(route.by) <= self.site.outputs.keys() else ():
            if not any(each in self.site.people[person].reach for each in route.by):
                message = f"{person!r} is reached by none of them: see people.{person}.reach"
                self.findings.wrong(self.document, (*here, "by"), message)

    def _check_when(
        self, here: tuple[object, ...], route: Route, vocabulary: Vocabulary, assets: Mapping[str, Asset]
    ) -> None:
        when = route.when
        for pattern in when.events:
            if not any(fnmatchcase(each, pattern) for each in known_events()):
                self._known((*here, "events"), "event is like", pattern, known_events())
        for trade in when.trade:
            self._known((*here, "trade"), "trade", trade, TRADES)
        for touchpoint in when.touchpoint:
            self._known((*here, "touchpoint"), "touchpoint", touchpoint, vocabulary.touchpoints)
        for kind in when.kind:
            self._known((*here, "kind"), "kind", kind, vocabulary.kinds)
        places = [words.casefold() for asset in assets.values() for words in asset.place.values()]
        for part in when.place:
            if not any(part.casefold() in words for words in places):
                self.findings.doubtful(self.document, (*here, "place"), f"no asset stands at a place with {part!r}")
        if when.during:
            self._window((*here, "during"), when.during)

    def _may_be_told(self, route: Route) -> Iterator[str]:
        for name in route.tell:
            team = self.site.teams.get(name)
            yield from (each for each in (team.members if team else (name,)) if each in self.site.people)

    def _hours(self, windows: Iterable[str], days: int) -> Iterator[tuple[float, Hour]]:
        """Every moment of so many days at which one of the windows, or a day, begins or ends."""
        at, names = NEW_YEAR, sorted({DAY, *windows} - {ANY_TIME})
        while at < NEW_YEAR + days * 86400.0:
            yield at, hour_at(self.almanac, self.site.holidays, at)
            at = min(self.almanac.tell(name, at).again or inf for name in names)

    def _warn_gaps(self) -> None:
        """Of each roster the first moment at which nobody is on; then everybody of the team is told."""
        for name, team in self.site.teams.items():
            windows = {shift.during for shift in team.roster}
            moments = self._hours(windows, DAYS) if team.roster and not _is_always_on(team) else ()
            gap = next((at for at, hour in moments if not rostered(team, hour)), None)
            if gap is not None:
                message = f"nobody is on at {self._told(gap)}: all members are told then"
                self.findings.doubtful(self.document, ("teams", name, "roster"), message)

    def _told(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.almanac.zone):%a %Y-%m-%d %H:%M}"

    def _warn_unheard(self, routing: Routing, assets: Mapping[str, Asset], standard: Standard) -> None:
        """Of each P1 clause the first asset, and hour, of which nobody would be told."""
        if not routing.routes:
            return
        windows = {route.when.during for route in routing.routes} - {ANY_TIME}
        hours = list(self._hours(windows, WEEK if windows else 1))
        for name, clause in standard.clauses.items():
            if clause.priority is not Priority.P1:
                continue
            unheard = filter(None, (self._unheard(routing, name, clause, each, hours) for each in assets.values()))
            if found := next(unheard, None):
                message = f"{name} is P1, and of {found} nobody is told"
                self.findings.doubtful(self.document, ("routes",), message)

    def _unheard(
        self, routing: Routing, name: str, clause: Clause, asset: Asset, hours: Sequence[tuple[float, Hour]]
    ) -> str:
        if asset.kind != clause.applies_to and name != JUDGEABLE:
            return ""
        facts = facts_of("ticket.opened", asset, name, clause)
        for at, hour in hours:
            routes = routing.matching(facts, hour)
            if not routing.ways(routes, hour):
                return f"{asset.name} at {self._told(at)}" if len(hours) > 1 else asset.name
            if not all(route.when.during for route in routes):
                return ""
        return ""

    def _warn_unused(self) -> None:
        used = {output for route in self.site.routes for output in route.by}
        for name, output in self.site.outputs.items():
            if not output.events and name not in used and not self._takes_readings(name):
                message = "gets nothing: it has no events, and no route goes by it"
                self.findings.doubtful(self.document, ("outputs", name), message)


def _is_always_on(team: Team) -> bool:
    return any(not shift.during and shift.holidays == "as-ever" for shift in team.roster)


def facts_of(what: str, asset: Asset | None, name: str, clause: Clause | None) -> Facts:
    """What routes ask of an event on an asset and a clause, where either is known."""
    return Facts(
        what=what,
        priority=clause.priority if clause else None,
        trade=clause.ticket.trade if clause else "",
        touchpoint=asset.touchpoint if asset else "",
        kind=asset.kind if asset else "",
        place=asset.place if asset else {},
        asset=asset.name if asset else "",
        clause=name,
    )
