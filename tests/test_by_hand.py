"""What goes out while a real store cannot write: all of it, in order, and nothing twice, then or afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway import runner as runner_module
from gateway.by_hand import ByHand
from gateway.changes import Changes
from gateway.clock import ManualClock
from gateway.errors import PermanentFailure
from gateway.estate import Estate, OutputSettings
from gateway.health import Health, State
from gateway.model import Event, Readings
from gateway.outgoing import Outgoing
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.store.store import Store
from tests.api.outbox import DOWN, Receiver
from tests.notice_story import with_routing
from tests.story import NOON, Plan, clause
from tests.waiting import until

pytestmark = pytest.mark.asyncio
LOW = clause("ext", {"point": "pressure", "at_least": "1 MPa"})
NAMES = [f"ext-{number}" for number in range(6)]


def make_estate() -> Estate:
    plan = Plan({"ext.low": LOW})
    for name in NAMES:
        plan.asset(name, "ext", ["pressure"])
    outputs = {name: OutputSettings(name, "log", ("*",), {}) for name in ("team", "platform")}
    routes = [{"name": "urgent", "when": {"priority": "P1"}, "tell": "anna", "by": ["chat", "sms"]}]
    return with_routing(replace(plan.estate(), outputs=outputs), routes, {"anna": {"chat": "", "sms": ""}})


class Keen(Receiver):
    """A receiver that may be slow: it has an event once it is let ``go``."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.keys = asyncio.Event(), Counter[str]()
        self.asked = 0
        self.go.set()

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        self.asked += 1
        await self.go.wait()
        await super().send(key, event)
        assert event["id"] == key
        self.keys[key] += 1

    def told(self) -> list[tuple[str, str]]:
        return [(what, each["subject"]) for what, each in zip(self.types(), self.taken, strict=True)]


class Bench:
    """The tick, the store and the deliveries of a site, and a second connection that can lock the file."""

    def __init__(self, path: Path) -> None:
        self.estate, self.clock = make_estate(), ManualClock(NOON)
        self.store = Store(path, self.estate)
        self.writer = self.store._database.connection
        self.writer.execute("PRAGMA busy_timeout = 20")
        self.health = Health(self.clock.now)
        self.runner = Runner(Pipeline(self.estate, Saved(), NOON), self.store, self.clock, self.health)
        self.outgoing = Outgoing(self.estate, self.store, self.runner, self.clock, self.health)
        self.to = {name: Keen() for name in self.estate.outputs}
        for name, delivery in self.outgoing.deliveries.of.items():
            delivery.output = self.to[name]
        self.task = asyncio.create_task(self.runner.run(), name="runner")
        self.other = sqlite3.connect(path, isolation_level=None)

    @property
    def everything(self) -> list[Keen]:
        """Those that take every event."""
        return [self.to["team"], self.to["platform"]]

    def read(self, pressure: float, *names: str) -> None:
        """The devices of some answer within one tick."""
        now = self.clock.advance(1.0)
        for name in names:
            device = self.estate.devices[f"{name}-device"]
            points = (device.point_ids["pressure"], device.answers_id)
            self.runner.deliver(Readings(device.name, now, now, points, (pressure, True)))

    async def deliver(self, *names: str) -> None:
        for name in names or self.to:
            await self.outgoing.deliveries.of[name].deliver_due()

    async def fails(self, *names: str) -> None:
        """These are found low, which cannot be written, until people are to be told."""
        self.read(0.5, *names)
        await until(lambda: self.store_is is State.FAILED)
        self.clock.advance(4.0)
        await until(lambda: "store.failing" in self.unwritten)

    @property
    def unwritten(self) -> list[str]:
        events = self.runner._uncommitted.events
        return [each.type.removeprefix("touchpoint.").removesuffix(".v1") for each in events]

    @property
    def store_is(self) -> State:
        return next(each.state for each in self.health.components() if each.name == "store")

    async def written(self) -> None:
        await until(lambda: not self.runner._uncommitted and self.store_is is State.WELL)

    def rows(self, query: str, *parameters: str) -> list[tuple[Any, ...]]:
        return self.other.execute(query, parameters).fetchall()

    def states(self, output: str) -> list[tuple[str, str]]:
        """(type, state) of each event in an output's outbox, in order."""
        return self.rows(
            "SELECT replace(replace(type, 'touchpoint.', ''), '.v1', ''), state FROM outbox o"
            " JOIN events e ON e.sequence = o.sequence WHERE output = ? ORDER BY o.id",
            output,
        )

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        self.other.close()
        self.store.close()


@pytest_asyncio.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(runner_module, "RETRY", 0.02)
    made = Bench(tmp_path / "gateway.db")
    made.read(1.2, *NAMES)
    await until(lambda: made.rows("SELECT 1 FROM events"))
    await made.deliver()
    yield made
    await made.stop()


ALARM = ["alarm.raised", "ticket.opened"]


