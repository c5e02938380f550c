"""Tries clauses on written examples: readings over time, and what is to come of them.

Each example gets a site of one asset and the real pipeline, with the time moved by hand; nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.alarms.panel import unknown_since
from gateway.assets.derived import bound_inputs
from gateway.assets.windows import Almanac
from gateway.documents import Document, Duration, Strict, parse_quantity, suggest
from gateway.estate import Asset, DerivedPoint, Estate
from gateway.kinds import Fact, Kind, look_points, proof_points
from gateway.model import BadReading, Reading, Readings, Value
from gateway.pipeline import Pipeline
from gateway.profiles import ModbusProfile
from gateway.saved import Saved
from gateway.site.assets import read_fact
from gateway.site.files import Findings
from gateway.site.kinds import derivation_order
from gateway.site.windows import tellable, used
from gateway.standards.requirements import value_matches
from gateway.standards.standard import Clause, Standard
from gateway.standards.windows import Location, Window
from gateway.wiring import Device

ASSET, SOURCE = "example", "example-device"
EXPECTATIONS = {"expect", "alarm", "ticket", "cannot_be_judged"}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d", re.ASCII)
FIRST_DAY = date(2027, 1, 1)
DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
PROFILE = ModbusProfile(
    title=SOURCE, maker="-", source="-", verified="simulator", protocol="modbus", points={"answers": {"address": 0}}
)
"""A device must have one; an example's is never asked."""


def _day(written: object) -> object:
    return date.fromisoformat(written) if isinstance(written, str) else written


class Step(Strict):
    """What is read ``at`` a time after the start, and what must be so once that is judged."""

    at: Duration
    points: Mapping[str, Any] = {}
    """A point keeps its value until another step changes it; ``{bad: no-answer}`` stands for no value."""
    expect: Literal["met", "violated", "unknown"] | None = None
    alarm: Literal["normal", "pending", "active", "clearing"] | None = None
    ticket: Literal["none", "open", "closed"] | None = None
    cannot_be_judged: bool | None = None
    """Whether the clause has been unknown for longer than its patience."""

    def expected(self) -> dict[str, str]:
        """What is expected here, by the key that it is written under."""
        given = self.model_dump(include=EXPECTATIONS, exclude_none=True)
        return {key: str(value).lower() for key, value in given.items()}


class Example(Strict):
    """One story of one asset and one clause."""

    clause: str
    name: str
    kind: str = ""
    """The clause's own, unless it is a clause on any asset."""
    starts: Annotated[date, BeforeValidator(_day), WithJsonSchema(DAY)] = FIRST_DAY
    """The day at whose midnight, in the site's zone, the example begins."""
    facts: Mapping[str, Any] = {}
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class ExamplesFile(Strict):
    """standards.test.yaml as a whole."""

    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """The clauses and kinds that examples are tried on."""

    clauses: Mapping[str, Clause]
    kinds: Mapping[str, Kind]
    zone: ZoneInfo
    """Whose days, and times of day, those of the examples are."""
    windows: Mapping[str, Window] = field(default_factory=dict)
    location: Location | None = None

    def clauses_of(self, kind: str) -> Iterable[Clause]:
        """The clauses that apply to a kind of asset."""
        return (clause for clause in self.clauses.values() if clause.applies_to == kind)


@dataclass(frozen=True, slots=True)
class Case:
    """An example that fits its clause and kind. ``script``: seconds after the start, readings, step."""

    example: Example
    kind: str
    place: str
    """File and line."""
    facts: Mapping[str, Value]
    script: Sequence[tuple[float, Mapping[str, Reading], Step]]


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not come true, with all that had been read by then."""

    at: float
    what: str
    expected: str
    seen: str
    readings: Mapping[str, Reading] = field(default_factory=dict)


def read_examples(path: Path, book: Book, findings: Findings, shown_as: str | None = None) -> list[Case]:
    """The examples in a file; what is wrong with one goes into ``findings`` with its line."""
    document = findings.attempt(lambda: Document(path, shown_as))
    parsed = findings.attempt(lambda: document.parse(ExamplesFile)) if document else None
    if document is None or parsed is None:
        return []
    reader = _Reader(document, book, findings)
    return [case for number, each in enumerate(parsed.examples) if (case := reader.case(number, each))]


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    book: Book
    findings: Findings

    def case(self, number: int, example: Example) -> Case | None:
        here = ("examples", number)
        clause = self.book.clauses.get(example.clause)
        if clause is None:
            message = f"no clause {example.clause!r}{suggest(example.clause, self.book.clauses)}"
            self.findings.wrong(self.document, (*here, "clause"), message)
            return None
        name = example.kind or clause.applies_to
        kind = self.book.kinds.get(name)
        if kind is None:
            self.findings.wrong(self.document, (*here, "kind"), f"no kind {name!r}{suggest(name, self.book.kinds)}")
            return None
        facts = {fact: self._value((*here, "facts", fact), kind, fact, text) for fact, text in example.facts.items()}
        known = {fact: value for fact, value in facts.items() if not isinstance(value, BadReading)}
        script = [self._step((*here, "steps", at), kind, step) for at, step in enumerate(example.steps)]
        for at, (before, after) in enumerate(pairwise(example.steps)):
            if after.at <= before.at:
                self.findings.wrong(self.document, (*here, "steps", at + 1, "at"), "is not after the step before it")
        return Case(example, name, f"{self.document.name}:{self.document.line(here)}", known, script)

    def _step(self, here: Sequence[object], kind: Kind, step: Step) -> tuple[float, Mapping[str, Reading], Step]:
        points = {name: self._value((*here, "points", name), kind, name, text) for name, text in step.points.items()}
        return step.at, points, step

    def _value(self, where: Sequence[object], kind: Kind, name: str, written: Any) -> Reading:
        """What is written of a point or a fact; what cannot be is noted, and then the result is of no use."""
        if name not in kind.names():
            self.findings.wrong(self.document, where, f"this kind has no point {name!r}{suggest(name, kind.names())}")
            return BadReading("no-such-point")
        if isinstance(written, Mapping) and written.keys() == {"bad"}:
            return BadReading(str(written["bad"]))
        try:
            return _read_value(kind, name, written, self.book.zone)
        except ValueError as error:
            self.findings.wrong(self.document, where, str(error))
            return BadReading("no-value")


def _read_value(kind: Kind, name: str, written: Any, zone: ZoneInfo) -> Value:
    kind_type, unit = kind.type_of(name), kind.unit_of(name)
    if kind_type == "date":
        return _read_date(written, zone)
    if kind_type == "number" and not isinstance(written, bool):
        amount = parse_quantity(written)
        if amount.unit not in ("", unit):
            raise ValueError(f"is in {amount.unit}, and must be in {unit or 'no unit'}")
        return amount.value
    if not isinstance(written, bool | str) or not value_matches(written, kind_type):
        raise ValueError(f"{written!r} is no {kind_type}")
    return written


def _read_date(written: Any, zone: ZoneInfo) -> Value:
    """A day as the site's files have it, which is its last second; or with its time of day, and then that moment."""
    if isinstance(written, str) and _MOMENT.fullmatch(written):
        return datetime.fromisoformat(written).replace(tzinfo=zone).timestamp()
    return read_fact(Fact(type="date", means={}), written, zone)


