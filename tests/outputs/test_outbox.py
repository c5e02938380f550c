"""Delivery: in order, at least once, under the same key, and no output waits for another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from gateway.clock import Clock, ManualClock, SystemClock, seeded
from gateway.errors import PermanentFailure, TemporaryFailure
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Letterhead
from gateway.outputs.webhook import Webhook
from tests.outputs.collector import collecting, stop
from tests.waiting import until


@dataclass
class Row:
    id: int
    key: str
    event_json: bytes
    due_at: float = 0.0


@dataclass
class MemoryOutbox:
    """The contract of the store's outbox, in memory."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def put(self, output: str, *numbers: int) -> None:
        self.rows.setdefault(output, []).extend(Row(n, f"site-{n}", orjson.dumps({"n": n})) for n in numbers)

    async def due(self, output: str, now: float, limit: int) -> Sequence[Row]:
        rows = self.rows.get(output, [])
        return rows[:limit] if rows and rows[0].due_at <= now else []

    async def delivered(self, ids: Sequence[int]) -> None:
        for name, rows in self.rows.items():
            self.rows[name] = [row for row in rows if row.id not in ids]

    async def postpone(self, id: int, until: float, error: str) -> None:
        self.errors.append(error)
        for rows in self.rows.values():
            for row in rows:
                row.due_at = until if row.id == id else row.due_at

    async def set_aside(self, id: int, error: str, at: float) -> None:
        self.aside[id] = error
        for name, rows in self.rows.items():
            self.rows[name] = [row for row in rows if row.id != id]


@dataclass
class FakeOutput:
    """Takes what it gets, after the failures of its script."""

    script: list[Exception] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    closed: bool = False
    hangs: bool = False

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        self.keys.append(key)
        if self.hangs:
            await asyncio.Event().wait()
        if self.script:
            raise self.script.pop(0)
        self.sent.append(event["n"])

    async def close(self) -> None:
        self.closed = True


def delivery(outbox: MemoryOutbox, output: Any, clock: Clock | None = None, name: str = "hook") -> Delivery:
    return Delivery(name, output, outbox, clock or ManualClock(), seeded(1))


@contextlib.asynccontextmanager
async def running(*deliveries: Delivery) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in deliveries]
    try:
        yield
    finally:
        await stop(tasks)


@pytest.mark.asyncio
async def test_delivers_everything_in_order() -> None:
    outbox, output = MemoryOutbox(), FakeOutput()
    outbox.put("hook", *range(50))
    assert await delivery(outbox, output).deliver_due() is None
    assert output.sent == list(range(50))
    assert outbox.rows["hook"] == []


