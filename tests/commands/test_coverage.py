"""``touchpoint coverage`` on the demo's site and on one with changes: tables, JSON, CSV and the printed page."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.site import load_estate
from gateway.spreadsheet import harmless
from tests.rounds.house import House

DEMO = Path(__file__).parents[2] / "deploy" / "demo-site"
UNANSWERED = ("handle-firm", "reader-reads", "closes-quietly")
"""What a contact and a reader alone cannot tell of the starter's door."""
CHANGES = """\
version: garden 2
adjust:
  extinguisher.pressure-low:
    {reason: <b>fuller</b> here, until: 2090-01-01, change: {on_delay: 2min, require: {at_least: 1.05 MPa}}}
  barrier-gate.loop-clear: {change: {priority: P4}}
  access-door.reader-intact: {off: true, reason: "=no switch & no hope", until: 2090-12-31}
clauses:
  access-door.always-shut:
    title: {zh: 门应关闭, en: The door is shut}
    touchpoints: [corridor]
    applies_to: access-door
    require: {point: closed, equals: true}
    basis: {document: house rules, kind: proposed}
    priority: P4
    ticket: {trade: access, resolve: 2d}
    action: {zh: 关门, en: Shut the door}
"""


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The demo's site with a standards.yaml."""
    folder = tmp_path / "site"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("var"))
    (folder / "standards.yaml").write_text(CHANGES, encoding="utf-8")
    return folder


