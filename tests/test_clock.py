"""Clocks: the steady one, the fast one, the one that is moved by hand."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway import clock
from gateway.clock import ManualClock, SystemClock, resumed

pytestmark = pytest.mark.filterwarnings("error")


def test_the_system_clock_starts_at_the_wall_clock_and_never_goes_back() -> None:
    system = SystemClock()
    assert abs(system.now() - time.time()) < 5.0
    seen = [system.now() for _ in range(1000)]
    assert seen == sorted(seen)


def test_a_step_of_the_wall_clock_moves_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    system = SystemClock()
    before = system.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0.0 <= system.now() - before < 5.0


def test_a_fast_clock_runs_from_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    fast = SystemClock(speed=60.0, start=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: 102.0)
    assert fast.now() == 1120.0
    assert (fast.real(60.0), fast.real(-5.0)) == (1.0, 0.0)


@pytest.mark.asyncio
async def test_a_fast_clock_sleeps_short() -> None:
    began = clock.monotonic()
    await SystemClock(speed=3600.0).sleep(36.0)
    assert 0.009 <= clock.monotonic() - began < 5.0


@pytest.mark.asyncio
async def test_a_manual_clock_wakes_whoever_has_slept_long_enough() -> None:
    manual = ManualClock(100.0)
    woken: list[float] = []

    async def sleeper(seconds: float) -> None:
        await manual.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (10.0, 30.0)]
    await asyncio.sleep(0)
    await manual.pass_time(9.0)
    assert woken == []
    await manual.pass_time(1.0)
    await asyncio.wait_for(tasks[0], 5)
    assert woken == [10.0]
    await manual.pass_time(50.0)
    await asyncio.wait_for(tasks[1], 5)
    assert (woken, manual.now()) == ([10.0, 30.0], 160.0)


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    manual = ManualClock(5.0)
    assert (manual.now(), manual.advance(2.5), manual.now()) == (5.0, 7.5, 7.5)
    assert (manual.real(3600.0), manual.real(-1.0)) == (0.01, 0.0)


def test_moments_are_written_in_utc() -> None:
    assert clock.iso(1_763_885_700.0) == "2025-11-23T08:15:00.000Z"
    assert clock.iso(0.1239) == "1970-01-01T00:00:00.123Z"


def test_a_seed_decides_what_is_drawn() -> None:
    assert clock.seeded(7).random() == clock.seeded(7).random()
    assert clock.seeded().random() != clock.seeded().random()


def test_processor_time_only_grows() -> None:
    before = clock.cpu_seconds()
    assert sum(range(10_000)) > 0
    assert clock.cpu_seconds() >= before


def test_a_clock_that_is_behind_goes_on_from_what_was_recorded() -> None:
    clock = SystemClock(start=0.0)
    start = clock.resume(1_000_000.0, 0.0)
    assert start.now == pytest.approx(1_000_000.0, abs=60)
    assert start[1:] == (0.0, False, False)
    assert clock.now() >= 1_000_000.0
    assert not clock.trusted()


@pytest.mark.parametrize(
    ("wall", "ahead", "goes_on"),
    [
        (1060.0, 0.0, (1060.0, 0.0, True, True)), (999.5, 0.0, (1000.0, 0.0, True, True)),
        (900.0, 0.0, (1000.0, 0.0, False, False)), (4660.0, 3600.0, (4660.0, 0.0, True, True)),
        (1060.0, 3600.0, (4600.0, 0.0, False, False)), (460.0, -600.0, (1060.0, -600.0, True, True)),
        (100.0, -600.0, (1000.0, -600.0, False, False)), (1200.0, -600.0, (1200.0, 0.0, True, False)),
    ],
)  # fmt: skip
def test_how_time_goes_on_after_1000(wall: float, ahead: float, goes_on: tuple[float, float, bool, bool]) -> None:
    """The wall was ``ahead`` at the last sign of life. Away for a minute, or for longer, or the clock lost its time."""
    assert resumed(wall, 1000.0, ahead) == goes_on


def test_a_wall_that_was_set_back_stays_behind_over_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 460.0)
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    system = SystemClock()
    system.resume(1000.0, -600.0)
    monkeypatch.setattr(time, "time", lambda: 520.0)
    monkeypatch.setattr(time, "monotonic", lambda: 60.0)
    assert (system.now(), system.ahead(), system.trusted()) == (1120.0, -600.0, True)
    monkeypatch.setattr(time, "time", lambda: 1120.0)
    assert (system.ahead(), system.trusted()) == (0.0, True)


def test_the_wall_clock_is_ahead_by_what_it_was_set_and_not_by_what_it_drifts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    system = SystemClock()
    monkeypatch.setattr(time, "monotonic", lambda: 160.0)
    monkeypatch.setattr(time, "time", lambda: 1060.4)
    assert (system.now(), system.ahead()) == (1060.0, 0.0)
    monkeypatch.setattr(time, "time", lambda: 4660.0)
    assert (system.now(), system.ahead()) == (1060.0, 3600.0)
    monkeypatch.setattr(time, "time", lambda: 60.0)
    assert (system.now(), system.ahead()) == (1060.0, -1000.0)


def test_a_clock_that_was_behind_is_believed_once_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The box woke in 1970 (0 s) and went on from 5,000 s; an hour later it learns that it is 20,000 s."""
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    system = SystemClock()
    assert system.resume(5000.0, 0.0).now == 5000.0
    monkeypatch.setattr(time, "monotonic", lambda: 3600.0)
    monkeypatch.setattr(time, "time", lambda: 3600.0)
    assert (system.now(), system.ahead()) == (8600.0, 0.0)
    monkeypatch.setattr(time, "time", lambda: 20_000.0)
    assert system.now() + system.ahead() == 20_000.0
    assert system.trusted()


def test_a_fast_clock_has_nothing_to_do_with_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    fast, dated = SystemClock(speed=60.0), SystemClock(start=1000.0)
    monkeypatch.setattr(time, "time", lambda: 5e9)
    assert (fast.ahead(), dated.ahead(), ManualClock(100.0).ahead()) == (0.0, 0.0, 0.0)
