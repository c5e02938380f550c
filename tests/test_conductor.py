"""Committed commands go out once each; a connection that hangs holds up no other, and piles up nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.clock import ManualClock
from gateway.conductor import Conductor
from gateway.proof_tests.command import Command, Sent, Told
from gateway.sources.source import Deliver, Device, Still
from tests.proof_story import Lamp, Property


class Hanging:
    """A line that hangs until it is freed, and keeps what went out on it then."""

    behind = 0.0

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.out: list[tuple[str, str]] = []
        self.free = asyncio.Event()
        self.alive: Callable[[], None] = lambda: None

    async def run(self, deliver: Deliver) -> None:
        """It is never read."""

    def devices(self) -> Sequence[Device]:
        """None are read."""
        return ()

    async def command(self, device: str, name: str, seconds: float | None, still: Still) -> tuple[Sent, str]:
        """As in Source."""
        await self.free.wait()
        if not still():
            return Sent.WITHDRAWN, ""
        self.out.append((device, name))
        return Sent.TAKEN, ""


def play(folder: Path, *commands: Command) -> tuple[list[tuple[str, str]], list[Told]]:
    """What goes out when the line hangs until all of them wait; and what was told of them."""
    prop = Property(folder, [Lamp("first", "relay"), Lamp("second", "relay")])
    told: list[Told] = []

    async def hang() -> list[tuple[str, str]]:
        line = Hanging()
        conductor = Conductor(prop.estate, {"bus": line}, ManualClock(), lambda command, now: True, told.append)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(conductor.run())
            for command in commands:
                conductor.take([command])
                await asyncio.sleep(0)
            line.free.set()
            await asyncio.sleep(0.01)
            task.cancel()
        return line.out

    try:
        return asyncio.run(hang()), told
    finally:
        prop.close()


def stop(number: int, asset: str) -> Command:
    return Command(number, asset, "restore_supply", stops=True)


def test_stops_that_pile_up_on_a_line_that_hangs_for_a_week_go_out_once(tmp_path: Path) -> None:
    out, _ = play(tmp_path, *(stop(1, "first") for _ in range(60_480)))
    assert len(out) <= 2, "the one that hung, and the last one: later ones would end the next test"


def test_stops_go_before_starts_and_every_asset_has_its_turn(tmp_path: Path) -> None:
    start = Command(2, "second", "break_supply", stops=False)
    out, told = play(tmp_path, stop(1, "first"), start, stop(1, "second"), stop(1, "first"), stop(3, "second"))
    names = [(device.removeprefix("d-"), name.split("_")[0]) for device, name in out]
    assert names == [("first", "restore"), ("second", "restore"), ("first", "restore"), ("second", "break")]
    assert [each.command.procedure for each in told] == [1, 3, 1, 2]


def test_what_no_device_of_the_site_takes_is_told_to_be_refused(tmp_path: Path) -> None:
    out, told = play(tmp_path, Command(1, "first", "dance", stops=False))
    assert (out, [each.sent for each in told]) == ([], [Sent.REFUSED])
