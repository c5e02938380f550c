"""The luminaires of the year: their neighbours, their troubles, what they tell, and what is written down of them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from simulators.year import SECTION, START, Plan, Year
from simulators.year_lamps import Blind, Burnt, Lamp, Told

DAY = 86_400.0
FATES = 400


def quiet(lamps: int = 4) -> Year:
    """A year in which nothing happens by itself for some hours."""
    year = Year(Plan(days=30, lamps=lamps, seed=3))
    year.script.clear()  # what is written there is another test's
    return year


def commanded(year: Year, name: str, command: str, seconds: float | None = None) -> None:
    """A command that surely comes to its device."""
    while (lamp := year.lamps[name]).book.frames[-1:] == [] or lamp.book.frames[-1].name != command:
        year.command(name, command, seconds)


def told(year: Year, name: str) -> Told:
    """What the device of a luminaire tells, which is not silent."""
    heard = year.told(name)
    assert heard is not None
    return heard


def at(year: Year, seconds: float) -> Year:
    year.advance(START + seconds)
    return year


def test_who_hangs_beside_whom() -> None:
    year = Year(Plan(lamps=20))
    assert year.beside["light-000"] == {"light-001", "light-002"}, "the next one, and all of its stair"
    assert year.beside["light-005"] == {"light-004", "light-006"}
    assert year.beside["light-009"] == {"light-008"}
    assert "light-009" not in year.beside["light-010"], "another circuit"
    assert all(name in year.beside[other] for name, others in year.beside.items() for other in others)
    assert [len(row) for row in year.sections] == [SECTION, SECTION]
    assert {lamp.way for lamp in year.lamps.values()} == {"device", "relay"}
    assert {(lamp.way, lamp.timed) for lamp in year.lamps.values()} >= {("relay", True), ("relay", False)}


def test_a_whole_year_has_weak_batteries_stuck_relays_and_outages_of_whole_circuits() -> None:
    year = Year(Plan(days=365, lamps=100, seed=2))
    year.advance(year.plan.end)
    assert (len(year.weak), len(year.stuck)) == (5, 2)
    assert sorted({each.minutes for each in year.weak.values()})[-1] == 20.0
    assert {fault for fault in year.stuck.values()} == {"relay_stuck_closed", "relay_welded_open"}
    outages = {each.began for each in year.book.burnt}
    assert 10 <= len(outages) <= 80
    for began in outages:
        assert len([each for each in year.book.burnt if each.began == began]) in (SECTION, 100)
    assert {each.kind for each in year.book.burnt} == {"discharge"}


def test_a_relay_with_a_timer_gives_the_supply_back_by_itself() -> None:
    year = quiet()
    commanded(year, "light-000", "break_supply", 1080.0)
    began = year.now
    assert told(at(year, 600.0), "light-000")["supply_broken"] is True
    at(year, 3000.0)
    assert [(each.kind, each.began, each.lit) for each in year.book.burnt] == [("relay", began, 1080.0)]
    assert [(each.output, each.by) for each in year.book.held] == [("relay", "timer")]


def test_a_relay_without_one_holds_until_it_is_told_otherwise() -> None:
    year = quiet()
    commanded(year, "light-002", "break_supply", 1080.0)
    heard = told(at(year, 3000.0), "light-002")
    assert (heard["supply_broken"], heard["feed_present"], heard["mains_present"], heard["lamp_on"]) == (1, 1, 0, 1)
    commanded(year, "light-002", "restore_supply")
    assert year.book.burnt == [Burnt("light-002", "relay", START, START + 3000.0, 3000.0)]


def test_a_luminaire_that_tests_itself_tells_mode_flags_and_a_result_in_steps_of_two_minutes() -> None:
    year = quiet()
    commanded(year, "light-001", "start_duration_test")
    assert told(at(year, 900.0), "light-001")["mode"] == "duration-test"
    assert told(year, "light-001")["duration_test_done"] is False
    heard = told(at(year, 2400.0), "light-001")
    assert (heard["mode"], heard["duration_test_done"], heard["duration_test_result"]) == ("normal", True, 32.0)
    assert heard["battery_full"] is False
    assert told(at(year, DAY), "light-001")["battery_full"] is True


def test_what_changes_is_noticed_once() -> None:
    year = quiet()
    year.touched.clear()
    assert at(year, 1000.0).touched == set()
    commanded(year, "light-002", "break_supply")
    assert year.touched == {"light-002"}


def test_a_discharge_beside_one_that_recharges_is_written_down() -> None:
    year = quiet()
    commanded(year, "light-001", "start_duration_test")
    at(year, 2400.0)
    commanded(year, "light-002", "break_supply")
    assert [(each.asset, each.neighbour) for each in year.book.together] == [("light-002", "light-001")]
    year = quiet()
    commanded(year, "light-001", "start_duration_test")
    at(year, DAY + 2400.0)
    commanded(year, "light-002", "break_supply")
    assert year.book.together == []


def test_a_weak_battery_goes_dark_in_time_until_it_is_replaced() -> None:
    year = quiet()
    year.weaken("light-002", 8.0)
    commanded(year, "light-002", "break_supply")
    at(year, 1000.0)
    commanded(year, "light-002", "restore_supply")
    assert year.book.burnt[0].lit == pytest.approx(480.0, abs=5.0)
    year.new_battery("light-002")
    year.new_battery("light-002")
    (weak,) = year.replaced
    assert (weak.minutes, weak.until, year.weak) == (8.0, year.now, {})
    assert Year(Plan()).lamps["light-000"].plant.battery.health == 1.0


def test_a_device_falls_silent_freezes_and_starts_anew() -> None:
    year = quiet()
    commanded(year, "light-001", "start_duration_test")
    began, lamp = year.now, at(year, 100.0).lamps["light-001"]
    lamp.plant.advance(year.now)
    lamp.fall_silent(60.0)
    assert at(year, 150.0).told("light-001") is None
    assert told(at(year, 170.0), "light-001")["mode"] == "duration-test"
    lamp.freeze(3600.0)
    assert told(at(year, 3000.0), "light-001")["mode"] == "duration-test", "which is long over"
    assert told(at(year, 4000.0), "light-001")["mode"] == "normal"
    silent, frozen = year.book.blind
    assert silent == Blind("light-001", began + 100.0, began + 160.0)
    assert frozen.until - frozen.since == 3600.0
    commanded(year, "light-002", "break_supply")
    year.restart(year.lamps["light-002"])
    assert [(each.asset, each.by) for each in year.book.held] == [("light-001", "itself"), ("light-002", "restart")]


def test_the_wire_loses_words_and_refuses_some() -> None:
    year = quiet()
    said = [year.command("light-002", ("break_supply", "restore_supply")[number % 2], None) for number in range(FATES)]
    assert {each: said.count(each) > 0 for each in ("taken", "unsure", "refused")} == dict.fromkeys(said, True)
    assert said.count("taken") > 0.9 * FATES
    arrived = len(year.book.frames)
    assert said.count("taken") < arrived < FATES - said.count("refused"), "unsure: some arrived, and some did not"


def test_events_are_lived_in_their_order() -> None:
    year = Year(Plan(days=20, lamps=10, seed=4))
    moments = []
    while (due := year.due()) < year.plan.end:
        year.advance(due)
        moments.append(year.now)
    assert all(one <= other for one, other in pairwise(moments))
    assert math.isfinite(year.due())
    assert all(isinstance(lamp, Lamp) and lamp.plant.now <= year.now for lamp in year.lamps.values())
