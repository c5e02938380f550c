"""The table of functions that a kind's derived points can name; pure, each family has a file of its own.

Call one as ``FUNCTIONS[name].compute(inputs, memory, now, parameters)``; it returns a Derived.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets import baseline, doors, gates, lifts, locks, logic, pressure, projection, service, trend
from gateway.assets.function import Derived, Function, Memory

__all__ = ["FUNCTIONS", "Derived", "Function", "Memory", "bound_inputs"]

FUNCTIONS: Mapping[str, Function] = {
    "above": logic.ABOVE,
    "at_stop": lifts.AT_STOP,
    "closing_time": doors.CLOSING_TIME,
    "daily_change": trend.DAILY_CHANGE,
    "daily_change_error": trend.DAILY_CHANGE_ERROR,
    "forced_open": doors.FORCED_OPEN,
    "fruitless_unlocks": locks.FRUITLESS_UNLOCKS,
    "held_open_time": doors.HELD_OPEN_TIME,
    "inverted": logic.INVERTED,
    "opening_time": gates.OPENING_TIME,
    "pressure_at_20c": pressure.PRESSURE_AT_20C,
    "projected_date": projection.PROJECTED_DATE,
    "ratio_to_baseline": baseline.RATIO_TO_BASELINE,
    "retire_on": service.RETIRE_ON,
    "rough_runs": lifts.ROUGH_RUNS,
    "running_time": gates.RUNNING_TIME,
    "service_due": service.SERVICE_DUE,
    "share_of_allowed_loss": service.SHARE_OF_ALLOWED_LOSS,
    "since_service": service.SINCE_SERVICE,
    "slowest_closing_time": doors.SLOWEST_CLOSING_TIME,
    "stopped_outside_door_zone": lifts.STOPPED_OUTSIDE_DOOR_ZONE,
}


def bound_inputs(function: str, inputs: Mapping[str, str], ids: Mapping[str, int]) -> dict[str, int] | None:
    """The id of each input's source among ``ids``; None when one is missing that the function cannot do without."""
    optional = FUNCTIONS[function].optional if function in FUNCTIONS else {}
    bound = {name: ids[source] for name, source in inputs.items() if source in ids}
    return bound if inputs.keys() - bound.keys() <= optional.keys() else None
