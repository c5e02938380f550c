"""What outputs refused for good: kept for 90 days, 1000 of each output, and never less long than its event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.clock import SystemClock
from gateway.model import Event
from gateway.store import aside, outbox
from gateway.store.sqlite import Database
from tests.looks import audit_broken_at, deliveries
from tests.notice_story import doors
from tests.outputs.test_second_channel import at_work
from tests.story import NOON, Plan
from tests.waiting import until

DAY = 86400.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "gateway.db", Plan({}).estate())) as opened:
        yield opened


def refuse(database: Database, output: str, count: int, at: float = NOON, later: float = 0.0, first: int = 1) -> None:
    """So many events of that time, which the output sets aside ``later``."""
    told = [Event("test-site", first + n, "touchpoint.x.done.v1", "s", at, {"n": n}) for n in range(count)]
    database.commit(Changes(events=told, outbox=[(output, each) for each in told]))
    rows = [row.id for row in database.outbox_due(output, at, count)]
    database.outbox_set(rows, "set-aside", 0.0, "answered 422", at + later)


def left(database: Database) -> dict[tuple[str, str], int]:
    return deliveries(database.connection, database.site)


def audited(database: Database) -> list[tuple[object, ...]]:
    query = "SELECT who, what, subject, data ->> 'rows', at FROM audit ORDER BY sequence"
    return database.connection.execute(query).fetchall()


def test_what_was_set_aside_goes_after_90_days_and_the_audit_tells_how_much(database: Database) -> None:
    refuse(database, "hook", 3)
    refuse(database, "mail", 2, first=4)
    refuse(database, "hook", 4, at=NOON + DAY, first=6)
    now = NOON + 90 * DAY + 1.0
    assert database.forget_refused(now - 2.0, now - 2.0 - 30 * DAY, 1000) == 0
    assert database.forget_refused(now, now - 30 * DAY, 1000) == 5
    assert left(database) == {("hook", "set-aside"): 4}
    assert audited(database) == [
        ("gateway", "ForgetDeliveries", "output/hook", 3, now), ("gateway", "ForgetDeliveries", "output/mail", 2, now),
    ]  # fmt: skip
    assert audit_broken_at(database.connection) is None
    assert outbox.forget(database.connection, now - 30 * DAY, 1000) == 5, (
        "and their events, which nothing speaks of any more"
    )


def test_beyond_a_thousand_of_one_output_the_oldest_go(database: Database) -> None:
    refuse(database, "hook", aside.KEPT_AT_MOST + 250)
    refuse(database, "mail", 10, first=5000)
    now = NOON + 8 * DAY
    assert [database.forget_refused(now, now - 7 * DAY, 200) for _ in range(3)] == [200, 50, 0], "a piece at a time"
    assert left(database) == {("hook", "set-aside"): aside.KEPT_AT_MOST, ("mail", "set-aside"): 10}
    kept = database.connection.execute("SELECT min(sequence), max(sequence) FROM outbox WHERE output = 'hook'")
    assert kept.fetchone() == (251, 1250)
    assert [row[3] for row in audited(database)] == [200, 50]


def test_none_goes_that_is_younger_than_events_are_kept(database: Database) -> None:
    refuse(database, "hook", aside.KEPT_AT_MOST + 250)
    a_year_later = NOON + 365 * DAY
    assert database.forget_refused(a_year_later, a_year_later - 3650 * DAY, 5000) == 0, "events are kept for ten years"
    assert audited(database) == []


def test_the_90_days_begin_when_it_was_refused_and_what_waits_never_goes(database: Database) -> None:
    refuse(database, "hook", 1, later=60 * DAY)
    waits = Event("test-site", 2, "touchpoint.x.done.v1", "s", NOON)
    database.commit(Changes(events=[waits], outbox=[("hook", waits)]))
    assert database.forget_refused(NOON + 149 * DAY, NOON + 100 * DAY, 9) == 0
    assert database.forget_refused(NOON + 151 * DAY, NOON + 100 * DAY, 9) == 1
    assert left(database) == {("hook", "waiting"): 1}


def test_it_is_found_by_the_small_index(database: Database) -> None:
    for query, arguments in ((aside.PAST, ("s", "o", 0, 0, 0, 9)), (aside.BEYOND, ("s", "o", 9))):
        plan = [row[3] for row in database.connection.execute(f"EXPLAIN QUERY PLAN {query}", arguments)]
        assert any("outbox_aside" in step for step in plan)
        assert not any(step.startswith("SCAN") and "CONSTANT" not in step for step in plan)


@pytest.mark.asyncio
async def test_a_running_gateway_does_so_by_itself(tmp_path: Path) -> None:
    estate, now = replace(doors(1, 0), history_days=30, device_connection={}), SystemClock().now()
    with closing(Database(tmp_path / "gateway.db", estate)) as file:
        refuse(file, "log", 3, at=now - 100 * DAY)
        refuse(file, "log", 2, at=now - 80 * DAY, first=4)
        async with at_work(estate, tmp_path):
            await until(lambda: left(file)["log", "set-aside"] == 2)
        assert [row[:4] for row in audited(file)] == [("gateway", "ForgetDeliveries", "output/log", 3)]
        assert audit_broken_at(file.connection) is None
