"""The table of functions that a kind's derived points can name; pure, each family has a file of its own.

Call one as ``FUNCTIONS[name].compute(inputs, memory, now, parameters)``; it returns a Derived.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.assets import (
    averages,
    baseline,
    circuits,
    daywatch,
    doors,
    durations,
    events,
    gates,
    lifts,
    lights,
    locks,
    logic,
    plans,
    pressure,
    projection,
    responses,
    service,
    shocks,
    trend,
)
from gateway.assets.function import Derived, Function, Memory

__all__ = ["FUNCTIONS", "Derived", "Function", "Memory", "bound_inputs"]

FUNCTIONS: Mapping[str, Function] = {
    "above": logic.ABOVE,
    "at_stop": lifts.AT_STOP,
    "circuits_lit": circuits.CIRCUITS_LIT,
    "closing_time": doors.CLOSING_TIME,
    "count_within": events.COUNT_WITHIN,
    "daily_change": trend.DAILY_CHANGE,
    "daily_change_error": trend.DAILY_CHANGE_ERROR,
    "days_after": plans.DAYS_AFTER,
    "either": logic.EITHER,
    "equivalent_level": averages.EQUIVALENT_LEVEL,
    "exceeding_runs": events.EXCEEDING_RUNS,
    "forced_open": doors.FORCED_OPEN,
    "fruitless_unlocks": locks.FRUITLESS_UNLOCKS,
    "hard_closings": shocks.HARD_CLOSINGS,
    "held_open_time": doors.HELD_OPEN_TIME,
    "inverted": logic.INVERTED,
    "last_reversal": responses.LAST_REVERSAL,
    "last_true": events.LAST_TRUE,
    "mean_within": averages.MEAN_WITHIN,
    "opening_time": gates.OPENING_TIME,
    "percent_of": logic.PERCENT_OF,
    "power": circuits.POWER,
    "pressure_at_20c": pressure.PRESSURE_AT_20C,
    "projected_date": projection.PROJECTED_DATE,
    "proven_each_day": events.PROVEN_EACH_DAY,
    "ratio_to_baseline": baseline.RATIO_TO_BASELINE,
    "response_time": responses.RESPONSE_TIME,
    "retire_on": service.RETIRE_ON,
    "reversal_time": responses.REVERSAL_TIME,
    "rise_after": lights.RISE_AFTER,
    "rough_runs": lifts.ROUGH_RUNS,
    "run_time": durations.RUN_TIME,
    "running_time": gates.RUNNING_TIME,
    "service_due": service.SERVICE_DUE,
    "share": averages.SHARE,
    "share_of_allowed_loss": service.SHARE_OF_ALLOWED_LOSS,
    "since_service": service.SINCE_SERVICE,
    "slowest_closing_time": doors.SLOWEST_CLOSING_TIME,
    "stopped_outside_door_zone": lifts.STOPPED_OUTSIDE_DOOR_ZONE,
    "stuck_time": durations.STUCK_TIME,
    "without_progress": durations.WITHOUT_PROGRESS,
    "watched_day": daywatch.WATCHED_DAY,
}


def bound_inputs(function: str, inputs: Mapping[str, str], ids: Mapping[str, int]) -> dict[str, int] | None:
    """The id of each input's source among ``ids``; None when one is missing that the function cannot do without."""
    optional = FUNCTIONS[function].optional if function in FUNCTIONS else {}
    bound = {name: ids[source] for name, source in inputs.items() if source in ids}
    return bound if inputs.keys() - bound.keys() <= optional.keys() else None
