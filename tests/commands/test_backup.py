"""``touchpoint backup`` as typed: what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.store.sqlite import Database
from tests.store.test_sqlite import ESTATE, a_bit_of_all


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site" / "var").mkdir(parents=True)
    database = Database(tmp_path / "site" / "var" / "gateway.db", ESTATE)
    database.commit(a_bit_of_all())
    database.close()
    return tmp_path / "site"


def test_a_copy_is_told_with_its_size_and_where_it_goes_back(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["backup", str(site), str(site / "copy.db")]) == 0
    told = capsys.readouterr().out.replace("\n", " ")
    assert "MB, whole, and its audit chain holds" in told
    assert "gateway.db" in told


def test_as_json(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["backup", str(site), str(site / "copy.db"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is True
    assert told["bytes"] == (site / "copy.db").stat().st_size


def test_what_cannot_be_copied_is_said_in_a_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "copy.db").write_text("dear")
    assert outcome(["backup", str(site), str(site / "copy.db")]) == 64
    assert "is there already" in capsys.readouterr().err
    assert outcome(["backup", str(site), str(site / "other.db"), "--state", str(site / "elsewhere")]) == 64
    assert "there is no database" in capsys.readouterr().err
