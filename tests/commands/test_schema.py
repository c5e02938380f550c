"""``touchpoint schema``: printed by name, or all in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.schemas import FILES, make_schema


def test_a_schema_is_printed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["schema", "site"]) == 0
    assert json.loads(capsys.readouterr().out) == make_schema("site")


def test_all_are_written_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "schemas"
    assert outcome(["schema", "--all", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {f"{name}.json" for name in FILES}
    assert json.loads((folder / "profile.json").read_text(encoding="utf-8")) == make_schema("profile")
    assert f"{len(FILES)} schemas" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "site (site.yaml), standards (standards.yaml)"),
        (["sight"], 'did you mean "site"'),
        (["site", "--all", "x"], "name a schema, or say --all DIR"),
        (["--all", "/dev/null/x"], "Not a directory"),
    ],
)
def test_wrong_usage_says_what_there_is(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["schema", *arguments]) == 64
    assert says in capsys.readouterr().err
