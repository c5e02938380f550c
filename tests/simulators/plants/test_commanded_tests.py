"""Tests that somebody commands: of a luminaire's own electronics, by a relay in its feed, and of a perimeter zone."""

from __future__ import annotations

import pytest

from simulators.plants import EmergencyLight, PerimeterZone, Plant
from simulators.plants.self_test import TIMEOUT_S

Line = tuple[float, str, dict[str, object]]


def book_of(plant: Plant) -> list[Line]:
    """What the plant tells its ledger from now on: time, what, and the facts that differ from one to the other."""
    told: list[Line] = []

    def note(at: float, what: str, facts: object) -> None:
        assert isinstance(facts, dict)
        told.append((at, what, {name: value for name, value in facts.items() if name != "asset"}))

    plant.keep(note)
    return told


def a_light(**options: float) -> EmergencyLight:
    """2.2 Ah at 0.8 A: 165 min."""
    return EmergencyLight("l", 0.0, rated_min=30, **options)  # type: ignore[arg-type]  # whole numbers where it wants them


def test_a_commanded_function_test_runs_35_seconds_and_is_valid() -> None:
    light = a_light()
    told = book_of(light)
    light.advance(60)
    assert light.ask_test("function")
    assert (light.test, light.lamp_on) == ("function", True)
    light.advance(90)
    assert light.self_test.done == {}
    light.advance(120)
    assert (light.test, light.self_test.done) == (None, {"function": True})
    assert [(at, what) for at, what, _ in told] == [(60, "asserted"), (95, "released"), (95, "discharge")]
    assert told[1][2] == {"output": "self-test", "began": 60, "lasted": 35, "by": "itself"}
    assert told[2][2] == {"kind": "function", "began": 60, "lasted": 35, "passed": True}


def test_a_duration_test_waits_for_a_full_battery() -> None:
    light = a_light()
    light.battery.soc = 0.9
    assert light.ask_test("duration")
    assert not light.ask_test("duration"), "it is pending already"
    assert (light.test, set(light.self_test.pending)) == (None, {"duration"})
    light.advance(TIMEOUT_S - 5)
    assert light.self_test.overdue == set()
    light.advance(TIMEOUT_S + 5)
    assert (light.self_test.overdue, set(light.self_test.pending)) == ({"duration"}, {"duration"})
    while light.battery.soc <= 0.99:
        light.advance(light.now + 5)
    light.advance(light.now + 10)
    assert (light.test, light.self_test.overdue, light.self_test.pending) == ("duration", set(), {})


def test_a_second_test_waits_for_the_first_and_mains_are_waited_for() -> None:
    light = a_light()
    light.fail("mains_failure")
    light.ask_test("function")
    light.advance(30)
    assert light.test is None
    light.repair("mains_failure")
    light.advance(40)
    assert str(light.test) == "function"
    light.ask_test("duration")
    assert set(light.self_test.pending) == {"duration"}
    light.advance(80)
    assert light.self_test.done == {"function": True}
    light.stop_test()
    light.advance(90_000)
    assert light.test is None, "what is pending is given up by a stop as well"
    assert not light.stop_test(), "there is nothing left to stop"


def test_the_done_flag_goes_when_a_test_begins_and_a_stopped_one_sets_none() -> None:
    light = a_light()
    light.ask_test("function")
    light.advance(60)
    assert light.self_test.done == {"function": True}
    light.ask_test("function")
    assert light.self_test.done == {}
    assert light.stop_test()
    light.advance(120)
    assert (light.self_test.done, light.test) == ({}, None)


def test_after_a_restart_of_its_electronics_there_is_no_test_and_no_flag() -> None:
    light = a_light()
    told = book_of(light)
    light.ask_test("function")
    light.advance(60)
    light.ask_test("duration")
    light.advance(90)
    light.restart()
    assert (light.test, light.self_test.done, light.on_battery) == (None, {}, False)
    assert told[-2:] == [
        (90, "released", {"output": "self-test", "began": 60, "lasted": 30, "by": "restart"}),
        (90, "discharge", {"kind": "duration", "began": 60, "lasted": 30, "passed": None}),
    ]


