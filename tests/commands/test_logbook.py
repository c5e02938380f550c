"""``touchpoint logbook`` with a gateway and without one: the same entries in every form."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.changes import Changes
from gateway.cli import outcome
from gateway.logbook.reading import PART
from gateway.proof_tests.entry import Entry, Outcome
from gateway.site import load_estate
from gateway.store.store import Store
from tests.commands.test_running import command, running
from tests.conftest import Needs
from tests.logbook.book import discharge, entry
from tests.logbook.test_paper import read
from tests.story import NOON

DEMO = Path(__file__).parents[2] / "deploy" / "demo-site"
LIGHT = "emergency-light-b1-1"
DAY = 86400.0


def day(number: int, **others: Any) -> Entry:
    """The entry of that day, which passed."""
    begun = NOON + (number - 1) * DAY
    given: dict[str, Any] = {"asset": LIGHT, "started_at": begun, "ended_at": begun + 930.0, "curve": discharge(930.0)}
    return entry(number, **{**given, **others})


BOOK = (
    day(1),
    day(2, outcome=Outcome.FAILED, finding="lamp-out", lasted=840.0),
    day(3, kind="discharge", outcome=Outcome.RECORDED, started_by="=cmd()", limit=None, clause="", curve=()),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The demo's site, on which a gateway ran for three days and ended."""
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    keep(folder, BOOK)
    return folder


