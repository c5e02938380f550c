"""A4 sheets: text is broken where a reader expects it, none is lost, and what is too much for a page goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.logbook.drawing import Drawing, Shape, fitted
from gateway.logbook.fonts import Font, find
from gateway.logbook.paper import Line, Paper
from tests.conftest import Needs, find_program

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATIN_ONLY = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@pytest.fixture(scope="module")
def found() -> Font:
    """The test is skipped, or failed in CI, where no font is installed."""
    try:
        return find()
    except Refused:
        find_program("a font with Chinese characters")
        raise


@pytest.fixture
def paper(found: Font) -> Iterator[Paper]:
    """An empty sheet."""
    with closing(Paper(found, "book", "foot", NOW)) as sheet:
        yield sheet


def read(document: bytes, *options: str) -> str:
    """What pdftotext reads in it."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=document, capture_output=True, check=True)
    return done.stdout.decode()


def test_a_long_table_has_its_head_on_every_page_and_every_row_once(paper: Paper, needs: Needs) -> None:
    needs("pdftotext")
    rows = ([[Line(f"row{number} 灯")], [Line("x " * 30)]] for number in range(150))
    paper.table([20.0, 20.0], [Line("头one"), Line("two")], rows)
    pages = read(paper.bytes()).split("\f")[:-1]
    assert len(pages) > 10
    assert all(page.count("头one") == 1 for page in pages)
    assert [word for page in pages for word in page.split() if word.startswith("row")] == [
        f"row{number}" for number in range(150)
    ]
    assert f"{len(pages)} / {len(pages)}" in pages[-1]


def test_a_row_higher_than_a_page_is_parted(paper: Paper, needs: Needs) -> None:
    needs("pdftotext")
    paper.table([20.0, 20.0], [Line("a"), Line("b")], iter([[[Line(f"n{n}") for n in range(200)], [Line("once")]]]))
    told = read(paper.bytes()).split()
    assert [each for each in told if each.startswith("n")] == [f"n{n}" for n in range(200)]
    assert told.count("once") == 1


def test_what_a_font_lacks_is_a_box_and_no_error(paper: Paper, needs: Needs) -> None:
    needs("pdftotext")
    paper.lines(Line("灯🔥灭"))
    assert "灯□灭" in read(paper.bytes())


def test_every_shape_of_a_drawing_has_a_way_to_be_drawn(paper: Paper) -> None:
    paper.drawings([Drawing(100.0, 50.0, [fitted((0.0, 10.0), "很长" * 60, 90.0, 12.0)])])
    with pytest.raises(KeyError):
        paper.drawings([Drawing(100.0, 50.0, [Shape("ellipse", {})])])


@pytest.mark.skipif(not LATIN_ONLY.is_file(), reason="the font is not installed")
def test_a_font_without_chinese_is_refused() -> None:
    with pytest.raises(Refused, match="no Chinese characters"):
        Paper(Font(LATIN_ONLY), "", "", NOW)
