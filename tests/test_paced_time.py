"""The demo's time: told by the simulators, and waiting while the gateway is held up. Both sides on one file."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from gateway.clock import PacedClock as Watching
from simulators.clock import PacedClock as Telling
from tests.live.black_box import until

SPEED = 60.0


@asynccontextmanager
async def running(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.mark.asyncio
async def test_both_see_the_same_time_and_it_never_goes_back(tmp_path: Path) -> None:
    gateway = Watching(tmp_path / "pace", SPEED)
    simulators = Telling(tmp_path / "pace", gateway.start, SPEED)
    seen = []
    async with running(simulators.run(), gateway.beat(lambda: True)):
        while gateway.passed() < 0.1:
            seen.append((gateway.now(), simulators.now()))
            await asyncio.sleep(0.002)
    assert seen[0][0] == gateway.start
    assert seen == sorted(seen)
    assert all(one == other for one, other in seen), "what one process tells is what the other reads"
    assert gateway.now() == pytest.approx(gateway.start + gateway.passed() * SPEED)


STEPS = """
import sys
from pathlib import Path
from simulators.clock import PacedClock
clock = PacedClock(Path(sys.argv[1]), 0.0, 1.0)
for _ in range(300_000):
    clock.go_on(0.001)
"""


def test_a_time_that_is_just_being_told_is_never_half_read(tmp_path: Path) -> None:
    gateway = Watching(tmp_path / "pace", 1.0)
    with subprocess.Popen([sys.executable, "-c", STEPS, str(tmp_path / "pace")]) as simulators:
        reads, latest = 0, 0.0
        while simulators.poll() is None:
            for _ in range(1000):
                passed = gateway.passed()
                assert passed >= latest, f"it was {latest} s before"
                latest = passed
            reads += 1000
    assert simulators.returncode == 0
    assert reads > 10_000
    assert gateway.passed() == pytest.approx(300.0)


@pytest.mark.asyncio
async def test_time_waits_for_whoever_watches(tmp_path: Path) -> None:
    gateway = Watching(tmp_path / "pace", SPEED)
    simulators = Telling(tmp_path / "pace", gateway.start, SPEED)
    async with running(simulators.run()):
        await asyncio.sleep(0.1)
        assert simulators.now() == gateway.start, "nobody watches yet"
        async with running(gateway.beat(lambda: True)):
            await until(lambda: gateway.passed() > 0.05)
        await asyncio.sleep(2 * Telling.PATIENCE_S)
        stood = gateway.now()
        await asyncio.sleep(0.1)
        assert gateway.now() == stood
        async with running(gateway.beat(lambda: True)):
            await until(lambda: gateway.now() > stood)


@pytest.mark.asyncio
async def test_time_waits_while_the_work_does_not_keep_up(tmp_path: Path) -> None:
    gateway = Watching(tmp_path / "pace", SPEED)
    simulators = Telling(tmp_path / "pace", gateway.start, SPEED)
    late = True
    async with running(simulators.run(), gateway.beat(lambda: not late)):
        await asyncio.sleep(0.1)
        assert gateway.now() == gateway.start
        late = False
        await until(lambda: gateway.now() > gateway.start)


@pytest.mark.asyncio
async def test_a_hiccup_of_the_machine_is_no_leap_of_time(tmp_path: Path) -> None:
    gateway = Watching(tmp_path / "pace", SPEED)
    simulators = Telling(tmp_path / "pace", gateway.start, SPEED)
    async with running(simulators.run(), gateway.beat(lambda: True)):
        await until(lambda: gateway.passed() > 0.02)
        before = gateway.passed()
        busy_for(0.25)  # neither side gets a turn
        over = asyncio.get_running_loop().time()
        await until(lambda: gateway.passed() > before)
        since_then = asyncio.get_running_loop().time() - over
        assert gateway.passed() - before <= since_then + Telling.LONGEST_TURN_S


def busy_for(seconds: float) -> None:
    """Keep the event loop from turning."""
    started = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - started < seconds:
        pass
