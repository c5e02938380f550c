"""The runner on a real store: committed before acknowledged, failing without losing, ending without losing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from gateway import runner as runner_module
from gateway.actions import NoteTicket, TakeTicket
from gateway.changes import Changes
from gateway.clock import ManualClock
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.health import Component, Health, State
from gateway.model import Reading, Readings
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.store.store import Store
from tests.story import NOON, Plan, clause
from tests.waiting import until

pytestmark = pytest.mark.asyncio
LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"})


def make_plan() -> Plan:
    plan = Plan({"ext.low": LOW})
    plan.asset("ext", "ext", ["pressure"])
    return plan


def make_estate() -> Estate:
    plan = make_plan()
    day = plan.point("site.day")
    return replace(plan.estate(), site_points={"site.day": day})


ESTATE = make_estate()
DEVICE = ESTATE.devices["ext-device"]
PRESSURE = DEVICE.point_ids["pressure"]


class Bench:
    """A runner on a file, and a second connection that looks at the file or locks it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = ManualClock(NOON)
        self.store = Store(path, ESTATE)
        self.store._database.connection.execute("PRAGMA busy_timeout = 30")
        self.health = Health(self.clock.now)
        self.runner = Runner(Pipeline(ESTATE, Saved(), NOON), self.store, self.clock, self.health)
        self.acknowledged: list[str] = []
        self.task = asyncio.create_task(self.runner.run(), name="runner")
        self.other = sqlite3.connect(path, isolation_level=None)

    def tell(self, name: str, pressure: Reading) -> None:
        """A message whose receipt notes what the file says at that moment."""
        now = self.clock.advance(1.0)

        def receipt() -> None:
            assert name in self.stored_receipts(), "acknowledged before it was committed"
            self.acknowledged.append(name)

        points = (PRESSURE, DEVICE.answers_id)
        self.runner.deliver(Readings(DEVICE.name, now, now, points, (pressure, True), receipt, name))

    def stored_receipts(self) -> list[str]:
        return [key for (key,) in self.other.execute("SELECT key FROM receipts ORDER BY sequence")]

    def stored_history(self) -> list[float]:
        rows = self.other.execute(
            "SELECT value FROM history JOIN points ON points.id = point"
            " WHERE name = 'ext-device/pressure' AND value IS NOT NULL ORDER BY at"
        )
        return [value for (value,) in rows]

    def lock(self) -> None:
        self.other.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        self.other.execute("ROLLBACK")

    def part(self, name: str) -> Component:
        return next(each for each in self.health.components() if each.name == name)

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest_asyncio.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(runner_module, "RETRY", 0.02)
    made = Bench(tmp_path / "gateway.db")
    await until(lambda: made.health.ready)
    yield made
    await made.stop()
    made.other.close()
    made.store.close()


async def test_a_receipt_is_called_after_the_commit_and_once(bench: Bench) -> None:
    for number in range(5):
        bench.tell(f"m{number}", 1.0 + number)
    await until(lambda: len(bench.acknowledged) == 5)
    bench.tell("m5", 9.0)
    await until(lambda: len(bench.acknowledged) == 6)
    assert bench.acknowledged == bench.stored_receipts() == [f"m{number}" for number in range(6)]
    assert bench.stored_history() == [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]


async def test_listeners_hear_of_what_was_committed(bench: Bench) -> None:
    heard: list[Changes] = []
    bench.runner.on_commit.append(heard.append)
    bench.tell("m", 0.5)
    await until(lambda: any(each.tickets for each in heard))
    assert [event.type for each in heard for event in each.events][-1] == "touchpoint.ticket.opened.v1"


async def test_what_falls_due_is_done_without_any_reading(bench: Bench) -> None:
    bench.tell("m", 1.2)
    await until(lambda: bench.acknowledged)
    await bench.clock.pass_time(DEVICE.stale_after + 1)
    await until(lambda: bench.runner.pipeline.asset_outcome("ext") == "unknown")


async def test_people_act_and_are_refused(bench: Bench) -> None:
    with pytest.raises(Refused, match="there is no ticket 1"):
        await bench.runner.act(TakeTicket(1, "li"))
    bench.tell("m", 0.5)
    await until(lambda: bench.acknowledged)
    async with asyncio.timeout(5):
        await bench.runner.act(TakeTicket(1, "li"))
    (body,) = bench.other.execute("SELECT body FROM tickets").fetchone()
    assert '"owner":"li"' in body, "an action has happened only once it is written down"


async def test_whoever_gave_up_waiting_is_not_missed(bench: Bench) -> None:
    bench.tell("m", 0.5)
    await until(lambda: bench.acknowledged)
    waiting = asyncio.create_task(bench.runner.act(NoteTicket(1, "li", "on my way")))
    await asyncio.sleep(0)
    waiting.cancel()
    await until(lambda: [entry.what for entry in bench.runner.pipeline.tickets[1].log] == ["opened", "noted"])
    bench.tell("n", 0.4)
    await until(lambda: len(bench.acknowledged) == 2)


