"""`python -m tests.year`: the table of `make year`, from scheduled tests on simulated luminaires by the real gateway.

Exit status 1 when anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from simulators.year import Plan, add_options
from tests.bench.table import markdown, plain
from tests.year.compare import compare
from tests.year.lived import Life, Lived
from tests.year.table import as_data, outcomes, rows, summary, troubles

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder in it is made by tempfile


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--markdown", action="store_true", help="the table as the README shows it")
    return parser.parse_args(words)


def lived(plan: Plan) -> Lived:
    """The year, on a site that is written for it and thrown away; in memory where there is such a file system."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return Life(plan, Path(folder)).live()


def main(words: Sequence[str] | None = None) -> int:
    """Live, compare, print; returns the exit status."""
    asked = options(words)
    year = lived(Plan(asked.days, asked.lamps, asked.seed))
    figures = compare(year.truth)
    layout = markdown if asked.markdown else plain
    wrong = troubles(figures)
    print(layout(rows(figures)), layout(outcomes(year)), summary(year), *wrong, sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps(as_data(year, figures), indent=1, default=str), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