def keep(folder: Path, book: Sequence[Entry]) -> None:
    """Write the entries as a gateway does."""
    store = Store(folder / "var" / "gateway.db", load_estate(folder))
    asyncio.run(store.commit(Changes(entries=list(book))))
    store.close()


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What the command prints."""
    assert outcome(["logbook", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_the_table_fits_a_terminal_and_tells_time_and_finding(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, site, "--lang", "en")
    assert max(map(len, said.splitlines())) <= 100
    words = " ".join(said.split())
    assert f"1 2026-01-01 20:00 {LIGHT} duration test 15:30 passed" in words
    assert f"2 2026-01-02 20:00 {LIGHT} duration test 14:00 failed: the lamp went out" in words
    assert "放电时间测试" in told(capsys, site, "--lang", "zh")


def test_every_form_tells_the_same_entries(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(told(capsys, site, "--json"))
    sheet = list(csv.DictReader(io.StringIO(told(capsys, site, "--format", "csv"))))
    page = told(capsys, site, "--format", "html")
    assert [each["id"] for each in rows] == [int(each["id"]) for each in sheet] == [1, 2, 3]
    assert [each["lasted_s"] for each in rows] == [float(each["lasted_s"]) for each in sheet] == [930.0, 840.0, 930.0]
    assert [len(each["curve"]["samples"]) for each in rows] == [42, 42, 0]
    assert [page.count(f"№ {number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert page.count("<svg") == 2
    assert all(each in page for each in ("滨河花园", "Riverside Garden", "放电曲线"))


def test_no_cell_of_the_csv_is_a_formula(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = list(csv.DictReader(io.StringIO(told(capsys, site, "--format", "csv"))))
    assert sheet[2]["started_by"] == "'=cmd()"
    assert not [cell for row in sheet for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert (sheet[2]["limit_s"], sheet[0]["started_at"]) == ("", "2026-01-01T20:00:00.000+08:00")


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (["--since", "2026-01-02"], [2, 3]),
        (["--until", "2026-01-02T20:00"], [1, 2]),
        (["--since", "2026-01-01T12:00:01Z", "--until", "2026-01-03"], [2]),
        (["--kind", "discharge"], [3]),
        (["--asset", LIGHT, "--kind", "duration"], [1, 2]),
        (["--asset", "emergency-light-b1-2"], []),
    ],
)
def test_the_entries_are_chosen(
    site: Path, capsys: pytest.CaptureFixture[str], asked: Sequence[str], ids: Sequence[int]
) -> None:
    assert [each["id"] for each in json.loads(told(capsys, site, "--json", *asked))] == ids


def test_the_page_says_what_was_chosen_and_goes_to_a_file(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.html"
    said = told(capsys, site, "--format", "html", "--since", "2026-01-02", "--lang", "en", "--out", path)
    assert said == f"log book → {path}\n"
    text = path.read_text(encoding="utf-8")
    assert "since 2026-01-02" in text
    assert "№ 1<" not in text
    assert "试验" not in text.replace("滨河花园", "")


def test_a_book_of_many_parts_is_told_whole(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(site, [day(number, curve=()) for number in range(4, PART * 2 + 1)])
    sheet = list(csv.DictReader(io.StringIO(told(capsys, site, "--format", "csv"))))
    assert [int(each["id"]) for each in sheet] == list(range(1, PART * 2 + 1))


@pytest.mark.parametrize("wrong", [
    ["--format", "pdf"], ["--lang", "fr"], ["--kind", "stroll"], ["--asset", "no-such"], ["--since", "soon"],
    ["--since", "2026-02-01", "--until", "2026-01-01"], ["--out", "/no/such/folder/book.html"],
])  # fmt: skip
def test_what_cannot_be_asked_is_told(site: Path, capsys: pytest.CaptureFixture[str], wrong: Sequence[str]) -> None:
    assert outcome(["logbook", str(site), *wrong]) == 64
    said = capsys.readouterr()
    assert (len(said.err.splitlines()), said.out) == (1, "")


def test_a_site_that_never_ran_has_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    assert outcome(["logbook", str(folder)]) == 64
    assert "has the gateway run here?" in capsys.readouterr().err


def test_a_book_that_was_changed_is_told_and_says_so(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "哈希链完整 hash chain whole" in told(capsys, site, "--format", "html")
    with closing(sqlite3.connect(site / "var" / "gateway.db")) as forged:
        forged.execute("DROP TRIGGER log_book_stands")
        forged.execute("UPDATE log_book SET body = replace(body, '\"failed\"', '\"passed\"') WHERE id = 2")
        forged.commit()
    assert outcome(["logbook", str(site), "--format", "html"]) == 1
    said = capsys.readouterr()
    assert "hash chain broken at entry 2" in said.out
    assert "hash chain breaks at entry 2" in said.err
    assert outcome(["logbook", str(site), "--json", "--kind", "discharge"]) == 1, "also when that entry is not shown"


def test_a_file_from_before_the_book_has_no_entry(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(site / "var" / "gateway.db")) as old:
        for name in ("log_book", "runs", "samples"):
            old.execute(f"DROP TABLE {name}")
        old.execute("PRAGMA user_version = 3")
    assert told(capsys, site) == "the log book has no such entry\n"


@pytest.mark.asyncio
async def test_beside_a_running_gateway_it_tells_what_the_api_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    async with running(folder, load_estate(folder)) as served:
        await served.runner.store.commit(Changes(entries=list(BOOK)))
        assert await command("logbook", folder, "--json") == 0
        rows = json.loads(capsys.readouterr().out)
        assert rows == [await served.get(f"/api/v1/logbook/{number}") for number in (1, 2, 3)]


def test_a_pdf_goes_to_a_file_and_can_be_read(site: Path, tmp_path: Path, needs: Needs) -> None:
    needs("pdftotext")
    assert outcome(["logbook", str(site), "--format", "pdf"]) == 64
    path = tmp_path / "book.pdf"
    assert outcome(["logbook", str(site), "--format", "pdf", "--out", str(path), "--lang", "zh"]) == 0
    text = "".join(read(path.read_bytes()).split())
    for said in ("试验记录簿", "滨河花园", "哈希链完整", "放电时间测试", "非计划放电", "电池供电时灯熄灭", LIGHT):
        assert said in text, said
    assert outcome(["logbook", str(site), "--format", "pdf", "--out", str(path), "--font", "/no/font.ttf"]) == 1


WITHOUT = """
import sys
class Lacking:
    def find_spec(self, name, *_):
        if name in {0}:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Lacking())
from gateway.__main__ import main
main()
"""


@pytest.mark.parametrize("lacking", [("fpdf",), ("fpdf", "fontTools")])
def test_without_the_extra_a_pdf_says_what_is_to_be_installed_and_all_else_goes(
    site: Path, tmp_path: Path, lacking: tuple[str, ...]
) -> None:
    """Both come with the extra, and the one that is missed first is not the same everywhere."""
    start = WITHOUT.format(lacking)
    path = tmp_path / "book.pdf"
    for form, status in (("pdf", 1), ("html", 0)):
        command = [sys.executable, "-c", start, "logbook", str(site), "--format", form, "--out", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == status, done.stderr
        if status:
            assert done.stderr == "touchpoint: a PDF needs the extra pdf: pip install 'touchpoint-gateway[pdf]'\n"
            assert not path.exists()
