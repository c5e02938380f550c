"""Lifts: somebody shut in, rough runs."""

from __future__ import annotations

from gateway.model import BadReading, Reading
from tests.assets.story import Story


def test_entrapment_counts_only_between_floors_with_somebody_aboard() -> None:
    lift = Story("stopped_outside_door_zone")
    assert lift.at(0, moving=True, door_zone=False, occupied=True) == 0.0
    assert lift.at(10, moving=False, door_zone=False, occupied=True) == 0.0
    assert lift.again() == 15.0
    assert lift.at(45, moving=False, door_zone=False, occupied=True) == 35.0
    assert lift.at(46, moving=False, door_zone=True, occupied=True) == 0.0
    assert lift.at(50, moving=False, door_zone=False, occupied=False) == 0.0


def test_a_gap_in_the_readings_does_not_begin_an_entrapment_anew() -> None:
    lift = Story("stopped_outside_door_zone")
    lift.at(0, moving=False, door_zone=False, occupied=True)
    assert isinstance(lift.at(10, moving=False, door_zone=BadReading("stale"), occupied=True), BadReading)
    assert lift.at(31, moving=False, door_zone=False, occupied=True) == 31.0


def test_entrapment_is_unknown_without_the_car_load() -> None:
    value = Story("stopped_outside_door_zone").at(0, moving=False, door_zone=False, occupied=BadReading("stale"))
    assert value == BadReading("unknown-input", "occupied: stale")


def test_at_stop_holds_what_was_settled_at_the_last_landing() -> None:
    level = Story("at_stop")
    assert level.at(0, value=120.0, moving=True, door_zone=False) == BadReading("no-stop-seen")
    assert level.at(10, value=9.0, moving=False, door_zone=True) == BadReading("no-stop-seen")
    assert level.again() == 13.0
    assert level.at(13, value=4.0, moving=False, door_zone=True) == 4.0
    assert level.at(14, value=5.0, moving=False, door_zone=True) == 5.0
    assert level.at(20, value=400.0, moving=True, door_zone=False) == 5.0
    assert level.at(30, value=-60.0, moving=False, door_zone=True) == 5.0
    assert level.at(33, value=-12.0, moving=False, door_zone=True) == -12.0
    assert isinstance(level.at(34, value=BadReading("stale"), moving=False, door_zone=True), BadReading)
    assert level.at(40, value=3.0, moving=True, door_zone=False) == -12.0


STALE = BadReading("line-down")


def test_what_was_held_of_a_stop_stands_after_a_gap_in_everything() -> None:
    """A lift that is stuck between floors while the gateway is started anew does not become one nobody can judge."""
    level = Story("at_stop")
    level.at(0, value=4.0, moving=False, door_zone=True)
    assert level.at(3, value=4.0, moving=False, door_zone=True) == 4.0
    level.at(9, value=90.0, moving=False, door_zone=False)
    assert isinstance(level.at(10, value=STALE, moving=STALE, door_zone=STALE), BadReading)
    assert level.at(20, value=90.0, moving=False, door_zone=False) == 4.0


def test_a_stop_that_was_not_seen_for_long_enough_before_a_gap_leaves_nothing_held() -> None:
    """Seen on a broker that cut the line again and again: floor 7 of one stop, and 1 shown at the one before."""
    floor, shown = Story("at_stop"), Story("at_stop")
    for told in (floor, shown):
        told.at(0, value=1, moving=False, door_zone=True)
        told.at(3, value=1, moving=False, door_zone=True)
        told.at(10, value=STALE, moving=STALE, door_zone=STALE)
    floor.at(20, value=7, moving=False, door_zone=True)
    shown.at(20.8, value=7, moving=False, door_zone=True)
    assert floor.at(23, value=7, moving=False, door_zone=True) == 7
    for told in (floor, shown):
        assert isinstance(told.at(23.5, value=STALE, moving=STALE, door_zone=STALE), BadReading)
    assert floor.at(30, value=7, moving=True, door_zone=False) == 7
    assert shown.at(30, value=7, moving=True, door_zone=False) == BadReading("no-stop-seen"), "it was 1"
    assert shown.at(40, value=9, moving=False, door_zone=True) == BadReading("no-stop-seen")
    assert shown.at(43, value=9, moving=False, door_zone=True) == 9


