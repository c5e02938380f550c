"""When work that is done again and again is due next. Knows no limits."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets.function import Derived, Function, Memory, Parameters
from gateway.model import BadReading, Value

DAY = 86400.0


def _days_after(inputs: Mapping[str, Value], memory: Memory, now: float, parameters: Parameters) -> Derived:
    days = float(inputs["days"])
    if days <= 0.0:
        return Derived(BadReading("out-of-validity", f"every {days:g} days"))
    return Derived(float(inputs["date"]) + days * DAY)


DAYS_AFTER = Function(_days_after, {"date": "number", "days": "number"}, "date")
"""``days`` (24 h each) after ``date``: when what was done then is due again (seconds since 1970)."""
