"""People, lock and closer of a door over simulated hours."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simulators.plants import AccessDoor
from simulators.plants.plant import UnknownFault


@dataclass
class Watched:
    """Opening times of a door and how long each lasted, with whether the lock was released at the time."""

    door: AccessDoor
    passes: list[tuple[float, float]] = field(default_factory=list)
    unlocked: list[bool] = field(default_factory=list)
    released_while_open: list[bool] = field(default_factory=list)

    def until(self, end: float, step: float = 0.5) -> Watched:
        opened = None
        now = self.door.now
        while now < end:
            now += step
            self.door.advance(now)
            if not self.door.contact_closed:
                self.released_while_open.append(self.door.unlocked)
            if opened is None and not self.door.contact_closed:
                opened = now
                self.unlocked.append(self.door.unlocked)
            elif opened is not None and self.door.contact_closed:
                self.passes.append((opened, now - opened))
                opened = None
        return self

    @property
    def durations(self) -> list[float]:
        return [duration for _, duration in self.passes]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_healthy_door_unlocks_first_and_closes_in_5_to_20_seconds(seed: int) -> None:
    watched = Watched(AccessDoor("door", 0.0, seed)).until(7200)
    assert len(watched.passes) > 30
    assert all(watched.unlocked)
    assert all(watched.released_while_open)
    assert min(watched.durations) >= 5
    assert max(watched.durations) <= 20


def test_the_same_seed_is_the_same_day_however_often_one_looks() -> None:
    fine, coarse = AccessDoor("door", 0.0, 5), AccessDoor("door", 0.0, 5)
    Watched(fine).until(3600, 0.25)
    coarse.advance(3600)
    assert list(fine.events) == list(coarse.events)
    assert AccessDoor("door", 0.0, 6).random.random() != AccessDoor("door", 0.0, 5).random.random()


@pytest.mark.parametrize("at", [10.0, 100.0, 177.0, 260.0, 333.0])
def test_a_forced_door_opens_without_any_grant(at: float) -> None:
    door = AccessDoor("door", 0.0, 1)
    door.advance(at)
    door.fail("forced_open")
    watched = Watched(door).until(at + 90)
    forced = [event for event in door.events if event.what == "forced"]
    assert len(forced) == 1
    granted = [event.at for event in door.events if event.what in ("granted", "button") and event.at < forced[0].at]
    assert all(forced[0].at - when >= 20 for when in granted)
    assert watched.unlocked[-1] is False
    door.repair("forced_open")
    door.advance(door.now + 15)
    assert door.contact_closed
    assert door.leaf_deg == 0.0


@pytest.mark.parametrize("at", [50.0, 120.0, 124.0, 128.0, 131.0, 134.0])
def test_a_held_door_stays_open_until_somebody_lets_it_go(at: float) -> None:
    door = AccessDoor("door", 0.0, 3)
    door.advance(at)
    door.fail("held_open")
    door.advance(at + 20)
    for second in range(20, 600):
        door.advance(at + second)
        assert not door.contact_closed
    assert [event.what for event in door.events].count("held") == 1
    door.repair("held_open")
    door.advance(at + 620)
    assert door.contact_closed


def test_a_slow_closer_and_a_slam_show_in_the_closing_time() -> None:
    slow = AccessDoor("slow", 0.0, 1)
    slow.fail("slow_closer", seconds=40)
    slam = AccessDoor("slam", 0.0, 1)
    slam.fail("slam")
    assert min(Watched(slow).until(1800).durations) >= 40
    assert max(Watched(slam).until(1800).durations) <= 4
    assert min(Watched(slam).until(1800).durations, default=3.0) > 2


def test_reader_faults_and_their_repair() -> None:
    door = AccessDoor("door", 0.0, 1)
    door.fail("reader_offline")
    door.fail("reader_tamper")
    door.advance(1800)
    assert (door.reader_online, door.reader_tamper, door.openings) == (False, True, 0)
    door.repair("reader_offline")
    door.repair("reader_tamper")
    door.repair("reader_tamper")
    door.advance(3600)
    assert door.reader_online
    assert door.openings > 0


def test_an_unknown_fault_is_refused() -> None:
    door = AccessDoor("door", 0.0, 1)
    with pytest.raises(UnknownFault, match="AccessDoor door: no fault melted"):
        door.fail("melted")
    with pytest.raises(UnknownFault, match="slam with secs"):
        door.fail("slam", secs=1)