def try_case(case: Case, book: Book) -> list[Failure]:
    """Every expectation of the example that does not come true under the clauses of ``book``."""
    return list(_Trial(case, book).run())


class _Trial:
    """One example on its way through the pipeline."""

    def __init__(self, case: Case, book: Book) -> None:
        self._case = case
        self._start = datetime.combine(case.example.starts, time(), book.zone).timestamp()
        self._estate = _estate(case, book)
        self._pipeline = Pipeline(self._estate, Saved(), self._start)

    def run(self) -> Iterator[Failure]:
        read: dict[str, Reading] = {}
        for after, points, step in self._case.script:
            read.update(points)
            self._pass_time(self._start + after)
            self._pipeline.tick([self._readings(points, self._start + after)], [], self._start + after)
            seen = self._seen(self._start + after)
            for what, expected in step.expected().items():
                if seen[what] != expected:
                    yield Failure(after, what, expected, seen[what], dict(read))

    def _pass_time(self, until: float) -> None:
        """Whatever falls due before ``until`` happens at its own time."""
        while (due := self._pipeline.agenda.next()) is not None and due < until:
            self._pipeline.tick([], [], due)

    def _readings(self, points: Mapping[str, Reading], now: float) -> Readings:
        device = self._estate.devices[SOURCE]
        ids = [device.answers_id, *(device.point_ids[name] for name in points)]
        return Readings(SOURCE, now, now, ids, [True, *points.values()])

    def _seen(self, now: float) -> dict[str, str]:
        key = (ASSET, self._case.example.clause)
        check, alarm = self._pipeline.panel.checks.get(key), self._pipeline.panel.alarm(key)
        ticket = self._pipeline.register.latest(*key)
        return {
            "expect": (check or alarm).outcome.value,
            "alarm": alarm.phase.value,
            "ticket": "none" if ticket is None else "open" if ticket.is_open else "closed",
            "cannot_be_judged": "true" if check and unknown_since([check], now)[0] else "false",
        }


def _estate(case: Case, book: Book) -> Estate:
    """A site of one asset with what the example names, and what follows from that."""
    kind = book.kinds[case.kind]
    told = sorted({name for _, points, _ in case.script for name in points})
    names = [*told, *(fact for fact in case.facts if fact not in told)]
    ids = {name: number for number, name in enumerate(names)}
    almanac = Almanac(book.windows, book.zone, book.location)
    using = used(kind, book.clauses_of(case.kind)) & set(tellable(almanac)) - ids.keys()
    site_points = {name: number for number, name in enumerate(sorted(using), len(ids))}
    ids.update(site_points)
    derived = list(_derived(kind, ids))
    looked_at = [point for look in kind.looks for point in look_points(look)]
    for point in (*looked_at, *(each for test in kind.provable(ids) for each in proof_points(test))):
        ids.setdefault(point, len(ids))
    device = Device(SOURCE, PROFILE, {name: ids[name] for name in told}, len(ids), 1.0, inf)
    asset = Asset(ASSET, case.kind, "", {}, ids, derived, (SOURCE,))
    size = len(ids) + 1
    return Estate(
        site=ASSET, title={}, timezone=book.zone, languages=("en",), connections={}, devices={SOURCE: device},
        device_connection={}, assets={ASSET: asset}, kinds=book.kinds,
        standard=Standard(version="", clauses=book.clauses), outputs={}, points=[*ids, SOURCE],
        units=[*(kind.unit_of(name) for name in ids), ""], deadbands=[0.0] * size,
        fixed={ids[fact]: value for fact, value in case.facts.items()}, windows=book.windows,
        location=book.location, site_points=site_points,
    )  # fmt: skip


def _derived(kind: Kind, ids: dict[str, int]) -> Iterator[DerivedPoint]:
    """The derived points whose inputs are all there and that the example does not tell itself; they get their ids."""
    for point in derivation_order(kind):
        made = kind.derived[point]
        inputs = bound_inputs(made.function, made.inputs, ids)
        if point in ids or inputs is None:
            continue
        ids[point] = len(ids)
        yield DerivedPoint(ids[point], made.function, inputs, made.parameters)