class Page(HTMLParser):
    """What a reader sees of a page, and whatever it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object") or {"src", "href", "style"} & {key for key, _ in attrs}:
            self.loads.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def test_the_tables_fit_a_terminal_and_name_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["coverage", str(DEMO)]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 100
    assert f"{len(load_estate(DEMO).standard.clauses)} clauses in force" in said
    assert re.search(r"no asset here for clauses on: [a-z-]+ \(\d+\), ", said)
    assert "status (for opening_time): gate-east" in " ".join(said.split())
    assert "record smoke_door: door-garage-2" in said
    assert "fuller" not in said


def test_the_counts_of_every_form_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["coverage", str(DEMO), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert outcome(["coverage", str(DEMO), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert outcome(["coverage", str(DEMO)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    counts = told["answers"]
    for answer, count in counts.items():
        assert sum(row["answer"] == answer for row in rows) == count
        assert sum(each["answer"] == answer for each in told["items"]) == count
        assert sum(each["answers"][answer] for each in told["touchpoints"]) == count
    assert f"{counts['sensor']} by sensor, {counts['test']} by test, {counts['person']} by a person" in said
    assert counts["nothing"] > 0
    assert told["complete"] is False
    assert len(told["touchpoints"]) == 21
    lacking = [each for each in told["items"] if each["answer"] in ("nothing", "in-part", "not-yet-provable")]
    assert all(each["missing"] or each["why"] for each in lacking)


def test_what_is_not_answered_fails_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["coverage", str(DEMO), "--fail"]) == 1
    starter = tmp_path / "starter"
    assert outcome(["init", str(starter)]) == 0
    site = starter / "site.yaml"
    site.write_text(
        site.read_text(encoding="utf-8").replace(
            "      reader_tamper: {from:", "      sensor_tamper: di-lobby.input5\n      reader_tamper: {from:"
        ),
        encoding="utf-8",
    )
    capsys.readouterr()
    assert outcome(["coverage", str(starter), "--fail"]) == 1
    said = capsys.readouterr().out
    assert all(f"access-door.{name}" in said for name in UNANSWERED)
    off = "".join(f"  access-door.{name}: {{off: true, reason: none, until: 2099-01-01}}\n" for name in UNANSWERED)
    (starter / "standards.yaml").write_text(f"adjust:\n{off}", encoding="utf-8")
    assert outcome(["coverage", str(starter), "--fail", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["complete"] is True
    assert [each["touchpoint"] for each in told["touchpoints"] if each["state"] == "answered"] == ["unit-door"]


def test_a_site_without_an_asset_is_not_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.yaml").write_text("{site: bare, name: {zh: 空, en: Bare}, timezone: UTC}", encoding="utf-8")
    assert outcome(["coverage", str(tmp_path), "--fail"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("0 assets; 0 answers asked for")
    assert "nothing is on watch" in said
    assert "everything that applies is answered" not in said
    assert outcome(["coverage", str(tmp_path), "--fail", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["complete"] is False


def test_changes_are_told_with_both_figures_and_their_basis(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["coverage", str(changed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    low, loop = told["changed"]
    assert {each["key"]: (each["shipped"], each["changed"]) for each in low["figures"]} == {
        "require.at_least": ("1 MPa", "1.05 MPa"), "on_delay": ("60 s", "2 min"),
    }  # fmt: skip
    assert (low["shipped_basis"]["kind"], low["basis"]["kind"], low["until"]) == ("standard", "proposed", "2090-01-01")
    assert loop["basis"] == loop["shipped_basis"]
    (off,) = told["off"]
    assert (off["clause"], off["assets"], off["until"]) == ("access-door.reader-intact", 12, "2090-12-31")
    assert outcome(["coverage", str(changed)]) == 0
    said = capsys.readouterr().out
    assert "changed: extinguisher.pressure-low: require.at_least 1 MPa → 1.05 MPa" in said
    assert "off: access-door.reader-intact on 12 assets, until 2090-12-31: =no switch & no hope" in said
    assert "access-door.always-shut (beside)" in said


def test_no_cell_of_the_csv_is_a_formula(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed / "site.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"South garden gate"', '"=1+1"'), encoding="utf-8")
    assert outcome(["coverage", str(changed), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert "'=1+1" in {row["place_en"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert {row["answer"] for row in rows} >= {"off", "no-asset", "no-clause", "sensor", "record", "nothing"}
    assert [harmless(cell) for cell in ("=a", "+a", "-a", "@a", "\ta", "a=", "")] == [
        "'=a", "'+a", "'-a", "'@a", "'\ta", "a=", "",
    ]  # fmt: skip


def test_the_page_is_whole_escaped_and_loads_nothing(
    changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.html"
    assert outcome(["coverage", str(changed), "--html", str(path)]) == 0
    assert "answers asked for" in capsys.readouterr().out
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.loads == []
    assert "url(" not in text
    assert "@import" not in text
    assert "&lt;b&gt;fuller&lt;/b&gt; here" in text
    words = " ".join(page.words)
    for said in ("滨河花园", "Riverside Garden", "=no switch & no hope", "1.05 MPa", "the site's own", "GB 4351"):
        assert said in words
    assert words.count("does not name this touchpoint") == 3


def test_the_page_goes_beside_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.html"
    assert outcome(["coverage", str(DEMO), "--json", "--html", str(path)]) == 0
    nothing_is_not_green = '<div class="figure idle"><b>0</b><span>试验证明</span>'
    assert nothing_is_not_green in path.read_text(encoding="utf-8")
    counts = json.loads(capsys.readouterr().out)["answers"]
    assert f"<b>{counts['nothing']}</b>" in path.read_text(encoding="utf-8")


def test_wrong_usage_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["coverage", str(DEMO), "--json", "--csv"]) == 64
    assert outcome(["coverage", str(DEMO), "--html", str(tmp_path)]) == 64
    assert outcome(["coverage", str(tmp_path)]) == 78
    assert "Is a directory" in capsys.readouterr().err


def test_what_people_and_tests_have_proven_stands_beside_what_sensors_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").mkdir()
    house = House(tmp_path, tmp_path / "var")
    house.answer("door", "handle-firm")
    house.answer("lift", "reversal", passed=False)
    house.database.close()
    assert outcome(["coverage", str(tmp_path), "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    answers = {(each["asset"], each["clause"]): each["answer"] for each in items}
    assert answers["door", "access-door.handle-firm"] == "person"
    assert answers["lift", "lift.door-reopening-proven"] == "test"
    assert answers["gate", "barrier-gate.hump-firm"] == answers["lift", "lift.alarm-battery"] == "not-yet-provable"
    assert answers["door", "access-door.closes-properly"] == "sensor"
    (why,) = [each["why"]["en"] for each in items if each["clause"] == "barrier-gate.hump-firm"]
    assert why.startswith("nobody has looked yet (it is in the rounds), needs: looked at by a person within 7 d")
    assert outcome(["coverage", str(tmp_path), "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "人员查看 proven by a person" in page
    assert "试验证明 proven by test" in page
