"""`python -m tests.month`: the table of `make month`, from a simulated property judged by the shipped standard.

Exit status 1 when a fault is missed or found late, or more than one ticket in 1,000 asset-months is false.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from simulators.month import Plan, add_options, plan_of
from tests.bench.table import markdown, plain
from tests.month.judged import Judged, judge
from tests.month.table import as_data, rows, summary, troubles

FALSE_PER_1000 = 1.0


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.month", description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--markdown", action="store_true", help="the table as the README shows it")
    return parser.parse_args(words)


def judged(plan: Plan) -> Judged:
    """The month, judged on a site that is written for it and thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return judge(plan, Path(folder))


def holds(month: Judged) -> bool:
    """Whether every fault was found in its time, few tickets were false, and none was doubled."""
    in_time = all(tally.in_time == tally.faults for tally in month.tallies.values())
    return in_time and month.false_per_1000 <= FALSE_PER_1000 and not month.doubled


def main(words: Sequence[str] | None = None) -> int:
    """Simulate, judge, print; returns the exit status."""
    asked = options(words)
    month = judged(plan_of(asked))
    layout = markdown if asked.markdown else plain
    print(layout(rows(month)), summary(month), *troubles(month), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps(as_data(month), indent=1), encoding="utf-8")
    return 0 if holds(month) else 1


if __name__ == "__main__":
    sys.exit(main())
