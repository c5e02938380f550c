"""Plants whose one battery feeds several circuits: every circuit has to last, and none discharges beside another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import pytest

from gateway.model import Reading
from gateway.proof_tests.entry import Entry
from tests.proof_story import RELAY, Lamp, Make, Property

DAY = 86_400.0
WATTS = {1: 120.0, 2: 80.0, 3: 40.0}
MEASURED = "circuits: 3, whole_load: 240 W, smallest_load: 40 W"
BY_LOAD = ("load_power",)
BY_STATES = ("circuit_1", "circuit_2", "circuit_3")


@dataclass
class Plant(Lamp):
    """Three circuits of 120, 80 and 40 W."""

    kind: str = "central-battery"
    facts: str = MEASURED
    seen_by: tuple[str, ...] = BY_LOAD
    out_after: Mapping[int, float] = field(default_factory=dict)
    """Circuit → seconds on its battery after which it drops out."""

    @property
    def points(self) -> tuple[str, ...]:
        """Nothing tells whether all of it is lit: that follows."""
        return (*(point for point in RELAY if point != "lamp_on"), *self.seen_by)

    def carried(self, circuit: int, now: float) -> bool:
        """Whether that circuit is lit."""
        on = now - self.began if self.on_battery else 0.0
        return self.lit(now) and on < self.out_after.get(circuit, 1e9)

    def readings(self, now: float) -> Mapping[str, Reading]:
        """What its device, or its meter, tells."""
        carried = {circuit: self.carried(circuit, now) for circuit in WATTS}
        load = sum(WATTS[circuit] for circuit, lit in carried.items() if lit)
        states = {f"circuit_{circuit}": lit for circuit, lit in carried.items()}
        return {**super().readings(now), **states, "load_power": load}


def proven(prop: Property, seconds: float = 1300.0) -> Entry:
    """What becomes of a duration test of the plant, which is read every 5 s."""
    assert prop.ask("plant", "duration") == ""
    prop.go_on(seconds)
    (entry,) = prop.book()
    assert not prop.lamps["plant"].open, "its supply is given back"
    return entry


@pytest.mark.parametrize("seen_by", [BY_LOAD, BY_STATES], ids=["load", "states"])
@pytest.mark.parametrize(("lasts", "outcome"), [(899.0, "failed"), (900.0, "failed"), (901.0, "passed")])
def test_14_59_and_15_00_fail_and_15_01_passes(
    made: Make, seen_by: tuple[str, ...], lasts: float, outcome: str
) -> None:
    prop = made(Plant("plant", "relay", lasts=lasts, seen_by=seen_by))
    prop.ask("plant", "duration")
    prop.go_on(5.0, every=0.25)
    prop.go_on(890.0)
    prop.go_on(20.0, every=0.25)
    prop.go_on(200.0)
    (entry,) = prop.book()
    assert (entry.outcome, entry.clause, entry.limit) == (outcome, "central-battery.duration-test", 900.0)
    assert not prop.lamps["plant"].open


@pytest.mark.parametrize("seen_by", [BY_LOAD, BY_STATES], ids=["load", "states"])
@pytest.mark.parametrize("circuit", WATTS)
def test_a_circuit_that_drops_out_at_minute_8_fails_the_plant_at_once(
    made: Make, seen_by: tuple[str, ...], circuit: int
) -> None:
    plant = Plant("plant", "relay", out_after={circuit: 480.0}, seen_by=seen_by)
    prop = made(plant)
    entry = proven(prop)
    assert (entry.outcome, entry.finding) == ("failed", "lamp-out")
    assert 470.0 <= entry.lasted <= 480.0
    released_at, name = plant.asserted[-1]
    assert name == "restore_supply"
    assert released_at - plant.began == pytest.approx(485.0, abs=10.0)
    ticket = prop.ticket("plant", "duration-test")
    assert ticket is not None
    assert ticket.is_open


def test_circuits_that_drop_out_one_after_the_other_never_count_as_light(made: Make) -> None:
    plant = Plant("plant", "relay", out_after={3: 180.0, 2: 360.0, 1: 3000.0}, seen_by=BY_LOAD + BY_STATES)
    entry = proven(made(plant))
    assert (entry.outcome, entry.finding) == ("failed", "lamp-out")
    assert 170.0 <= entry.lasted <= 180.0


def test_a_plant_that_goes_on_unseen_is_neither_passed_nor_failed(made: Make) -> None:
    plant = Plant("plant", "relay", apart=BY_LOAD)
    prop = made(plant)
    prop.ask("plant", "duration")
    prop.go_on(300.0)
    plant.apart_silent = True
    prop.go_on(1200.0)
    (entry,) = prop.book()
    assert (entry.outcome, entry.finding) == ("inconclusive", "gap")
    assert not plant.open


def test_a_plant_that_carries_more_than_was_measured_proves_nothing_by_its_load(made: Make) -> None:
    entry = proven(made(Plant("plant", "relay", facts="circuits: 3, whole_load: 200 W, smallest_load: 40 W")))
    assert entry.outcome == "inconclusive"


def test_a_battery_that_sinks_below_85_percent_of_its_rated_voltage_fails_though_all_is_lit(made: Make) -> None:
    # 13.2 V that fall by 1 V in an hour are below 85 % of 15.5 V, 13.175 V, after a minute and a half.
    prop = made(Plant("plant", "relay", facts=MEASURED + ", battery_rated_voltage: 15.5 V"))
    entry = proven(prop, 1400.0)
    assert (entry.outcome, entry.finding) == ("failed", "low-voltage")
    assert entry.floor == pytest.approx(13.175)


def test_a_real_mains_failure_is_recorded_and_a_dark_circuit_in_it_is_a_ticket(made: Make) -> None:
    plant = Plant("plant", "relay", out_after={2: 120.0})
    prop = made(plant)
    plant.mains(False, prop.now)
    prop.go_on(100.0)
    assert prop.ticket("plant", "lit-on-battery") is None
    prop.go_on(70.0)
    ticket = prop.ticket("plant", "lit-on-battery")
    assert ticket is not None
    assert ticket.is_open
    plant.mains(True, prop.now)
    prop.go_on(200.0)
    (entry,) = prop.book()
    assert (entry.kind, entry.outcome, entry.finding) == ("discharge", "recorded", "lamp-out")
    assert prop.ticket("plant", "duration-test") is None


def test_a_plant_and_what_is_next_to_it_never_discharge_or_recharge_together(made: Make) -> None:
    plant, exit_sign = Plant("plant", "relay"), Lamp("sign", "device")
    prop = made(plant, exit_sign, plant=", next_to: [sign]")
    assert prop.ask("plant", "duration") == ""
    prop.go_on(10.0)
    assert "one next to it discharges or recharges" in prop.ask("sign", "function")
    prop.go_on(1300.0)
    assert "one next to it discharges or recharges" in prop.ask("sign", "function"), "it recharges"
    plant.full = True
    prop.go_on(DAY, every=30.0)
    assert prop.ask("sign", "function") == ""
    prop.go_on(15.0)
    assert "one next to it discharges or recharges" in prop.ask("plant", "duration")
    assert [each.name for each in prop.starts()] == ["break_supply", "start_function_test"]


def test_the_planned_tests_of_two_plants_and_a_luminaire_of_one_group_are_a_day_apart(made: Make) -> None:
    rules = "proof_tests: {window: low-risk, at_once: 3, duration: {calendar: 0 2 1 * *}}"
    group = ", group: basement"
    lamps = [Plant("east", "relay"), Plant("west", "relay", seen_by=BY_STATES), Lamp("sign", "relay")]
    prop = made(*lamps, rules=rules, east=group, west=group, sign=group)
    prop.live(75.0)
    book = [each for each in prop.book() if each.outcome == "passed"]
    assert {each.asset for each in book} == {"east", "west", "sign"}
    assert len(book) >= 6
    for one, other in combinations(sorted(book, key=lambda each: each.started_at), 2):
        assert one.asset == other.asset or other.started_at >= one.ended_at + DAY, (one, other)
    assert not any(lamp.open for lamp in lamps)
