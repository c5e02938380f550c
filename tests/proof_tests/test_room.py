"""Tests that can never fit into their window, or into the recharging of a group, are told before anything runs."""

from __future__ import annotations

from gateway.proof_tests.room import Demand, Room, shut_too_long, too_close, too_much
from gateway.proof_tests.rules import DAY, HOUR, WEEK, usual_terms

YEAR = 365 * DAY
NIGHTS = [(day * DAY + HOUR, day * DAY + 5 * HOUR) for day in range(365)]
FUNCTION, DURATION, RATED = usual_terms("function"), usual_terms("duration"), usual_terms("rated")


def room(at_once: int = 1) -> Room:
    return Room(NIGHTS, YEAR, at_once)


def test_twelve_duration_tests_fit_into_four_hours() -> None:
    assert room().takes(DURATION.length, DAY) == 12
    assert room().takes(DURATION.length, 30 * DAY) == 360
    assert room(2).takes(DURATION.length, 30 * DAY) == 720
    assert room().takes(5 * HOUR, YEAR) == 0


def test_five_hundred_luminaires_one_at_a_time_are_too_many() -> None:
    monthly = Demand(DURATION, 500, 30 * DAY)
    assert too_much([monthly], room()) == (
        "these tests do not fit into the window, 1 at once: "
        "500 duration tests of 20 min in 30 d, with room for at most 360"
    )
    assert too_much([monthly], room(2)) == ""
    assert too_much([Demand(DURATION, 360, 30 * DAY)], room()) == ""
    assert too_much([Demand(DURATION, 361, 30 * DAY)], room()) != ""


def test_kinds_share_the_window() -> None:
    tests = [Demand(FUNCTION, 200, 30 * DAY), Demand(DURATION, 200, 30 * DAY), Demand(RATED, 200, YEAR)]
    assert too_much(tests, room()) == ""
    tests = [Demand(FUNCTION, 205, 30 * DAY), *tests[1:]]
    assert "205 function tests of 8 min in 30 d, with room for at most 900" in too_much(tests, room())


def test_what_a_calendar_asks_for_at_once_has_to_fit_before_it_is_missed() -> None:
    assert too_much([Demand(DURATION, 84, 30 * DAY, together=True)], room()) == ""
    assert "85 duration tests of 20 min in 7 d, with room for at most 84" in too_much(
        [Demand(DURATION, 85, 30 * DAY, together=True)], room()
    )


def test_a_group_recharges_for_a_day_after_each_of_its_tests() -> None:
    assert too_close("stairs", [Demand(DURATION, 29, 30 * DAY)]) == ""
    said = too_close("stairs", [Demand(FUNCTION, 40, 30 * DAY), Demand(DURATION, 40, 30 * DAY)])
    assert said == (
        "the 40 assets of group 'stairs' wait for one another: a duration test with its recharge takes 24.3 h, "
        "so that a round takes 40.6 d at least, and is asked for in 30 d"
    )
    assert too_close("stairs", [Demand(DURATION, 7, 30 * DAY, together=True)]) != ""


def test_a_window_that_stays_shut_too_long_makes_tests_missed() -> None:
    fortnights = Room([(each * 2 * WEEK, each * 2 * WEEK + 4 * HOUR) for each in range(26)], YEAR, 1)
    demands = [Demand(FUNCTION, 1, 30 * DAY), Demand(RATED, 1, YEAR)]
    assert list(shut_too_long(demands, fortnights)) == [
        "the window stays shut for up to 13.8 d: function tests are missed 7 d after they were due"
    ]
    assert list(shut_too_long(demands, room())) == []
    assert list(shut_too_long(demands[:1], Room([], YEAR, 1))) != []
