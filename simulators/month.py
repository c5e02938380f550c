"""A month of a property, as its devices tell it: `python -m simulators.month DIR` writes readings, things and ledger.

readings.lp is InfluxDB line protocol, in order; things.json says what there is; ledger.jsonl is what was truly wrong,
and near-misses.json how often it nearly was.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from simulators.month_calendar import papers
from simulators.month_things import FAMILIES, Thing, Value, make_thing
from simulators.month_troubles import DAY, TROUBLES, Trouble
from simulators.month_truth import Line, Oracle

ZONE = timezone(timedelta(hours=8))
SIZES: Mapping[str, int] = {
    "access-door": 250, "barrier-gate": 60, "emergency-light": 250, "extinguisher": 400, "lift": 40,
}  # fmt: skip
SHARE = 0.015
"""Of a family's things, how many have one fault; two at least where there are enough."""
NEAR_MISSES = 6
MILD = 0.3
GROWN_BY = 0.55
"""Part of the month in which what grows passes its limit."""


@dataclass(frozen=True)
class Plan:
    """What is asked for. `month` is 1 to 12, of the year 2026; `sizes` how many things of each family."""

    days: int = 35
    seed: int = 1
    month: int = 11
    sizes: Mapping[str, int] = field(default_factory=lambda: SIZES)

    @property
    def start(self) -> float:
        """Midnight at the property, seconds since 1970."""
        return datetime(2026, self.month, 1, tzinfo=ZONE).timestamp()

    @property
    def end(self) -> float:
        """The same, at the end of the last day."""
        return self.start + self.days * DAY


class Said(NamedTuple):
    """What a device told: simulated epoch seconds, the thing's name, its points."""

    at: float
    name: str
    values: Mapping[str, Value]


