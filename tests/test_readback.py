"""A whole gateway and a GLPI: what a person solves there is said to be done here, and closed only by measuring."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.changes import Changes
from gateway.clock import ManualClock, seeded
from gateway.errors import TemporaryFailure
from gateway.estate import Estate, OutputSettings
from gateway.model import Event, Priority, Readings
from gateway.outputs import output_of
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Secret
from gateway.readback import MOST, Helpdesk, ReadBack
from gateway.saved import Saved
from gateway.store.store import Store
from gateway.tickets.ticket import Ticket, TicketState
from tests.api.serving import small_site
from tests.looks import deliveries
from tests.outputs.glpi_server import APP, SOLVED, USER, GlpiServer, glpi
from tests.outputs.test_glpi import event
from tests.story import NOON
from tests.waiting import until

DOOR = "lobby-door"


def site(server: GlpiServer) -> Estate:
    """A door, a light, and the helpdesk that hears of tickets; nobody asks the devices but the test."""
    given = {"url": server.url, "app_token": Secret(APP), "user_token": Secret(USER), "timeout": "5s"}
    helpdesk = OutputSettings("helpdesk", "glpi", ("ticket.*",), given)
    return replace(small_site(), device_connection={}, outputs={"helpdesk": helpdesk})


@dataclass
class House:
    """A gateway at work on a clock of the test's, and the GLPI that it tells."""

    gateway: Gateway
    clock: ManualClock
    server: GlpiServer

    def door(self, closed: bool) -> None:
        """The door is read, and the line answers."""
        estate, now = self.gateway.estate, self.clock.now()
        device = estate.devices[estate.assets[DOOR].devices[0]]
        ids = (estate.assets[DOOR].ids["closed"], device.answers_id)
        self.gateway.runner.deliver(Readings(device.name, now, now, ids, (closed, True)))

    async def wait(self, seconds: float, closed: bool) -> None:
        """Time passes, and the door goes on telling the same."""
        end = self.clock.now() + seconds
        await self.until(lambda: self.clock.now() >= end, closed)

    async def until(self, condition: Callable[[], object], closed: bool) -> None:
        """Time passes, ten seconds in some real milliseconds, until something has happened."""
        async with asyncio.timeout(30):
            while not condition():
                self.door(closed)
                await self.clock.pass_time(10.0)
                await asyncio.sleep(0.005)

    @property
    def ticket(self) -> Ticket:
        """That of the door."""
        return next(each for each in self.gateway.runner.pipeline.tickets.values() if each.asset == DOOR)

    @property
    def theirs(self) -> dict[str, Any]:
        """What GLPI has of it."""
        (found,) = self.server.titled(f":ticket:{self.ticket.id}:")
        return found

    def said(self) -> list[str]:
        """What was said to be done by the helpdesk."""
        return [each.text for each in self.ticket.log if each.what == "finished" and each.who == "helpdesk"]


@contextlib.asynccontextmanager
async def house(folder: Path, server: GlpiServer, clock: ManualClock) -> AsyncIterator[House]:
    estate = site(server)
    store = Store(folder / "gateway.db", estate)
    gateway = Gateway(estate, store, await store.load(clock.now()), clock)
    work = asyncio.create_task(gateway.run(("127.0.0.1", 0), folder))
    try:
        await until(gateway.listening.is_set)
        yield House(gateway, clock, server)
    finally:
        gateway.stop()
        await work
        store.close()


@pytest.mark.asyncio
async def test_what_is_solved_there_is_measured_here_and_goes_back_until_it_is_true(tmp_path: Path) -> None:
    async with glpi() as server:
        clock = ManualClock(NOON)
        async with house(tmp_path, server, clock) as here:
            here.door(closed=False)
            await until(lambda: server.titled(":ticket:1:"))
            server.solve(here.theirs["id"])
            await here.until(lambda: here.ticket.state is TicketState.FINISHED, closed=False)
            assert here.said() == [f"GLPI {here.theirs['id']}: 2026-11-20 08:00:01"]
            await here.until(lambda: here.theirs["status"] == 2, closed=False)
            assert here.ticket.state is TicketState.OPEN, "the door still stands open"
            await here.wait(200, closed=False)
            assert len(here.said()) == 1, "what was said once counts once"
            server.solve(here.theirs["id"])
            await here.until(lambda: len(here.said()) == 2, closed=False)
            await here.until(lambda: here.ticket.state is TicketState.CLOSED, closed=True)
            await until(
                lambda: any("[test-site-" in each["content"] and "关闭" in each["content"] for each in server.followups)
            )
        assert here.theirs["status"] == SOLVED
        parts = {part.name: part.state for part in here.gateway.health.components()}
        assert parts["read back helpdesk"] == "well"


