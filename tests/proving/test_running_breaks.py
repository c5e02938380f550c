"""What once broke proof tests: readings of different ages and clocks, and what is asked for at a bad moment."""

from __future__ import annotations

import pytest

from gateway.actions import StartTest
from gateway.proof_tests.procedure import OVERRUN, START_WITHIN
from gateway.words import Leaving
from tests.proof_story import Lamp, Make, Property

DAY = 86_400.0
MONTHLY = "proof_tests: {window: low-risk, duration: {every: 30 d}}"


def outcomes(prop: Property) -> list[tuple[str, str, str]]:
    return [(each.kind, each.outcome, each.finding) for each in prop.book()]


def test_an_old_reading_of_a_clock_that_is_ahead_begins_no_test(made: Make) -> None:
    lamp = Lamp("lamp", "relay", clock=3600.0)
    prop = made(lamp)
    lamp.silent = True
    prop.ask("lamp", "duration")
    prop.go_on(25.0)
    assert prop.sent == [], "nothing was read anew since it was asked for"


def test_a_silent_device_whose_clock_is_ahead_is_silent_all_the_same(made: Make) -> None:
    lamp = Lamp("lamp", "relay", clock=3600.0)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(300.0)
    lamp.silent = True
    prop.go_on(75.0)
    assert not lamp.open


def test_a_clock_that_is_set_forward_in_a_test_makes_no_weak_battery_pass(made: Make) -> None:
    lamp = Lamp("lamp", "relay", lasts=875.0, clock=-50.0, stale_after="300s")
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(600.0)
    lamp.clock = 0.0
    prop.go_on(900.0)
    assert [each.outcome for each in prop.book()] == ["inconclusive"]


def test_a_test_asked_for_while_another_one_settles_is_refused_and_does_not_begin(made: Make) -> None:
    lamp = Lamp("lamp", "device")
    prop = made(lamp)
    lamp.obey("start_function_test", prop.now)
    prop.go_on(60.0)
    assert lamp.test == ""
    lamp.full = True
    assert "a test of it runs already" in prop.ask("lamp", "function")
    prop.go_on(300.0)
    assert prop.starts() == []
    assert [(each.outcome, each.started_by) for each in prop.book()] == [("refused", "li"), ("passed", "device")]


@pytest.mark.parametrize("kind", ["function", "duration"])
def test_right_after_the_mains_came_back_no_test_begins(made: Make, kind: str) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    lamp.mains(False, prop.now)
    prop.go_on(60.0)
    lamp.mains(True, prop.now)
    lamp.full = True
    prop.go_on(10.0)
    assert "it ran on its battery not long ago" in prop.ask("lamp", kind)
    prop.go_on(60.0)
    assert prop.starts() == []


def test_a_relay_that_was_last_read_before_it_moved_has_not_obeyed(made: Make) -> None:
    """The relay's own device is not heard any more; the lamp's sensors have one of their own, which is."""
    sensors = ("mains_present", "lamp_on", "battery_full", "battery_voltage")
    lamp = Lamp("lamp", "relay", apart=sensors, deaf=("restore_supply",))
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(5.0)
    assert lamp.open
    lamp.silent = True
    prop.stop("lamp")
    prop.go_on(20.0, every=2.0)
    assert "lamp" in prop.pipeline.proofs.proving.procedures, "nobody knows whether the relay let go"
    assert prop.book() == []
    assert prop.sent[-1].stops


@pytest.mark.parametrize("stage", ["settling", "precheck"])
def test_a_relay_that_is_found_open_is_told_to_let_go_whatever_the_stage(made: Make, stage: str) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    prop.ask("lamp", "function")
    if stage == "settling":
        prop.go_on(80.0)
    assert prop.pipeline.proofs.proving.procedures["lamp"].stage == stage
    lamp.obey("break_supply", prop.now)
    prop.kill()
    prop.go_on(10.0)
    assert not lamp.open


def test_a_lamp_that_was_last_read_with_mains_is_not_lit_from_its_battery(made: Make) -> None:
    """A maintained lamp, lit by the mains; its light sensor is not heard while the relay is open for 20 s."""
    lamp = Lamp("lamp", "relay", lasts=0.0, apart=("lamp_on",), maintained=True)
    prop = made(lamp)
    prop.ask("lamp", "function")
    lamp.apart_silent = True
    prop.go_on(15.0)
    assert lamp.open
    lamp.obey("restore_supply", prop.now)
    prop.go_on(5.0)
    lamp.apart_silent = False
    prop.go_on(400.0)
    assert outcomes(prop) == [("function", "inconclusive", "no-evidence")]


def test_a_line_that_never_comes_does_not_keep_a_test_for_ever(made: Make) -> None:
    lamp = Lamp("lamp", "relay", clock=-90.0, stale_after="300s")
    prop = made(lamp)
    prop.ask("lamp", "function")
    prop.go_on(1200.0)
    assert prop.pipeline.proofs.proving.procedures == {}
    assert [each.started_by for each in prop.book()].count("li") == 1


