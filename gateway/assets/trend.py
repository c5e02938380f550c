"""How fast a value drifts, and how sure that is; knows no limits.

The slope is Theil's and Sen's: the median of the slopes between every two days, which a few odd days do not move.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from gateway.assets.daily import DAY, Day, due, sampled
from gateway.assets.function import Derived, Function, Memory, Parameters, Run
from gateway.model import BadReading, Value

NORMAL_SPREAD = 1.4826
"""Standard deviation of normal noise ÷ median absolute deviation."""
EFFICIENCY = math.sqrt(3 / math.pi)
"""Standard error of least squares ÷ that of Theil and Sen, for normal noise and many days."""
MOST_DAYS = 120


def theil_sen(days: Sequence[Day]) -> float:
    """Median of the slopes between every two days, per day. Needs two days at least.

    Sen, Journal of the American Statistical Association 63 (1968). Up to 29 % of the days may be wrong at will.
    """
    points = [(day.number, day.median) for day in days]
    return median(
        [(y - before) / (x - earlier) for place, (earlier, before) in enumerate(points) for x, y in points[place + 1 :]]
    )


def least_squares_error(noise: float, numbers: Sequence[float]) -> float:
    """Standard error of a fitted slope: ``noise ÷ √Σ(t − mean)²``, per unit of ``numbers``.

    ``noise`` is the standard deviation of one value about the line, without memory from one to the next.
    Example: 5 kPa on 30 successive days gives 0.105 kPa a day, on 90 days 0.020.
    """
    middle = fmean(numbers)
    return noise / math.sqrt(sum((number - middle) ** 2 for number in numbers))


def slope_error(days: Sequence[Day], slope: float, step: float) -> float:
    """Standard error of ``slope`` by what is left of the days beside the line, per day. Needs three days at least.

    Noise is taken as 1.4826 times the median absolute deviation, and never as less than that of rounding to ``step``
    (step ÷ √12): a source that shows no noise is only too coarse to show it.
    """
    left = [day.median - slope * day.number for day in days]
    middle = median(left)
    noise = NORMAL_SPREAD * median(abs(each - middle) for each in left) * math.sqrt(len(days) / (len(days) - 2))
    return least_squares_error(max(noise, step / math.sqrt(12)), [day.number for day in days]) / EFFICIENCY


def smallest_step(values: Iterable[float]) -> float | None:
    """The smallest difference between two values that differ; None when all are the same."""
    distinct = sorted(set(values))
    return min((higher - lower for lower, higher in pairwise(distinct)), default=None)


def _window(days: Sequence[Day], today: int, length: int) -> list[Day]:
    """The days of the last ``length``, and the one before: without it a gap at their beginning would shorten them."""
    first = today - min(length, MOST_DAYS)
    before = [day for day in days if day.number < first]
    return [*before[-1:], *(day for day in days if day.number >= first)]


def _since_refill(days: list[Day], refill: float) -> list[Day]:
    """``days``, or only the last when it is more than ``refill`` above either of the two before it."""
    refilled = refill > 0 and any(days[-1].median - day.median > refill for day in days[-3:-1])
    return days[-1:] if refilled else days


def _found(days: Sequence[Day], parameters: Parameters) -> Mapping[str, Any]:
    """``change`` and ``error`` per day, or ``why`` there are none."""
    least, least_span = int(parameters["least_days"]), int(parameters["least_span"])
    span = days[-1].number - days[0].number + 1 if days else 0
    if len(days) < max(least, 3) or span < least_span:
        return {"why": ["too-few-days", f"{len(days)} of {least} days, over {span} of {least_span}"]}
    step, resolution = smallest_step(day.measured for day in days), float(parameters["resolution"])
    # The difference of 1.234 and 1.232 is a little more than 0.002.
    if step is None or step > resolution * (1 + 1e-6):
        seen = "no step seen" if step is None else f"smallest step seen {step:.3g}"
        return {"why": ["too-coarse", f"{seen}, needed {resolution:g}"]}
    change = theil_sen(days)
    return {"change": change, "error": slope_error(days, change, step)}


def _with_day(memory: Memory, ended: Day | None, today: int, parameters: Parameters) -> Memory:
    """``memory`` with the day that ended, and what the days now show. Only here is a slope computed."""
    days = [Day(*day) for day in memory.get("days", ())]
    if ended:
        days = _since_refill(_window([*days, ended], today, int(parameters["days"])), float(parameters["refill"]))
    return {**memory, "days": [list(day) for day in days], "found": _found(days, parameters)}


def _trend(which: str) -> Run:
    """A run that tells ``change`` or ``error``: both remember the same days."""

    def run(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
        value = float(inputs["value"])
        after, ended = sampled(memory, value, float(inputs.get("measured", value)), now)
        if ended or "found" not in after:
            after = _with_day(after, ended, int(now // DAY), parameters)
        found = after["found"]
        told = BadReading(*found["why"]) if "why" in found else found[which] * float(parameters["times"])
        return Derived(told, after, due(after))

    return run


TREND: Parameters = {
    "days": 45, "least_days": 20, "least_span": 30, "resolution": 0.002, "refill": 0.05, "times": 1.0,
}  # fmt: skip
REMEMBERED = ("at", "samples", "measured", "days", "found")

DAILY_CHANGE = Function(
    _trend("change"), {"value": "number"}, "number",
    parameters=TREND, keeps=REMEMBERED, optional={"measured": "number"},
)  # fmt: skip
"""How much ``value`` changes in a day, times ``times``: the Theil-Sen slope over each day's median. Falling is below 0.

A day is a UTC day and its value the median of samples three hours apart. Over the last ``days`` days (120 at most);
gaps are fine as long as ``least_days`` days are there, the first and the last of them ``least_span`` days apart, both
counted. Else ``too-few-days``. A day that is more than ``refill`` above one of the two before it begins the count anew
(0: never). Today does not count until it is over, and the slope is computed once a day.

45 days because 5 kPa of noise a day let 30 days of a sound unit look like a leak of 0.33 kPa a day thirty times in a
thousand months, and 45 not once in 500 (simulated); a leak of 0.5 from the first day is told with the 30th.

``measured`` is what the sensor really tells, where ``value`` is computed from it: its smallest step must not be above
``resolution`` (in its unit), else ``too-coarse``. A value that never moved shows no step, and gives no trend either.
"""

DAILY_CHANGE_ERROR = Function(
    _trend("error"), {"value": "number"}, "number",
    parameters=TREND, keeps=REMEMBERED, optional={"measured": "number"},
)  # fmt: skip
"""Standard error of ``daily_change``, in its unit, when wired and set like it: twice as much either way is 95 % sure.

It holds for noise that forgets from one day to the next; a season that is not compensated is no such noise.
"""
