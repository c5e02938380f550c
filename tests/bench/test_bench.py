"""The bench measures and prints, on a small load; how fast the gateway is, no test says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.table import cells, markdown, plain

LOAD = ("--devices", "3", "--registers", "6", "--messages", "200", "--clauses", "1000", "2000")
SMALL = (*LOAD, "--rounds", "1", "--seconds", "2", "--warm", "2")


@pytest.mark.slow
@pytest.mark.needs("mosquitto")
def test_the_bench_measures_the_gateway_beside_bare_libraries(tmp_path: Path) -> None:
    """Three devices for two seconds: every row is there, and what was read was judged and committed."""
    written = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.bench", *SMALL, "--markdown", "--json", str(written)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    figures = json.loads(written.read_text())
    assert list(figures["modbus"][0]) == ["bare read", "bare read, check, store", "gateway"]
    assert list(figures["mqtt"][0]) == ["bare paho", "gateway"]
    for row in figures["modbus"][0].values():
        assert 9 <= row["points_per_s"] <= 27
    assert figures["modbus"][0]["gateway"]["age_p99_ms"] > 0
    assert said.stdout.count("| gateway |") == 2
    assert [row["clauses"] for row in figures["idle"][0].values()] == [1101, 2201], (
        "and one on each device, and the line"
    )


def test_a_cell_shows_least_middle_and_greatest() -> None:
    rounds = [
        {"bare": {"cpu_us_each": 10.0, "resident_mb": 30.0}, "gateway": {"cpu_us_each": cost, "resident_mb": 70.0}}
        for cost in (20.0, 50.0, 30.0)
    ]
    assert cells(rounds) == [
        ["", "CPU µs / message", "resident MB", "× first row"],
        ["bare", "10", "30", "1.0"],
        ["gateway", "30 (20–50)", "70", "3.0 (2.0–5.0)"],
    ]


def test_what_was_not_measured_is_a_dash() -> None:
    rounds = [{"bare": {"cpu_ms_per_1000": 4.0, "age_p50_ms": float("nan")}}]
    assert cells(rounds)[1] == ["bare", "4.0", "–", "1.0"]


def test_a_table_for_the_terminal_and_one_for_the_readme() -> None:
    rows = [["", "MB"], ["gateway", "9"]]
    assert plain(rows) == "         MB\ngateway   9"
    assert markdown(rows) == "|  | MB |\n| --- | --: |\n| gateway | 9 |"