class Month:
    """All things with their troubles; goes through the days once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = random.Random(f"{plan.seed}/month")
        self.ledger: list[Line] = []
        self.near_misses: dict[str, int] = {}
        self._said: list[Said] = []
        self._open: list[Oracle] = []
        self.things = [thing for family in FAMILIES for thing in self._family(family)]

    def _family(self, family: str) -> list[Thing]:
        plan = self.plan
        names = [f"{family}-{number + 1:04}" for number in range(plan.sizes.get(family, 0))]
        things = [make_thing(name, family, plan.start, plan.seed, self._say) for name in names]
        for number, thing in enumerate(things):
            self._furnish(thing, number)
            thing.live((number + 0.5) / len(things))
        spare = self._break(things, [each for each in TROUBLES[family] if plan.days >= each.least_days])
        for thing in spare:
            self._nearly_break(thing)
        return things

    def _furnish(self, thing: Thing, number: int) -> None:
        thing.facts, due = papers(thing.family, number, self.plan.start, self.plan.end)
        self.ledger += [Line(thing.name, *each, must=each.by <= self.plan.end) for each in due]
        if thing.family == "lift":
            thing.light_sensor = number % 2 == 0
        elif thing.family == "emergency-light":
            thing.plant.maintained = thing.facts["maintained"] == "yes"
        elif thing.family == "extinguisher":
            thing.plant.mean, thing.plant.season = self.random.uniform(14.0, 20.0), 12.0
            thing.plant.swing, thing.plant.lag_h = self.random.choice([(2.0, 1.5), (6.0, 1.0)])

    def _break(self, things: Sequence[Thing], troubles: Sequence[Trouble]) -> list[Thing]:
        """Gives each trouble to some things of its own; returns those that stay sound."""
        spare = list(things)
        self.random.shuffle(spare)
        least = 2 if len(things) >= 2 * len(troubles) + 4 else 1
        for trouble in troubles:
            fitting = [thing for thing in spare if trouble.fits(thing)]
            for thing in fitting[: max(least, round(SHARE * len(things)))]:
                spare.remove(thing)
                self._truly(thing, trouble)
        return spare

    def _truly(self, thing: Thing, trouble: Trouble) -> None:
        for name, value in trouble.starts.items():
            setattr(thing.plant, name, value)
        lasts = self.random.uniform(*trouble.lasts)
        grows = trouble.grows(GROWN_BY * self.plan.days)
        latest = DAY * 2 if grows else self.plan.days * DAY - lasts - DAY / 2
        self._plan(thing, trouble, self.random.uniform(DAY, max(DAY, latest)), lasts, grows)

    def _nearly_break(self, thing: Thing) -> None:
        """Many things that are over before anybody need be told, and wear that stays within its limits."""
        troubles = [each for each in TROUBLES[thing.family] if each.fits(thing)]
        slot = (self.plan.days - 1.0) * DAY / NEAR_MISSES
        for number in range(NEAR_MISSES):
            trouble = self.random.choice([each for each in troubles if each.short])
            lasts = self.random.uniform(*(trouble.short or (0.0, 0.0)))
            begins = DAY / 2 + number * slot + self.random.uniform(0.0, max(0.0, 0.9 * slot - lasts))
            self._plan(thing, trouble, begins, lasts, {})
        for trouble in troubles:
            if trouble.mild and self.random.random() < MILD:
                self._plan(thing, trouble, DAY / 3, 1e9, trouble.mild(self.plan.days))

    def _plan(self, thing: Thing, trouble: Trouble, begins: float, lasts: float, params: Mapping[str, float]) -> None:
        oracles: list[Oracle] = []

        def begin() -> None:
            thing.fail(trouble.fault, params)
            oracles.extend(Oracle(truth, thing, trouble.fault) for truth in trouble.truths)
            thing.plant.watch(look)
            self._open.extend(oracles)

        def look() -> None:
            for oracle in oracles:
                oracle.look()

        def end() -> None:
            for oracle in oracles:
                self._open.remove(oracle)
                self._close(oracle)
            oracles.clear()
            thing.repair(trouble.fault)

        thing.plant.after(begins, begin)
        if lasts < self.plan.days * DAY:
            thing.plant.after(begins + lasts, end)

    def _close(self, oracle: Oracle) -> None:
        line = oracle.close(oracle.thing.plant.now)
        if line:
            self.ledger.append(line)
        else:
            clause = oracle.truth.clause
            self.near_misses[clause] = self.near_misses.get(clause, 0) + 1

    def _say(self, at: float, name: str, values: Mapping[str, Value]) -> None:
        self._said.append(Said(at, name, values))

    def days(self) -> Iterator[list[Said]]:
        """What was said on each day, in order. The ledger is complete after the last."""
        for day in range(self.plan.days):
            until = self.plan.start + (day + 1) * DAY
            for thing in self.things:
                thing.plant.advance(until)
            said, self._said = sorted(self._said, key=attrgetter("at")), []
            yield said
        for oracle in self._open:
            self._close(oracle)
        self._open.clear()


def as_line(said: Said) -> str:
    """A line of InfluxDB line protocol."""
    fields = ",".join(f"{point}={_written(value)}" for point, value in said.values.items())
    return f"{said.name} {fields} {round(said.at * 1e9)}\n"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def write(plan: Plan, folder: Path) -> Month:
    """Lives through the month and writes its files into `folder`."""
    month = Month(plan)
    with (folder / "readings.lp").open("w", encoding="utf-8") as file:
        for day in month.days():
            file.writelines(map(as_line, day))
    described = {thing.name: thing.described() for thing in month.things}
    (folder / "things.json").write_text(json.dumps(described), encoding="utf-8")
    ledger = [json.dumps(line._asdict()) + "\n" for line in month.ledger]
    (folder / "ledger.jsonl").write_text("".join(ledger), encoding="utf-8")
    (folder / "near-misses.json").write_text(json.dumps(month.near_misses), encoding="utf-8")
    return month


def _days(written: str) -> int:
    days = int(written)
    if not 3 <= days <= 366:
        raise argparse.ArgumentTypeError("from 3 to 366")
    return days


def add_options(flags: argparse.ArgumentParser) -> None:
    """The options that make a plan."""
    days = "how many, 3 to 366 (35, so that a trend of 30 days can be asked)"
    flags.add_argument("--days", type=_days, default=35, metavar="N", help=days)
    flags.add_argument("--seed", type=int, default=1, help="another seed, other faults, people and noise (1)")
    begins = "in which it begins, 1 to 12 (11)"
    flags.add_argument("--month", type=int, default=11, choices=range(1, 13), metavar="N", help=begins)
    for family, size in SIZES.items():
        flags.add_argument(f"--{family}s", type=int, default=size, metavar="N", help=f"how many ({size})")


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the options make."""
    sizes = {family: getattr(options, f"{family.replace('-', '_')}s") for family in SIZES}
    return Plan(options.days, options.seed, options.month, sizes)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m simulators.month", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the files go")
    add_options(parser)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write(plan_of(options), options.folder)


if __name__ == "__main__":
    main()
