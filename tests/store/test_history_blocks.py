"""History is written in blocks, many rows to a statement: every row arrives, whatever their number and kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.changes import Changes, HistoryBlock
from gateway.model import BadReading, Reading
from gateway.store.history import MANY
from gateway.store.sqlite import Database
from tests.looks import history
from tests.story import NOON, Plan

STALE = BadReading("stale")


@pytest.mark.parametrize("sizes", [(1,), (MANY - 1,), (MANY,), (MANY + 1, 3), (3 * MANY, 2 * MANY)])
def test_every_row_of_every_block_is_written(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    plan = Plan({})
    plan.asset("panel", "panel", [f"p{number}" for number in range(max(sizes))])
    database = Database(tmp_path / "gateway.db", plan.estate())
    blocks = [
        HistoryBlock(NOON + at, range(size), [at * 1000 + n for n in range(size)]) for at, size in enumerate(sizes)
    ]
    database.commit(Changes(history=blocks))
    for point in range(max(sizes)):
        expected = [(NOON + at, at * 1000 + point, None) for at, size in enumerate(sizes) if point < size]
        assert history(database, point, NOON, NOON + 9) == expected
    database.close()


def test_a_bad_reading_keeps_its_reason_beside_good_ones(tmp_path: Path) -> None:
    plan = Plan({})
    plan.asset("panel", "panel", ["a", "b", "c"])
    database = Database(tmp_path / "gateway.db", plan.estate())
    readings: list[Reading] = [1.5, STALE, "lit"]
    database.commit(Changes(history=[HistoryBlock(NOON, (0, 1, 2), readings), HistoryBlock(NOON + 1, (1,), (True,))]))
    kept = [history(database, point, NOON, NOON + 9) for point in range(3)]
    assert kept == [[(NOON, 1.5, None)], [(NOON, None, "stale"), (NOON + 1, True, None)], [(NOON, "lit", None)]]
    database.close()
