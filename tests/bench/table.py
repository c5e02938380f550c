"""Figures of several rounds as a table, with least, middle and greatest, so that a noisy machine shows. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

Figures = Mapping[str, float]
Round = Mapping[str, Figures]

COLUMNS: Mapping[str, tuple[str, str]] = {
    "points_per_s": ("points/s", "{:,.0f}"),
    "cpu_ms_per_1000": ("CPU ms / 1000 points", "{:.1f}"),
    "core_share": ("share of a core", "{:.2f}"),
    "messages_per_s": ("messages/s", "{:,.0f}"),
    "cpu_us_each": ("CPU µs / message", "{:.0f}"),
    "cpu_us_reading": ("CPU µs / changed reading", "{:.1f}"),
    "tick_p99_ms": ("tick p99 ms", "{:.0f}"),
    "resident_mb": ("resident MB", "{:.0f}"),
    "age_p50_ms": ("age p50 ms", "{:.0f}"),
    "age_p99_ms": ("age p99 ms", "{:.0f}"),
    "ratio": ("× first row", "{:.1f}"),
}
"""Figure → its heading and how a number of it is written."""
COST = {"cpu_ms_per_1000", "cpu_us_each", "cpu_us_reading"}


def with_ratio(rounds: Sequence[Round]) -> list[dict[str, dict[str, float]]]:
    """The rounds, each row with its CPU cost as a multiple of the first row's in the same round."""
    found = []
    for each in rounds:
        first = next(iter(each.values()))
        cost = next(name for name in COST if name in first)
        found.append({row: {**figures, "ratio": figures[cost] / first[cost]} for row, figures in each.items()})
    return found


def cells(rounds: Sequence[Round]) -> list[list[str]]:
    """Heading and rows; a cell is ``median (least–greatest)``, or ``–`` where nothing was measured."""
    rated = with_ratio(rounds)
    names = [name for name in COLUMNS if name in next(iter(rated[0].values()))]
    rows = [["", *(COLUMNS[name][0] for name in names)]]
    for row in rated[0]:
        rows.append([row, *(_cell([each[row][name] for each in rated], COLUMNS[name][1]) for name in names)])
    return rows


def _cell(values: Sequence[float], layout: str) -> str:
    if any(math.isnan(value) for value in values):
        return "–"
    least, middle, most = (layout.format(value) for value in (min(values), median(values), max(values)))
    return middle if least == most else f"{middle} ({least}–{most})"


def plain(rows: Sequence[Sequence[str]]) -> str:
    """The table for a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table for the README."""
    ruler = ["---", *["--:"] * (len(rows[0]) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], ruler, *rows[1:]))