async def test_a_full_database_is_told_of_and_so_is_every_alarm_meanwhile(bench: Bench) -> None:
    (pages,) = bench.writer.execute("PRAGMA page_count").fetchone()
    bench.writer.execute(f"PRAGMA max_page_count = {pages}")
    await bench.fails(*NAMES)
    await bench.deliver()
    for output in bench.everything:
        assert Counter(output.types()) == {
            "gateway.started": 1, "alarm.raised": 6, "ticket.opened": 6, "store.failing": 1,
        }  # fmt: skip
        (told,) = [each["data"] for each in output.taken if "store" in each["type"]]
        assert (told["priority"], told["error"]) == ("P1", "database or disk is full")
    assert bench.rows("SELECT count(*) FROM tickets") == [(0,)]
    for _ in range(5):
        await bench.deliver()
    bench.writer.execute(f"PRAGMA max_page_count = {10 * pages}")
    await bench.written()
    await bench.deliver()
    assert bench.rows("SELECT count(*) FROM tickets") == [(6,)]
    assert bench.rows("SELECT count(*), state FROM outbox GROUP BY 2") == [(29, "delivered")]
    for output in bench.everything:
        assert (len(output.keys), set(output.keys.values())) == (14, {1})


async def test_its_end_is_told_once_all_is_written_for_half_a_minute(bench: Bench) -> None:
    bench.other.execute("BEGIN IMMEDIATE")
    await bench.fails("ext-0")
    bench.clock.advance(600.0)
    bench.other.execute("ROLLBACK")
    await bench.written()
    await bench.deliver()
    assert "store.working" not in bench.to["team"].types()
    by_hand: list[Changes] = []
    bench.runner.on_failing.append(by_hand.append)
    bench.read(0.5, "ext-1")
    await until(lambda: bench.states("team").count(("ticket.opened", "waiting")) == 1)
    assert by_hand == [], "what can be written goes out as ever, after it is"
    bench.clock.advance(31.0)
    await until(lambda: ("store.working", "waiting") in bench.states("team"))
    await bench.deliver()
    told = bench.to["team"].taken[-1]["data"]
    assert (told["minutes"], told["dropped"]) == (10, 0)
    assert bench.to["team"].types().count("store.failing") == bench.to["team"].types().count("store.working") == 1


