"""A year as rows for the terminal, the README and other programs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from simulators.year_lamps import STARTS
from tests.year.compare import Figures
from tests.year.lived import Lived

HEADINGS = ("what must hold", "of", "could not be seen, or is not due", "wrong")


def rows(figures: Figures) -> list[list[str]]:
    """Headings, and a row for everything that must hold."""
    told = [[name, f"{each.of:,}", f"{each.aside:,}", str(len(each.wrong))] for name, each in figures.items()]
    return [list(HEADINGS), *told]


def outcomes(lived: Lived) -> list[list[str]]:
    """How many lines of the log book there are of each kind and outcome."""
    entries = lived.truth.entries
    found = Counter((entry.kind, entry.outcome.value) for entry in entries)
    kinds, ways = sorted({kind for kind, _ in found}), sorted({way for _, way in found})
    return [["lines of the log book", *ways], *([kind, *(f"{found[kind, way]:,}" for way in ways)] for kind in kinds)]


def summary(lived: Lived) -> str:
    """The figures of the whole."""
    truth, plan = lived.truth, lived.truth.plan
    starts = sum(frame.name in STARTS for frame in truth.frames)
    hours = sum(down.until - down.since for down in truth.downs) / 3600
    return (
        f"{plan.lamps} luminaires for {plan.days} days, seed {plan.seed}: {len(truth.entries):,} lines of the log book,"
        f" {len(truth.burnt):,} discharges, {len(truth.frames):,} commands, {starts:,} of them starts;"
        f" {len(truth.weak)} weak batteries; the gateway was killed {lived.kills} times and away for {hours:.0f} h.\n"
        f"{lived.readings:,} readings in {lived.ticks:,} ticks."
        f" CPU: {lived.cpu_s:.0f} s to simulate and to judge."
    )


def as_data(lived: Lived, figures: Figures) -> dict[str, Any]:
    """All of it, for other programs; what went wrong line by line."""
    plan = lived.truth.plan
    return {
        "days": plan.days, "lamps": plan.lamps, "seed": plan.seed, "kills": lived.kills,
        "readings": lived.readings, "ticks": lived.ticks,
        "cpu_s": lived.cpu_s,
        "figures": {name: {"of": each.of, "aside": each.aside, "wrong": each.wrong} for name, each in figures.items()},
    }  # fmt: skip


def troubles(figures: Figures) -> Sequence[str]:
    """A line for everything that is wrong."""
    return [f"{name}: {line}" for name, each in figures.items() for line in each.wrong]
