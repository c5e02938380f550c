"""The gateway's own health: silence and failure are seen, and no evidence is not health."""

from __future__ import annotations

from gateway.clock import ManualClock
from gateway.health import Health, State


def states(health: Health) -> dict[str, State]:
    return {each.name: each.state for each in health.components()}


def test_nobody_expected_is_neither_healthy_nor_ready() -> None:
    health = Health(ManualClock().now)
    assert not health.healthy
    assert not health.ready


def test_a_part_starts_shows_itself_stalls_and_comes_back() -> None:
    clock = ManualClock()
    health = Health(clock.now)
    health.expect("pipeline", 10.0)
    assert (states(health), health.healthy, health.ready) == ({"pipeline": State.STARTING}, True, False)
    health.beat("pipeline")
    assert health.ready
    clock.advance(10.0)
    assert health.ready
    clock.advance(0.5)
    assert states(health) == {"pipeline": State.STALLED}
    assert not health.healthy
    assert health.components()[0].detail == "silent for 10 s"
    health.beat("pipeline")
    assert health.ready


def test_a_part_that_never_shows_itself_stalls() -> None:
    clock = ManualClock()
    health = Health(clock.now)
    health.expect("store", 5.0)
    clock.advance(6.0)
    assert states(health) == {"store": State.STALLED}


def test_one_failed_part_is_enough_and_a_beat_ends_the_failure() -> None:
    health = Health(ManualClock().now)
    health.beat("pipeline")
    health.fail("store", "disk full")
    assert not health.healthy
    assert [each.detail for each in health.components()] == ["", "disk full"]
    health.beat("store")
    assert health.ready


def test_a_part_that_cannot_do_all_that_it_is_for_is_degraded_and_alive() -> None:
    clock = ManualClock()
    health = Health(clock.now)
    health.expect("output team", 10.0)
    health.doubt("output team", "takes nothing")
    assert states(health) == {"output team": State.STARTING}
    health.beat("output team")
    assert states(health) == {"output team": State.DEGRADED}
    assert [each.detail for each in health.components()] == ["takes nothing"]
    assert (health.degraded, health.healthy, health.alive, health.ready) == (True, True, True, True)
    clock.advance(11.0)
    assert states(health) == {"output team": State.STALLED}, "silence counts for more"
    health.beat("output team")
    health.doubt("output team", "")
    assert (states(health), health.degraded) == ({"output team": State.WELL}, False)
