"""What a reading costs beside ever more clauses with nothing new to judge: as many readings, a growing site.

One process a size: ``python -m tests.bench.idle CLAUSES`` says its figures as one line of JSON.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.estate import Estate
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.saved import Saved
from gateway.standards.standard import Clause
from tests.bench.usage import percentile, resident_mb, say
from tests.story import NOON, Plan, clause

KIND = "emergency-light"
BUSY = 100
"""Assets that tell something new every second, whatever the size of the site."""
YEAR = 365 * 86400.0
LIMITS = [f"value_{number}" for number in range(6)]
POINTS = [*LIMITS, "fault", "state", "guarded", "running"]
CHANGED = len(POINTS) - 2
"""How many of them are never the same twice in a row."""
PULSE = 20
"""Every so many seconds one limit of each busy asset is violated for a second, which its on-delay bridges."""


def clauses() -> Mapping[str, Clause]:
    """Ten clauses of every sort on each asset: limits, a state, a fault, a guarded limit, a date."""
    limits = {f"light.{each.replace('_', '-')}": {"point": each, "between": [10.0, 20.0]} for each in LIMITS}
    found = {name: clause(KIND, require, on_delay=10.0) for name, require in limits.items()}
    guard = clause(KIND, {"point": "running", "equals": True}).require
    return {
        **found,
        "light.fault": clause(KIND, {"none_true": ["fault"]}),
        "light.state": clause(KIND, {"point": "state", "one_of": ["lit", "resting"]}),
        "light.guarded": clause(KIND, {"point": "guarded", "at_most": 100.0}, only_while=guard),
        "light.in-date": clause(KIND, {"point": "valid_until", "in_date": True}),
    }


def site(instances: int) -> Estate:
    """A site on which ``instances`` clauses are judged, ten on an asset; nothing on it grows stale."""
    plan, fixed = Plan(clauses()), {}
    for number in range(instances // 10):
        date = plan.point(f"light-{number}/valid_until")
        fixed[date] = NOON + YEAR + number
        plan.asset(f"light-{number}", KIND, POINTS, valid_until=date)
    estate = plan.estate(fixed)
    lasting = {name: replace(device, stale_after=YEAR) for name, device in estate.devices.items()}
    return replace(estate, devices=lasting)


def told(second: int) -> list[Reading]:
    """What a busy asset tells in that second: every value is another than the one before."""
    change = second % 2
    high = 25.0 if second % PULSE == 0 else 15.0 + change
    return [high, *(12.0 + number + change for number in range(1, 6)), False, ("lit", "resting")[change],
            50.0 + change, True]  # fmt: skip


def rounds(estate: Estate, names: Sequence[str], seconds: range) -> Iterator[tuple[float, list[Readings]]]:
    """The readings of every second, made before anything is measured."""
    points = {name: [estate.devices[name].point_ids[point] for point in POINTS] for name in names}
    answers = {name: [estate.devices[name].answers_id] for name in names}
    for second in seconds:
        now, values = NOON + 1 + second, told(second)
        read = [Readings(name, now, now, points[name], values) for name in names]
        yield now, [*read, *(Readings(name, now, now, answers[name], [True]) for name in names)]


def measure(instances: int, warm: int, seconds: int) -> dict[str, Any]:
    """CPU for each reading that changed, on a site of that many clause instances."""
    estate = site(instances)
    pipeline = Pipeline(estate, Saved(), NOON)
    names = list(estate.devices)
    for now, readings in rounds(estate, names, range(1, 2)):
        pipeline.tick(readings, [], now)
    spent: list[float] = []
    for now, readings in [*rounds(estate, names[:BUSY], range(2, 2 + warm + seconds))]:
        before = time.process_time()
        pipeline.tick(readings, [], now)
        spent.append(time.process_time() - before)
    used = spent[warm:]
    return {
        "clauses": len(pipeline.panel.checks),
        "cpu_us_reading": sum(used) * 1e6 / (seconds * BUSY * CHANGED),
        "tick_p99_ms": percentile(used, 0.99) * 1000,
        "resident_mb": resident_mb(),
    }


def main() -> None:
    """Measure one size and say it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.idle", description=__doc__)
    parser.add_argument("clauses", type=int)
    parser.add_argument("--warm", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=200)
    asked = parser.parse_args()
    say(measure(asked.clauses, asked.warm, asked.seconds))


if __name__ == "__main__":
    main()
