"""A judged month as rows for the terminal, the README and other programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.month.compare import Tally
from tests.month.judged import Judged

HEADINGS = (
    "clause",
    "faults",
    "found",
    "in time",
    "slowest",
    "of allowed",
    "near misses",
    "missed",
    "false",
    "raised again",
)
UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def rows(judged: Judged) -> list[list[str]]:
    """Headings, a row a clause, and all of them together."""
    told = [_row(clause, tally) for clause, tally in judged.tallies.items()]
    return [list(HEADINGS), *told, _row("all", together(judged.tallies))]


def _row(clause: str, tally: Tally) -> list[str]:
    took, allowed = (duration(each) for each in tally.worst) if tally.delays else ("–", "–")
    counts = (tally.near_misses, len(tally.missed), len(tally.false), tally.again)
    return [clause, *map(str, (tally.faults, tally.found, tally.in_time)), took, allowed, *map(str, counts)]


def together(tallies: Mapping[str, Tally]) -> Tally:
    """The sum over all clauses; whose delay was the worst is seen in their rows."""
    total = Tally()
    for tally in tallies.values():
        total.faults, total.found = total.faults + tally.faults, total.found + tally.found
        total.in_time, total.again = total.in_time + tally.in_time, total.again + tally.again
        total.near_misses += tally.near_misses
        total.missed += tally.missed
        total.false += tally.false
    return total


def duration(seconds: float) -> str:
    """With the largest unit of which there are two at least: ``125 s``, ``35 min``, ``-2.4 d``."""
    size, unit = next((pair for pair in UNITS if abs(seconds) >= 2 * pair[0]), UNITS[-1])
    return f"{round(seconds / size, 1) + 0.0:.3g} {unit}"


def summary(judged: Judged) -> str:
    """The figures of the whole."""
    plan, total = judged.plan, together(judged.tallies)
    return (
        f"{sum(plan.sizes.values()):,} assets for {plan.days} days from month {plan.month}, seed {plan.seed}:"
        f" {judged.asset_months:,.0f} asset-months, {judged.readings:,} readings.\n"
        f"{total.faults} faults: {total.found} found, {total.in_time} in time, {len(total.missed)} missed;"
        f" {total.near_misses:,} near misses; {len(total.false)} false tickets,"
        f" {judged.false_per_1000:.2f} per 1,000 asset-months. {judged.tickets} tickets, {judged.doubled} doubled.\n"
        f"CPU: {judged.simulated_s:.0f} s to simulate, {judged.judged_s:.0f} s to judge."
    )


def as_data(judged: Judged) -> dict[str, Any]:
    """All of it, for other programs; what went wrong line by line."""
    figures = {
        "seed": judged.plan.seed, "days": judged.plan.days, "month": judged.plan.month,
        "sizes": dict(judged.plan.sizes), "asset_months": judged.asset_months, "readings": judged.readings,
        "tickets": judged.tickets, "doubled": judged.doubled, "false_per_1000_asset_months": judged.false_per_1000,
        "cpu_simulated_s": judged.simulated_s, "cpu_judged_s": judged.judged_s,
    }  # fmt: skip
    return figures | {"clauses": {clause: _data(tally) for clause, tally in judged.tallies.items()}}


def _data(tally: Tally) -> dict[str, Any]:
    return {
        "faults": tally.faults, "found": tally.found, "in_time": tally.in_time, "near_misses": tally.near_misses,
        "raised_again": tally.again, "slowest_s": tally.worst[0], "allowed_s": tally.worst[1],
        "missed": [line._asdict() for line in tally.missed],
        "late": [{**line._asdict(), "at": at} for line, at in tally.late],
        "false": [each._asdict() for each in tally.false],
    }  # fmt: skip


def troubles(judged: Judged) -> Sequence[str]:
    """A line for each miss, each late one and each false ticket."""
    found = []
    for tally in judged.tallies.values():
        found += [f"missed: {line}" for line in tally.missed]
        found += [f"late by {duration(at - line.by)}: {line}" for line, at in tally.late]
        found += [f"false: {each}" for each in tally.false]
    return found
