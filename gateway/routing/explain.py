"""Why somebody is told of an event, or nobody: each route with its first reason, each person with channels and time.

Knows what the site's files say, not what a running gateway has sent already: that may make a notice later by a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.model import Priority
from gateway.routing.heard import ENDS
from gateway.routing.people import Hour
from gateway.routing.routes import STANDING, Facts, Route, Routing, why_not


@dataclass(frozen=True, slots=True)
class Told:
    """One person: by which channels in order, because of which routes, after how many seconds, or not before when."""

    person: str
    channels: tuple[str, ...]
    routes: tuple[str, ...]
    wait: float
    quiet: bool
    """It is quiet, and this is held back until that is over."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """``routes``: by name, why each does not fit; "" where it does."""

    routes: dict[str, str]
    told: tuple[Told, ...]
    ends: bool
    """It is an end: told to whoever was told of what ends, and to nobody else."""
    instead: tuple[str, ...] | None = None
    """Who else is told at once where the last channel of one of them refuses it for good; None: it is no alarm."""


def explain(routing: Routing, facts: Facts, hour: Hour) -> Explanation:
    """Who would be told of such an event at that hour, and why."""
    if facts.what in ENDS:
        why = "an end is told to whoever was told of what ends, and to nobody else"
        return Explanation({route.name: why for route in routing.routes}, (), True)
    reasons = {route.name: why_not(route, facts, hour) for route in routing.routes}
    fitting = [route for route in routing.routes if not reasons[route.name]]
    for route in fitting:
        if not routing.ways([route], hour):
            reasons[route.name] = "nobody whom it tells can be reached"
    quiet = routing.quiet
    held = bool(quiet and hour.is_open(quiet.during) is True and facts.urgency > quiet.floor)
    told = tuple(
        Told(way.person, way.channels, _by(routing, fitting, hour, way.person, way.channels[0]),
             0.0 if facts.urgency is Priority.P1 else way.wait, held)
        for way in routing.ways(fitting, hour)
    )  # fmt: skip
    return Explanation(reasons, told, False, _instead(routing, facts, told))


def _instead(routing: Routing, facts: Facts, told: tuple[Told, ...]) -> tuple[str, ...] | None:
    if facts.what.partition(".")[0] not in STANDING:
        return None
    known = {each.person for each in told}
    return tuple(way.person for way in routing.stand_ins(facts.urgency) if way.person not in known)


def _by(routing: Routing, routes: list[Route], hour: Hour, person: str, channel: str) -> tuple[str, ...]:
    """The routes that tell the person first by that channel."""
    lines = {route.name: [(way.person, way.channels[0]) for way in routing.ways([route], hour)] for route in routes}
    return tuple(name for name, told in lines.items() if (person, channel) in told)
