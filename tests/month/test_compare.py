"""The comparison can fail: what is told too early, too late, of another asset or not at all is seen."""

import pytest

from simulators.month_truth import Line
from tests.month.compare import Raised, compare
from tests.month.table import duration

OPENED = 1_000_000.0
HELD = Line("door-1", "door.held", "held_open", OPENED, OPENED, OPENED + 126, OPENED + 900, must=True)


def test_a_fault_told_within_its_time_is_found() -> None:
    tally = compare([HELD], [Raised("door-1", "door.held", OPENED + 125)], {"door.held": 7})["door.held"]
    assert (tally.faults, tally.found, tally.in_time, tally.near_misses) == (1, 1, 1, 7)
    assert tally.worst == (125.0, 126.0)
    assert (tally.missed, tally.late, tally.false, tally.again) == ([], [], [], 0)


def test_a_fault_that_nobody_tells_is_missed() -> None:
    tally = compare([HELD], [], {})["door.held"]
    assert (tally.faults, tally.found, tally.missed) == (1, 0, [HELD])


def test_a_fault_told_four_seconds_after_its_time_is_late() -> None:
    tally = compare([HELD], [Raised("door-1", "door.held", OPENED + 130)], {})["door.held"]
    assert (tally.found, tally.in_time, tally.late) == (1, 0, [(HELD, OPENED + 130)])


@pytest.mark.parametrize(
    "raised",
    [
        Raised("door-2", "door.held", OPENED + 125),
        Raised("door-1", "door.forced", OPENED + 125),
        Raised("door-1", "door.held", OPENED - 2),
        Raised("door-1", "door.held", OPENED + 911),
    ],
    ids=["another asset", "another clause", "before", "afterwards"],
)
def test_what_no_line_explains_is_a_false_ticket_and_the_fault_is_missed(raised: Raised) -> None:
    tallies = compare([HELD], [raised], {})
    assert tallies[raised.clause].false == [raised]
    assert tallies["door.held"].missed == [HELD]


def test_a_second_alarm_in_one_fault_is_no_second_fault() -> None:
    told = [Raised("door-1", "door.held", OPENED + late) for late in (125, 400, 700)]
    tally = compare([HELD], told, {})["door.held"]
    assert (tally.found, tally.again, tally.false) == (1, 2, [])


def test_what_may_be_told_but_need_not_is_neither_missed_nor_false() -> None:
    doubtful = HELD._replace(must=False)
    assert compare([doubtful], [], {})["door.held"].faults == 0
    told = compare([doubtful], [Raised("door-1", "door.held", OPENED + 125)], {})["door.held"]
    assert (told.faults, told.found, told.false) == (0, 0, [])


@pytest.mark.parametrize(
    ("asset", "clause"),
    [
        ("device/door-1-device", "device.answers"),
        ("device/door-1-device", "asset.judgeable"),
        ("door-1", "asset.judgeable"),
    ],
)
def test_a_silent_device_is_told_of_the_device_or_of_its_asset(asset: str, clause: str) -> None:
    silent = HELD._replace(clause="asset.judgeable", fault="silent")
    tally = compare([silent], [Raised(asset, clause, OPENED + 100)], {})["asset.judgeable"]
    assert (tally.found, tally.false) == (1, [])


def test_the_worst_delay_is_the_one_that_took_most_of_its_allowance() -> None:
    slow = HELD._replace(asset="door-2", by=OPENED + 10_000, end=OPENED + 20_000)
    told = [Raised("door-1", "door.held", OPENED + 125), Raised("door-2", "door.held", OPENED + 5_000)]
    assert compare([HELD, slow], told, {})["door.held"].worst == (125, 126)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-0.0002, "0 s"), (7.0, "7 s"), (125.0, "2.1 min"), (7199.0, "120 min"), (-97 * 3600.0, "-4 d"), (0.26, "0.3 s")],
)
def test_a_duration_has_the_largest_unit_of_which_there_are_two(seconds: float, told: str) -> None:
    assert duration(seconds) == told