@pytest.mark.asyncio
async def test_a_temporary_failure_holds_the_channel_and_keeps_the_order(caplog: pytest.LogCaptureFixture) -> None:
    outbox, clock = MemoryOutbox(), ManualClock()
    output = FakeOutput(script=[TemporaryFailure("busy"), TemporaryFailure("busy still")])
    outbox.put("hook", 1, 2)
    sender = delivery(outbox, output, clock)
    first = await sender.deliver_due()
    assert first is not None
    assert 0.5 <= first <= 1.0
    assert output.sent == []
    assert await sender.deliver_due() is None, "nothing is due before the pause is over"
    clock.advance(first)
    second = await sender.deliver_due()
    assert second is not None
    assert 1.0 <= second <= 2.0
    clock.advance(second)
    assert await sender.deliver_due() is None
    assert output.sent == [1, 2]
    assert output.keys == ["site-1", "site-1", "site-1", "site-2"]
    assert outbox.errors == ["busy", "busy still"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2, "once when lost, once when back"
    assert "does not take events: busy" in told[0]
    assert "takes events again after" in told[1]


@pytest.mark.asyncio
async def test_a_poison_event_is_set_aside_and_the_rest_goes_on() -> None:
    outbox, output = MemoryOutbox(), FakeOutput(script=[PermanentFailure("answered 400")])
    outbox.put("hook", 1, 2, 3)
    assert await delivery(outbox, output).deliver_due() is None
    assert output.sent == [2, 3]
    assert outbox.aside == {1: "answered 400"}


@pytest.mark.asyncio
async def test_one_output_that_hangs_does_not_hold_up_another() -> None:
    outbox, stuck, well = MemoryOutbox(), FakeOutput(hangs=True), FakeOutput()
    outbox.put("stuck", 1)
    outbox.put("well", 2, 3)
    async with running(delivery(outbox, stuck, name="stuck"), delivery(outbox, well, name="well")):
        await until(lambda: well.sent == [2, 3])
    assert stuck.closed
    assert well.closed


@pytest.mark.asyncio
async def test_wakes_for_news_and_shows_that_it_lives() -> None:
    outbox, output = MemoryOutbox(), FakeOutput()
    signs: list[int] = []
    sender = Delivery("hook", output, outbox, SystemClock(), seeded(1), lambda: signs.append(1))
    async with running(sender):
        await until(lambda: signs)
        outbox.put("hook", 9)
        sender.wake()
        await until(lambda: output.sent == [9])
    assert len(signs) >= 2


@pytest.mark.asyncio
async def test_what_went_out_before_a_stop_is_not_sent_again() -> None:
    outbox, output = MemoryOutbox(), FakeOutput()
    outbox.put("hook", 1, 2)

    async def second_hangs(key: str, event: Mapping[str, Any]) -> None:
        if event["n"] == 2:
            await asyncio.Event().wait()
        output.sent.append(event["n"])

    output.send = second_hangs  # type: ignore[method-assign]  # this output stops taking in mid-batch
    async with running(delivery(outbox, output)):
        await until(lambda: output.sent == [1])
    assert [row.id for row in outbox.rows["hook"]] == [2]


@pytest.mark.asyncio
async def test_nothing_is_lost_over_a_receiver_that_fails_in_every_way() -> None:
    script: list[int | str] = [500, "drop", 503, 204, "garbage", "hang", 429, 204, "drip", 500, "flood"]
    async with collecting(*script) as collector:
        outbox = MemoryOutbox()
        outbox.put("hook", *range(20))
        hook = Webhook({"url": collector.url, "timeout": "200ms"}, Letterhead(["en"]))
        async with running(delivery(outbox, hook, SystemClock(speed=100.0))):
            taken = await collector.until_taken(20)
            await until(lambda: not outbox.rows["hook"])
    assert list(dict.fromkeys(taken)) == [f"site-{n}" for n in range(20)]
    assert outbox.aside == {}


@dataclass
class Choosy:
    """A receiver that fails on one event for ever, and takes the rest unless it is down; ``asked`` in order."""

    poison: int | Collection[int]
    down: bool = False
    asked: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        self.asked.append(event["n"])
        poison = [self.poison] if isinstance(self.poison, int) else self.poison
        if self.down or event["n"] in poison:
            raise TemporaryFailure("answered 500")
        self.taken.append(event["n"])

    async def close(self) -> None:
        """Nothing to let go of."""


async def for_a_while(sender: Delivery, clock: ManualClock, seconds: float) -> None:
    """Deliver over and over until so much time has passed."""
    until = clock.now() + seconds
    while clock.now() < until:
        clock.advance(await sender.deliver_due() or 1.0)


@pytest.mark.asyncio
async def test_what_fails_for_ten_minutes_while_the_next_is_taken_is_poison() -> None:
    outbox, clock, output = MemoryOutbox(), ManualClock(), Choosy(1)
    outbox.put("hook", 1, 2, 3)
    told: list[tuple[str, bool]] = []
    sender = delivery(outbox, output, clock)
    sender.told = lambda *word: told.append(word)
    await for_a_while(sender, clock, 590.0)
    assert told == []
    assert set(output.asked) == {1}, "until then the order is kept"
    await for_a_while(sender, clock, 60.0)
    assert output.taken == [2, 3]
    assert output.asked[-4:] == [1, 2, 1, 3], "it had a last try after the next was taken"
    assert outbox.aside == {1: "answered 500, and a later event was taken"}
    assert told == [("site-2", True), ("site-1", False), ("site-3", True)]
    assert outbox.rows["hook"] == []


@pytest.mark.asyncio
async def test_two_poison_events_in_a_row_hold_up_nothing_for_ever() -> None:
    outbox, clock, output = MemoryOutbox(), ManualClock(), Choosy({1, 2, 3})
    outbox.put("hook", *range(1, 6))
    sender = delivery(outbox, output, clock)
    await for_a_while(sender, clock, 3600.0)
    assert output.taken == [4, 5]
    assert sorted(outbox.aside) == [1, 2]
    assert [row.id for row in outbox.rows["hook"]] == [3], "nothing behind it waits for it"


@dataclass
class Reviving(Choosy):
    """It was down, and comes back between two attempts: from the first time that it is asked for event 2."""

    async def send(self, key: str, event: Mapping[str, Any]) -> None:
        self.down = self.down and event["n"] != 2
        await super().send(key, event)


@pytest.mark.asyncio
async def test_a_receiver_that_comes_back_between_two_attempts_has_everything_in_order_in_the_end() -> None:
    outbox, clock, output = MemoryOutbox(), ManualClock(), Reviving(0, down=True)
    outbox.put("hook", 1, 2)
    await for_a_while(delivery(outbox, output, clock), clock, 700.0)
    assert output.taken == [2, 1, 2], "what ended in event 2 has not begun again by event 1"
    assert outbox.aside == {}


@pytest.mark.asyncio
async def test_each_attempt_is_a_sign_of_life() -> None:
    """Two attempts of 20 s in a row, as at a mail server that hangs, are no stall."""
    outbox, clock, output = MemoryOutbox(), ManualClock(), Choosy(0, down=True)
    outbox.put("hook", 1, 2)
    beats: list[int] = []
    sender = Delivery("hook", output, outbox, clock, seeded(1), lambda: beats.append(len(output.asked)))
    await for_a_while(sender, clock, 700.0)
    assert 2 in output.asked
    assert set(beats) == {*range(len(output.asked))}, "one before each"


@pytest.mark.asyncio
async def test_a_receiver_that_is_down_makes_no_poison_and_takes_all_in_order_when_it_is_back() -> None:
    outbox, clock, output = MemoryOutbox(), ManualClock(), Choosy(0, down=True)
    outbox.put("hook", *range(1, 30))
    sender = delivery(outbox, output, clock)
    await for_a_while(sender, clock, 86400.0)
    assert outbox.aside == {}
    assert len(output.asked) <= 2 * 86400 / 15, "two at most per pause of 15 to 30 s"
    output.down = False
    clock.advance(30.0)
    assert await sender.deliver_due() is None
    assert output.taken == list(range(1, 30))


@pytest.mark.asyncio
async def test_a_person_may_have_it_tried_at_once() -> None:
    outbox, clock = MemoryOutbox(), SystemClock(speed=50.0)
    output = Choosy(0, down=True)
    outbox.put("hook", 1)
    sender = delivery(outbox, output, clock)
    async with running(sender):
        await until(lambda: sender.pause > 10.0)
        output.down = False
        outbox.rows["hook"][0].due_at = 0.0
        asked = clock.now()
        sender.probe()
        await until(lambda: output.taken == [1])
    assert clock.now() - asked < 10.0


@pytest.mark.asyncio
async def test_an_attempt_that_does_not_end_counts_as_trouble_since_it_began() -> None:
    outbox, clock, output = MemoryOutbox(), ManualClock(), FakeOutput(hangs=True)
    outbox.put("hook", 1)
    sender = delivery(outbox, output, clock)
    assert sender.down_since is None
    async with running(sender):
        await until(lambda: output.keys)
        assert sender.down_since == clock.now()


@pytest.mark.asyncio
async def test_what_is_added_while_handing_over_is_kept_nowhere() -> None:
    outbox, output, clock = MemoryOutbox(), FakeOutput(script=[TemporaryFailure("busy")]), ManualClock()
    outbox.put("hook", 1)
    sender = delivery(outbox, output, clock)
    sender.dress = lambda key, event: {"n": event["n"] + 100}
    await sender.deliver_due()
    assert orjson.loads(outbox.rows["hook"][0].event_json) == {"n": 1}
    clock.advance(9.0)
    await sender.deliver_due()
    assert output.sent == [101]
