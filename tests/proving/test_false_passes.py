"""One thing goes wrong in the test of a weak battery, and it is not passed: clocks, values that freeze, edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gateway.model import Reading
from tests.proof_story import Lamp, Property

Make = Callable[..., Property]


class NoResult(Lamp):
    """A luminaire that says that it tests itself, and nothing of what came of it."""

    @property
    def points(self) -> tuple[str, ...]:
        return ("mains_present", "lamp_on", "battery_full", "mode", "battery_level")


class Words(Lamp):
    """A luminaire of which nothing is measured."""

    @property
    def points(self) -> tuple[str, ...]:
        return ("mains_present", "lamp_on", "battery_full", "supply_broken", "feed_present")


class Coarse(Lamp):
    """A luminaire whose voltage is told in steps of 0.05 V, of 3 min each."""

    def readings(self, now: float) -> Mapping[str, Reading]:
        told = dict(super().readings(now))
        told["battery_voltage"] = round((now - self.began) // 180 * -0.05, 2) + 13.2 if self.on_battery else 13.2
        return told


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Make]:
    properties: list[Property] = []

    def make(*lamps: Lamp) -> Property:
        properties.append(Property(tmp_path, list(lamps)))
        properties[-1].go_on(30.0)
        return properties[-1]

    yield make
    for each in properties:
        each.close()


def told(prop: Property) -> list[tuple[str, str, str, float]]:
    return sorted((each.asset, each.outcome, each.finding, each.lasted) for each in prop.book())


def test_a_clock_that_is_set_forward_in_a_test_that_a_person_or_the_device_begins_passes_nothing(made: Make) -> None:
    """Both lamps last for 14:35, just until they get their mains back; their clocks were 50 s behind until then."""
    hand = Lamp("hand", "hand", lasts=875.0, clock=-50.0, stale_after="300s")
    device = NoResult("device", "device", lasts=875.0, clock=-50.0, stale_after="300s")
    prop = made(hand, device)
    prop.ask("hand", "duration")
    prop.go_on(200.0)
    hand.mains(False, prop.now)
    device.obey("start_duration_test", prop.now)
    prop.go_on(600.0)
    hand.clock = device.clock = 0.0
    prop.go_on(270.0)
    hand.mains(True, prop.now)
    prop.go_on(400.0)
    assert told(prop) == [
        ("device", "inconclusive", "device-error", 865.0), ("hand", "inconclusive", "device-error", 865.0),
    ]  # fmt: skip


def test_a_clock_that_is_set_back_in_a_test_fails_no_good_battery(made: Make) -> None:
    lamp = NoResult("lamp", "device", rated=930.0, stale_after="300s")
    prop = made(lamp)
    lamp.obey("start_duration_test", prop.now)
    prop.go_on(600.0)
    lamp.clock = -50.0
    prop.go_on(500.0)
    assert [each[:3] for each in told(prop)] == [("lamp", "inconclusive", "device-error")]


@pytest.mark.parametrize("way", ["relay", "hand"])
def test_a_function_test_whose_supply_comes_back_after_seconds_passes_nothing(made: Make, way: str) -> None:
    """Its battery carries the lamp for 8 s; nobody saw the 30 s of a function test."""
    lamp = Lamp("lamp", way, lasts=8.0)
    prop = made(lamp)
    prop.ask("lamp", "function")
    prop.go_on(5.0, every=1.0)
    lamp.mains(way == "relay", prop.now)
    prop.go_on(3.0, every=1.0)
    lamp.mains(True, prop.now)
    if way == "relay":
        lamp.obey("restore_supply", prop.now)
    prop.go_on(300.0)
    ((_, outcome, finding, lasted),) = told(prop)
    assert (outcome, finding) == ("aborted", "stopped")
    assert 0.0 < lasted < 8.0


@pytest.mark.parametrize(("way", "frozen_at"), [("relay", 860.0), ("relay", 700.0), ("hand", 860.0), ("device", 860.0)])
def test_values_that_freeze_over_the_end_of_a_weak_battery_pass_nothing(made: Make, way: str, frozen_at: float) -> None:
    """It lasts 14:40; what its device tells stands still from before that until it has its mains back."""
    lamp = (NoResult if way == "device" else Lamp)("lamp", way, lasts=880.0)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(10.0)
    if way == "hand":
        lamp.mains(False, prop.now)
    prop.go_on(frozen_at)
    lamp.frozen = True
    prop.go_on(980.0 - frozen_at)
    if way == "hand":
        lamp.mains(True, prop.now)
    else:
        lamp.obey("restore_supply" if way == "relay" else "stop_test", prop.now)
    lamp.frozen = False
    prop.go_on(400.0)
    assert [(each.kind, each.outcome, each.finding) for each in prop.book()] == [("duration", "inconclusive", "frozen")]


def test_words_alone_that_stand_still_until_long_after_the_end_pass_nothing(made: Make) -> None:
    """Nothing measured tells that they are old; but the relay is told to let go, and is not seen to."""
    lamp = Words("lamp", "relay", lasts=300.0)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(200.0)
    lamp.frozen = True
    prop.go_on(900.0)
    lamp.frozen = False
    prop.go_on(300.0)
    assert [each[:3] for each in told(prop)] == [("lamp", "inconclusive", "frozen")]
    lamp.full, lamp.lasts = True, 3600.0
    prop.go_on(90_000.0, every=30.0)
    assert prop.ask("lamp", "duration") == ""
    prop.go_on(1300.0)
    assert [each.outcome for each in prop.book()] == ["inconclusive", "passed"]


def test_a_voltage_that_falls_in_steps_of_minutes_is_believed_as_long_as_it_stood_before(made: Make) -> None:
    prop = made(Coarse("lamp", "relay"))
    prop.ask("lamp", "duration")
    prop.go_on(1300.0)
    assert told(prop) == [("lamp", "passed", "", 915.0)]


def test_two_lamps_whose_addresses_are_exchanged_in_their_tests_pass_nothing_together(made: Make) -> None:
    """One lasts for 10 min, the other one tests itself for 20: by neither of them was anything lit for 26."""
    weak, good = NoResult("first", "device", lasts=600.0), NoResult("second", "device", rated=1200.0)
    prop = made(weak, good)
    weak.obey("start_duration_test", prop.now)
    prop.go_on(400.0)
    good.obey("start_duration_test", prop.now)
    prop.go_on(100.0)
    weak.name, good.name = "second", "first"
    prop.lamps = {"second": weak, "first": good}
    prop.change_site()
    prop.go_on(1500.0)
    assert [each[:3] for each in told(prop)] == [
        ("first", "inconclusive", "begun-before"), ("second", "inconclusive", "begun-before"),
    ]  # fmt: skip


@pytest.mark.parametrize(("is_sure", "outcome"), [(True, "passed"), (False, "inconclusive")])
def test_a_box_that_does_not_know_how_long_it_was_away_has_a_gap(made: Make, is_sure: bool, outcome: str) -> None:
    """Without a clock that goes on, 5 min without power are 2 s to it, in which nobody has seen the lamp."""
    lamp = NoResult("lamp", "device", rated=1200.0)
    prop = made(lamp)
    lamp.obey("start_duration_test", prop.now)
    prop.go_on(400.0)
    prop.kill(is_sure=is_sure)
    prop.go_on(1200.0)
    assert [each[:2] for each in told(prop)] == [("lamp", outcome)]


def test_a_device_that_is_called_otherwise_in_its_test_goes_on_with_it(made: Make) -> None:
    """The files are edited, and it is read from the same wire as before."""
    prop = made(NoResult("lamp", "device", rated=1200.0), Lamp("other", "relay"))
    prop.lamps["lamp"].obey("start_duration_test", prop.now)
    prop.go_on(400.0)
    del prop.lamps["other"]
    prop.change_site()
    prop.go_on(1200.0)
    assert [each[:2] for each in told(prop)] == [("lamp", "passed")]
