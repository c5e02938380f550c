"""Reports over HTTP: of what really happened on a site, of whole years, and of nothing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tracemalloc
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.api.reports import AlarmReportShape, ServiceReportShape
from gateway.reports.period import period
from gateway.reports.reading import read_alarms, read_service
from gateway.store.rows import dump, dump_dataclass
from tests.api.serving import DOOR, Served, serving, small_site
from tests.reports.tickets import BEGIN, HOUR, SHANGHAI, lived, opened
from tests.story import NOON

SERVICE, ALARMS = "/api/v1/reports/service", "/api/v1/reports/alarms"
DAY = 86_400.0
TODAY = {"from": "2026-01-01", "until": "2026-01-01"}


async def fault(site: Served, path: str, **query: str) -> tuple[int, str]:
    answer = await site.client.get(path, params=query)
    told = answer.json()
    return answer.status_code, (told["errors"] or [{"field": ""}])[0]["field"]


@pytest.mark.asyncio
async def test_a_day_on_which_a_door_stood_open_is_told_in_both_reports(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("light-3f", battery_voltage=13.0)
        await site.read("lobby-door", closed=False)
        site.clock.advance(HOUR)
        await site.post("/api/v1/tickets/1/take", by="li")
        site.clock.advance(HOUR)
        for _ in range(15):
            await site.read("lobby-door", closed=True)
        told = await site.get(SERVICE, **TODAY)
        shape = ServiceReportShape.model_validate(told)
        door = next(each for each in shape.by.asset if each.key == "lobby-door")
        assert (door.opened, door.closed, door.proven.measured, door.open_at_end) == (1, 1, 1, 0)
        assert door.resolve.ended == 1
        assert door.resolve.net_median_s == pytest.approx(2 * HOUR, abs=70)
        assert [(each.key, each.opened) for each in shape.by.clause if each.key == DOOR] == [(DOOR, 1)]
        health = AlarmReportShape.model_validate(await site.get(ALARMS, **TODAY))
        assert [(each.asset, each.count) for each in health.most_frequent] == [
            ("connection/line", 1),
            ("lobby-door", 1),
        ]
        assert health.raised == 2
        assert health.known_since.timestamp() == NOON
        assert health.metrics.stale_in_a_day.value == 0
        assert health.starts == 0


@pytest.mark.asyncio
async def test_of_months_of_which_nothing_is_known_nothing_is_claimed(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        service = ServiceReportShape.model_validate(await site.get(SERVICE))
        assert (service.from_, service.until) == (date(2025, 12, 1), date(2025, 12, 31))
        assert (service.total.opened, service.total.resolve.share_in_time, service.worst) == (0, None, [])
        health = AlarmReportShape.model_validate(await site.get(ALARMS))
        assert (health.known_s, health.metrics.mean.value, health.metrics.mean.met) == (0.0, None, None)


@pytest.mark.asyncio
async def test_what_is_no_period_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        for path in (SERVICE, ALARMS):
            assert await fault(site, path, **{"from": "yesterday"}) == (422, "query.from")
            assert await fault(site, path, until="20260101") == (422, "query.until")
            assert await fault(site, path, **{"from": "1767225600"}) == (422, "query.from")
            assert await fault(site, path, **{"from": "2026-01-02", "until": "2026-01-01"}) == (409, "")
            assert await fault(site, path, **{"from": "2024-01-01", "until": "2025-12-31"}) == (409, "")


def a_year(folder: Path, tickets: int, alarms: int) -> Path:
    """A database with so many tickets and alarms, evenly over the year before ``BEGIN``; as it would be, but faster."""
    path = folder / "gateway.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO tickets (site, id, asset, clause, state, opened_at, closed_at, body) VALUES (?,?,?,?,?,?,?,?)",
            (_row(number, -8760 + number * 8760 / tickets) for number in range(1, tickets)),
        )
        connection.execute("DELETE FROM events")
        connection.executemany(
            "INSERT INTO events (site, sequence, at, type, subject, data) VALUES ('test-site', ?, ?, ?, '', ?)",
            (_move(number, alarms) for number in range(alarms)),
        )
    return path


def _row(number: int, hour: float) -> tuple[Any, ...]:
    ticket = lived(opened(number, hour, asset=f"door-{number % 300}"), [(hour + 0.5, "take"), (hour + 3, "close")])
    return ("test-site", number, ticket.asset, ticket.clause, "closed", ticket.opened_at, ticket.closed_at,
            dump_dataclass(ticket))  # fmt: skip


def _move(number: int, alarms: int) -> tuple[int, float, str, str]:
    what = "cleared" if number % 2 else "raised"
    at = BEGIN - 365 * DAY + number * 365 * DAY / alarms
    data = {"asset": f"door-{number // 2 % 300}", "clause": DOOR, "priority": "P3", "occurrences": 1, "raised_at": None}
    return 1000 + number, at, f"touchpoint.alarm.{what}.v1", dump(data | {"evidence": "x" * 800})


def test_a_whole_year_takes_little_memory(tmp_path: Path) -> None:
    """20,000 tickets and 60,000 events: what is read is some 70 MB, what is held at once a tenth of that."""
    asyncio.run(_served_once(tmp_path))
    database, estate = a_year(tmp_path, 20_000, 60_000), small_site()
    year = period(date(2025, 3, 1), date(2026, 2, 28), SHANGHAI, BEGIN)
    tracemalloc.start()
    service = read_service(database, estate, year, 0.0)
    _, most = tracemalloc.get_traced_memory()
    assert service["total"]["opened"] == 19_999
    assert most < 12e6, f"{most / 1e6:.1f} MB"
    tracemalloc.reset_peak()
    kept = read_alarms(database, estate, year, BEGIN)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept["raised"] == pytest.approx(30_000 * 90 / 365, abs=2), "events are kept for 90 days"
    assert most < 12e6, f"{most / 1e6:.1f} MB"


async def _served_once(folder: Path) -> None:
    async with serving(folder):
        pass


@pytest.mark.asyncio
async def test_while_a_year_is_read_everything_else_goes_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await asyncio.to_thread(a_year, tmp_path, 6_000, 0)
        report = asyncio.create_task(site.get(SERVICE, **{"from": "2025-03-01", "until": "2025-12-31"}))
        answered = 0
        while not report.done():
            await site.get("/api/v1/site")
            answered += 1
        assert (await report)["total"]["opened"] > 4_000
        assert answered > 5, "the loop turned, and the store's own thread was free"


def test_the_shapes_and_what_is_told_are_the_same(tmp_path: Path) -> None:
    asyncio.run(_served_once(tmp_path))
    database, estate = a_year(tmp_path, 50, 60), small_site()
    days = period(date(2026, 2, 1), date(2026, 2, 28), SHANGHAI, datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    for shape, told in (
        (ServiceReportShape, read_service(database, estate, days, 0.0)),
        (AlarmReportShape, read_alarms(database, estate, days, BEGIN)),
    ):
        again = shape.model_validate(told).model_dump(mode="json", by_alias=True)
        assert _keys(again) == _keys(json.loads(dump(told)))


def _keys(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _keys(value) for key, value in told.items()}
    return [_keys(each) for each in told] if isinstance(told, list) else None
