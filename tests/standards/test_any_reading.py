"""The whole book on random readings, beside an oracle that reads the book's YAML by itself and knows no requirement."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import pytest
import yaml

from gateway.commands.test import shipped_book
from gateway.data import shipped
from gateway.kinds import Kind, look_points, proof_points
from gateway.model import BadReading, Reading, Readings
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.site.files import Findings
from gateway.standards.verdict import Outcome
from gateway.trial import ASSET, SOURCE, Case, Example, Step, _estate

Said: TypeAlias = Mapping[str, Any]
"""A requirement or a clause as the page has it."""
Look: TypeAlias = Callable[[str], Reading | None]
"""The reading of a point; None where the asset has no such point."""
MET, VIOLATED, UNKNOWN = Outcome.MET, Outcome.VIOLATED, Outcome.UNKNOWN
DAY = 86_400.0
SECONDS = {"d": DAY, "h": 3600.0, "min": 60.0, "s": 1.0}
BOOK = shipped_book(Findings())
PAGES = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(shipped().book.glob("*.yaml"))]
CLAUSES: dict[str, Said] = {name: each for page in PAGES for name, each in (page.get("clauses") or {}).items()}
KINDS = sorted({clause["applies_to"] for clause in CLAUSES.values()} - {"asset", "device", "connection"})
NEVER_TOLD = {"no-record", "never-seen", "no-reversal-seen", "unknown-input"}


# --- the oracle


def number(written: object) -> float:
    """``1.0 MPa`` → 1.0"""
    found = re.match(r"\s*([-+]?[\d.]+)", str(written))
    assert found
    return float(found[1])


def seconds(written: object) -> float:
    found = re.fullmatch(r"\s*([\d.]+)\s*(\w+)", str(written))
    assert found
    return float(found[1]) * SECONDS[found[2]]


def points(said: Said) -> list[str]:
    """What a single requirement looks at."""
    if "proof_test" in said:
        return [*proof_points(said["proof_test"])]
    if "person_looks" in said:
        return [*look_points(said["person_looks"])]
    if "during" in said:
        return [f"site.{said['during']}"]
    return [*(said.get("none_true") or said.get("agree") or [said["point"]])]


def able(said: Said, look: Look) -> bool:
    if "any_of" in said:
        return any(able(each, look) for each in said["any_of"])
    if "all_of" in said:
        return all(able(each, look) for each in said["all_of"])
    there = [look(point) is not None for point in points(said)]
    return any(there) if "none_true" in said else all(there)


def known(reading: Reading | None) -> bool:
    return reading is not None and not isinstance(reading, BadReading)


def is_proof(said: Said) -> bool:
    return "proof_test" in said or "person_looks" in said


def has_failed(said: Said, look: Look) -> bool:
    passed, failed = (look(point) for point in points(said))
    return known(failed) and (not known(passed) or failed >= passed)  # type: ignore[operator]  # both are dates


def never_told(said: Said, look: Look) -> bool:
    readings = [look(point) for point in points(said)]
    if is_proof(said):
        return not any(map(known, readings))
    return all(isinstance(each, BadReading) and each.reason in NEVER_TOLD for each in readings)


def any_of(members: list[Said], look: Look, now: float) -> Outcome:
    members = [each for each in members if able(each, look)]
    if any(is_proof(each) and has_failed(each, look) for each in members):
        return VIOLATED
    dated = [each for each in members if is_proof(each) or "within" in each]
    if len(members) > 1:
        nothing_told = all(never_told(each, look) for each in dated)
        quiet = [each for each in dated if never_told(each, look) and (is_proof(each) or not nothing_told)]
        members = [each for each in members if each not in quiet]
    found = [judged(each, look, now) for each in members]
    return MET if MET in found else UNKNOWN if UNKNOWN in found or not found else VIOLATED


def judged(said: Said, look: Look, now: float) -> Outcome:
    """What the page's own words come to; deadbands are not looked at."""
    if "any_of" in said:
        return any_of(said["any_of"], look, now)
    if "all_of" in said:
        found = [judged(each, look, now) for each in said["all_of"]]
        return VIOLATED if VIOLATED in found else UNKNOWN if UNKNOWN in found else MET
    readings = [each for point in points(said) if (each := look(point)) is not None]
    if "none_true" in said:
        return VIOLATED if True in readings else MET if all(map(known, readings)) else UNKNOWN
    if is_proof(said):
        period = seconds(said.get("tested_within") or said["within"])
        if has_failed(said, look):
            return VIOLATED
        return told_within(readings[0], period, now)
    if not all(map(known, readings)):
        return UNKNOWN
    if "within" in said:
        return told_within(readings[0], seconds(said["within"]), now)
    return MET if holds(said, readings, now) else VIOLATED


def told_within(moment: Reading, period: float, now: float) -> Outcome:
    if not known(moment) or now < float(moment) - DAY:  # type: ignore[arg-type]  # a date
        return UNKNOWN
    return MET if now - float(moment) <= period else VIOLATED  # type: ignore[arg-type]  # a date