@pytest.mark.asyncio
async def test_after_a_restart_what_was_said_is_not_said_again(tmp_path: Path) -> None:
    async with glpi() as server:
        clock = ManualClock(NOON)
        async with house(tmp_path, server, clock) as here:
            here.door(closed=False)
            await until(lambda: server.titled(":ticket:1:"))
            server.solve(here.theirs["id"])
            await here.until(lambda: len(here.said()) == 1, closed=False)
            server.script = [503] * 10_000  # GLPI hears nothing of what follows
            await here.until(lambda: here.ticket.state is TicketState.OPEN, closed=False)
        server.script = []
        async with house(tmp_path, server, clock) as again:
            await again.wait(130, closed=False)
            assert len(again.said()) == 1


class Killed(Exception):
    """The power was cut."""


class Dying(Store):
    """Its gateway is killed after an event was sent, before that is written down."""

    async def delivered(self, ids: Sequence[int]) -> None:
        raise Killed


@pytest.mark.asyncio
async def test_killed_between_sending_and_marking_sent_there_is_still_one_ticket(tmp_path: Path) -> None:
    """Three times the gateway dies after all was sent and before any of it was written down as sent."""
    async with glpi() as server:
        clock, estate = ManualClock(NOON), site(server)
        store = Store(tmp_path / "gateway.db", estate)
        told = [
            Event("test-site", number, f"touchpoint.ticket.{what}.v1", "ticket/1", NOON, event(what, 1)["data"])
            for number, what in enumerate(("opened", "taken", "noted", "closed"), 1)
        ]
        await store.commit(Changes(events=told, outbox=[("helpdesk", each) for each in told]))
        store.close()
        for _ in range(3):
            with pytest.raises(Killed):
                await _deliver(Dying(tmp_path / "gateway.db", estate), estate, clock)
        left = Store(tmp_path / "gateway.db", estate)
        assert await left.read(deliveries) == {("helpdesk", "waiting"): 4}
        await _deliver(left, estate, clock)
    (theirs,) = server.tickets.values()
    assert (theirs["status"], len(server.followups)) == (SOLVED, 3)
    assert [each["content"].count(f"[test-site-{n:010d}]") for n, each in enumerate(server.followups, 2)] == [1, 1, 1]


async def _deliver(store: Store, estate: Estate, clock: ManualClock) -> None:
    output = output_of(estate, "helpdesk")
    try:
        await Delivery("helpdesk", output, store, clock, seeded(1)).deliver_due()
    finally:
        await output.close()
        store.close()


@dataclass
class Desk:
    """A helpdesk that answers as it is told to."""

    words: dict[int, str] = field(default_factory=dict)
    asked: list[list[int]] = field(default_factory=list)
    trouble: bool = False
    every: float = 60.0

    async def send(self, key: str, event: Mapping[str, Any]) -> None: ...

    async def close(self) -> None: ...

    async def solved(self, tickets: Mapping[int, float]) -> Mapping[int, str]:
        self.asked.append([*tickets])
        if self.trouble:
            raise TemporaryFailure("answered 503")
        return self.words


@pytest.mark.asyncio
async def test_of_many_tickets_some_are_asked_for_at_a_time_and_all_in_turn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with glpi() as server:
        estate, clock = replace(site(server), outputs={}), ManualClock(NOON)
        store = Store(tmp_path / "gateway.db", estate)
        gateway = Gateway(estate, store, Saved(tickets=[_open(number) for number in range(1, 251)]), clock)
        desk = Desk({300: "a ticket that is not there", 9: "done"})
        reading = ReadBack("desk", desk, gateway.runner, clock, lambda: None)
        doubts: list[str] = []
        reading.doubt = doubts.append
        for _ in range(3):
            desk.words = {}
            await reading.look()
        assert [len(each) for each in desk.asked] == [MOST] * 3
        assert {number for each in desk.asked for number in each} == set(range(1, 251))
        desk.trouble = True
        for _ in range(3):
            await reading.look()
        told = [each.getMessage() for each in caplog.records if each.name == "gateway.readback"]
        assert told == ["desk tells nothing: answered 503"], "once, not with every look"
        assert doubts[2:] == ["", *["answered 503"] * 3], "health says so"
        store.close()


def _open(number: int) -> Ticket:
    ticket = Ticket(number, f"door-{number}", "shut", Priority.P3, TicketState.OPEN, NOON)
    return ticket.with_entry(NOON, "gateway", "opened")


def test_only_what_can_be_asked_is_a_helpdesk() -> None:
    assert isinstance(Desk(), Helpdesk)
    assert not isinstance(object(), Helpdesk)
