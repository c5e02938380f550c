"""Sixty days of scheduled tests on ten luminaires: weak batteries, stuck relays, outages and a gateway that dies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.estate import Estate
from gateway.proof_tests.entry import Outcome
from simulators.year import Plan
from tests.year.__main__ import main
from tests.year.compare import TESTS, compare
from tests.year.conftest import SHORT
from tests.year.lived import Life, Lived
from tests.year.table import outcomes, rows, summary, troubles

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_line_of_the_log_book_is_true_and_nothing_is_left_out(short_year: Lived) -> None:
    figures = compare(short_year.truth)
    assert troubles(figures) == []
    assert figures["scheduled tests with exactly one outcome"].of >= 50
    assert figures["discharges with one line of the log book"].of >= 40
    assert figures["passes that the battery earned"].of >= 35
    assert figures["weak batteries found in time"].of == 2
    assert figures["relays that let go in time"].of >= 20
    assert short_year.kills >= 5


def test_all_sorts_of_tests_and_ends_come_up(short_year: Lived) -> None:
    """Otherwise the figures would hold for want of trouble."""
    told = {(entry.kind, entry.outcome) for entry in short_year.truth.entries}
    assert {(kind, Outcome.PASSED) for kind in TESTS} <= told
    assert {Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.RECORDED} <= {outcome for _, outcome in told}
    assert {each.kind for each in short_year.truth.burnt} >= {"relay", "function", "duration"}
    assert {frame.acted for frame in short_year.truth.frames} == {True, False}
    assert {each.by for each in short_year.truth.held} >= {"command", "itself"}


def test_the_table_says_so(short_year: Lived) -> None:
    table = rows(compare(short_year.truth))
    assert all(len(row) == len(table[0]) for row in table)
    assert {row[-1] for row in table[1:]} == {"0"}
    assert "10 luminaires for 60 days, seed 1" in summary(short_year)
    heading, *lines = outcomes(short_year)
    assert "passed" in heading
    assert {line[0] for line in lines} >= set(TESTS)


def test_the_same_seed_lives_the_same_year(tmp_path: Path) -> None:
    plan = Plan(days=20, lamps=4, seed=5)
    lives = [Life(plan, tmp_path / name) for name in ("one", "other")]
    one, other = (life.live().truth for life in lives)
    assert len(one.entries) > 5
    assert (one.entries, one.burnt, one.frames, one.downs) == (other.entries, other.burnt, other.frames, other.downs)
    assert Life(replace(plan, seed=6), tmp_path / "third").live().truth.burnt != one.burnt


def test_neighbours_that_nobody_told_the_gateway_of_are_found_together(tmp_path: Path) -> None:
    """The comparison is no echo of the gateway: spoil what it knows, and the figure tells."""

    def alone(estate: Estate) -> Estate:
        assets = {name: replace(asset, next_to=(), group="") for name, asset in estate.assets.items()}
        return replace(estate, assets=assets)

    lived = Life(SHORT, tmp_path, alone).live()
    figures = compare(lived.truth)
    assert figures["commanded discharges beside full neighbours"].wrong
    assert not figures["passes that the battery earned"].wrong


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "year.json"
    assert main(["--days", "20", "--lamps", "4", "--seed", "2", "--json", str(path)]) == 0
    assert "what must hold" in capsys.readouterr().out
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["days"], told["lamps"]) == (20, 4)
    assert all(each["wrong"] == [] for each in told["figures"].values())
