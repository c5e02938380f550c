"""Which events go to whom, and by which channels: routes, matched against what is known of an event. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.documents import DURATION, Duration, Strict
from gateway.model import Priority, Text
from gateway.routing.people import ANY_TIME, Hour, Person, Some, Team, on_duty, once, one_or_more, some
from gateway.standards.standard import TicketTerms

WAIT, ACKNOWLEDGED_FOR, DELIVER_WITHIN = 10.0, 4 * 3600.0, 60.0
MINUTE, LONGEST_WAIT = 60.0, 3600.0
TRADES: tuple[str, ...] = get_args(TicketTerms.model_fields["trade"].annotation)
LIKE = {
    "ticket.reopened": ("ticket.opened",),
    "store.failing": ("output.failing", "ticket.opened"),
    "store.working": ("output.working", "ticket.opened"),
}
"""What comes back is told to whoever would be told that it came; of the store, who hears of what is so urgent."""
STANDING = ("ticket", "alarm")
"""Of these an end is told."""


def _a_minute(seconds: float) -> float:
    if seconds < MINUTE:
        raise ValueError("must be 1min or more: nobody is written to more often")
    return seconds


def _no_longer(seconds: float) -> float:
    if seconds > LONGEST_WAIT:
        raise ValueError("must be 1h or less")
    return seconds


Spaced = Annotated[Duration, AfterValidator(_a_minute), WithJsonSchema(DURATION)]
Wait = Annotated[Duration, AfterValidator(_no_longer), WithJsonSchema(DURATION)]
Priorities = Annotated[
    tuple[Priority, ...], BeforeValidator(one_or_more), Field(min_length=1), some({"enum": [*Priority]})
]


class When(Strict):
    """What an event must be for a route: all of what is written; of several words, one."""

    events: Some = ("ticket.opened",)
    """Patterns: ticket.opened, ticket.escalated, alarm.* … What comes back goes where it would go if it came."""
    priority: Priorities = ()
    trade: Some = ()
    touchpoint: Some = ()
    kind: Some = ()
    """Of the asset."""
    place: Some = ()
    """A part of the place's words, in any language; large and small letters are the same."""
    during: str = ANY_TIME
    """A window of the book or of windows.yaml."""


class Route(Strict):
    """Who is told of which events, and how. Every route that fits counts, not only the first one."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
    when: When = When()
    tell: Some
    """People and teams."""
    by: Some
    """Outputs in order: the second only when the first does not deliver."""
    wait: Wait = WAIT
    """For what else comes, to tell it together. A P1 does not wait."""
    repeat: Spaced | None = None
    """Tell it again so often while its ticket is open and nobody has acknowledged or taken it."""
    acknowledged_for: Spaced = ACKNOWLEDGED_FOR
    """An acknowledgement counts for so long; then, unless somebody has taken the ticket, it is told again."""
    deliver_within: Wait = DELIVER_WITHIN
    """When the first output has not delivered it by then, the next one is asked."""

    def is_for_alarms(self, priority: Priority) -> bool:
        """Whether it tells of any alarm or ticket of that priority, at some time and somewhere."""
        nouns = {pattern.partition(".")[0] for pattern in self.when.events}
        about = any(fnmatchcase(standing, noun) for standing in STANDING for noun in nouns)
        return about and (not self.when.priority or priority in self.when.priority)


class Quiet(Strict):
    """Hours in which only what is urgent is told; the rest is told when they end, if it still stands."""

    during: Annotated[str, Field(min_length=1)]
    """A window of the book or of windows.yaml."""
    floor: Priority = Priority.P1
    """Whatever is as urgent as this, or more, gets through."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What routes ask of an event; ``what``: ``ticket.opened``."""

    what: str
    priority: Priority | None = None
    trade: str = ""
    touchpoint: str = ""
    kind: str = ""
    place: Text = field(default_factory=dict)
    asset: str = ""
    clause: str = ""

    @property
    def urgency(self) -> Priority:
        """Its priority; what has none can wait longest."""
        return self.priority or Priority.P4


def facts_in(what: str, data: Mapping[str, Any], trade: str) -> Facts:
    """What routes ask of an event with this data. Raises ValueError for a priority that there is none of."""
    priority, place = data.get("priority"), data.get("place")
    return Facts(
        what, Priority(priority) if priority else None, trade, data.get("touchpoint", ""), data.get("asset_kind", ""),
        place if isinstance(place, Mapping) else {}, data.get("asset", ""), data.get("clause", ""),
    )  # fmt: skip


