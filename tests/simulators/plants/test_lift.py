"""Runs, landings and faults of a lift over simulated hours."""

from __future__ import annotations

import pytest

from simulators.plants import Lift


def watch(lift: Lift, seconds: float, step: float = 0.5) -> list[tuple[bool, bool, bool, str]]:
    """Moving, door zone, occupied and door at each step."""
    seen = []
    start = lift.now
    for index in range(1, int(seconds / step) + 1):
        lift.advance(start + index * step)
        seen.append((lift.moving, lift.door_zone, lift.occupied, lift.door))
        assert 1 <= lift.car_floor <= lift.floors
        assert abs(lift.speed_m_s) <= lift.rated
    return seen


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_healthy_lift_never_stands_outside_a_door_zone(seed: int) -> None:
    lift = Lift("lift", 0.0, seed)
    seen = watch(lift, 3600)
    assert lift.runs > 40
    assert all(moving != zone for moving, zone, _, _ in seen)
    assert all(door == "closed" for moving, _, _, door in seen if moving)
    assert {door for *_, door in seen} == {"closed", "opening", "open", "closing"}
    assert {occupied for _, _, occupied, _ in seen} == {True, False}


def test_levelling_display_and_vibration_are_right_when_healthy() -> None:
    lift = Lift("lift", 0.0, 1)
    calls = 0.0
    for tenths in range(36_000):
        lift.advance(tenths / 10)
        assert abs(lift.level_error_mm) <= 5
        assert lift.displayed_floor == lift.car_floor
        assert lift.vibration_mm_s <= 1.61
        calls = calls + 0.1 if lift.call_asserted else 0.0
        assert calls < 100


def test_vibration_grows_with_speed() -> None:
    lift = Lift("lift", 0.0, 1)
    lift.fail("vibration", mm_s=9)
    loudest = 0.0
    for tenths in range(6000):
        lift.advance(tenths / 10)
        loudest = max(loudest, lift.vibration_mm_s)
    assert loudest == pytest.approx(9)
    assert lift.ride_vibration_mm_s == 9


@pytest.mark.parametrize("at", [20.0, 47.0, 55.0, 63.0, 80.0, 101.0])
def test_an_entrapment_holds_people_between_floors_until_they_are_freed(at: float) -> None:
    lift = Lift("lift", 0.0, 2)
    lift.advance(at)
    lift.fail("entrapment")
    for moving, zone, occupied, door in watch(lift, 600):
        assert (moving, zone, occupied, door) == (False, False, True, "closed")
    assert lift.alarm_button
    lift.repair("entrapment")
    lift.advance(lift.now + 30)
    assert lift.door_zone or lift.moving
    runs = lift.runs
    watch(lift, 600)
    assert lift.runs > runs


@pytest.mark.parametrize("at", [20.0, 47.0, 55.0, 63.0])
def test_a_drive_fault_stops_the_lift_at_a_landing(at: float) -> None:
    lift = Lift("lift", 0.0, 2)
    lift.advance(at)
    lift.fail("controller_fault", code=5)
    seen = watch(lift, 300)
    assert all(zone and not moving for moving, zone, _, _ in seen)
    assert (lift.fault_code, lift.motor_amps) == (5, 0.0)
    lift.repair("controller_fault")
    runs = lift.runs
    watch(lift, 600)
    assert lift.runs > runs
    assert lift.fault_code == 0


def test_the_other_faults_show_at_once() -> None:
    lift = Lift("lift", 0.0, 1)
    assert (lift.car_light_on, lift.car_lux, lift.call_asserted) == (True, 165, False)
    for fault in ("mislevelled", "call_button_stuck", "wrong_floor_shown", "car_dark"):
        lift.fail(fault)
    assert (lift.level_error_mm, lift.call_asserted, lift.car_light_on, lift.car_lux) == (32, True, False, 4)
    assert lift.displayed_floor != lift.car_floor