def test_a_plan_that_was_made_ten_years_ahead_is_made_anew(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp, rules=MONTHLY)
    prop.go_on(100.0)
    prop.kill(3650 * DAY)
    prop.go_on(100.0)
    assert [each.outcome for each in prop.book()] == ["missed"]
    prop.kill(-3650 * DAY)
    prop.go_on(100.0)
    (slot,) = prop.pipeline.proofs.planning.upcoming()
    assert slot.due - prop.now <= 32 * DAY


def test_what_happened_ten_years_ahead_forbids_no_test_now(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    prop.kill(3650 * DAY)
    prop.go_on(30.0)
    lamp.mains(False, prop.now)
    prop.go_on(60.0)
    lamp.mains(True, prop.now)
    prop.go_on(300.0)
    prop.kill(-3650 * DAY)
    lamp.began, lamp.full = prop.now, True
    prop.go_on(2 * DAY, every=30.0)
    assert prop.ask("lamp", "duration") == ""


def test_a_gateway_that_starts_without_knowing_the_time_misses_nothing(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"), rules=MONTHLY)
    prop.go_on(100.0)
    prop.trusted = False
    prop.kill(400 * DAY)
    prop.go_on(100.0)
    assert prop.book() == []
    prop.trusted = True
    prop.go_on(100.0)
    assert [each.outcome for each in prop.book()] == ["missed"], "as soon as it knows the time"


def test_a_test_that_lingers_is_an_alarm_across_a_restart(made: Make) -> None:
    lamp = Lamp("lamp", "relay", refuses=("restore_supply",))
    prop = made(lamp)
    lamp.obey("break_supply", prop.now)
    prop.go_on(30.0)
    ticket = prop.ticket("lamp", "test-ends")
    assert ticket is not None
    prop.kill()
    lamp.silent = True
    prop.go_on(400.0)
    after = prop.ticket("lamp", "test-ends")
    assert after is not None
    assert after.is_open, "nobody has seen the relay let go"
    assert after.id == ticket.id


def test_two_starts_in_one_tick_are_one(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    first, second = prop.tick(StartTest("lamp", "function", "li", ""), StartTest("lamp", "function", "wang", ""))
    assert (first, second) == ("", "a test of it runs already")
    prop.go_on(300.0)
    assert len(prop.starts()) == 1
    assert sorted((each.started_by, each.outcome) for each in prop.book()) == [("li", "passed"), ("wang", "refused")]


def test_two_neighbours_asked_for_in_one_tick_do_not_both_begin(made: Make) -> None:
    prop = made(Lamp("first", "relay"), Lamp("second", "relay"), rules="proof_tests: {window: low-risk, at_once: 5}",
                first=", next_to: [second]")  # fmt: skip
    prop.tick(StartTest("first", "function", "li", ""), StartTest("second", "function", "li", ""))
    for _ in range(60):
        prop.go_on(2.0, every=2.0)
        assert not (prop.lamps["first"].open and prop.lamps["second"].open)
    assert len(prop.starts()) == 1


def test_a_site_whose_commands_are_taken_away_in_a_test_says_that_it_lingers(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(100.0)
    lamp.allowed = False
    prop.change_site()
    prop.go_on(60.0)
    assert lamp.open
    ticket = prop.ticket("lamp", "test-ends")
    assert ticket is not None
    assert ticket.is_open
    lamp.obey("restore_supply", prop.now)
    prop.go_on(300.0)
    assert [each.outcome for each in prop.book()] == ["inconclusive"]


def test_an_asset_that_is_gone_in_a_planned_test_keeps_its_line(made: Make) -> None:
    lamp, other = Lamp("lamp", "relay"), Lamp("other", "relay")
    prop = made(lamp, other)
    prop.ask("lamp", "duration")
    prop.tick()
    del prop.lamps["lamp"]
    prop.change_site()
    prop.go_on(60.0)
    assert [(each.asset, each.started_by, each.outcome) for each in prop.book()] == [("lamp", "li", "inconclusive")]


@pytest.mark.parametrize("lasted", [15.0, 300.0])
def test_a_relay_whose_asset_is_gone_in_its_test_is_told_to_be_looked_at(made: Make, lasted: float) -> None:
    """Nothing can tell it to let go any more; "the gateway was restarted" alone would send nobody there."""
    lamp, other = Lamp("lamp", "relay"), Lamp("other", "relay")
    prop = made(lamp, other)
    prop.ask("lamp", "duration")
    prop.go_on(lasted)
    assert lamp.open
    del prop.lamps["lamp"]
    prop.change_site()
    prop.go_on(60.0)
    assert outcomes(prop) == [("duration", "inconclusive", "asset-gone")]
    (told,) = [each for each in prop.events if each.type == "touchpoint.proof_test.finished.v1"]
    assert "its relay may keep the supply away: go and look" in told.data["reason"]["en"]


def leave(prop: Property) -> None:
    """The gateway is told to stop: a last tick, and what follows from it goes out."""
    changes, _ = prop.pipeline.tick([], [Leaving()], prop.now)
    prop.database.commit(changes)
    prop.send(changes)


def test_a_gateway_that_is_stopped_in_a_test_has_its_relay_let_go_and_a_device_go_on(made: Make) -> None:
    relay, device, spare = Lamp("relay", "relay"), Lamp("device", "device"), Lamp("spare", "relay")
    rules = "proof_tests: {window: low-risk, at_once: 3, function: off, duration: off, rated: off}"
    prop = made(relay, device, spare, rules=rules)
    prop.ask("relay", "duration")
    prop.ask("device", "duration")
    prop.go_on(300.0)
    assert relay.open
    assert prop.pipeline.proofs.proving.holds()
    leave(prop)
    assert (relay.open, device.test) == (False, "duration"), "a relay would stay as it is"
    assert prop.ask("spare", "duration") == "the gateway is being stopped"
    assert not prop.pipeline.proofs.proving.holds(), "the wire has taken it"
    prop.kill(3600.0)
    prop.go_on(300.0)
    assert ("duration", "inconclusive", "restarted") in outcomes(prop)
    assert len(prop.starts()) == 2


def test_what_was_planned_for_tonight_does_not_begin_while_the_gateway_stops(made: Make) -> None:
    rules = 'proof_tests: {window: low-risk, duration: {calendar: "0 2 * * *"}, function: off, rated: off}'
    prop = made(Lamp("lamp", "relay"), rules=rules)
    prop.go_on(1150.0)
    leave(prop)
    prop.go_on(300.0)
    assert prop.starts() == []
    prop.kill()
    prop.go_on(300.0)
    assert [each.name for each in prop.starts()] == ["break_supply"]


def test_a_device_that_never_ends_its_own_test_is_told_to_four_hours_beyond_the_limit(made: Make) -> None:
    lamp = Lamp("lamp", "device", rated=9 * 3600.0, lasts=9 * 3600.0)
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(900.0 + OVERRUN["device"], 20.0)
    assert [name for _, name in lamp.asserted] == ["start_duration_test"]
    prop.go_on(60.0)
    assert [name for _, name in lamp.asserted] == ["start_duration_test", "stop_test"]
    prop.go_on(600.0)
    assert outcomes(prop) == [("duration", "inconclusive", "overrun")]


def test_a_device_that_falls_silent_as_its_test_begins_is_told_to_stop_until_it_speaks(made: Make) -> None:
    lamp = Lamp("lamp", "device", stale_after="300s")
    prop = made(lamp)
    prop.before_sending = lambda: setattr(lamp, "silent", True)
    prop.ask("lamp", "duration")
    prop.go_on(START_WITHIN["device"] + 45.0)
    assert [each.stops for each in prop.sent] == [False] + [True] * 5, "what it said before is no obedience"
    prop.before_sending, lamp.silent = None, False
    prop.go_on(30.0)
    assert len(prop.sent) == 6
    assert outcomes(prop) == [("duration", "inconclusive", "not-started")]


def test_a_start_whose_turn_comes_when_nothing_is_known_any_more_is_withdrawn(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)

    def meanwhile() -> None:
        prop.before_sending, lamp.silent = None, True
        prop.now += 40.0
        prop.tick(commit=False)

    prop.before_sending = meanwhile
    prop.ask("lamp", "duration")
    prop.go_on(10.0)
    assert ([each.stops for each in prop.commands], prop.starts()) == ([False], [])
    lamp.silent = False
    prop.go_on(30.0)
    assert outcomes(prop) == [("duration", "refused", "conditions-changed")]
    assert lamp.asserted == []


def test_a_start_whose_answer_is_lost_is_neither_sent_again_nor_taken_back(made: Make) -> None:
    lamp = Lamp("lamp", "device", lost=("start_duration_test",))
    prop = made(lamp)
    prop.before_sending = lambda: setattr(lamp, "silent", True)
    prop.ask("lamp", "duration")
    prop.go_on(15.0)
    lamp.silent = False
    prop.go_on(2400.0)
    assert [name for _, name in lamp.asserted] == ["start_duration_test"]
    assert outcomes(prop) == [("duration", "passed", "")]


def test_by_a_clock_that_cannot_be_believed_nobody_begins_a_test(made: Make) -> None:
    prop = made(Lamp("lamp", "relay"))
    prop.trusted = False
    prop.tick()
    assert prop.ask("lamp", "duration") == "the clock cannot be trusted"
    prop.go_on(30.0)
    assert (prop.starts(), outcomes(prop)) == ([], [("duration", "refused", "clock-untrusted")])
