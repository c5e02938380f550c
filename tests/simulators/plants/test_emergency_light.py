"""Battery, charger, lamp and tests of an emergency light against worked figures."""

from __future__ import annotations

import pytest

from simulators.plants import EmergencyLight
from simulators.plants.emergency_light import open_circuit_v


def on_battery_minutes(light: EmergencyLight) -> float:
    """How long the lamp burns after the mains fails now."""
    start = light.now
    light.fail("mains_failure")
    light.advance(start + 5)
    while light.lamp_on:
        light.advance(light.now + 5)
    return (light.now - start) / 60


@pytest.mark.parametrize(("soc", "volts"), [(1.0, 12.78), (0.5, 12.24), (0.15, 11.862), (0.0, 9.6)])
def test_rest_voltage_of_six_cells(soc: float, volts: float) -> None:
    assert open_circuit_v(6, soc) == pytest.approx(volts)


@pytest.mark.parametrize(("health", "minutes"), [(1.0, 165), (0.5, 82.5), (0.1, 16.5)])
def test_run_time_is_what_is_left_of_the_capacity(health: float, minutes: float) -> None:
    """2.2 Ah at 0.8 A is 2.75 h."""
    light = EmergencyLight("l", 0.0, capacity_ah=2.2, load_amps=0.8, health=health)
    assert on_battery_minutes(light) == pytest.approx(minutes, abs=0.2)


def test_voltage_sags_under_load_recovers_at_rest_and_floats_on_mains() -> None:
    light = EmergencyLight("l", 0.0)
    assert light.battery.volts == pytest.approx(13.62)
    light.fail("mains_failure")
    light.advance(5)
    assert light.battery.volts == pytest.approx(12.78 - 0.8 * 0.06, abs=0.01)
    light.advance(3600)
    loaded = light.battery.volts
    light.fail("charger_failed")
    light.repair("mains_failure")
    light.advance(3605)
    assert light.battery.volts - loaded == pytest.approx(0.8 * 0.06, abs=0.005)


def test_it_charges_at_a_tenth_of_its_capacity_and_tapers() -> None:
    light = EmergencyLight("l", 0.0)
    light.fail("mains_failure")
    light.advance(3600)
    light.repair("mains_failure")
    light.advance(3610)
    assert light.charging
    assert light.battery.amps == pytest.approx(0.22)
    light.advance(3600 * 12)
    assert light.battery.soc > 0.98
    assert light.battery.amps < 0.03


def test_a_maintained_lamp_is_always_lit_and_another_only_on_battery() -> None:
    sign, lamp = EmergencyLight("s", 0.0, maintained=True), EmergencyLight("l", 0.0)
    assert (sign.lamp_on, lamp.lamp_on) == (True, False)
    lamp.fail("mains_failure")
    assert lamp.lamp_on
    sign.fail("lamp_failed")
    assert (sign.lamp_on, sign.lamp_amps) == (False, 0.0)


def test_a_duration_test_passes_or_ends_with_the_battery() -> None:
    good, old = EmergencyLight("g", 0.0, rated_min=30), EmergencyLight("o", 0.0, rated_min=30)
    old.fail("battery_aged", health=0.1)
    for light in (good, old):
        assert light.start_test("duration", 1800)
        assert not light.start_test("function", 30)
        light.advance(2000)
    assert (good.self_test.done, old.self_test.done) == ({"duration": True}, {"duration": False})
    assert good.self_test.last_duration_min == pytest.approx(30)
    assert old.self_test.last_duration_min == pytest.approx(16.5, abs=0.2)
    assert good.charging


def test_a_test_ends_without_result_when_the_mains_fails_or_it_is_stopped() -> None:
    light = EmergencyLight("l", 0.0)
    light.start_test("duration", 1800)
    light.advance(60)
    light.fail("mains_failure")
    light.advance(120)
    assert (light.test, light.self_test.done) == (None, {})
    assert not light.start_test("function", 30)
    light.repair("mains_failure")
    light.start_test("function", 30)
    light.stop_test()
    assert (light.test, light.self_test.done) == (None, {})


def test_battery_faults_and_a_new_battery() -> None:
    light = EmergencyLight("l", 0.0, maintained=True)
    light.fail("battery_failed")
    light.advance(60)
    assert light.battery.volts < 11
    assert light.exhausted
    light.repair("battery_failed")
    light.fail("battery_aged")
    assert light.resistance_mohm == 240
    light.repair("battery_aged")
    light.advance(120)
    assert (light.resistance_mohm, light.battery.soc, light.exhausted) == (60, 1.0, False)


def book_of(light: EmergencyLight) -> list[dict[str, object]]:
    """What the light tells of its discharges, from now on."""
    told: list[dict[str, object]] = []
    light.keep(lambda at, what, facts: told.append({"at": at, "what": what, **facts}))
    return told


def test_each_discharge_is_told_once_it_is_over() -> None:
    light = EmergencyLight("l", 0.0, rated_min=20)
    told = book_of(light)
    light.advance(60)
    assert light.act("duration-test")
    light.advance(1300)
    light.fail("mains_failure")
    light.advance(1840)
    light.repair("mains_failure")
    light.advance(4000)
    line = {"asset": "l", "what": "discharge"}
    assert told == [
        {**line, "at": 1260, "kind": "duration", "began": 60, "lasted": 1200, "passed": True},
        {**line, "at": 1840, "kind": "discharge", "began": 1300, "lasted": 540, "passed": None},
    ]


def test_a_mains_failure_in_a_test_is_two_discharges_and_no_result() -> None:
    light = EmergencyLight("l", 0.0)
    told = book_of(light)
    light.act("duration-test")
    light.advance(302)
    light.fail("mains_failure")
    light.advance(400)
    light.repair("mains_failure")
    assert [(each["kind"], each["lasted"], each["passed"]) for each in told] == [
        ("duration", 302, None),
        ("discharge", 98, None),
    ]


def test_a_lamp_that_goes_dark_was_lit_for_as_long_as_its_battery_lasted() -> None:
    """2.2 Ah at 0.8 A is 165 min; a tenth of it is 16.5 min, whether in a test or without mains."""
    old, dark = EmergencyLight("o", 0.0, rated_min=30), EmergencyLight("d", 0.0)
    told, outage = book_of(old), book_of(dark)
    for light in (old, dark):
        light.fail("battery_aged", health=0.1)
    old.act("duration-test")
    dark.fail("mains_failure")
    for light in (old, dark):
        light.advance(3600)
    dark.repair("mains_failure")
    assert [(each["lasted"], each["passed"], each["at"]) for each in told] == [(990, False, 990)]
    assert [(each["lasted"], each["kind"], each["at"]) for each in outage] == [(990, "discharge", 3600)]


def test_what_failed_stands_until_the_same_test_is_passed() -> None:
    light = EmergencyLight("l", 0.0, rated_min=30)
    light.fail("battery_aged", health=0.1)
    light.act("duration-test")
    light.advance(1200)
    light.repair("battery_aged")
    light.act("function-test")
    light.advance(1300)
    light.act("duration-test")
    light.advance(3000)
    assert (light.self_test.failing, light.self_test.done) == ({"duration"}, {"function": True})
    light.advance(3200)
    assert (light.self_test.failing, light.self_test.done) == (set(), {"function": True, "duration": True})
