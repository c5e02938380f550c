"""The store as the event loop sees it: in order, on its own thread."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from gateway.changes import AuditEntry, Changes, HistoryBlock
from gateway.errors import StoreError
from gateway.model import Event
from gateway.store.store import Store
from tests.looks import audit_broken_at, deliveries
from tests.story import NOON, Plan

pytestmark = pytest.mark.asyncio
ESTATE = Plan({}).estate()


def events(first: int, last: int) -> Changes:
    made = [Event("test-site", number, "touchpoint.x.done.v1", "s", NOON) for number in range(first, last)]
    return Changes(events=made, outbox=[("log", each) for each in made])


async def test_deliveries_move_on_one_by_one(tmp_path: Path) -> None:
    store = Store(tmp_path / "deeper" / "gateway.db", ESTATE)
    await store.commit(events(1, 4))
    first, second, third = await store.due("log", NOON, 10)
    await store.delivered([first.id])
    await store.set_aside(second.id, "422 no", NOON)
    await store.postpone(third.id, NOON + 60, "503")
    assert await store.due("log", NOON + 59, 10) == []
    assert [each.id for each in await store.due("log", NOON + 60, 10)] == [third.id]
    assert await store.read(deliveries) == {
        ("log", "delivered"): 1, ("log", "set-aside"): 1, ("log", "waiting"): 1,
    }  # fmt: skip
    store.close()


async def test_calls_are_carried_out_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db", ESTATE)
    await asyncio.gather(*(store.commit(events(number, number + 1)) for number in range(1, 30)))
    assert [row.key[-2:] for row in await store.due("log", NOON, 99)] == [f"{number:02}" for number in range(1, 30)]
    store.close()


async def test_history_audit_and_state_are_read_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "gateway.db", ESTATE)
    await store.commit(Changes(history=[HistoryBlock(NOON, (0,), (True,))], audit=[AuditEntry(NOON, "li", "x", "y")]))
    kept = await store.read(lambda file, _: file.execute("SELECT at, value, bad FROM history").fetchall())
    assert kept == [(NOON, True, None)]
    assert await store.forget_history(NOON + 1) == 1
    assert await store.read(audit_broken_at) is None
    assert (await store.load(NOON)).last_event == 0
    store.close()


async def test_closing_waits_for_what_was_handed_in_and_leaves_one_file(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    store = Store(path, ESTATE)
    pending = asyncio.gather(*(store.commit(events(number, number + 1)) for number in range(1, 20)))
    await asyncio.sleep(0)
    store.close()
    await pending
    assert os.listdir(tmp_path) == ["gateway.db"]
    again = Store(path, ESTATE)
    assert (await again.load(NOON)).last_event == 19
    again.close()


async def test_a_file_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    path.write_text("not a database, but long enough to be looked at as one" * 40)
    before = threading.active_count()
    with pytest.raises(StoreError, match="not a database"):
        Store(path, ESTATE)
    assert threading.active_count() <= before + 1


async def test_a_file_that_has_lost_everything_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    path.touch()
    with pytest.raises(StoreError, match=r"gateway\.db: is empty: put a backup in its place, or remove it"):
        Store(path, ESTATE)
    assert path.stat().st_size == 0
    path.unlink()
    Store(path, ESTATE).close()
    assert path.stat().st_size > 0