async def test_a_failing_store_keeps_all_acknowledges_nothing_says_so_and_recovers(bench: Bench) -> None:
    bench.lock()
    bench.tell("m0", 0.5)
    await until(lambda: bench.part("store").state is State.FAILED)
    bench.tell("m1", 0.4)
    with pytest.raises(Refused, match="the store is failing"):
        await bench.runner.act(TakeTicket(1, "li"))
    assert [each.id for each in bench.runner.pipeline.tickets.values()] == [1], "alarms go on from memory"
    assert bench.runner.pipeline.tickets[1].owner == "", "what cannot be audited is not done"
    assert bench.part("pipeline").state is State.WELL
    assert (bench.acknowledged, bench.stored_history()) == ([], [])
    bench.clock.advance(7.0)
    assert bench.runner.unwritten_for >= 7.0
    bench.unlock()
    await until(lambda: bench.acknowledged == ["m0", "m1"])
    await until(lambda: bench.runner.unwritten_for == 0.0)
    assert bench.part("store").state is State.WELL
    assert bench.stored_history() == [0.5, 0.4]
    assert bench.other.execute("SELECT count(*) FROM tickets").fetchone() == (1,)


async def test_what_a_person_asks_as_the_store_begins_to_fail_is_refused_and_not_done(bench: Bench) -> None:
    """Who was refused asks again: a note that was kept all the same would stand there twice."""
    bench.tell("m0", 0.5)
    await until(lambda: bench.acknowledged)
    bench.lock()
    with pytest.raises(Refused, match="the store is failing"):
        await bench.runner.act(NoteTicket(1, "li", "on my way"))
    bench.tell("m1", 0.4)
    bench.unlock()
    await until(lambda: bench.acknowledged == ["m0", "m1"])
    await bench.runner.act(NoteTicket(1, "li", "on my way"))
    assert [entry.what for entry in bench.runner.pipeline.tickets[1].log] == ["opened", "noted"]
    assert bench.other.execute("SELECT what FROM audit").fetchall() == [("NoteTicket",)]


async def test_who_asked_in_the_very_tick_that_could_not_be_written_is_told_to_look_first(bench: Bench) -> None:
    bench.tell("m0", 0.5)
    await until(lambda: bench.acknowledged)
    bench.other.execute("CREATE TRIGGER no_room BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'disk full'); END")
    with pytest.raises(Refused, match="look whether this is done"):
        await bench.runner.act(NoteTicket(1, "li", "on my way"))
    with pytest.raises(Refused, match="nothing can be written down now"):
        await bench.runner.act(NoteTicket(1, "li", "there"))
    bench.other.execute("DROP TRIGGER no_room")
    await until(lambda: bench.part("store").state is State.WELL)
    assert [entry.text for entry in bench.runner.pipeline.tickets[1].log if entry.what == "noted"] == ["on my way"]


async def test_the_failure_is_logged_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.lock()
    tries = bench.runner.pipeline.counters["ticks"]
    bench.tell("m", 0.5)
    await until(lambda: bench.runner.pipeline.counters["ticks"] > tries + 3)
    bench.unlock()
    await until(lambda: bench.acknowledged)
    assert [record.message for record in caplog.records if "store" in record.message] == [
        "the store fails: database is locked; alarms go on from memory"
    ]


async def test_while_the_store_fails_old_history_goes_before_alarms_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "LARGEST_BACKLOG", 3)
    bench.lock()
    for number in range(6):
        bench.tell(f"m{number}", 0.1 * number)
    await until(lambda: bench.part("store").state is State.FAILED)
    bench.unlock()
    await until(lambda: len(bench.acknowledged) == 6)
    assert len(bench.stored_history()) <= 3
    assert bench.other.execute("SELECT count(*) FROM tickets").fetchone() == (1,)


async def test_an_end_in_mid_commit_loses_and_doubles_nothing(bench: Bench) -> None:
    bench.store._database.connection.execute("PRAGMA busy_timeout = 5000")
    bench.lock()
    bench.tell("m0", 0.5)
    await until(lambda: not bench.runner._readings)
    bench.tell("m1", 0.4)
    bench.task.cancel()
    await asyncio.sleep(0)
    bench.unlock()
    with pytest.raises(asyncio.CancelledError):
        await bench.task
    assert bench.acknowledged == bench.stored_receipts() == ["m0", "m1"]
    assert bench.stored_history() == [0.5, 0.4]
    assert bench.other.execute("SELECT count(*) FROM tickets").fetchone() == (1,)


async def test_what_arrived_before_the_end_is_still_committed(bench: Bench) -> None:
    bench.tell("m0", 0.5)
    action = asyncio.create_task(bench.runner.act(TakeTicket(1, "li")))
    await asyncio.sleep(0)
    await bench.stop()
    await action
    assert bench.acknowledged == ["m0"]


async def test_an_end_while_the_store_fails_acknowledges_nothing(bench: Bench) -> None:
    bench.lock()
    bench.tell("m0", 0.5)
    await until(lambda: bench.part("store").state is State.FAILED)
    await bench.stop()
    assert bench.acknowledged == []
    bench.unlock()
    assert bench.stored_history() == []


async def test_the_loop_turns_although_nothing_happens(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "LOOK_AGAIN", 0.01)
    bench.tell("m", 1.2)
    await until(lambda: bench.acknowledged)
    before = bench.runner.pipeline.counters["ticks"]
    await until(lambda: bench.runner.pipeline.counters["ticks"] > before + 2)


async def test_when_somebody_sets_the_clock_the_site_has_another_day(bench: Bench) -> None:
    values, day = bench.runner.pipeline.latest.values, ESTATE.site_points["site.day"]
    noon = date(2026, 1, 1).toordinal()
    assert values[day] == noon
    bench.clock.stepped = 13 * 3600.0
    await until(lambda: values[day] == noon + 1)
    bench.clock.stepped = 0.0
    await until(lambda: values[day] == noon)
