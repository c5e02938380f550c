"""What waits is found by small indexes, also beside months of what was delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.model import Event
from gateway.store import outbox, waiting
from gateway.store.sqlite import Database
from tests.story import NOON, Plan


@pytest.mark.parametrize(
    ("query", "arguments", "index"),
    [
        (waiting.SIZE_WAITING, ("s", "log"), "outbox_waiting"),
        (waiting.SIZE_ASIDE, ("s", "log"), "outbox_aside"),
        (waiting.FIRST, ("s", "log"), "outbox_waiting"),
        (waiting.SET_ASIDE, ("s", "log", 0, 9), "outbox_aside"),
        (waiting.ASIDES, ("s",), "outbox_aside"),
    ],
)
def test_no_question_walks_through_what_was_delivered(
    tmp_path: Path, query: str, arguments: tuple[object, ...], index: str
) -> None:
    database = Database(tmp_path / "gateway.db", Plan({}).estate())
    plan = [row[3] for row in database.connection.execute(f"EXPLAIN QUERY PLAN {query}", arguments)]
    database.close()
    assert f"INDEX {index}" in plan[0]


def test_discarded_and_delivered_rows_go_with_the_events_and_what_waits_or_is_aside_does_not(
    tmp_path: Path,
) -> None:
    database = Database(tmp_path / "gateway.db", Plan({}).estate())
    told = [Event("test-site", number, "touchpoint.x.done.v1", "s", NOON) for number in range(1, 6)]
    database.commit(Changes(events=told, outbox=[("log", each) for each in told]))
    first, second, third, *_ = database.outbox_due("log", NOON, 9)
    database.outbox_set([first.id], "delivered")
    database.outbox_set([second.id], "set-aside", 0.0, "422", NOON)
    waiting.discard(database.connection, waiting.find(database.connection, "test-site", "log", third.id), NOON)
    while outbox.forget(database.connection, NOON + 1e9, 1000):
        pass
    left = database.connection.execute("SELECT id, state FROM outbox ORDER BY id").fetchall()
    assert left == [(second.id, "set-aside"), (4, "waiting"), (5, "waiting")]
    kept = database.connection.execute("SELECT sequence FROM events ORDER BY sequence").fetchall()
    assert kept == [(2,), (4,), (5,)]
    database.close()
