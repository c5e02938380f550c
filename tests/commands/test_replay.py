"""``touchpoint replay``: from files to what is printed and reported."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.changes import Changes, HistoryBlock
from gateway.cli import outcome
from gateway.commands import replay as command
from gateway.site import load_estate
from gateway.store.sqlite import Database

T = 1_767_268_800
POINTS = {"closed": "true", "unlocked": "false", "reader_online": "true", "reader_tamper": "false"}
LIMIT = "version: other\nadjust:\n  access-door.held-open: {change: {require: {at_most: %s}}}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The starter site."""
    assert outcome(["init", str(tmp_path / "site")]) == 0
    return tmp_path / "site"


@pytest.fixture
def recorded(site: Path) -> Path:
    """Ten minutes shut, with a card opened and held for an hour, ten minutes shut; read every two seconds."""
    rows = ["at,point,value"]
    for second in range(0, 4800, 2):
        now = POINTS | ({"closed": "false", "unlocked": "true"} if 600 <= second < 4200 else {})
        rows += [f"{T + second},lobby-door.{point},{value}" for point, value in now.items()]
    path = site.parent / "door.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert outcome(["replay", *map(str, arguments)]) == 0
    return re.sub(r"\s+", " ", capsys.readouterr().out)


def test_alarms_and_tickets_are_shown_and_reported(
    site: Path, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = site.parent / "report.json"
    said = told(capsys, site, recorded, "--report", report)
    assert "my-site: 01-01 12:00 to 01-01 13:19 UTC, 9600 readings;" in said
    assert re.search(r"01-01 12:1\d 01-01 13:1\d P\d lobby-door access-door.held-open", said)
    data = json.loads(report.read_text(encoding="utf-8"))
    assert {"site", "readings", "bad_readings", "alarms", "tickets", "proof_tests", "raised"} <= data.keys()
    assert data == json.loads(told(capsys, site, recorded, "--json"))
    assert [each["clause"] for each in data["raised"]] == [each["clause"] for each in data["tickets"]]


def test_another_standard_is_compared(site: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = site.parent / "other.yaml"
    other.write_text(LIMIT % "2400 s", encoding="utf-8")
    said = told(capsys, site, recorded, "--standard", other)
    assert "with both, at another time: 1" in said
    assert re.search(
        r"01-01 12:1\d → 01-01 12:5\d 01-01 13:1\d → 01-01 13:1\d P\d lobby-door access-door.held-open", said
    )
    other.write_text(LIMIT % "7200 s", encoding="utf-8")
    data = json.loads(told(capsys, site, recorded, "--standard", other, "--json"))
    assert [[each["clause"] for each in pair] for pair in data["difference"]["only_before"]] == [
        ["access-door.held-open"]
    ]
    assert data["difference"]["only_after"] == data["difference"]["another_time"] == []
    assert data["with_other_standard"]["standard"].endswith("other")


def test_a_part_of_the_time(site: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data: dict[str, Any] = json.loads(
        told(capsys, site, recorded, "--since", "2026-01-01T20:01", "--until", "2026-01-01T12:05:00Z", "--json")
    )
    assert (data["from"], data["until"]) == ("2026-01-01T12:01:00.000Z", "2026-01-01T12:05:00.000Z")
    assert (data["rows"], data["tickets"]) == (4 * 121, [])
    for options, why in ((["--since", "soon"], "is no time"), (["--since", "2027-01-01"], "nothing was recorded then")):
        assert outcome(["replay", str(site), str(recorded), *options]) == 64
        assert why in capsys.readouterr().err


def test_what_cannot_be_used_is_told(site: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["replay", str(site), str(recorded), "--standard", str(site / "none.yaml")]) == 64
    recorded.write_text("at,point,value\nnow,lobby-door.closed,1\n", encoding="utf-8")
    assert outcome(["replay", str(site), str(recorded)]) == 78
    assert "door.csv:2: 'now' is no time" in capsys.readouterr().err
    other = site.parent / "other.yaml"
    other.write_text(LIMIT % "40 MPa", encoding="utf-8")
    recorded.write_text(f"at,point,value\n{T},lobby-door.closed,1\n", encoding="utf-8")
    assert outcome(["replay", str(site), str(recorded), "--standard", str(other)]) == 78
    assert "other.yaml:3" in capsys.readouterr().err


def test_the_gateways_own_file_is_read_and_left_as_it_is(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    estate = load_estate(site)
    path = site.parent / "gateway.db"
    database = Database(path, estate)
    closed = estate.assets["lobby-door"].ids["closed"]
    database.connection.execute("INSERT INTO points (site, name) VALUES ('my-site', 'device:gone/input1')")
    database.commit(Changes(history=[HistoryBlock(T, [closed], [True]), HistoryBlock(T + 60, [closed], [False])]))
    database.close()
    before = path.read_bytes()
    said = told(capsys, site, path)
    assert "12:00 to 01-01 12:01 UTC, 2 readings" in said
    assert "1 points of the recording are not in this site" in said
    assert path.read_bytes() == before


def test_progress_is_shown_on_a_terminal_only(
    site: Path, recorded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    told(capsys, site, recorded)
    assert "%" not in capsys.readouterr().err
    monkeypatch.setattr(command, "LONG", 100)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert outcome(["replay", str(site), str(recorded)]) == 0
    assert "readings/s" in terminal.getvalue()
