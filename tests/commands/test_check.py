"""``touchpoint check`` reads the site's own examples too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli import outcome

OWN = """examples:
  - clause: access-door.held-open
    name: this site's own
    steps:
      - {at: 0s, points: {held_open_time: 10 s}, expect: met}
"""


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "site"
    assert outcome(["init", str(folder)]) == 0
    (folder / "standards.test.yaml").write_text(OWN, encoding="utf-8")
    capsys.readouterr()
    return folder


def test_a_clause_that_was_off_until_last_year_is_counted_and_told(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it will be when the site is run, not as if that day were still to come."""
    assert outcome(["check", str(site), "--json"]) == 0
    clauses = json.loads(capsys.readouterr().out)["clauses"]
    off = "adjust:\n  access-door.held-open: {off: true, reason: being rebuilt, until: 2020-12-31}\n"
    (site / "standards.yaml").write_text("version: t\n" + off, encoding="utf-8")
    assert outcome(["check", str(site), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clauses"] == clauses
    assert any("ended on 2020-12-31: the clause holds again" in each["message"] for each in told["warnings"])


@pytest.mark.parametrize("clause", ["asset.judgeable", "device.answers", "connection.answers"])
def test_who_switches_off_the_watch_over_silence_is_warned(
    site: Path, capsys: pytest.CaptureFixture[str], clause: str
) -> None:
    off = f"adjust:\n  {clause}: {{off: true, reason: too loud, until: 2099-12-31}}\n"
    (site / "standards.yaml").write_text(off, encoding="utf-8")
    assert outcome(["check", str(site), "--json"]) == 0
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert [(each["line"], each["where"], each["message"]) for each in warnings] == [
        (2, f"adjust.{clause}", "what falls silent would then be told by nobody")
    ]


def test_examples_that_fit_are_no_matter(site: Path) -> None:
    assert outcome(["check", str(site)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("held-open", "held-opn", 2, 'did you mean "access-door.held-open"'),
        ("held_open_time: 10 s", "held_open_tim: 10 s", 5, 'did you mean "held_open_time"'),
        ("10 s", "10 V", 5, "is in V, and must be in s"),
        ("expect: met", "expect: mett", 5, 'did you mean "met"'),
        ("at: 0s", "at: 0", 5, "is no duration"),
        ("name:", "nam:", 3, 'did you mean "name"'),
        ("    steps:", "   steps:", 4, ""),
    ],
)
def test_a_wrong_example_is_told_with_file_and_line(
    site: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, line: int, says: str
) -> None:
    assert OWN.count(old) == 1
    (site / "standards.test.yaml").write_text(OWN.replace(old, new), encoding="utf-8")
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err
    assert f"{site / 'standards.test.yaml'}:{line}: " in told
    assert says in told


def test_wrong_examples_and_wrong_outputs_are_told_at_once(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "standards.test.yaml").write_text(OWN.replace("10 s", "10 V"), encoding="utf-8")
    text = (site / "site.yaml").read_text(encoding="utf-8")
    assert text.count("journal: {kind: log,") == 1
    (site / "site.yaml").write_text(text.replace("journal: {kind: log,", "journal: {kind: log, colour: red,"))
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err
    assert "is in V, and must be in s" in told
    line = text.splitlines().index("  journal: {kind: log, events: [ticket.*, alarm.*]}") + 1
    assert f"site.yaml:{line}: outputs.journal: " in told


@pytest.mark.parametrize(
    ("service", "says"),
    [
        (
            "wecombot://hush",
            "wecombot answers 200 also when it takes nothing, which this library does not see: use the",
        ),
        ("nosuch://hush", "holds no address that the library knows"),
    ],
)
def test_a_service_that_would_lose_messages_is_refused_by_line(
    site: Path, capsys: pytest.CaptureFixture[str], service: str, says: str
) -> None:
    (site / "service").write_text(service)
    (site / "service").chmod(0o600)
    text = (site / "site.yaml").read_text(encoding="utf-8")
    line = text.splitlines().index("  journal: {kind: log, events: [ticket.*, alarm.*]}") + 1
    (site / "site.yaml").write_text(text.replace("{kind: log,", "{kind: apprise, service_file: service,"))
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err
    assert f"site.yaml:{line}: outputs.journal: service_file: {says}" in told
    assert "hush" not in told


def test_the_form_of_examples_is_told_also_where_the_site_is_wrong(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "standards.test.yaml").write_text(OWN.replace("expect: met", "expct: met"), encoding="utf-8")
    text = (site / "site.yaml").read_text(encoding="utf-8")
    (site / "site.yaml").write_text(text.replace("every: 1s", "every: 1"), encoding="utf-8")
    assert outcome(["check", str(site)]) == 78
    told = capsys.readouterr().err
    assert 'standards.test.yaml:5: examples.0.steps.0.expct: unknown key, did you mean "expect"?' in told
    assert "is no duration" in told
