"""Who can be told: people, how each is reached, and teams with their rosters. Knows no event; the time is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.documents import Strict

Item = TypeVar("Item")
TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
ANY_TIME = ""
"""Stands for a window that is never shut."""


def one_or_more(written: object) -> object:
    """A single word stands for a list of one."""
    return [written] if isinstance(written, str) else written


def some(item: Mapping[str, Any]) -> WithJsonSchema:
    """The JSON Schema of one such item, or a list of them."""
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


Some = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=500)], ...],
    BeforeValidator(one_or_more), Field(min_length=1), some(TEXT),
]  # fmt: skip


class Person(Strict):
    """Somebody who can be told."""

    name: str = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    """In which messages are written to them: one of those for which there is a messages file."""
    reach: Annotated[Mapping[str, str | None], Field(min_length=1)]
    """Output → their address there; left empty where the output has one already, like the robot of a group."""


class Shift(Strict):
    """Part of a roster: who is on, and when."""

    on: Some
    during: str = ANY_TIME
    """A window of the book or of windows.yaml; left out: at any time."""
    holidays: Literal["as-ever", "off", "only"] = "as-ever"
    """Whether this also goes for the site's holidays, not for them, or only for them."""


class Team(Strict):
    """People who are told together; with a roster, those of them who are on."""

    members: Some
    roster: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Hour:
    """What is known of a moment. ``is_open``: of a window; None where nobody can tell. ``holiday``: of the site."""

    is_open: Callable[[str], bool | None]
    holiday: bool = False

    def within(self, window: str) -> bool:
        """Whether it lies in ``window``, or may: what nobody can tell must not keep anybody from being told."""
        return window == ANY_TIME or self.is_open(window) is not False


def is_on(shift: Shift, hour: Hour) -> bool:
    """Whether the shift goes for this hour."""
    wanted = {"as-ever": True, "off": not hour.holiday, "only": hour.holiday}
    return wanted[shift.holidays] and hour.within(shift.during)


def rostered(team: Team, hour: Hour) -> tuple[str, ...]:
    """Who is on by the roster, in its order; nobody where it has a gap."""
    return once(who for shift in team.roster if is_on(shift, hour) for who in shift.on)


def on_duty(team: Team, hour: Hour) -> tuple[str, ...]:
    """Who of a team is told at this hour: where the roster says nobody, everybody, because somebody must be."""
    return rostered(team, hour) or team.members


def once(items: Iterable[Item]) -> tuple[Item, ...]:
    """The same without repetitions, in order."""
    return tuple(dict.fromkeys(items))
