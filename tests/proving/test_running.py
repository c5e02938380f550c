"""Tests that the gateway starts, by relay and by the luminaire itself, through the pipeline and a real file."""

from __future__ import annotations

import pytest

from gateway.model import BadReading
from gateway.proof_tests.entry import Entry
from tests.proof_story import Lamp, Make, Property


def only(prop: Property) -> Entry:
    (entry,) = prop.book()
    return entry


def test_a_relay_takes_the_supply_away_until_more_than_15_minutes_are_proven(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"))
    assert prop.ask("lamp", "duration") == ""
    prop.go_on(1200.0)
    entry = only(prop)
    assert (entry.outcome, entry.kind, entry.started_by, entry.why) == ("passed", "duration", "li", "commissioning")
    assert 915.0 <= entry.lasted <= 930.0
    assert [(each.name, each.seconds) for each in prop.sent] == [("break_supply", None), ("restore_supply", None)]
    assert not prop.lamps["lamp"].open
    assert prop.pipeline.proofs.proving.procedures == {}


@pytest.mark.parametrize(("lasts", "outcome"), [(899.0, "failed"), (900.0, "failed"), (901.0, "passed")])
def test_14_59_and_15_00_fail_and_15_01_passes(made: Make, lasts: float, outcome: str) -> None:
    prop = made(Lamp("lamp", "relay", lasts=lasts))
    prop.ask("lamp", "duration")
    prop.go_on(5.0, every=0.25)
    prop.go_on(890.0)
    prop.go_on(20.0, every=0.25)
    prop.go_on(200.0)
    assert only(prop).outcome == outcome
    assert not prop.lamps["lamp"].open, "a lamp that is out is given its supply back at once"


def test_the_luminaire_runs_its_own_test_and_its_result_counts_in_steps_of_two_minutes(made: Make) -> None:
    prop = made(Lamp("good", "device"), Lamp("short", "device", rated=950.0))
    assert prop.ask("good", "duration") == ""
    prop.go_on(2400.0)
    entry = only(prop)
    assert (entry.outcome, entry.started_by, entry.resolution) == ("passed", "li", 5.0)
    prop.ask("short", "duration")
    prop.go_on(1300.0)
    _, entry = prop.book()
    assert (entry.outcome, entry.finding) == ("inconclusive", "device-error"), "14 min cannot show more than 15"
    assert [each.name for each in prop.sent] == ["start_duration_test"] * 2, "both ended by themselves"


def test_a_function_test_takes_half_a_minute_and_finds_a_lamp_that_does_not_light(made: Make) -> None:
    prop = made(Lamp("good", "relay"), Lamp("dark", "relay", lasts=0.0))
    prop.ask("good", "function")
    prop.go_on(400.0)
    prop.ask("dark", "function")
    prop.go_on(400.0)
    good, dark = prop.book()
    assert (good.asset, good.outcome) == ("good", "passed")
    assert 30.0 <= good.lasted <= 45.0
    assert (dark.asset, dark.outcome, dark.finding) == ("dark", "failed", "lamp-out")
    ticket = prop.ticket("dark", "function-test")
    assert ticket is not None
    assert ticket.is_open


def test_a_rated_test_proves_the_15_minutes_too(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"))
    prop.ask("lamp", "rated")
    prop.go_on(2300.0)
    assert (only(prop).kind, only(prop).outcome) == ("rated", "passed")
    outcome = {
        name: prop.pipeline.panel.checks["lamp", f"emergency-light.{name}"].outcome
        for name in ("rated-test", "duration-test")
    }
    assert outcome == {"rated-test": "met", "duration-test": "met"}


@pytest.mark.parametrize("way", ["relay", "device"])
@pytest.mark.parametrize("kind", ["function", "duration"])
def test_a_start_whose_answer_is_lost_is_sent_once_and_read_back(made: Make, way: str, kind: str) -> None:
    lamp = Lamp("lamp", way, lost=("break_supply", "start_function_test", "start_duration_test"))
    prop = made(lamp)
    prop.ask("lamp", kind)
    prop.go_on(2500.0)
    assert only(prop).outcome == "passed"
    assert len(prop.starts()) == 1


@pytest.mark.parametrize("way", ["relay", "device"])
@pytest.mark.parametrize("trouble", ["refuses", "deaf"])
def test_a_start_that_does_nothing_is_not_sent_again(made: Make, way: str, trouble: str) -> None:
    start = "break_supply" if way == "relay" else "start_duration_test"
    prop = made(
        Lamp("lamp", way, refuses=(start,) if trouble == "refuses" else (), deaf=(start,) if trouble == "deaf" else ())
    )
    prop.ask("lamp", "duration")
    prop.go_on(400.0)
    entry = only(prop)
    expected = {"refuses": ("refused", "device-refused"), "deaf": ("inconclusive", "not-started")}[trouble]
    assert (entry.outcome, entry.finding) == expected
    assert len(prop.starts()) == 1
    assert prop.sent[-1].stops, "what might have begun is ended all the same"
    assert prop.pipeline.proofs.proving.procedures == {}


@pytest.mark.parametrize(("way", "stop"), [("relay", "restore_supply"), ("device", "stop_test")])
def test_a_stop_that_does_not_get_through_is_an_alarm_and_is_sent_for_ever(made: Make, way: str, stop: str) -> None:
    lamp = Lamp("lamp", way, lasts=7200.0, refuses=(stop,), rated=6000.0)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(300.0)
    prop.stop("lamp")
    begun = prop.now
    while prop.ticket("lamp", "test-ends") is None:
        prop.go_on(1.0, every=1.0)
    assert prop.now - begun <= 10.0
    prop.go_on(300.0)
    assert len([each for each in prop.sent if each.stops]) >= 30
    assert prop.book() == [], "it is not over"
    lamp.refuses = ()
    prop.go_on(300.0)
    entry = only(prop)
    assert (entry.outcome, entry.finding) == ("aborted", "operator")
    ticket = prop.ticket("lamp", "test-ends")
    assert ticket is not None
    assert not ticket.is_open


def test_a_stop_that_is_taken_and_not_obeyed_is_an_alarm_too(made: Make) -> None:
    prop = made(Lamp("lamp", "relay", lasts=7200.0, deaf=("restore_supply",)))
    prop.ask("lamp", "duration")
    prop.go_on(1000.0)
    assert prop.ticket("lamp", "test-ends") is not None
    assert prop.book() == []


@pytest.mark.parametrize("way", ["relay", "device"])
@pytest.mark.parametrize("after", [0.0, 5.0, 60.0, 400.0, 880.0])
def test_mains_that_fail_in_a_test_end_it_within_two_polls_and_nothing_is_passed(
    made: Make, way: str, after: float
) -> None:
    lamp = Lamp("lamp", way)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(5.0)
    prop.go_on(after)
    lamp.mains(False, prop.now)
    prop.go_on(10.0)
    assert not lamp.open
    assert lamp.test == ""
    prop.go_on(600.0)
    lamp.mains(True, prop.now)
    prop.go_on(600.0)
    outcomes = {(each.kind, each.outcome) for each in prop.book()}
    assert ("duration", "passed") not in outcomes
    assert ("duration", "aborted") in outcomes


def test_mains_that_fail_before_the_start_goes_out_hold_it_back(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)

    def meanwhile() -> None:
        lamp.mains(False, prop.now)
        prop.tick(commit=False)

    prop.before_sending = meanwhile
    prop.ask("lamp", "duration")
    prop.go_on(60.0)
    assert prop.starts() == [], "it was committed, and withdrawn at the wire"
    assert {each.outcome for each in prop.book() if each.kind == "duration"} <= {"aborted", "refused"}


def test_without_mains_or_charge_nothing_begins_and_every_reason_is_told(made: Make) -> None:
    lamp = Lamp("lamp", "relay", feed=False, full=False)
    prop = made(lamp)
    assert prop.ask("lamp", "duration") == "its mains are away; its battery is not charged"
    assert (only(prop).outcome, only(prop).finding, only(prop).started_by) == ("refused", "mains-away", "li")
    assert prop.sent == []
    assert prop.ask("lamp", "dance") == "no dance test can be followed on lamp"
    assert prop.ask("lantern", "duration") == "there is no asset 'lantern'"


@pytest.mark.parametrize("way", ["relay", "device"])
def test_a_device_that_falls_silent_or_freezes_proves_nothing(made: Make, way: str) -> None:
    for trouble in ("silent", "frozen"):
        lamp = Lamp(f"lamp-{trouble}", way)
        prop = made(lamp)
        prop.ask(lamp.name, "duration")
        prop.go_on(400.0)
        setattr(lamp, trouble, True)
        prop.go_on(900.0)
        if trouble == "silent":
            lamp.silent = False
        prop.go_on(16_000.0, every=20.0)
        lamp.frozen = False
        prop.go_on(300.0)
        assert {each.outcome for each in prop.book() if each.kind == "duration"} == {"inconclusive"}, trouble
        assert not lamp.open
        assert len(prop.starts()) == 1
        prop.close()
        for file in prop._folder.glob("gateway.db*"):
            file.unlink()


def test_a_lamp_of_which_nothing_is_told_any_more_is_given_its_supply_back(made: Make) -> None:
    lamp = Lamp("lamp", "relay", apart=("lamp_on",))
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(100.0)
    lamp.apart_silent = True
    prop.go_on(75.0)
    assert not lamp.open, "it can prove nothing any more"
    prop.go_on(300.0)
    assert (only(prop).outcome, only(prop).finding) == ("inconclusive", "gap")


def test_a_device_that_restarts_in_its_test_proves_nothing(made: Make) -> None:
    lamp = Lamp("lamp", "device")
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(500.0)
    lamp.test = ""
    prop.go_on(400.0)
    assert (only(prop).outcome, only(prop).finding) == ("aborted", "stopped")


def test_a_fire_alarm_ends_a_test(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    rules = "proof_tests: {window: low-risk, at_once: 2, fire_alarm: panel.fire}"
    prop = made(lamp, rules=rules)
    assert prop.ask("lamp", "duration") == ""
    prop.go_on(200.0)
    prop.fire = True
    prop.go_on(10.0)
    assert not lamp.open
    prop.go_on(300.0)
    assert (only(prop).outcome, only(prop).finding) == ("aborted", "fire-alarm")


def test_an_unknown_fire_alarm_forbids_a_test_and_ends_one(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp, rules="proof_tests: {window: low-risk, at_once: 2, fire_alarm: panel.fire}")
    prop.fire = BadReading("no-answer")
    prop.tick()
    assert prop.ask("lamp", "duration") == "whether there is a fire alarm is not known"
    prop.fire = False
    prop.tick()
    assert prop.ask("lamp", "duration") == ""
    prop.go_on(200.0)
    prop.fire = BadReading("no-answer")
    prop.go_on(10.0)
    assert [name for _, name in lamp.asserted] == ["break_supply", "restore_supply"]
    prop.go_on(300.0)
    assert [(each.outcome, each.finding) for each in prop.book()] == [
        ("refused", "fire-alarm-unknown"), ("aborted", "fire-alarm-unknown"),
    ]  # fmt: skip


def test_neighbours_never_discharge_or_recharge_together(made: Make) -> None:
    first, second = Lamp("first", "relay"), Lamp("second", "relay")
    prop = made(first, second, first=", next_to: [second]")
    assert prop.ask("first", "duration") == ""
    prop.go_on(10.0)
    assert "one next to it discharges or recharges" in prop.ask("second", "duration")
    prop.go_on(1300.0)
    assert "one next to it discharges or recharges" in prop.ask("second", "duration")
    first.full = True
    prop.go_on(86_400.0, every=30.0)
    assert prop.ask("second", "duration") == ""
    prop.go_on(1300.0)
    assert [each.outcome for each in prop.book() if each.outcome != "refused"] == ["passed", "passed"]


def test_a_neighbour_of_which_nothing_is_known_forbids_a_test_and_ends_none(made: Make) -> None:
    first, second = Lamp("first", "relay"), Lamp("second", "relay", silent=True)
    prop = made(first, second, first=", next_to: [second]")
    assert prop.ask("first", "function") == "whether one next to it discharges is not known"
    assert prop.sent == []
    second.silent = False
    prop.go_on(10.0)
    assert prop.ask("first", "function") == ""
    prop.go_on(10.0)
    second.silent = True
    prop.go_on(300.0)
    assert prop.book()[-1].outcome == "passed"


def test_a_lamp_of_which_nothing_is_commanded_is_tested_by_hand(made: Make) -> None:
    lamp = Lamp("lamp", "hand")
    prop = made(lamp)
    assert prop.ask("lamp", "duration") == ""
    prop.go_on(300.0)
    lamp.mains(False, prop.now)
    prop.go_on(930.0)
    lamp.mains(True, prop.now)
    prop.go_on(300.0)
    assert prop.sent == []
    assert (only(prop).kind, only(prop).outcome, only(prop).started_by) == ("duration", "passed", "li")
    prop.go_on(5 * 3600.0, every=25.0)
    assert prop.ask("lamp", "function") == ""
    prop.go_on(1200.0)
    assert (prop.book()[1].outcome, prop.book()[1].finding) == ("inconclusive", "not-started"), "nobody came"


def test_a_battery_whose_voltage_falls_too_low_before_the_limit_has_failed_though_it_is_lit(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"), lamp=", facts: {battery_rated_voltage: 15.4}")
    prop.ask("lamp", "duration")
    prop.go_on(700.0)
    entry = only(prop)
    assert entry.floor == pytest.approx(13.09), "85 % of what is rated"
    assert (entry.outcome, entry.finding) == ("failed", "low-voltage")
    assert entry.lowest_voltage is not None
    assert entry.lowest_voltage < 13.09
    assert not prop.lamps["lamp"].open, "nothing more is to be proven"