def test_a_stop_at_which_the_value_was_unknown_leaves_nothing_held() -> None:
    floor = Story("at_stop")
    floor.at(0, value=1, moving=False, door_zone=True)
    floor.at(3, value=1, moving=False, door_zone=True)
    floor.at(10, value=STALE, moving=False, door_zone=True)
    assert isinstance(floor.at(11, value=STALE, moving=True, door_zone=False), BadReading)
    assert floor.at(12, value=3, moving=True, door_zone=False) == 1, "it has not stopped since"
    floor.at(20, value=STALE, moving=False, door_zone=True)
    assert floor.at(30, value=5, moving=True, door_zone=False) == BadReading("no-stop-seen"), "it has, somewhere"


def test_a_car_that_passes_a_landing_does_not_stop_there() -> None:
    level = Story("at_stop")
    level.at(0, value=4.0, moving=False, door_zone=True)
    level.at(3, value=4.0, moving=False, door_zone=True)
    assert level.at(20, value=88.0, moving=True, door_zone=True) == 4.0


def runs(lift: Story, *peaks: float, start: float = 0.0) -> Reading:
    """One run a minute with each of these peaks (mm/s), and a quiet car between them."""
    value: Reading = False
    for number, peak in enumerate(peaks):
        now = start + 60.0 * number
        lift.at(now, moving=False, vibration=0.1, baseline=2.0)
        lift.at(now + 1, moving=True, vibration=0.8 * peak, baseline=2.0)
        lift.at(now + 8, moving=True, vibration=peak, baseline=2.0)
        lift.at(now + 9, moving=True, vibration=0.2 * peak, baseline=2.0)
        value = lift.at(now + 10, moving=False, vibration=0.0, baseline=2.0)
    return value


def test_runs_above_twice_the_baseline_are_rough() -> None:
    lift = Story("rough_runs")
    assert lift.at(0, moving=False, vibration=0.0, baseline=2.0) == BadReading("no-run-seen")
    assert runs(lift, 2.0, 3.9, 4.0) == 0
    assert runs(lift, 4.1, 2.0, 9.0, 5.0, start=300) == 3


def test_only_the_last_twenty_runs_count() -> None:
    assert runs(Story("rough_runs"), 9.0, 9.0, *([2.0, 2.0, 9.0] * 6), 2.0, 2.0) == 6


def test_five_smooth_runs_in_a_row_cure() -> None:
    lift = Story("rough_runs")
    assert runs(lift, 9.0, 9.0, 9.0, 2.0, 2.0, 2.0, 2.0) == 3
    assert runs(lift, 2.0, start=600) == 0


def test_runs_of_which_only_a_part_was_seen_cure_nothing() -> None:
    lift = Story("rough_runs")
    assert runs(lift, 9.0, 9.0, 9.0) == 3
    for number in range(10):
        start = 600.0 + 60 * number
        lift.at(start, moving=False, vibration=0.1, baseline=2.0)
        lift.at(start + 1, moving=True, vibration=1.0, baseline=2.0)
        lift.at(start + 5, moving=True, vibration=BadReading("no-answer"), baseline=2.0)
        lift.at(start + 9, moving=True, vibration=2.0, baseline=2.0)
        assert lift.at(start + 10, moving=False, vibration=0.0, baseline=2.0) == 3
    lift.at(1300, moving=True, vibration=BadReading("no-answer"), baseline=2.0)
    lift.at(1301, moving=True, vibration=5.0, baseline=2.0)
    assert lift.at(1302, moving=False, vibration=0.0, baseline=2.0) == 4, "what was seen of it was rough"
    assert runs(lift, 2.0, 2.0, 2.0, 2.0, 2.0, start=1400) == 0


def test_a_run_without_any_vibration_is_a_dead_axis() -> None:
    assert runs(Story("rough_runs"), 2.0, 0.0) == BadReading("flat-line", "exactly 0 during a whole run")


def test_without_a_baseline_there_is_no_finding() -> None:
    value = Story("rough_runs").at(0, moving=False, vibration=1.0, baseline=0.0)
    assert value == BadReading("unknown-input", "baseline: not above 0")