class Way(NamedTuple):
    """How one person is told: by the first of the channels, and how patiently."""

    person: str
    channels: tuple[str, ...]
    wait: float
    within: float
    """Seconds after which the next channel is asked."""


def why_not(route: Route, facts: Facts, hour: Hour) -> str:
    """The first reason for which the route does not fit; ``""`` when it does."""
    when = route.when
    names = (facts.what, *LIKE.get(facts.what, ()))
    if not any(fnmatchcase(name, pattern) for name in names for pattern in when.events):
        return f"it is for {_list(when.events)}, and this is {facts.what}"
    asked = (("priority", when.priority), ("trade", when.trade), ("touchpoint", when.touchpoint), ("kind", when.kind))
    for name, wanted in asked:
        if wanted and (has := getattr(facts, name)) not in wanted:
            return f"it is for {name} {_list(wanted)}, and this is {has or 'of none'}"
    said = "\n".join(facts.place.values()).casefold()
    if when.place and not any(part.casefold() in said for part in when.place):
        return f"it is for places with {_list(when.place)}"
    return "" if hour.within(when.during) else f"it is for the window {when.during}, which is shut then"


def _list(words: Sequence[str]) -> str:
    return " or ".join(words)


@dataclass(frozen=True, slots=True)
class Routing:
    """All that a site says of whom to tell."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    routes: Sequence[Route] = ()
    quiet: Quiet | None = None
    holidays: frozenset[date] = frozenset()

    def route(self, name: str) -> Route | None:
        """The route of that name."""
        return next((each for each in self.routes if each.name == name), None)

    def matching(self, facts: Facts, hour: Hour) -> list[Route]:
        """Every route that fits."""
        return [route for route in self.routes if not why_not(route, facts, hour)]

    def always_tells(self, facts: Facts, besides: str) -> bool:
        """Whether somebody is told of such an event at any hour, by an output that is not ``besides``."""
        shut = Hour(lambda _: False)
        ways = self.ways(self.matching(facts, shut), shut)
        return any({*way.channels} - {besides} for way in ways)

    def recipients(self, route: Route, hour: Hour) -> tuple[str, ...]:
        """The people whom a route tells at this hour."""
        return once(
            who for name in route.tell for who in (on_duty(self.teams[name], hour) if name in self.teams else (name,))
        )

    def ways(self, routes: Sequence[Route], hour: Hour) -> list[Way]:
        """How each person is told: once by each first channel, as the least patient of the routes has it."""
        found: dict[tuple[str, str], Way] = {}
        for route in routes:
            for person in self.recipients(route, hour):
                channels = self.channels(person, route)
                if channels:
                    way = Way(person, channels, route.wait, route.deliver_within)
                    key = person, channels[0]
                    found[key] = joined(found[key], way) if key in found else way
        return [_apart(way, found) for way in found.values()]

    def stand_ins(self, priority: Priority) -> list[Way]:
        """How each person is told whom any route names for an alarm of that priority, on duty or not."""
        found: dict[str, Way] = {}
        for route in self.routes:
            teams = (self.teams[name].members if name in self.teams else (name,) for name in route.tell)
            for person in once(who for team in teams for who in team) if route.is_for_alarms(priority) else ():
                channels = self.channels(person, route)
                if channels:
                    way = Way(person, channels, route.wait, route.deliver_within)
                    found[person] = joined(found[person], way) if person in found else way
        return list(found.values())

    def channels(self, person: str, route: Route) -> tuple[str, ...]:
        """Those of a route's outputs by which the person can be reached, in order."""
        return tuple(each for each in route.by if each in self.people[person].reach)


def joined(one: Way, other: Way) -> Way:
    """Two ways with the same first channel, as one."""
    channels = once((*one.channels, *other.channels))
    return Way(one.person, channels, min(one.wait, other.wait), min(one.within, other.within))


def _apart(way: Way, others: Collection[tuple[str, str]]) -> Way:
    """The way without the channels by which the person is told anyway."""
    further = (each for each in way.channels[1:] if (way.person, each) not in others)
    return way._replace(channels=(way.channels[0], *further))
