"""A9: the time-series database is down for a day, then slow, then refuses one point. Nothing else is told late."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.changes import Changes
from gateway.clock import ManualClock, seeded
from gateway.deliveries import Deliveries
from gateway.errors import PermanentFailure
from gateway.estate import Estate, Keep, OutputSettings
from gateway.health import Health
from gateway.model import BadReading, Event, Reading, Readings, noun_and_verb
from gateway.outputs import written_of
from gateway.outputs.lines import Lines
from gateway.outputs.spool import MOST_REFUSED, Draining, Lost, Written
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.saved import Saved
from gateway.store.store import Store
from gateway.words import Overflow
from tests.api.serving import LIGHT, small_site
from tests.outputs.influxes import SAID, Receiver, receiving
from tests.story import NOON

MINUTE, DAY = 60.0, 1440
KEPT = 3000


def site(url: str = "", keep: int = KEPT) -> Estate:
    """A door and a light; with a ``url``, their readings go there."""
    settings = {"url": url, "org": "o", "bucket": "b", "timeout": "5s"}
    outputs = {"influx": OutputSettings("influx", "influx", (), settings, keep=Keep(keep, 7 * 86400.0))}
    return replace(small_site(), outputs=outputs if url else {})


class Lived:
    """A gateway without wires on a clock moved by hand; it counts what it commits."""

    def __init__(self, folder: Path, estate: Estate) -> None:
        self.clock = ManualClock(NOON)
        self.estate = estate
        self.store = Store(folder / "gateway.db", estate)
        self.runner = Runner(Pipeline(estate, Saved(), NOON), self.store, self.clock, Health(self.clock.now))
        self.events: list[Event] = []
        self.committed = 0
        self.runner.on_commit.append(self._count)
        if estate.outputs:
            written = written_of(estate, "influx", self.store.rows(), self.store.names())
            self.draining = Draining(written, self.store, self.clock, seeded(1), tell=self.runner.told)

    async def close(self) -> None:
        if self.estate.outputs:
            await self.draining.written.series.close()
        self.store.close()

    def _count(self, changes: Changes) -> None:
        self.committed += sum(len(block.points) for block in changes.history) + len(changes.states)
        self.events += changes.events

    async def read(self, volts: Reading, seconds: float = MINUTE) -> None:
        """Time passes, and the light's device answers."""
        now = self.clock.advance(seconds)
        device = self.estate.devices["light-3f-device"]
        ids = [*device.point_ids.values(), device.answers_id]
        line = [self.estate.connections["line"].answers_id]
        self.runner.deliver(Readings("connection/line", now, now, line, [True]))
        self.runner.deliver(Readings(device.name, now, now, ids, [volts, True, True]))
        await self.runner.turn()

    def told(self, prefix: str) -> list[tuple[str, float]]:
        return [(name, each.at) for each in self.events if (name := noun_and_verb(each.type)).startswith(prefix)]


def volts(minute: int) -> Reading:
    """Never twice the same; low for a while at noon, and once unreadable."""
    if minute == 900:
        return BadReading("sensor-error")
    return (9.0 if 700 <= minute < 720 else 13.0) + minute / 10_000


async def a_day(lived: Lived) -> None:
    for minute in range(DAY):
        await lived.read(volts(minute))
        if lived.estate.outputs and minute % 10 == 9:
            await lived.draining.deliver_due()


@pytest.mark.asyncio
async def test_down_for_a_day_then_slow_then_refusing_one_point(tmp_path: Path) -> None:
    receiver = Receiver(poison="value=13.1399")
    lived = Lived(tmp_path, site(receiver.url, keep=1000))
    await a_day(lived)
    standing = await lived.store.spool_standing("influx")
    assert standing.waiting <= 1000
    assert standing.waiting + standing.dropped == lived.committed
    assert [name for name, _ in lived.told("spool.")] == ["spool.filled"], "told once, however much is dropped"

    await receiver.up()
    receiver.delay = 0.02
    assert await lived.draining.deliver_due() is None
    await lived.read(14.0)
    await lived.draining.deliver_due()
    await lived.runner.turn()
    (_, dropped) = [each for each in lived.events if each.type.startswith("touchpoint.spool.")]
    assert (noun_and_verb(dropped.type), dropped.data["count"]) == ("spool.dropped", standing.dropped)
    after = await lived.store.spool_standing("influx")
    assert (after.waiting, after.dropped, after.dropping, after.set_aside) == (0, standing.dropped, 0, 1)
    assert len(receiver.lines) == len(set(receiver.lines)) == lived.committed - standing.dropped - 1
    stamps = [int(line.rpartition(" ")[2]) for line in receiver.lines]
    assert stamps == sorted(stamps), "in order"
    assert stamps[-1] == round(lived.clock.now() * 1000)
    aside = _rows(lived, "SELECT line, error FROM spool_set_aside")
    assert len(aside) == 1
    assert "value=13.1399" in aside[0][0]
    assert aside[0][1] == "answered 400"
    await receiver.down()
    await lived.close()