def test_a_relay_takes_the_supply_away_and_gives_it_back() -> None:
    light = a_light()
    told = book_of(light)
    light.advance(100)
    assert light.switch_relay(energised=True)
    assert (light.mains_present, light.feed.mains, light.lamp_on) == (False, True, True)
    light.advance(1060)
    assert light.switch_relay(energised=False)
    light.advance(1200)
    assert (light.mains_present, light.lamp_on, light.charging) == (True, False, True)
    assert told == [
        (100, "asserted", {"output": "relay"}),
        (1060, "released", {"output": "relay", "began": 100, "lasted": 960, "by": "command"}),
        (1060, "discharge", {"kind": "relay", "began": 100, "lasted": 960, "passed": None}),
    ]


def test_mains_that_fail_behind_an_open_relay_are_a_discharge_of_their_own() -> None:
    light = a_light()
    told = book_of(light)
    light.switch_relay(energised=True)
    light.advance(300)
    light.fail("mains_failure")
    light.switch_relay(energised=False)
    assert not light.mains_present
    light.advance(500)
    light.repair("mains_failure")
    assert [(facts["kind"], facts["lasted"]) for _, what, facts in told if what == "discharge"] == [
        ("relay", 300),
        ("discharge", 200),
    ]


def test_a_relay_that_is_stuck_closed_never_breaks_the_feed() -> None:
    light = a_light()
    light.fail("relay_stuck_closed")
    assert not light.switch_relay(energised=True)
    light.advance(1000)
    assert (light.feed.coil, light.mains_present, light.battery.soc) == (True, True, 1.0)
    light.repair("relay_stuck_closed")
    assert not light.mains_present, "freed, the contact goes where its coil wants it"


def test_a_relay_that_is_welded_open_does_not_come_back() -> None:
    light = a_light()
    light.fail("relay_welded_open")
    told = book_of(light)
    assert light.switch_relay(energised=True)
    light.advance(1000)
    assert not light.switch_relay(energised=False)
    light.advance(20_000)
    assert (light.feed.coil, light.mains_present, light.lamp_on) == (False, False, False)
    light.repair("relay_welded_open")
    assert light.mains_present
    assert [(facts["kind"], facts["began"]) for _, what, facts in told if what == "discharge"] == [
        ("relay", 0.0),
        ("stuck", 1000.0),
    ]


def test_a_broken_feed_ends_a_test_of_its_own_without_a_result() -> None:
    light = a_light()
    light.ask_test("duration")
    light.advance(60)
    light.switch_relay(energised=True)
    assert (light.test, light.self_test.done, light.lamp_on) == (None, {}, True)


@pytest.mark.parametrize("idle_step", [5.0, 60.0, 900.0])
def test_rare_looks_at_an_idle_battery_change_no_test(idle_step: float) -> None:
    """A test is followed in steps of 5 s, however seldom the battery is reckoned otherwise."""
    light = a_light(idle_step=idle_step)
    told = book_of(light)
    light.advance(50_000)
    light.ask_test("duration")
    light.advance(50_000 + 1801)
    assert told[-1][2] == {"kind": "duration", "began": 50_000, "lasted": 1800, "passed": True}
    light.advance(50_000 + 1801 + 7200)
    # 0.4 of 2.2 Ah were taken; it charges fast up to 85 % and tapers from there.
    assert light.battery.soc == pytest.approx(0.932, abs=0.005)
    light.advance(50_000 + 24 * 3600)
    assert light.battery.soc == 1.0


def test_a_zone_answers_its_test_input_after_one_to_three_seconds() -> None:
    zone = PerimeterZone("z", 0.0)
    told = book_of(zone)
    zone.advance(10)
    assert zone.stimulate(driven=True)
    alarms = []
    for now in (10.9, 13.1, 30):
        zone.advance(now)
        alarms.append(zone.alarm)
        zone.stimulate(driven=now < 13)
    assert alarms == [False, True, False]
    assert [what for _, what, _ in told] == ["asserted", "activation", "released"]
    assert 11 <= told[1][0] <= 13


def test_a_dead_detector_answers_nothing_and_nobody() -> None:
    zone = PerimeterZone("z", 0.0, cross_every=600)
    zone.fail("dead_detector")
    assert not zone.stimulate(driven=True)
    told = book_of(zone)
    zone.advance(50_000)
    assert told == []
    zone.repair("dead_detector")
    zone.advance(100_000)
    assert len([what for _, what, _ in told if what == "activation"]) > 30
