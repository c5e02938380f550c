"""A gateway at work with no property: what its own parts tell of themselves."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from gateway import app
from gateway.app import Gateway
from gateway.clock import ManualClock
from gateway.estate import Changed, Estate, SwitchedOff
from gateway.saved import Saved
from gateway.store.store import Store
from tests.story import Plan, clause
from tests.waiting import until

LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"})
ENDED = "an adjustment ended on 2027-02-01: restart to judge by the standard again"
LAST_MINUTE = datetime(2027, 2, 1, 15, 59, tzinfo=UTC).timestamp()
"""23:59 on the last day in Shanghai."""


def adjusted(until: date | None) -> Estate:
    """A clause is off until February, another is changed ``until`` then, a third one for good."""
    return replace(
        Plan({}).estate(), timezone=ZoneInfo("Asia/Shanghai"), device_connection={},
        off={"ext.low": SwitchedOff(LOW, "being rebuilt", date(2027, 2, 9))},
        changed={"ext.high": Changed(LOW, "long pipes", until), "ext.old": Changed(LOW)},
    )  # fmt: skip


def test_the_first_of_the_last_days_counts() -> None:
    assert adjusted(date(2027, 2, 1)).adjusted_until == date(2027, 2, 1)
    assert adjusted(None).adjusted_until == date(2027, 2, 9)
    assert replace(adjusted(None), off={}).adjusted_until is None


@pytest.mark.asyncio
async def test_an_adjustment_that_ends_while_the_gateway_works_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, estate = ManualClock(LAST_MINUTE), adjusted(date(2027, 2, 1))
    store = Store(tmp_path / "gateway.db", estate)
    gateway = Gateway(estate, store, Saved(), clock)
    work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))

    def standard() -> list[tuple[str, str]]:
        return [(part.state, part.detail) for part in gateway.health.components() if part.name == "standard"]

    try:
        await until(gateway.listening.is_set)
        await until(lambda: standard() == [("well", "")])
        with caplog.at_level(logging.ERROR, "gateway.app"):
            await clock.pass_time(61.0)
            await until(lambda: standard() == [("failed", ENDED)])
            for _ in range(3):
                await clock.pass_time(61.0)
        host, port = gateway.address or ("", 0)
        async with httpx2.AsyncClient(timeout=20, trust_env=False) as client:
            answer = await client.get(f"http://{host}:{port}/healthz")
        assert answer.status_code == 503
        assert ENDED in answer.text
        assert [record.getMessage() for record in caplog.records if record.name == "gateway.app"] == [ENDED]
    finally:
        gateway.stop()
        await work
        store.close()


@pytest.mark.asyncio
async def test_when_it_has_ended_the_event_loop_watches_nothing_of_it_any_more(tmp_path: Path) -> None:
    """The number of a socket that is closed is soon another's: whoever gets it could not use it."""
    estate = replace(Plan({}).estate(), device_connection={})
    watched = asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]  # it has no public name
    before = set(watched)
    store = Store(tmp_path / "gateway.db", estate)
    gateway = Gateway(estate, store, Saved(), ManualClock(LAST_MINUTE))
    work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))
    await until(gateway.listening.is_set)
    assert set(watched) > before
    gateway.stop()
    await work
    store.close()
    await asyncio.sleep(0)
    assert set(watched) == before


@pytest.mark.asyncio
async def test_a_store_that_failed_while_old_rows_were_to_go_leaves_nothing_failed_and_no_pile_of_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, estate = ManualClock(LAST_MINUTE), replace(Plan({}).estate(), device_connection={})
    store = Store(tmp_path / "gateway.db", estate)
    store._database.connection.execute("PRAGMA busy_timeout = 20")
    gateway = Gateway(estate, store, Saved(), clock)
    work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))
    other = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)

    def is_told(times: int) -> bool:
        return len(told()) == times

    def told() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "gateway.app"]

    try:
        await until(lambda: gateway.health.ready)
        other.execute("BEGIN IMMEDIATE")
        for hour in (1, 2, 3):
            await clock.pass_time(3601.0)
            await until(partial(is_told, hour))
        other.execute("ROLLBACK")
        await until(lambda: gateway.health.ready)
        assert told() == ["nothing is cleaned up for now: database is locked"] * 3
    finally:
        other.close()
        gateway.stop()
        await work
        store.close()


@pytest.mark.asyncio
async def test_trouble_that_comes_again_at_once_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "RESTART_AFTER", 0.0)
    estate = replace(Plan({}).estate(), device_connection={})
    store = Store(tmp_path / "gateway.db", estate)
    gateway = Gateway(estate, store, Saved(), ManualClock(LAST_MINUTE))
    why = iter(["disk I/O error"] * 50 + ["no such table"] * 50)

    async def work() -> None:
        raise sqlite3.OperationalError(next(why, "the end"))

    kept = gateway._keep("spool", work)
    await until(lambda: "the end" in [each.detail for each in gateway.health.components()])
    kept.cancel()
    told = [str(record.exc_info[1]) for record in caplog.records if record.name == "gateway.app" and record.exc_info]
    assert told == ["disk I/O error", "no such table", "the end"]
    store.close()
