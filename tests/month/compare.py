"""Holds what the gateway raised against what the simulators know to be true. Knows of both only that.

Every alarm that was raised is a ticket opened or opened again: one that no line of the ledger explains is a false one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from simulators.month_truth import Line

DEVICE, DEVICE_SUFFIX = "device/", "-device"
CANNOT_BE_JUDGED = {"device.answers": "asset.judgeable", "asset.judgeable": "asset.judgeable"}
"""A silent device is told of the device, an implausible reading of the asset; both say that nothing is known."""
AFTERWARDS = 10.0
"""Seconds after the end of a fault in which it may still be told: running times are looked at every few seconds."""
BEFORE = 1.0
"""Seconds before it: events have whole milliseconds, and a date ends with the last second of its day."""


class Raised(NamedTuple):
    """An alarm that was raised, ``at`` seconds since 1970."""

    asset: str
    clause: str
    at: float


@dataclass
class Tally:
    """What came of one clause. ``delays`` are seconds from onset to the first ticket; below 0 within the doubt."""

    faults: int = 0
    found: int = 0
    in_time: int = 0
    near_misses: int = 0
    delays: list[tuple[float, float]] = field(default_factory=list)
    """Of each fault found: how long it took, and how long it may take."""
    missed: list[Line] = field(default_factory=list)
    late: list[tuple[Line, float]] = field(default_factory=list)
    false: list[Raised] = field(default_factory=list)
    again: int = 0
    """Raised again during one and the same fault: no new ticket, but one that reoccurs."""

    @property
    def worst(self) -> tuple[float, float]:
        """The delay that took the greatest part of its allowance, and that allowance."""
        return max(self.delays, key=lambda pair: pair[0] / pair[1], default=(0.0, 0.0))


def compare(ledger: Iterable[Line], raised: Iterable[Raised], near_misses: Mapping[str, int]) -> dict[str, Tally]:
    """By clause; a line about a clause that is not in force is one that is missed."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    lines: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in ledger:
        lines[line.asset, line.clause].append(line)
    told: dict[Line, list[float]] = defaultdict(list)
    for each in map(_as_asset, raised):
        explained = next((line for line in lines[each.asset, each.clause] if _explains(line, each.at)), None)
        if explained is None:
            tallies[each.clause].false.append(each)
        else:
            told[explained].append(each.at)
    for line in (line for each in lines.values() for line in each):
        _count(tallies[line.clause], line, told.get(line, []))
    for clause, count in near_misses.items():
        tallies[clause].near_misses = count
    return dict(sorted(tallies.items()))


def _as_asset(raised: Raised) -> Raised:
    asset = raised.asset.removeprefix(DEVICE).removesuffix(DEVICE_SUFFIX)
    return Raised(asset, CANNOT_BE_JUDGED.get(raised.clause, raised.clause), raised.at)


def _explains(line: Line, at: float) -> bool:
    return line.early - BEFORE <= at <= line.end + AFTERWARDS


def _count(tally: Tally, line: Line, told: list[float]) -> None:
    tally.again += max(0, len(told) - 1)
    if not line.must:
        return
    tally.faults += 1
    first = min(told, default=inf)
    if first == inf:
        tally.missed.append(line)
        return
    tally.found += 1
    tally.delays.append((first - line.onset, line.by - line.onset))
    if first <= line.by:
        tally.in_time += 1
    else:
        tally.late.append((line, first))
