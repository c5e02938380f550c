"""When a value that drifts will reach a limit; is handed the limit and the drift, and judges neither."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.daily import DAY, due, sampled
from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

WAYS = {"down": -1.0, "up": 1.0}
TOLD = {"earliest": 1.0, "likely": 0.0, "latest": -1.0}


def _projected(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    value = float(inputs["value"])
    after, ended = sampled(memory, value, value, now)
    if ended or "level" not in after:
        after = {**after, "level": [ended.noon, ended.median] if ended else [now, value]}
    at, level = after["level"]
    days = _days_until(level, float(inputs["change"]), abs(float(inputs["error"])), parameters)
    return Derived(days if isinstance(days, BadReading) else at + days * DAY, after, due(after))


def _days_until(level: float, change: float, error: float, parameters: Parameters) -> float | BadReading:
    """Days from when the value was ``level`` until it is at the limit; below 0 when it is beyond it already."""
    way, times = WAYS[str(parameters["heading"])], float(parameters["times"])
    nearing, doubt = way * change / times, float(parameters["errors"]) * error / times
    if nearing <= doubt:
        return BadReading("not-approaching", f"{change:.3g} ± {doubt * times:.3g} a day")
    days = way * (float(parameters["limit"]) - level) / (nearing + TOLD[str(parameters["told"])] * doubt)
    if days > float(parameters["horizon"]):
        return BadReading("not-approaching", f"not within {parameters['horizon']:g} days")
    return days


PROJECTED_DATE = Function(
    _projected, {"value": "number", "change": "number", "error": "number"}, "date",
    parameters={"limit": 0.0, "heading": "down", "times": 1.0, "errors": 2.0, "told": "likely", "horizon": 3650.0},
    keeps=("at", "samples", "measured", "level"),
)  # fmt: skip
"""When ``value`` reaches ``limit`` if it goes on changing by ``change`` a day: ``(limit − value) ÷ change`` from then.

The value is the median of the last day that is over, at its noon. ``change`` and ``error`` (its standard error) are in
the value's unit times ``times``, as ``daily_change`` tells them. ``heading`` says which way the limit lies: ``down`` or
``up``. ``told``: the ``likely`` date, or the ``earliest`` or ``latest`` that ``errors`` standard errors of the change
allow. A limit already passed gives the date when the line passed it. ``not-approaching`` when the change leads away, is
not beyond ``errors`` of its errors, or the date is more than ``horizon`` days off.
"""
