"""A row of assets.csv or devices.csv is right or wrong by its schema as it is by ``touchpoint check``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gateway.errors import DocumentError
from tests.schemas.validating import errors
from tests.sites import Site

ASSETS = {
    "name": "gate-9", "kind": "door", "touchpoint": "unit-door", "place.zh": "9号门", "place.en": "Gate 9",
    "points": "contact-20", "next_to": "lobby-door; yard-door",
}  # fmt: skip
CHINESE = {
    "名称": "gate-9", "类别": "door", "触点": "unit-door", "位置": "9号门", "点位": "closed=!di-1.input1",
    "资料.rated": "",
}  # fmt: skip
DEVICES = {"name": "contact-20", "profile": "contact", "connection": "broker", "topic": "doors/20", "stale_after": "2h"}


def verdicts(folder: Path, sheet: str, row: dict[str, str]) -> tuple[bool, bool]:
    """Whether the schema takes the row, and whether loading a site with it does."""
    site = Site(folder)
    sheets = {"devices.csv": DEVICES, sheet: row}
    for name, cells in sheets.items():
        with (site.folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, cells)
            writer.writeheader()
            writer.writerow(cells)
    fits = errors(sheet.replace(".", "-"), row) == []
    try:
        site.load()
    except DocumentError as error:
        return fits, not any(Path(problem.file).name == sheet for problem in error.problems)
    return fits, True


@pytest.mark.parametrize(("sheet", "row"), [("assets.csv", ASSETS), ("assets.csv", CHINESE), ("devices.csv", DEVICES)])
def test_a_right_row_is_right_for_both(tmp_path: Path, sheet: str, row: dict[str, str]) -> None:
    assert verdicts(tmp_path, sheet, row) == (True, True)


@pytest.mark.parametrize(
    ("sheet", "row"),
    [
        ("assets.csv", ASSETS | {"name": "Gate 9"}),
        ("assets.csv", ASSETS | {"name": ""}),
        ("assets.csv", ASSETS | {"kind": ""}),
        ("assets.csv", ASSETS | {"colour": "red"}),
        ("assets.csv", ASSETS | {"place": "Gate 9"}),
        ("assets.csv", ASSETS | {"名称": "gate-9"}),
        ("assets.csv", {key: cell for key, cell in ASSETS.items() if not key.startswith("place")}),
        ("assets.csv", {key: cell for key, cell in CHINESE.items() if key != "类别"}),
        ("devices.csv", DEVICES | {"stale_after": "2"}),
        ("devices.csv", DEVICES | {"name": "1"}),
        ("devices.csv", DEVICES | {"profile": "inputs", "connection": "plant-room", "unit": "256"}),
        ("devices.csv", DEVICES | {"profile": "inputs", "connection": "plant-room", "every": "0s"}),
        ("devices.csv", {key: cell for key, cell in DEVICES.items() if key != "profile"}),
    ],
)
def test_a_wrong_row_is_wrong_for_both(tmp_path: Path, sheet: str, row: dict[str, str]) -> None:
    assert verdicts(tmp_path, sheet, row) == (False, False)
