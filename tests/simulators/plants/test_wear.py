"""Wear, seasons and quiet nights of the plants: what a month needs beside sudden faults."""

from statistics import median

import pytest

from simulators.plants.access_door import AccessDoor
from simulators.plants.barrier_gate import BarrierGate
from simulators.plants.emergency_light import EmergencyLight
from simulators.plants.extinguisher import Extinguisher, pressure_at
from simulators.plants.lift import Lift
from simulators.plants.plant import DAY, Plant

MIDNIGHT = 1_767_196_800.0  # 2026-01-01 00:00 in UTC+8


def closings(door: AccessDoor, until: float) -> list[float]:
    """From opened to closed, s."""
    times: list[float] = []
    opened: list[float] = []

    def look() -> None:
        if not door.contact_closed and not opened:
            opened.append(door.now)
        elif door.contact_closed and opened:
            times.append(door.now - opened.pop())

    door.watch(look)
    door.advance(until)
    return times


def test_a_closer_that_wears_takes_a_second_longer_each_day() -> None:
    door = AccessDoor("door", MIDNIGHT, pass_every=600)
    assert median(closings(door, MIDNIGHT + DAY)) == pytest.approx(10.3, abs=0.5)
    door.fail("wearing_closer")
    door.advance(MIDNIGHT + 20 * DAY)
    assert median(closings(door, MIDNIGHT + 21 * DAY)) == pytest.approx(10.3 + 19.5, abs=1.5)
    door.repair("wearing_closer")
    assert door.worn("wearing_closer") == 0.0


def test_fewer_people_pass_at_night() -> None:
    door = AccessDoor("door", MIDNIGHT, pass_every=600)
    door.night = 6.0
    night = len(closings(door, MIDNIGHT + 6 * 3600))
    day = len(closings(door, MIDNIGHT + 12 * 3600))
    assert 3 <= night <= 9
    assert 26 <= day <= 42


def test_a_jammed_door_is_tried_four_times_and_opens_once_it_is_mended() -> None:
    door = AccessDoor("door", MIDNIGHT, pass_every=600)
    door.fail("jammed")
    door.advance(MIDNIGHT + 300)
    assert (door.fruitless, door.openings, door.unlocked) == (4, 0, False)
    door.repair("jammed")
    door.advance(MIDNIGHT + 1800)
    assert door.fruitless == 0
    assert door.openings > 0


def test_a_stuck_lock_stays_released_behind_a_closed_door() -> None:
    door = AccessDoor("door", MIDNIGHT, pass_every=600)
    door.fail("lock_stuck")
    door.advance(MIDNIGHT + 60)
    assert door.unlocked
    assert door.contact_closed


def test_a_motor_without_its_limit_switch_runs_on_when_the_boom_is_up() -> None:
    gate = BarrierGate("gate", MIDNIGHT, vehicle_every=1e9)
    gate.fail("limit_switch")
    gate.raise_boom()
    gate.advance(MIDNIGHT + 4)
    assert gate.state == "open"
    assert gate.motor_watts > 150
    gate.advance(MIDNIGHT + 12)
    assert gate.motor_watts < 10


def test_a_boom_that_is_stuck_half_way_shows_no_error() -> None:
    gate = BarrierGate("gate", MIDNIGHT, vehicle_every=1e9)
    gate.raise_boom()
    gate.advance(MIDNIGHT + 1.7)
    gate.fail("stuck_halfway")
    gate.advance(MIDNIGHT + 60)
    assert (gate.state, gate.error_code) == ("stopped", 0)
    assert 30 < gate.boom_deg < 60
    gate.repair("stuck_halfway")
    gate.advance(MIDNIGHT + 70)
    assert gate.state == "closed"


def test_an_outage_is_reckoned_to_the_second_whatever_the_step() -> None:
    """Twenty minutes of 0.8 A out of 2.2 Ah leave 88 %, with a step of 5 s as with one of 2 h."""
    charges = []
    for step in (5.0, 7200.0):
        light = EmergencyLight("light", MIDNIGHT, step=step)
        light.advance(MIDNIGHT + 600)
        light.fail("mains_failure")
        light.advance(MIDNIGHT + 1800)
        light.repair("mains_failure")
        charges.append(light.battery.soc)
    assert charges == pytest.approx([0.879, 0.879], abs=0.002)


def test_a_weak_charger_leaves_a_battery_low_for_more_than_a_day() -> None:
    light = EmergencyLight("light", MIDNIGHT, step=600.0)
    low = [light.battery_low]
    light.fail("weak_charger")
    light.advance(MIDNIGHT + 2 * DAY)
    low.append(light.battery_low)
    light.repair("weak_charger")
    low.append(light.battery_low)
    assert low == [False, True, False]


def test_the_gas_follows_its_place_an_hour_later_and_the_season_with_it() -> None:
    """A swing of 6 K with a lag of 1 h: up to 1.5 K between the place and the gas, 24 K between January and July."""
    bottle = Extinguisher("ext", MIDNIGHT, swing=6.0)
    bottle.lag_h, bottle.season = 1.0, 12.0
    apart = []
    for hour in range(24):
        bottle.advance(MIDNIGHT + 14 * DAY + hour * 3600)
        apart.append(bottle.ambient_celsius - bottle.celsius)
    assert max(apart) == pytest.approx(1.52, abs=0.03)
    winter = bottle.celsius
    bottle.advance(bottle.now + 183 * DAY)
    assert bottle.celsius - winter == pytest.approx(24.0, abs=1.0)
    assert bottle.pressure_mpa == pytest.approx(pressure_at(bottle.p20_mpa, bottle.celsius))


def test_a_lift_wears_in_vibration_level_and_light() -> None:
    lift = Lift("lift", MIDNIGHT, call_every=600)
    for fault in ("wearing_guides", "drifting_level", "dimming"):
        lift.fail(fault)
    lift.advance(MIDNIGHT + 10 * DAY)
    assert lift.ride_vibration_mm_s == pytest.approx(1.6 + 1.5)
    assert 5 <= lift.level_error_mm <= 15
    assert lift.car_lux == pytest.approx(125.0)


def test_a_plant_that_is_not_worn_is_as_it_always_was() -> None:
    assert Plant("thing", MIDNIGHT).worn("wearing") == 0.0
    assert Plant("thing", MIDNIGHT).rarely() == 1.0
