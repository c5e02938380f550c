"""The simulators' own marks: what is truly wrong, from when, and by when it must be told."""

import json
from collections import Counter
from pathlib import Path

import pytest

from simulators.month import Month, Plan, as_line, write
from simulators.month_calendar import papers
from simulators.month_things import Thing, make_thing
from simulators.month_truth import BEAT, Line, Oracle, Truth, has, plant

PLAN = Plan(10, 3, 1, {"access-door": 12, "extinguisher": 10})
DAY = 86_400.0


def door() -> Thing:
    return make_thing("door", "access-door", 0.0, 1, lambda at, name, values: None)


def held(seconds: float) -> Line | None:
    """A door that is open for so long, which may be for two minutes."""
    thing = door()
    thing.plant.advance(100.0)
    oracle = Oracle(Truth("held", has("held_open"), allowed=120.0), thing, "held_open")
    assert oracle.close(100.0) is None
    thing.plant.fail("held_open")
    oracle.look()
    thing.plant.advance(100.0 + seconds)
    return oracle.close(100.0 + seconds)


def test_a_door_open_for_90_s_is_a_near_miss() -> None:
    assert held(90.0) is None


def test_a_door_open_for_a_second_more_than_it_may_be_need_not_be_told_but_may() -> None:
    assert held(121.0) == Line("door", "held", "held_open", 100.0, 100.0, 220.0 + BEAT, 221.0, must=False)


def test_a_door_open_for_ten_minutes_must_be_told() -> None:
    assert held(600.0) == Line("door", "held", "held_open", 100.0, 100.0, 220.0 + BEAT, 700.0, must=True)


def test_what_grows_may_be_told_within_the_doubt_and_must_be_once_it_is_beyond() -> None:
    """A second a day from 7: 25 is passed on day 18, may be told from day 15 on, and must be after day 21."""
    thing = door()
    closing = plant(lambda leaf: leaf.closing + leaf.worn("wearing_closer"))
    thing.plant.fail("wearing_closer")
    oracle = Oracle(Truth("slow", closing, 25.0, 3.0), thing, "wearing_closer")
    for hour in range(24 * 25):
        thing.plant.advance(hour * 3600.0)
        oracle.look()
    line = oracle.close(25 * DAY)
    assert line is not None
    assert [round(each / DAY, 1) for each in (line.early, line.onset, line.by)] == [15.0, 18.0, 21.0]
    assert line.must


def test_what_came_right_in_time_begins_anew() -> None:
    thing = door()
    oracle = Oracle(Truth("offline", has("reader_offline"), allowed=60.0), thing, "reader_offline")
    for begins in (0.0, 100.0):
        thing.plant.advance(begins)
        thing.plant.fail("reader_offline")
        oracle.look()
        thing.plant.advance(begins + 40.0)
        thing.plant.repair("reader_offline")
        oracle.look()
    assert oracle.close(200.0) is None


def test_where_it_takes_three_openings_to_see_it_the_time_counts_from_the_third() -> None:
    thing = door()
    oracle = Oracle(Truth("slam", has("slam"), counter="openings", counted=3), thing, "slam")
    thing.plant.fail("slam")
    oracle.look()
    thing.plant.watch(oracle.look)
    thing.plant.advance(DAY)
    before = thing.plant.openings
    line = oracle.close(DAY)
    assert line is not None
    assert line.must
    assert before > 3
    assert 1000.0 < line.by - line.early < 6 * 3600.0


def test_a_certificate_that_runs_out_in_the_month_was_to_be_renewed_from_the_beginning() -> None:
    facts, due = papers("lift", 7, 0.0, 20 * DAY)
    assert facts["certificate_valid_until"] == "1970-01-04"
    assert [(each.clause, each.onset / DAY) for each in due] == [
        ("lift.certificate-valid", 4.0),
        ("lift.certificate-applied", 0.0),
    ]


def test_a_month_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    lines = [
        [as_line(said) for day in Month(plan).days() for said in day]
        for plan in (PLAN, PLAN, Plan(10, 4, 1, PLAN.sizes))
    ]
    assert lines[0] == lines[1]
    assert lines[0] != lines[2]


def test_every_trouble_is_there_and_all_is_told_in_order(tmp_path: Path) -> None:
    month = write(PLAN, tmp_path)
    ledger = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    faults = Counter(line["fault"] for line in ledger if line["must"])
    assert {"forced_open", "held_open", "slam", "jammed", "silent", "leak", "sensor_failed", "date"} <= faults.keys()
    assert sum(month.near_misses.values()) >= 12
    times = [int(line.rsplit(" ", 1)[1]) for line in (tmp_path / "readings.lp").read_text().splitlines()]
    assert times == sorted(times)
    assert times[0] == PLAN.start * 1e9
    assert times[-1] <= PLAN.end * 1e9
    assert len(json.loads((tmp_path / "things.json").read_text())) == 22


@pytest.mark.parametrize(("fault", "told"), [("silent", 0), ("sensor_failed", 3)])
def test_a_device_falls_silent_or_measures_nonsense(fault: str, told: int) -> None:
    said: list[float] = []
    thing = make_thing("ext", "extinguisher", 0.0, 1, lambda at, name, values: said.append(float(values["pressure"])))
    thing.live(0.5)
    thing.plant.advance(3600.0)
    assert len(said) == 2
    said.clear()
    thing.fail(fault, {})
    thing.plant.advance(3 * 3600.0)
    assert said == [-999.0] * told
    thing.repair(fault)
    assert said[-1] > 1.0
