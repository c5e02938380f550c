"""Rows of spools: written with the tick or not at all, bounded in every direction, counted to the last reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.changes import Changes, HistoryBlock
from gateway.estate import Keep, OutputSettings
from gateway.model import Event
from gateway.spooled import Standing, overflow_of, unpack
from gateway.store import spool
from gateway.store.sqlite import Database
from gateway.words import Overflow
from tests.api.serving import small_site
from tests.story import NOON


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    outputs = {
        name: OutputSettings(name, "influx", (), {}, keep=Keep(keep, 1e9)) for name, keep in (("a", 20), ("b", 1000))
    }
    database = Database(tmp_path / "gateway.db", replace(small_site(), outputs=outputs))
    yield database
    database.close()


def tick(number: int, size: int = 2) -> Changes:
    """One tick with so many readings."""
    return Changes(history=[HistoryBlock(NOON + number, range(size), [float(number)] * size)])


def test_each_output_has_a_spool_of_its_own_with_its_own_bound(database: Database) -> None:
    for number in range(50):
        database.commit(tick(number))
    assert database.spools.standing("a") == Standing(20, NOON + 40, 80, 80, NOON, told=False)
    assert database.spools.standing("b") == Standing(100, NOON)
    assert [unpack(row.body).blocks[0][0] for row in database.spools.due("a", 6)] == [NOON + 40, NOON + 41, NOON + 42]


def test_what_is_not_committed_does_not_wait(database: Database) -> None:
    database.commit(replace(tick(1), events=[Event("test-site", 1, "touchpoint.a.b.v1", "s", NOON, {})]))
    again = replace(tick(2), events=[Event("test-site", 1, "touchpoint.a.b.v1", "s", NOON, {})])
    with pytest.raises(sqlite3.IntegrityError):
        database.commit(again)
    assert database.spools.standing("a").waiting == 2


def test_what_arrived_is_kept_for_minutes_and_then_gone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        database.commit(tick(number))
        (row,) = database.spools.due("b", 100)
        database.spools.sent("b", [row.id], NOON + 100.0 * number, [])
    assert database.spools.again("b") == 8, "all within five minutes of the last"
    rows = database.spools.due("b", 100)
    database.spools.sent("b", [row.id for row in rows], NOON + 400.0, [])
    assert database.spools.standing("b") == Standing()
    database.commit(tick(5))
    (row,) = database.spools.due("b", 100)
    database.spools.sent("b", [row.id], NOON + 701.0, [])
    assert database.spools.again("b") == 2, "the others are older than five minutes"
    monkeypatch.setattr(spool, "MOST_KEPT_AFTER", 6)
    for number in range(10, 20):
        database.commit(tick(number))
        database.spools.sent("b", [row.id for row in database.spools.due("b", 100)], NOON + 702.0, [])
    assert database.spools.again("b") == 6


def test_what_is_sent_again_neither_counts_as_waiting_nor_is_dropped(database: Database) -> None:
    for number in range(8):
        database.commit(tick(number))
    database.spools.sent("a", [row.id for row in database.spools.due("a", 100)], NOON, [])
    assert database.spools.again("a") == 16
    for number in range(8, 30):
        database.commit(tick(number))
    assert database.spools.standing("a").waiting == 20
    due = database.spools.due("a", 1000)
    assert [unpack(row.body).blocks[0][0] - NOON for row in due] == [*range(8), *range(20, 30)]
    database.spools.sent("a", [row.id for row in due], NOON, [])
    assert database.spools.standing("a") == Standing(0, None, 24, 24, NOON + 8.0)


def test_a_line_that_is_refused_again_counts_once_and_few_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "KEPT_ASIDE", 3)
    for _ in range(2):
        database.spools.sent("a", [], NOON, [("m value=1 1", "answered 400")])
    assert database.spools.standing("a").set_aside == 1
    database.spools.sent("a", [], NOON, [(f"m value={number} 2", "answered 400") for number in range(9)])
    assert database.spools.standing("a").set_aside == 10
    kept = database.connection.execute("SELECT line FROM spool_set_aside ORDER BY id").fetchall()
    assert kept == [("m value=6 2",), ("m value=7 2",), ("m value=8 2",)]


def test_an_episode_is_told_when_it_begins_and_when_nothing_waits_any_more(database: Database) -> None:
    for number in range(50):
        database.commit(tick(number))
    begun = overflow_of("a", database.spools.standing("a"))
    assert begun == Overflow("a", 80, NOON, over=False)
    database.commit(replace(tick(50), overflows=[begun]))
    assert overflow_of("a", database.spools.standing("a")) is None, "told already"
    database.spools.sent("a", [row.id for row in database.spools.due("a", 100)], NOON, [])
    over = overflow_of("a", database.spools.standing("a"))
    assert over == Overflow("a", 82, NOON, over=True)
    database.commit(Changes(overflows=[over]))
    assert database.spools.standing("a") == Standing(dropped=82)
    for number in range(60, 80):
        database.commit(tick(number))
    assert overflow_of("a", database.spools.standing("a")) == Overflow("a", 20, NOON + 60, over=False)


def test_where_nothing_goes_to_a_database_nothing_is_kept_for_one(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db", small_site())
    database.commit(tick(1))
    assert database.connection.execute("SELECT count(*) FROM spool").fetchone() == (0,)
    assert database.connection.execute("SELECT count(*) FROM history").fetchone() == (2,)
    assert database.spools.standing("a") == Standing()
    database.close()
