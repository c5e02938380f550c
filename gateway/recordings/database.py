"""A gateway's own database as a recording: its history, its starts, and what people did. Never writes to it."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.actions import Action, AddRecord, AnswerTask, TicketAction
from gateway.errors import StoreError
from gateway.estate import Estate
from gateway.model import BadReading, Reading
from gateway.recordings.names import sources
from gateway.recordings.recording import Act, Row, Start
from gateway.store.past import Past

ACTIONS = {each.__name__: each for each in typing.get_args(Action)}
FIRST_READ_WITHIN = 3600.0
"""Seconds within which a gateway that was started has read something; an earlier start is that of forgotten history."""
_BAD = re.compile(r"(.*?)(?: \((.*)\))?", re.DOTALL)


class DatabaseRecording:
    """What was computed is left out: the replay computes it anew.

    The file does not have what moved by less than its history deadband. A gateway that was started again had been away
    since it last wrote anything, as far as the file can tell.
    """

    only_changes = True

    def __init__(self, path: Path, estate: Estate) -> None:
        self._past = Past(path, estate.site)
        span = self._past.span()
        if span is None:
            raise StoreError(f"{path}: no reading is remembered")
        self.first, self.last = span
        starts = self.starts(self.first - FIRST_READ_WITHIN, self.first)
        self.first = starts[-1].at if starts else self.first
        told = sources(estate)
        names = self._past.points()
        ids = {name: point for point, name in enumerate(estate.points)}
        self.strangers = len(names.keys() - ids.keys())
        self._told = {row: told[ids[name]] for name, row in names.items() if ids.get(name) in told}

    def count(self, since: float, until: float) -> int:
        return self._past.count(since, until)

    def rows(self, since: float, until: float) -> Iterator[Row]:
        begun = max((start.at for start in self.starts(self.first, since)), default=self.first)
        for _, *known in self._past.as_of(begun, since):
            yield from self._row(since, *known)
        for row in self._past.readings(since, until):
            yield from self._row(*row)

    def _row(self, at: float, point: int, value: Any, bad: str | None) -> Iterator[Row]:
        told = self._told.get(point)
        if told is not None:
            yield Row(at, told.point, read_back(value, bad, told.type))

    def starts(self, since: float, until: float) -> list[Start]:
        return [Start(*each) for each in self._past.starts(since, until)]

    def acts(self, since: float, until: float) -> list[Act]:
        about = {ticket.id: (ticket.asset, ticket.clause) for ticket in self._past.tickets()}
        found = [_act(*row, about) for row in self._past.acts(until)]
        told = (AddRecord, AnswerTask)
        acts = [each for each in found if each and (each.at >= since or isinstance(each.action, told))]
        return [replace(each, at=max(each.at, since)) for each in acts]  # what was recorded before is known then

    def close(self) -> None:
        self._past.close()


def read_back(value: Any, bad: str | None, point_type: str) -> Reading:
    """A history row's reading; the file has no booleans of its own, it keeps 0 and 1."""
    if bad is not None:
        reason, detail = typing.cast("re.Match[str]", _BAD.fullmatch(bad)).groups()
        return BadReading(reason, detail or "")
    return bool(value) if point_type == "boolean" else typing.cast("Reading", value)


def _act(at: float, who: str, what: str, data: Mapping[str, Any], about: Mapping[int, tuple[str, str]]) -> Act | None:
    """None for what this program does not know, what was refused, or a ticket that is no longer there."""
    kind = ACTIONS.get(what)
    if kind is None or "refused" in data:
        return None
    action = kind(**data, who=who)
    if isinstance(action, TicketAction):
        return Act(at, action, about[action.ticket]) if action.ticket in about else None
    return Act(at, action)
