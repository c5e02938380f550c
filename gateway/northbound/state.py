"""The state of an asset as it is published. Pure: reads the pipeline, knows no broker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.alarms.alarm import Alarm
from gateway.alarms.panel import JUDGEABLE
from gateway.changes import Changes
from gateway.clock import iso
from gateway.estate import Asset, Estate
from gateway.model import BadReading
from gateway.pipeline import Pipeline
from gateway.store.rows import storable
from gateway.tickets.ticket import Ticket


class States:
    """The assets of a pipeline, and which of them a commit touches."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._estate = pipeline.estate
        self._of_point = _of_point(self._estate)

    def touched(self, changes: Changes) -> set[str]:
        """The assets of which something may have changed."""
        found = {asset for asset, _ in (*changes.alarms, *changes.unknown_since)}
        found.update(ticket.asset for ticket in changes.tickets.values())
        for block in changes.history:
            for point in block.points:
                found.update(self._of_point.get(point, ()))
        return found & self._estate.assets.keys()

    def every(self) -> list[str]:
        """All assets, those of the property before its devices and lines."""
        return sorted(self._estate.assets, key=lambda name: ("/" in name, name))

    def outcome(self, asset: str) -> str:
        """The worst verdict."""
        return self._pipeline.asset_outcome(asset).value

    def of(self, name: str) -> dict[str, Any]:
        """What is published of an asset; raises KeyError when there is none."""
        asset = self._estate.assets[name]
        return {
            "site": self._estate.site,
            "asset": name,
            "kind": asset.kind,
            "touchpoint": asset.touchpoint,
            "place": dict(asset.place),
            "verdict": self.outcome(name),
            "available": self._available(asset),
            "alarms": [self._alarm(alarm) for alarm in self.standing(name)],
            "tickets": [_ticket(each) for each in self._pipeline.register.open() if each.asset == name],
            "points": {point: self._point(number) for point, number in asset.ids.items()},
        }

    def standing(self, asset: str) -> list[Alarm]:
        """Its alarms that are active or clearing."""
        clauses = [*(check.clause_id for check in self._pipeline.checks_of_asset(asset)), JUDGEABLE]
        alarms = (self._pipeline.alarms.get((asset, clause)) for clause in clauses)
        return [alarm for alarm in alarms if alarm and alarm.standing]

    def _available(self, asset: Asset) -> bool:
        answers = [self._pipeline.latest.reading(self._estate.devices[each].answers_id) for each in asset.devices]
        return not answers or any(each is True for each in answers)

    def _alarm(self, alarm: Alarm) -> dict[str, Any]:
        clause = self._pipeline.panel.clause(alarm.key)
        return {
            "clause": alarm.clause,
            "title": dict(clause.title) if clause else {},
            "priority": clause.priority.value if clause else "P4",
            "phase": alarm.phase.value,
            "raised_at": iso(alarm.raised_at) if alarm.raised_at else None,
            "acknowledged": alarm.acknowledged,
            "hidden": alarm.hidden,
        }

    def _point(self, number: int) -> dict[str, Any]:
        reading, at = self._pipeline.latest.reading(number), self._pipeline.latest.at(number)
        bad = isinstance(reading, BadReading)
        return {
            "value": None if bad else storable(reading),
            "quality": "bad" if bad else "good",
            "reason": str(reading) if bad else None,
            "unit": self._estate.units[number],
            "at": iso(at) if at else None,
        }


def same(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    """Whether nothing changed but the times at which the points were read."""
    return before is not None and _timeless(before) == _timeless(after)


def _timeless(state: Mapping[str, Any]) -> dict[str, Any]:
    points = {name: {**point, "at": None} for name, point in state["points"].items()}
    return {**state, "points": points}


def _ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket": ticket.id,
        "clause": ticket.clause,
        "priority": ticket.priority.value,
        "state": ticket.state.value,
        "opened_at": iso(ticket.opened_at),
        "owner": ticket.owner,
    }


def _of_point(estate: Estate) -> dict[int, tuple[str, ...]]:
    found: dict[int, set[str]] = defaultdict(set)
    for asset in estate.assets.values():
        fed: Iterable[int] = (estate.devices[each].answers_id for each in asset.devices)
        for point in (*asset.ids.values(), *fed):
            found[point].add(asset.name)
    return {point: tuple(sorted(names)) for point, names in found.items()}
