"""A small month judged by the shipped standard: every fault is found in its time, and nothing else is told."""

import json
from pathlib import Path

import pytest

from gateway.recordings import open_recording
from gateway.site import load_site
from simulators.month import Plan, write
from tests.month.__main__ import holds, main
from tests.month.judged import judge
from tests.month.recording import SimulatedMonth
from tests.month.site import write_site
from tests.month.table import as_data, rows, summary, together, troubles

ALL = {"access-door": 14, "barrier-gate": 10, "emergency-light": 10, "extinguisher": 12, "lift": 18}
"""Each trouble once, and some sound ones that nearly have one."""
DOORS = Plan(5, 5, 4, {"access-door": 16})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_eight_days_of_five_families_are_judged_without_a_miss_and_without_a_false_ticket(tmp_path: Path) -> None:
    month = judge(Plan(8, 1, 11, ALL), tmp_path)
    total = together(month.tallies)
    assert list(troubles(month)) == []
    assert total.faults == total.found == total.in_time >= 40
    assert total.near_misses >= 60
    assert month.false_per_1000 == 0.0
    assert holds(month)
    assert month.readings > 100_000


@pytest.mark.slow
def test_thirty_four_days_show_the_leaks_that_only_a_trend_can(tmp_path: Path) -> None:
    """0.45 kPa a day is told as slow, 2.5 as one that will soon be too low, and the allowed 0.25 not at all."""
    month = judge(Plan(34, 2, 9, {"extinguisher": 14}), tmp_path)
    assert list(troubles(month)) == []
    for clause in ("extinguisher.slow-leak", "extinguisher.leaks-soon", "extinguisher.pressure-low"):
        assert month.tallies[clause].in_time == 1
    assert month.tallies["extinguisher.slow-leak"].near_misses >= 1


def test_the_file_of_a_month_replays_as_the_month_does(tmp_path: Path) -> None:
    plan = Plan(3, 7, 5, {"lift": 6, "extinguisher": 4})
    month = write(plan, tmp_path)
    things = {thing.name: thing.described() for thing in month.things}
    estate = load_site(write_site(tmp_path / "site", things), now=plan.start).estate
    written = list(open_recording(tmp_path / "readings.lp", estate).rows(plan.start, plan.end))
    lived = list(SimulatedMonth(plan, estate).rows(plan.start, plan.end))
    assert len(lived) > 2000
    assert [(row.point, row.reading) for row in written] == [(row.point, row.reading) for row in lived]
    assert max(abs(one.at - other.at) for one, other in zip(written, lived, strict=True)) < 1e-6


def adjusted(clause: str, adjustment: dict[str, object]) -> dict[str, object]:
    return {"version": "changed", "adjust": {clause: adjustment}}


def test_a_clause_that_is_switched_off_is_a_miss(tmp_path: Path) -> None:
    off = {"off": True, "reason": "to see that it is missed", "until": "2030-01-01"}
    month = judge(DOORS, tmp_path, adjusted("access-door.reader-online", off))
    tally = month.tallies["access-door.reader-online"]
    assert (tally.faults, tally.found, len(tally.missed)) == (1, 0, 1)
    assert not holds(month)


def test_a_limit_that_is_lowered_gives_false_tickets(tmp_path: Path) -> None:
    """A door that is held open for a minute is a near miss of 120 s, and none of 40 s."""
    month = judge(DOORS, tmp_path, adjusted("access-door.held-open", {"change": {"require": {"at_most": "40 s"}}}))
    false = month.tallies["access-door.held-open"].false
    assert 2 <= len(false) <= month.tallies["access-door.held-open"].near_misses
    assert month.false_per_1000 > 1.0
    assert not holds(month)
    assert f"false: {false[0]}" in troubles(month)


def test_the_table_the_figures_and_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--days", "4", "--seed", "3", "--access-doors", "12", "--json", str(tmp_path / "month.json")]
    others = [
        word for family in ("barrier-gate", "emergency-light", "extinguisher", "lift") for word in (f"--{family}s", "0")
    ]
    status = main([*words, *others])
    said = capsys.readouterr().out
    data = json.loads((tmp_path / "month.json").read_text())
    assert "12 assets for 4 days from month 11, seed 3: 2 asset-months" in said
    assert data["clauses"]["access-door.forced-open"]["found"] == 1
    assert data["asset_months"] == pytest.approx(12 * 4 / 30.4375)
    complete = all(each["in_time"] == each["faults"] for each in data["clauses"].values())
    assert status == (0 if complete and data["false_per_1000_asset_months"] <= 1 else 1)


def test_the_table_has_a_row_a_clause_and_one_for_all(tmp_path: Path) -> None:
    month = judge(Plan(3, 6, 7, {"emergency-light": 10}), tmp_path)
    table = rows(month)
    assert [row[0] for row in table] == ["clause", *month.tallies, "all"]
    assert len({len(row) for row in table}) == 1
    assert table[-1][1] == str(sum(tally.faults for tally in month.tallies.values()))
    assert f"{month.readings:,} readings" in summary(month)
    assert as_data(month)["clauses"].keys() == month.tallies.keys()