def holds(said: Said, readings: list[Reading], now: float) -> bool:
    value: Any = readings[0]
    match said:
        case {"agree": _}:
            return readings[0] == readings[1]
        case {"during": _}:
            return value is True
        case {"in_date": _}:
            return bool(now < value - seconds(said.get("ahead", "0 d")))
        case {"at_least": low}:
            return bool(value >= number(low))
        case {"at_most": high}:
            return bool(value <= number(high))
        case {"between": [low, high]}:
            return bool(number(low) <= value <= number(high))
        case {"one_of": choices}:
            return value in choices
    return bool(value == said["equals"]) and isinstance(value, bool) == isinstance(said["equals"], bool)


def parts(said: Said) -> Iterator[Said]:
    for key in ("any_of", "all_of"):
        for each in said.get(key, ()):
            yield from parts(each)
    yield said


# --- the readings


class Told:
    """What is read of one asset of a kind, chosen about the limits of its clauses."""

    def __init__(self, name: str, seed: int) -> None:
        self.chance = random.Random(f"{name}/{seed}")
        self.kind: Kind = BOOK.kinds[name]
        self.start = datetime(2027, self.chance.choice((1, 3, 6, 10, 12)), 9, tzinfo=BOOK.zone).timestamp()
        self.limits: dict[str, set[Any]] = {}
        for clause in CLAUSES.values():
            written = [clause["require"], *([clause["only_while"]] if "only_while" in clause else [])]
            for part in (part for each in written for part in parts(each) if "point" in part):
                self.limits.setdefault(part["point"], set()).update(_limits(part))
        known_to_kind = [*self.kind.points, *self.kind.records]
        known_to_kind += [each for look in self.kind.looks for each in look_points(look)]
        known_to_kind += [each for test in self.kind.provable(self.kind.points) for each in proof_points(test)]
        self.points = [each for each in dict.fromkeys(known_to_kind) if self.chance.random() < 0.85]
        facts = (each for each in self.kind.facts if self.chance.random() < 0.8)
        self.facts = {
            each: value for each in facts if not isinstance(value := self.value(each, self.start, 0.0), BadReading)
        }

    def value(self, point: str, now: float, bad: float = 0.12) -> Reading:
        """A reading of the point's type; bad with that probability."""
        kind_type, limits = self.kind.type_of(point), sorted(self.limits.get(point, ()), key=str)
        if self.chance.random() < bad:
            return BadReading(self.chance.choice(("no-answer", "stale", "sensor-error")))
        if kind_type == "boolean":
            return self.chance.random() < 0.5
        if kind_type == "date":
            return now - self.chance.choice((0.0, 3600.0, 3 * DAY, 3 * DAY + 1, self.chance.uniform(0.0, 60.0) * DAY))
        if kind_type == "text":
            return str(self.chance.choice([*limits, "open", "closing", "odd", "yes", "powder"]))
        return float(self.chance.choice([*limits, *(1.02 * each + 0.001 for each in limits), 0.0, 20.0]))


def _limits(part: Said) -> Iterator[Any]:
    yield from (number(part[key]) for key in ("at_least", "at_most") if key in part)
    yield from map(number, part.get("between", ()))
    yield from part.get("one_of", ())
    yield from [part["equals"]] if "equals" in part else []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", KINDS)
def test_each_clause_is_judged_as_it_is_written(name: str, seed: int) -> None:
    told = Told(name, seed)
    example = Example.model_construct(clause="", name="", kind=name, starts=date(2027, 1, 1), facts={}, steps=())
    estate = _estate(Case(example, name, "", told.facts, [(0.0, dict.fromkeys(told.points, True), Step(at=0.0))]), BOOK)
    now, asset, device = told.start, estate.assets[ASSET], estate.devices[SOURCE]
    pipeline = Pipeline(estate, Saved(), now)

    def look(point: str) -> Reading | None:
        return pipeline.latest.reading(asset.ids[point]) if point in asset.ids else None

    for _ in range(50):
        read = {point: told.value(point, now) for point in told.points if told.chance.random() < 0.4}
        ids = [device.answers_id, *(device.point_ids[point] for point in read)]
        pipeline.tick([Readings(SOURCE, now, now, ids, [True, *read.values()])], [], now)
        for check in pipeline.checks_of_asset(ASSET):
            clause = CLAUSES[check.clause_id]
            guard = judged(clause["only_while"], look, now) if "only_while" in clause else MET
            expected = judged(clause["require"], look, now) if guard is MET else UNKNOWN
            if guard is VIOLATED:
                assert not check.judged, check.clause_id
            elif not (expected is MET and any("deadband" in part for part in parts(clause["require"]))):
                assert check.outcome is expected, (check.clause_id, {point: look(point) for point in check.points})
        until = now + told.chance.choice((0.5, 1.0, 5.0, 60.0, 600.0, 3600.0, 40_000.0))
        while (due := pipeline.agenda.next()) is not None and due < until:
            pipeline.tick([], [], due)
        now = until
