"""How much of its capacity a battery has left, by its proof tests year on year, and when a test may first fail.

Pure. Knows neither drawings nor the wire, and says why it knows nothing rather than a number that looks right.

Every test of a battery at the same load runs down the same curve, faster as the battery ages: at half its capacity
everything comes after half the time. So the time that a fixed part of the fall takes is in proportion to the capacity,
whatever the curve's shape is. (The time-adjusted capacity test of IEEE 450 likewise rates a battery by the ratio of two
times to one voltage; that the part stands for the whole is our own assumption.)

It holds for a load, a temperature and a full charge that are the same from test to test, as the conditions before a
test show; and for tests of 15 min or more: a battery that is emptied within minutes loses more than this says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median
from typing import NamedTuple

from gateway.assets.daily import DAY, Day
from gateway.assets.trend import slope_error, smallest_step, theil_sen
from gateway.proof_tests.entry import Entry, Outcome
from gateway.proof_tests.evidence import VOLTAGE

LEAST_TESTS, LEAST_DAYS = 4, 180
FEWEST_SPOTS = 5
"""Two ends and a middle between them."""
SETTLED = 60.0
"""Seconds after the start from which the fall counts: before that the load's first step is still settling."""
COARSEST = 0.25
"""The step in which a value is told may be so much of the fall that is timed, at most."""
REPLACED = 1.15
"""No battery gains so much from one test to the next: it was replaced, and is counted anew."""
SURE = 2.0
"""Standard errors either way: 95 %."""
HORIZON = 3650
"""Days: nobody knows more than ten years ahead."""
WITNESSES = {VOLTAGE: None, "battery_level": 0.0}
"""What a fall is seen by, the best first, and the value at which nothing is left: of a voltage each test knows it."""


