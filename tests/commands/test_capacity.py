"""``touchpoint capacity``: the trend of each battery as a table, JSON and a picture, and what the API tells."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.cli import outcome
from gateway.site import load_estate
from tests.commands.test_logbook import DEMO, LIGHT, keep
from tests.commands.test_running import command, running
from tests.conftest import Needs
from tests.logbook.ageing import Life
from tests.logbook.test_paper import read

BOOK = [replace(each, asset=LIGHT) for each in Life().tests(19)]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The demo's site, with a light that was tested for a year and a half."""
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    keep(folder, BOOK)
    return folder


def test_the_table_names_every_battery_and_says_what_is_unknown(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["capacity", str(site)]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 100
    lines = {words[0]: words[1:] for words in (line.split() for line in said.splitlines()) if words}
    assert lines[LIGHT][0] == "19"
    assert 61 <= int(lines[LIGHT][1]) <= 67, "% of its capacity: 64"
    assert "no passed test" in " ".join(lines["emergency-light-b1-2"])


def test_json_and_picture_are_of_one_asset(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["capacity", str(site), LIGHT, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["asset"], len(row["tests"]), row["unknown"]) == (LIGHT, 19, "")
    assert outcome(["capacity", str(site), LIGHT, "--svg", str(tmp_path / "trend.svg")]) == 0
    assert (tmp_path / "trend.svg").read_text(encoding="utf-8").count("<circle") == 19


@pytest.mark.parametrize("wrong", [["no-such"], ["lobby-door"], ["--svg", "x.svg"], ["--state", "/no/such"]])
def test_what_cannot_be_asked_is_told(site: Path, capsys: pytest.CaptureFixture[str], wrong: Sequence[str]) -> None:
    assert outcome(["capacity", str(site), *wrong]) == 64
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_printed_book_of_one_asset_has_its_trend(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], needs: Needs
) -> None:
    needs("pdftotext")
    assert outcome(["logbook", str(site), "--format", "html", "--asset", LIGHT, "--lang", "en"]) == 0
    assert "How its battery has aged" in capsys.readouterr().out
    assert outcome(["logbook", str(site), "--format", "html", "--lang", "en"]) == 0
    assert "How its battery has aged" not in capsys.readouterr().out
    path = tmp_path / "book.pdf"
    assert outcome(["logbook", str(site), "--format", "pdf", "--asset", LIGHT, "--out", str(path), "--lang", "en"]) == 0
    text = " ".join(read(path.read_bytes()).split())
    assert "How its battery has aged" in text
    assert "duration test first fails: not before 2027-0" in text


@pytest.mark.asyncio
async def test_the_api_tells_the_same_of_a_running_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    async with running(folder, load_estate(folder)) as served:
        await served.runner.store.commit(Changes(entries=BOOK))
        assert await command("capacity", folder, "--json") == 0
        rows = sorted(json.loads(capsys.readouterr().out), key=lambda row: str(row["asset"]))
        first = await served.get("/api/v1/logbook/capacity", limit=2)
        rest = await served.get("/api/v1/logbook/capacity", after=first["next"])
        assert (first["items"] + rest["items"], len(first["items"]), rest["next"]) == (rows, 2, None)
        assert await served.get(f"/api/v1/logbook/capacity/{LIGHT}") == next(r for r in rows if r["asset"] == LIGHT)
        picture = await served.client.get(f"/api/v1/logbook/capacity/{LIGHT}/trend.svg", params={"lang": "zh"})
        assert (picture.headers["content-type"], picture.text.count("<circle")) == ("image/svg+xml", 19)
        assert "电池剩余容量" in picture.text
        assert (await served.client.get("/api/v1/logbook/capacity/lobby-door")).status_code == 404
