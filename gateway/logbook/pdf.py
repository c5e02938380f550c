"""The log book as a PDF on A4: what the page to print tells, with the font inside, to be kept and handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from gateway.logbook.ageing import picture
from gateway.logbook.book import AGEING, ALL, CLAUSES, CURVE_NOTE, CURVES, EMPTY, NAME, NOTES, Book
from gateway.logbook.columns import HEADS, NONE, Piece, cells
from gateway.logbook.curve import curve
from gateway.logbook.fonts import Font
from gateway.logbook.paper import GREY, INK, Line, Paper
from gateway.logbook.speech import Speech
from gateway.proof_tests.entry import OUTCOMES, Outcome

COLOURS: Mapping[str, str] = {"good": "#14652f", "none": "#a11620", "part": "#8a5600", "idle": "#5a646e", "code": GREY}
SIZE, SMALL = 7.0, 6.0
WIDTHS = (25.0, 27.0, 25.0, 31.0, 30.0, 23.0, 25.0)
TOGETHER: Sequence[Sequence[int]] = ((0,), (1,), (2,), (3,), (4, 5, 6), (7,), (8,))
"""Which of the book's columns share one of the sheet's; all but the first of those are named in each row."""


def pdf(book: Book, speech: Speech, font: Font) -> bytes:
    """The whole document; raises Refused for a font that cannot be used."""
    name = speech.plain(NAME)
    title = f"{name}: {speech.plain(book.title)}"
    printed_at = datetime.fromisoformat(book.printed_at)
    with closing(Paper(font, title, f"{title} · {book.site}", printed_at)) as paper:
        _top(paper, book, speech)
        _entries(paper, book, speech)
        _clauses(paper, book, speech)
        _curves(paper, book, speech)
        _ageing(paper, book, speech)
        return paper.bytes()


def _top(paper: Paper, book: Book, speech: Speech) -> None:
    plain = speech.plain
    standard = f"{plain({'zh': '标准', 'en': 'standard'})} {book.standard}"
    printed = f"{plain({'zh': '打印于', 'en': 'printed'})} {speech.when(book.printed_at)}"
    period = map(plain, book.chosen or (ALL,))
    paper.lines(Line(plain(NAME), 17.0, strong=True))
    paper.lines(Line(" · ".join([plain(book.title), book.site, standard, printed, *period]), 8.5, GREY))
    paper.gap(1.5)
    paper.lines(_line(book.chain(), speech, 9.0)._replace(strong=True))
    counts = Counter(row["outcome"] for row in book.rows)
    paper.lines(Line(" · ".join(f"{plain(OUTCOMES[each])} {counts[each]}" for each in Outcome), 9.0))
    paper.gap(1.5)
    for note in NOTES:
        paper.lines(*(Line(f"• {note[each]}", 8.0, GREY) for each in speech.languages))
    paper.gap(2.5)


def _entries(paper: Paper, book: Book, speech: Speech) -> None:
    if not book.rows:
        paper.lines(Line(speech.plain(EMPTY)))
        return
    heads = [Line(" · ".join(speech.plain(HEADS[each]) for each in group), SIZE, strong=True) for group in TOGETHER]
    paper.table(WIDTHS, heads, (_row(row, speech) for row in book.rows))


def _row(row: Mapping[str, Any], speech: Speech) -> list[list[Line]]:
    told = cells(row, speech)
    return [[line for place in group for line in _cell(told, place, speech)] for group in TOGETHER]


def _cell(told: Sequence[Sequence[Piece]], place: int, speech: Speech) -> Iterator[Line]:
    shared = next(group for group in TOGETHER if place in group)
    if place != shared[0]:
        if told[place] == [NONE]:
            return
        yield Line(speech.plain(HEADS[place]), SMALL, GREY)
    for piece in told[place]:
        yield _line(piece, speech, SMALL if piece.look == "code" else SIZE)


def _line(piece: Piece, speech: Speech, size: float) -> Line:
    strong = piece.look not in ("", "code")
    return Line(piece.words(speech), size, COLOURS.get(piece.look, INK), strong)


def _clauses(paper: Paper, book: Book, speech: Speech) -> None:
    told = [" · ".join(piece.words(speech) for piece in clause) for clause in book.clauses()]
    if told:
        _head(paper, speech.plain(CLAUSES))
        paper.lines(*(Line(f"• {each}", 8.0) for each in told))


def _curves(paper: Paper, book: Book, speech: Speech) -> None:
    drawn = book.drawn()
    if drawn:
        _head(paper, speech.plain(CURVES), 80.0)
        paper.lines(*(Line(CURVE_NOTE[each], 8.0, GREY) for each in speech.languages))
        paper.gap(3.0)
        paper.drawings(curve(row, speech) for row in drawn)


def _ageing(paper: Paper, book: Book, speech: Speech) -> None:
    if book.ageing is not None:
        _head(paper, speech.plain(AGEING), 70.0)
        paper.drawings([picture(book.ageing, speech)])


def _head(paper: Paper, words: str, below: float = 12.0) -> None:
    paper.gap(5.0)
    paper.keep(8.0 + below)
    paper.lines(Line(words, 12.0, strong=True))
    paper.gap(1.0)