class Fall(NamedTuple):
    """The discharge of one test as a witness saw it: (seconds from the start, value) under load, oldest first."""

    entry: Entry
    spots: Sequence[tuple[float, float]]

    @property
    def day(self) -> int:
        """UTC days since 1970."""
        return int(self.entry.started_at // DAY)


@dataclass(frozen=True, slots=True)
class Forecast:
    """When tests of a kind, which must last longer than ``limit`` s, may first fail: seconds since 1970.

    Not before ``not_before`` (None: not within ten years), and by ``not_after`` (None: nobody knows, or not within ten
    years). Both hold with 95 % if the battery goes on to age as it has.
    """

    kind: str
    limit: float
    not_before: float | None
    not_after: float | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the tests tell. Shares are of the first test's capacity; errors are standard errors."""

    point: str = ""
    part: float = 0.0
    """The part of the fall that is timed, in the unit of ``point``."""
    timed: Sequence[tuple[Entry, float]] = ()
    """The tests that count, and how many seconds each took for it."""
    whole: float = 0.0
    """Seconds that stand for the capacity at the first test, by the straight line through all of them."""
    left: float = 1.0
    left_error: float = 0.0
    yearly: float = 0.0
    """Change in a year."""
    yearly_error: float = 0.0
    forecasts: Sequence[Forecast] = ()
    unknown: str = ""
    """Why nothing is told, as a word of ``REASONS``; ``detail`` with figures."""
    detail: str = ""


REASONS = {
    "no-tests": {"zh": "没有通过且有读数曲线的放电试验", "en": "no passed test with a curve of its voltage or charge"},
    "failing": {
        "zh": "最近一次试验未通过,修复后重新累计",
        "en": "the last test failed; counted anew once one is passed",
    },
    "too-few-tests": {"zh": "试验次数不够", "en": "too few tests"},
    "too-short": {"zh": "试验跨越的时间不够", "en": "the tests do not span enough time"},
    "too-coarse": {"zh": "读数太粗,看不出变化", "en": "the readings are too coarse to show it"},
}
"""Why no trend is told, in words."""


def capacity(entries: Iterable[Entry]) -> Capacity:
    """The trend of one asset by its log book, oldest first, with curves. Counted anew after a failed test."""
    tests = _since_failure([each for each in entries if each.limit is not None])
    if tests and tests[-1].outcome is Outcome.FAILED:
        return Capacity(unknown="failing", detail=f"entry {tests[-1].id}")
    for point, empty in WITNESSES.items():
        falls = [fall for fall in (_fall(each, point) for each in tests) if fall]
        if falls:
            return _trend(point, _one_a_day(falls), empty)
    return Capacity(unknown="no-tests")


def _since_failure(tests: Sequence[Entry]) -> list[Entry]:
    """Those that were passed since one last failed; only that one when none was."""
    judged = [each for each in tests if each.outcome in (Outcome.PASSED, Outcome.FAILED)]
    failed = max((place for place, each in enumerate(judged) if each.outcome is Outcome.FAILED), default=-1)
    return judged[failed + 1 :] or judged[-1:]


def _fall(entry: Entry, point: str) -> Fall | None:
    """What the witness told from ``SETTLED`` to the end; None where that is too little to be timed."""
    told = [(each.at - entry.started_at, each.values.get(point)) for each in entry.curve if each.at <= entry.ended_at]
    spots = [
        (at, float(value))
        for at, value in told
        if at >= SETTLED and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return Fall(entry, spots) if len(spots) >= FEWEST_SPOTS and _depth(spots) > 0 else None


def _depth(spots: Sequence[tuple[float, float]]) -> float:
    """How far the value fell, from the median of its first three readings to that of its last three."""
    return median(value for _, value in spots[:3]) - median(value for _, value in spots[-3:])


def _one_a_day(falls: Sequence[Fall]) -> list[Fall]:
    """The last of each day."""
    return list({fall.day: fall for fall in falls}.values())


def _trend(point: str, falls: Sequence[Fall], empty: float | None) -> Capacity:
    part = min(_depth(fall.spots) for fall in falls)
    step = smallest_step(value for fall in falls for _, value in fall.spots) or 0.0
    timed = _of_one_battery([(fall.entry, took) for fall in falls if (took := _seconds(fall, part))])
    known = Capacity(point, part, timed)
    span = int((timed[-1][0].started_at - timed[0][0].started_at) // DAY) if timed else 0
    if len(timed) < LEAST_TESTS:
        return _unknown(known, "too-few-tests", f"{len(timed)} of {LEAST_TESTS}")
    if span < LEAST_DAYS:
        return _unknown(known, "too-short", f"{span} of {LEAST_DAYS} d")
    if step > part * COARSEST:
        return _unknown(known, "too-coarse", f"{step:.3g} of {part:.3g}")
    return _told(known, _Line(timed, step / part), falls, empty)


def _of_one_battery(timed: Sequence[tuple[Entry, float]]) -> list[tuple[Entry, float]]:
    """The tests since it was replaced: since one took more than ``REPLACED`` times as long as the two before it."""
    begin = 0
    for place, (_, took) in enumerate(timed):
        before = [each for _, each in timed[max(begin, place - 2) : place]]
        begin = place if before and took > REPLACED * max(before) else begin
    return list(timed[begin:])


def _unknown(known: Capacity, why: str, detail: str) -> Capacity:
    return Capacity(known.point, known.part, known.timed, unknown=why, detail=detail)


def _seconds(fall: Fall, part: float) -> float | None:
    """How long the value took to fall by ``part``, by the straight line through that part; None where it did not."""
    top = median(value for _, value in fall.spots[:3])
    end = next((place for place, (_, value) in enumerate(fall.spots) if top - value > part), len(fall.spots))
    slope = _slope(fall.spots[: max(end + 1, 3)])
    return part / -slope if slope < 0 else None


def _slope(spots: Sequence[tuple[float, float]]) -> float:
    """Least squares, per second."""
    across, up = fmean(at for at, _ in spots), fmean(value for _, value in spots)
    return sum((at - across) * (value - up) for at, value in spots) / sum((at - across) ** 2 for at, _ in spots)


class _Line:
    """The seconds that the part took, over the days, as a straight line with its error."""

    def __init__(self, timed: Sequence[tuple[Entry, float]], coarse: float) -> None:
        days = [Day(int(entry.started_at // DAY), took, took) for entry, took in timed]
        self.first, self.last = days[0].number, days[-1].number
        self.slope = theil_sen(days)
        self.error = slope_error(days, self.slope, median(day.median for day in days) * coarse)
        self._at_zero = median(day.median - self.slope * day.number for day in days)
        self._middle = fmean(day.number for day in days)
        squares = sum((day.number - self._middle) ** 2 for day in days)
        self._level_error = self.error * sqrt(squares / len(days))

    def at(self, day: float) -> float:
        """Seconds on that day."""
        return self._at_zero + self.slope * day

    def error_at(self, day: float) -> float:
        """Its standard error."""
        return sqrt(self._level_error**2 + (self.error * (day - self._middle)) ** 2)

    def reaches(self, seconds: float, sure: float) -> float | None:
        """The first day from the last test on, as seconds since 1970, on which it is there, ``sure`` errors added."""
        return _first(lambda day: self.at(day) + sure * self.error_at(day) <= seconds, self.last)


def _first(holds: Callable[[int], bool], begin: int) -> float | None:
    """The first day from ``begin`` on of which it holds, as seconds since 1970; None for none within ten years."""
    return next((day * DAY for day in range(begin, begin + HORIZON + 1) if holds(day)), None)


def _told(known: Capacity, line: _Line, falls: Sequence[Fall], empty: float | None) -> Capacity:
    whole = line.at(line.first)
    kinds = {entry.kind: entry.limit for entry, _ in known.timed if entry.limit is not None}
    latest = _latest(line, falls[-1], empty)
    forecasts = [Forecast(kind, limit, *_between(line, known, limit, latest)) for kind, limit in sorted(kinds.items())]
    return Capacity(
        known.point, known.part, known.timed, whole,
        line.at(line.last) / whole, line.error_at(line.last) / whole,
        line.slope * 365 / whole, line.error * 365 / whole, forecasts,
    )  # fmt: skip


def _between(line: _Line, known: Capacity, limit: float, latest: float | None) -> tuple[float | None, float | None]:
    """Between which dates a test of ``limit`` seconds may first fail.

    Not before the capacity is so low that the limit lies beyond what any test has yet seen: a test that lasted
    ``lasted`` at capacity c proves one of ``limit`` down to c × limit ÷ lasted. ``latest``: see ``_latest``.
    """
    proven = min(line.at(int(entry.started_at // DAY)) * limit / entry.lasted for entry, _ in known.timed)
    return line.reaches(proven, -SURE), None if latest is None else line.reaches(latest * limit, SURE)


def _latest(line: _Line, fall: Fall, empty: float | None) -> float | None:
    """Up to how many seconds of the part, for each second of a limit, a test surely fails; None when that is unknown.

    From where the last test ended the value falls on at least as steeply as it did in its second half, for discharge
    curves bend down at their end: so it is at the floor (the voltage at which the test calls the battery exhausted, or
    no charge at all) no later than that straight line is.
    """
    floor = fall.entry.floor if empty is None else empty
    half = fall.spots[len(fall.spots) // 2 :]
    slope = _slope(half)
    end, value = half[-1][0], median(value for _, value in half[-3:])
    if floor is None or slope >= 0 or value <= floor:
        return None
    return line.at(fall.day) / (end + (value - floor) / -slope)