def _rows(lived: Lived, query: str) -> list[tuple[Any, ...]]:
    return lived.store._database.connection.execute(query).fetchall()


@pytest.mark.asyncio
async def test_no_alarm_is_a_second_later_for_it(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    down, none = Lived(tmp_path / "with", site(Receiver().url, keep=500)), Lived(tmp_path / "without", site())
    for lived in (down, none):
        await a_day(lived)
        await lived.close()
    assert [name for name, _ in down.told("alarm.")] == ["alarm.raised", "alarm.raised", "alarm.cleared"]
    assert down.told("alarm.") == none.told("alarm.")
    assert down.told("ticket.") == none.told("ticket.")


@pytest.mark.asyncio
async def test_a_receiver_that_hangs_holds_up_no_commit(tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.delay = 30.0
        lived = Lived(tmp_path, site(receiver.url))
        await lived.read(13.0)
        hanging = asyncio.create_task(lived.draining.deliver_due())
        async with asyncio.timeout(5):
            while not receiver.requests:  # noqa: ASYNC110  # it counts in another task
                await asyncio.sleep(0.005)
            for minute in range(100):
                await lived.read(9.0 + minute / 1000)
        assert not hanging.done()
        raised = [each.subject for each in lived.events if each.type == "touchpoint.alarm.raised.v1"]
        assert f"light-3f/{LIGHT}" in raised
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        await lived.close()


@pytest.mark.asyncio
async def test_what_waits_survives_a_restart_and_arrives_once(tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.started = 1000.0
        lived = Lived(tmp_path, site(receiver.url))
        for minute in range(20):
            await lived.read(volts(minute))
        assert await lived.draining.deliver_due() is None
        for minute in range(20, 40):
            await lived.read(volts(minute))
        await lived.close()
        again = Lived(tmp_path, site(receiver.url))
        again.clock.advance(40 * MINUTE)
        assert await again.draining.deliver_due() is None
        assert len(set(receiver.lines)) == lived.committed
        await again.close()


@pytest.mark.asyncio
async def test_a_database_that_was_started_anew_is_sent_the_last_minutes_again(tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.started = 1000.0
        lived = Lived(tmp_path, site(receiver.url))
        for minute in range(30):
            await lived.read(volts(minute))
            await lived.draining.deliver_due()
        assert len(receiver.lines) == lived.committed, "nothing twice while it lives"
        before, receiver.started = len(receiver.lines), 2000.0
        lived.clock.advance(31.0)
        await lived.draining.deliver_due()
        again = receiver.lines[before:]
        assert 5 <= len(again) <= 12, "what was sent within the last five minutes, and no more"
        assert again == [line for line in receiver.lines[:before] if line in set(again)], "in order"
        await lived.read(volts(31))
        await lived.draining.deliver_due()
        assert len(set(receiver.lines)) == lived.committed
        assert (await lived.store.spool_standing("influx")).waiting == 0
        await lived.close()


@pytest.mark.asyncio
async def test_a_line_that_was_cut_is_no_restart_where_the_database_tells(tmp_path: Path) -> None:
    async with receiving() as receiver:
        receiver.started = 1000.0
        lived = Lived(tmp_path, site(receiver.url))
        await lived.read(13.0)
        await lived.draining.deliver_due()
        await receiver.down()
        await lived.read(13.1)
        assert 0.5 <= (await lived.draining.deliver_due() or 0.0) <= 1.0
        assert 1.0 <= (await lived.draining.deliver_due() or 0.0) <= 2.0, "the outbox's own pauses"
        await receiver.up()
        assert await lived.draining.deliver_due() is None
        assert len(receiver.lines) == lived.committed
        receiver.started = None
        await receiver.down()
        await lived.read(13.2)
        await lived.draining.deliver_due()
        await receiver.up()
        await lived.draining.deliver_due()
        assert len(set(receiver.lines)) == lived.committed
        assert len(receiver.lines) > lived.committed, "where it does not tell, it may have been killed"
        await lived.close()


@pytest.mark.asyncio
async def test_health_says_since_when_it_takes_nothing_and_how_much_waits(tmp_path: Path) -> None:
    lived, said = Lived(tmp_path, site("http://127.0.0.1:1", keep=20)), list[str]()
    series, health = Memory(), Health(lived.clock.now)
    sender, deliveries = draining(lived, series), Deliveries(lived.estate, lived.store, lived.clock, health)
    deliveries.spools["influx"] = sender.circuit
    series.down = True

    async def deliver() -> None:
        await sender.deliver_due()
        health.beat("output influx")
        await deliveries.look((), lambda word: None)
        said.append(next(each.detail for each in health.components() if each.name == "output influx"))

    for minute in range(30):
        await lived.read(volts(minute), seconds=10.0)
        await deliver()
    assert said[0] == ""
    standing = await lived.store.spool_standing("influx")
    assert said[-1] == f"takes nothing for 290 s: gone; 20 readings wait, {standing.dropping} were dropped"
    series.down = False
    await deliver()
    assert said[-1] == ""
    await lived.close()


class Memory:
    """A database in memory that refuses what it is told to."""

    def __init__(self, refuses: str = "never") -> None:
        self.refuses, self.calls, self.down = refuses, 0, False
        self.lines: list[str] = []

    async def write(self, lines: Sequence[str]) -> None:
        self.calls += 1
        if self.down:
            raise Lost("gone")
        if any(self.refuses in line for line in lines):
            raise PermanentFailure("answered 422")
        self.lines += lines

    async def started(self) -> float | None:
        return 1.0

    async def close(self) -> None:
        pass


def draining(lived: Lived, series: Memory, tell: list[Overflow] | None = None) -> Draining:
    written = Written("influx", series, Lines("s", {}, {}), lived.estate.spools["influx"])
    told = [] if tell is None else tell
    return Draining(written, lived.store, lived.clock, seeded(1), tell=told.append)


@pytest.mark.asyncio
async def test_a_receiver_that_refuses_everything_is_not_fed_to_the_shredder(tmp_path: Path) -> None:
    lived, series = Lived(tmp_path, site("http://127.0.0.1:1")), Memory(refuses="site=s")
    for minute in range(200):
        await lived.read(volts(minute))
    assert await draining(lived, series).deliver_due() is not None
    standing = await lived.store.spool_standing("influx")
    assert (standing.waiting, standing.set_aside) == (lived.committed, 0)
    assert series.calls < 4 * MOST_REFUSED
    await lived.close()


@pytest.mark.asyncio
async def test_one_point_of_thousands_is_found_in_a_few_requests(tmp_path: Path) -> None:
    lived, series = Lived(tmp_path, site("http://127.0.0.1:1", keep=10_000)), Memory(refuses="value=13.0777")
    for minute in range(1000):
        await lived.read(volts(minute))
    assert await draining(lived, series).deliver_due() is None
    assert len(series.lines) == lived.committed - 1
    assert series.calls <= 2 + 2 * 12
    await lived.close()


@pytest.mark.asyncio
async def test_what_is_too_old_is_dropped_with_a_count_too(tmp_path: Path) -> None:
    lived, told = Lived(tmp_path, site("http://127.0.0.1:1")), list[Overflow]()
    series = Memory()
    sender = draining(lived, series, told)
    for minute in range(10):
        await lived.read(volts(minute))
    lived.clock.advance(7 * 86400.0 - 5.5 * MINUTE)
    for _ in range(3):
        await sender._look_after()
    standing = await lived.store.spool_standing("influx")
    assert standing.dropped > 4
    assert told == [Overflow("influx", standing.dropped, told[0].since, over=False)]
    assert await sender.deliver_due() is None
    assert told[1:] == [Overflow("influx", standing.dropped, told[0].since, over=True)]
    assert len(series.lines) == lived.committed - standing.dropped
    await lived.close()


@pytest.mark.parametrize("version", SAID)
@pytest.mark.asyncio
async def test_what_the_database_keeps_for_less_time_than_we_do_is_lost_with_a_count_and_holds_up_nothing(
    tmp_path: Path, version: str
) -> None:
    """Away for a day, and its retention is 6 h; one line of those that it would keep is poison."""
    receiver = Receiver(poison="value=13.1399", said=version)
    lived = Lived(tmp_path, site(receiver.url, keep=100_000))
    await a_day(lived)
    receiver.keeps_from = round((lived.clock.now() - 6 * 3600.0) * 1000)
    receiver.started = 1000.0
    await receiver.up()
    assert await lived.draining.deliver_due() is None
    await lived.read(14.0)
    standing = await lived.store.spool_standing("influx")
    arrived = len(receiver.lines)
    assert arrived == len(set(receiver.lines))
    assert (standing.set_aside, standing.dropped) == (1, lived.committed - arrived - 1 - standing.waiting)
    assert 6 * 60 - 1 <= arrived < 0.4 * lived.committed, "the last six hours, and nothing else"
    assert receiver.requests < 30, "no line is looked for that was merely too old"
    (told,) = [each for each in lived.events if each.type.startswith("touchpoint.spool.")]
    assert (noun_and_verb(told.type), told.data["count"]) == ("spool.dropped", standing.dropped)

    await lived.draining.deliver_due()
    await lived.runner.turn()
    assert receiver.lines[-1].endswith(str(round(lived.clock.now() * 1000)))
    receiver.started = 2000.0  # it was started anew, and is sent the last minutes again: all of them count once
    lived.clock.advance(31.0)
    await lived.draining.deliver_due()
    await lived.runner.turn()
    assert (await lived.store.spool_standing("influx")).dropped == standing.dropped
    assert len(lived.told("spool.")) == 1
    await receiver.down()
    await lived.close()


@pytest.mark.asyncio
async def test_a_database_that_keeps_none_of_it_is_told_of_once_and_once_that_it_is_over(tmp_path: Path) -> None:
    """The gateway woke in 2026, and it is 2036: all is too old, until the clock is set."""
    async with receiving() as receiver:
        years = 10 * 365.25 * 86400.0
        receiver.keeps_from, receiver.said = round((NOON + years) * 1000), "influxdb 2.7"
        lived = Lived(tmp_path, site(receiver.url))
        for minute in range(10):
            await lived.read(volts(minute))
            assert await lived.draining.deliver_due() is None
        assert [name for name, _ in lived.told("spool.")] == ["spool.filled"]
        lost, lived.clock.stepped = lived.committed, years
        for minute in range(10, 13):
            await lived.read(volts(minute))
            assert await lived.draining.deliver_due() is None
        await lived.runner.turn()
        assert [name for name, _ in lived.told("spool.")] == ["spool.filled", "spool.dropped"]
        assert lived.events[-1].data["count"] == lost
        assert len(receiver.lines) == lived.committed - lost
        assert receiver.lines[-1].endswith(str(round((lived.clock.now() + years) * 1000)))
        await lived.close()


@pytest.mark.asyncio
async def test_what_is_on_its_way_is_not_dropped_meanwhile(tmp_path: Path) -> None:
    lived = Lived(tmp_path, site("http://127.0.0.1:1", keep=50))
    for minute in range(10):
        await lived.read(volts(minute))
    rows = await lived.store.spool_due("influx", 20)
    for minute in range(10, 100):
        await lived.read(volts(minute))
    await lived.store.spool_sent("influx", [row.id for row in rows], lived.clock.now(), [])
    standing = await lived.store.spool_standing("influx")
    arrived = sum(row.readings for row in rows)
    assert standing.waiting + standing.dropped + arrived == lived.committed
    left = await lived.store.spool_due("influx", 10_000)
    assert sum(row.readings for row in left) == standing.waiting
    assert min(row.id for row in left) > max(row.id for row in rows)
    await lived.close()


@pytest.mark.asyncio
async def test_an_output_that_is_gone_from_the_files_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lived = Lived(tmp_path, site("http://127.0.0.1:1"))
    await lived.read(13.0)
    await lived.close()
    gone = Lived(tmp_path, site())
    assert _rows(gone, "SELECT count(*) FROM spool") == [(0,)]
    assert f"and with it {lived.committed} readings" in caplog.text
    await gone.close()
