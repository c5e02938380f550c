"""The map of the standard: every row is answered, every clause is asked for, and a gap is seen."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from gateway.data import shipped
from gateway.documents import Document
from gateway.generated import clauses as generated_readme
from gateway.model import Priority
from gateway.site.files import Findings
from gateway.site.pages import read_pages
from gateway.standards.rows import Row, RowsFile
from gateway.standards.standard import Clause

BOOK = shipped().book
MAP = Document(BOOK / "rows.yaml").parse(RowsFile)
CLAUSES: dict[str, Clause] = {
    name: clause for page in read_pages(BOOK, (), Findings()) for name, clause in page.says.clauses.items()
}
ROWS = {"DOOR": 8, "GATE": 7, "EML": 5, "EXT": 6, "LIFT": 10, "LGT": 9, "WTR": 3, "PER": 1, "TMP": 3, "DSP": 1,
        "BIN": 3, "NOI": 2, "SLA": 8, "PAT": 5, "NTC": 1, "TEL": 3, "DSK": 2, "VIS": 1, "INT": 1}  # fmt: skip


def test_every_row_of_the_standard_is_on_the_map() -> None:
    expected = [f"{subject}-{number:02}" for subject, count in ROWS.items() for number in range(1, count + 1)]
    assert list(MAP.rows) == expected
    assert len(expected) == 79


def test_the_map_names_clauses_that_are_there_and_leaves_none_out() -> None:
    asked = {name for row in MAP.rows.values() for name in row.clauses}
    assert asked | MAP.own.keys() == CLAUSES.keys()
    assert not asked & MAP.own.keys(), "what a row asks for is not the gateway's own idea"


@pytest.mark.parametrize("name", MAP.rows)
def test_each_row_is_answered_in_both_languages(name: str) -> None:
    row = MAP.rows[name]
    for text in (row.title, row.reason or row.title):
        assert text.keys() == {"zh", "en"}
        assert re.search("[\u4e00-\u9fff]", text["zh"])
        assert text["en"].isascii() or "₂" in text["en"]
    assert row.clauses or len((row.reason or {})["en"].split()) >= 5


def test_an_urgent_repair_is_on_site_within_ten_minutes() -> None:
    """The text's own number (row SLA-01), kept as the terms of every ticket of priority P1."""
    urgent = {name: clause.ticket.on_site for name, clause in CLAUSES.items() if clause.priority is Priority.P1}
    assert len(urgent) >= 4
    assert set(urgent.values()) == {600.0}


def test_every_ticket_has_its_terms() -> None:
    """Row SLA-07: within what time to acknowledge and to repair; on site too, unless it can be planned (P4)."""
    for name, clause in CLAUSES.items():
        terms = clause.ticket
        assert terms.acknowledge, name
        assert terms.resolve, name
        assert terms.on_site or clause.priority is Priority.P4, name


def test_the_page_shows_every_row_with_its_answer() -> None:
    page = generated_readme()
    for name, row in MAP.rows.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
        assert all(f"`{clause}`" in line for clause in row.clauses)
        assert row.reason is None or row.reason["en"] in line


def test_a_row_without_an_answer_is_refused() -> None:
    with pytest.raises(ValidationError, match="name the clauses that check this row, or the reason"):
        Row.model_validate({"title": {"zh": "门", "en": "Door"}})


def test_the_page_shows_each_touchpoint_with_its_number_in_every_edition() -> None:
    page = generated_readme().splitlines()
    assert "| touchpoint | title | handbook | twenty | basic | patrol |" in page
    assert "| `vehicle-entrance` | 车行出入口 / Vehicle entrance | 2 | 2 | 4 | 2 |" in page
    assert "| `car-park` | 停车场 / Car park | 4 | 5 |  |  |" in page