async def test_what_waits_in_the_store_goes_before_what_could_not_be_written(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.to["team"].failure = DOWN
    bench.read(0.5, "ext-0")
    await until(lambda: len(bench.states("team")) == 3)
    await bench.deliver()
    bench.other.execute("BEGIN IMMEDIATE")
    await bench.fails("ext-1")
    await bench.deliver()
    assert bench.to["team"].types() == ["gateway.started"]
    assert "gateway.by_hand" not in {each.name for each in caplog.records}, "it is the tick that tells of the store"
    bench.to["team"].failure = None
    await bench.deliver()
    assert bench.to["team"].told() == bench.to["platform"].told()
    assert bench.to["team"].types() == ["gateway.started", *ALARM, *ALARM, "store.failing"]
    bench.other.execute("ROLLBACK")
    await bench.written()
    await bench.deliver()
    assert {state for _, state in bench.states("team")} == {"delivered"}
    assert set(bench.to["team"].keys.values()) == {1}


async def test_what_is_not_taken_meanwhile_stays_for_the_outbox(bench: Bench) -> None:
    bench.other.execute("BEGIN IMMEDIATE")
    bench.to["team"].failure = DOWN
    bench.to["platform"].failure = PermanentFailure("answered 422")
    await bench.fails("ext-0")
    await bench.deliver()
    bench.other.execute("ROLLBACK")
    await bench.written()
    await bench.outgoing.deliveries.of["platform"].deliver_due()
    names = [*ALARM, "store.failing"]
    assert bench.states("team")[1:] == [(name, "waiting") for name in names]
    assert bench.states("platform")[1:] == [(name, "set-aside") for name in names]
    assert bench.rows("SELECT DISTINCT error FROM outbox WHERE state = 'set-aside'") == [("answered 422",)]
    bench.to["team"].failure = None
    await bench.deliver()
    assert bench.to["team"].types()[1:] == names
    assert bench.to["team"].keys.keys() == {f"test-site-000000000{number}" for number in (1, 2, 3, 4)}, "their own keys"


async def test_what_is_on_its_way_when_the_store_is_well_again_goes_out_once(bench: Bench) -> None:
    team = bench.to["team"]
    bench.other.execute("BEGIN IMMEDIATE")
    await bench.fails("ext-0")
    team.go.clear()
    sending = asyncio.create_task(bench.deliver("team"))
    await until(lambda: team.asked == 2)
    bench.other.execute("ROLLBACK")
    await bench.written()
    assert [state for _, state in bench.states("team")] == ["delivered", *["waiting"] * 3]
    team.go.set()
    await sending
    assert [state for _, state in bench.states("team")] == ["delivered"] * 4
    assert (team.types()[1:], set(team.keys.values())) == ([*ALARM, "store.failing"], {1})


async def test_no_letter_is_sent_again_while_it_cannot_be_noted_however_often_its_task_begins_anew(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.read(0.5, "ext-0")
    await until(lambda: len(bench.states("team")) == 3)
    bench.other.execute("BEGIN IMMEDIATE")
    for _ in range(20):
        await bench.deliver("team")
    assert bench.to["team"].types() == ["gateway.started", *ALARM], "once, though the store still calls them waiting"
    assert [state for _, state in bench.states("team")] == ["delivered", "waiting", "waiting"]
    assert bench.store_is is State.FAILED
    for _ in range(2):
        ticks = bench.runner.pipeline.counters["ticks"]
        bench.read(0.5, "ext-0")
        await until(lambda before=ticks: bench.runner.pipeline.counters["ticks"] > before)  # type: ignore[misc]  # mypy cannot infer it
    assert bench.store_is is State.FAILED, "that nothing else is to be written proves nothing"
    bench.other.execute("ROLLBACK")
    await bench.deliver("team")
    assert [state for _, state in bench.states("team")] == ["delivered"] * 3
    assert [each.message for each in caplog.records if each.name == "gateway.by_hand"] == [
        "output team: the store cannot note what was delivered: database is locked"
    ]


async def test_a_long_queue_goes_out_whole_while_nothing_of_it_can_be_noted(bench: Bench) -> None:
    events = [Event("test-site", number, "touchpoint.alarm.raised.v1", "x", NOON) for number in range(100, 165)]
    await bench.store.commit(Changes(events=events, outbox=[("team", event) for event in events]))
    bench.other.execute("BEGIN IMMEDIATE")
    await bench.deliver("team")
    assert list(bench.to["team"].keys)[1:] == [event.id for event in events]
    await bench.deliver("team")
    assert set(bench.to["team"].keys.values()) == {1}


async def test_nothing_overtakes_what_is_postponed_in_the_store(bench: Bench) -> None:
    """As it was when a gateway began: it has not tried that output itself."""
    events = [Event("test-site", number, "touchpoint.alarm.raised.v1", "x", NOON) for number in (100, 101)]
    await bench.store.commit(Changes(events=events[:1], outbox=[("team", events[0])]))
    by_hand = ByHand("team", bench.store, bench.health, "life")
    (row,) = await by_hand.due("team", NOON, 20)
    await by_hand.postpone(row.id, NOON + 30.0, "answered 503")
    assert await by_hand.due("team", NOON + 29.0, 20) == []
    by_hand.carry([("team", events[1])])
    rows = await by_hand.due("team", NOON + 29.0, 20)
    assert [row.key for row in rows] == ["test-site-0000000100", "test-site-0000000101-life"]


async def test_an_event_that_is_written_while_its_row_is_looked_for_is_there_once(bench: Bench) -> None:
    """The commit may be over before whoever reads the outbox hears that it is."""
    by_hand = ByHand("team", bench.store, bench.health, "life")
    events = [Event("test-site", number, "touchpoint.alarm.raised.v1", "x", NOON) for number in (100, 101)]
    changes = Changes(events=events, outbox=[(name, event) for event in events for name in ("team", "platform")])
    by_hand.carry(changes.outbox)
    by_hand.carry(changes.outbox)
    assert [row.key for row in await by_hand.due("team", NOON, 20)] == [
        "test-site-0000000100-life", "test-site-0000000101-life",
    ]  # fmt: skip
    await by_hand.delivered([-100])
    await bench.store.commit(changes)
    assert [row.key for row in await by_hand.due("team", NOON, 20)] == ["test-site-0000000101"]
    by_hand.written()
    assert [row.key for row in await by_hand.due("team", NOON, 20)] == ["test-site-0000000101"]
    assert bench.states("team")[-2:] == [("alarm.raised", "delivered"), ("alarm.raised", "waiting")]


async def test_people_are_told_as_of_a_ticket_and_what_was_carried_to_them_is_not_waited_for(bench: Bench) -> None:
    bench.other.execute("BEGIN IMMEDIATE")
    await bench.fails("ext-0")
    (key,) = [each.id for channel, each in bench.runner._uncommitted.outbox if channel == "chat"]
    assert bench.runner.pipeline.notifying.awaits(key)
    await bench.deliver("chat")
    (notice,) = [each["data"] for each in bench.to["chat"].taken]
    assert (notice["to"], notice["priority"]) == ("anna", "P1")
    assert [each["type"] for each in notice["items"]] == ["touchpoint.store.failing.v1"]
    await until(lambda: not bench.runner.pipeline.notifying.awaits(key))
    bench.clock.advance(90.0)
    ticks = bench.runner.pipeline.counters["ticks"]
    bench.read(0.4, "ext-0")
    await until(lambda: bench.runner.pipeline.counters["ticks"] > ticks + 2)
    assert "sms" not in dict(bench.runner._uncommitted.outbox), "the next channel is not asked"
    bench.other.execute("ROLLBACK")
    await bench.written()
    await bench.deliver("chat")
    assert bench.states("chat") == [("notice.made", "delivered")]
    assert set(bench.to["chat"].keys.values()) == {1}
