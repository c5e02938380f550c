"""The log book as one page to print, in one language or both: a row for each entry, then the curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.logbook.ageing import picture
from gateway.logbook.book import AGEING, ALL, CLAUSES, CURVE_NOTE, CURVES, EMPTY, NAME, NOTES, Book
from gateway.logbook.columns import HEADS, LOOKS, Piece, cells
from gateway.logbook.curve import curve
from gateway.logbook.drawing import svg
from gateway.logbook.speech import Speech
from gateway.markup import DOT, GAP, Html, badge, document, figure, join, listed, table, tag
from gateway.proof_tests.entry import OUTCOMES, Outcome

STYLE = """
@page { size: A4 landscape; margin: 12mm 11mm 14mm; }
body { max-width: 272mm; }
.figures { grid-template-columns: repeat(7, 1fr); }
.entries { table-layout: fixed; font-size: 8pt; }
.entries th:nth-child(1), .entries th:nth-child(5), .entries th:nth-child(8) { width: 11%; }
.entries th:nth-child(2) { width: 13%; } .entries th:nth-child(3) { width: 10%; }
.entries th:nth-child(4) { width: 14%; } .entries th:nth-child(7) { width: 6%; }
.curves { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm 6mm; }
figure { margin: 0; break-inside: avoid; }
svg { width: 100%; height: auto; }
.drawn { break-before: page; }
ul { margin: 1mm 0 2mm; padding-left: 5mm; }
@media screen and (max-width: 800px) {
  .curves { grid-template-columns: 1fr; }
  .figures { grid-template-columns: 1fr 1fr; }
  .entries { display: block; overflow-x: auto; }
  .entries th { min-width: 27mm; }
}
"""


def page(book: Book, speech: Speech) -> str:
    """The whole page."""
    top, entries = _top(book, speech), _entries(book.rows, speech)
    parts = [top, entries, _clauses(book, speech), _curves(book, speech), _ageing(book, speech)]
    return document(f"{speech.plain(NAME)}: {speech.plain(book.title)}", STYLE, parts, speech.languages[0])


def _top(book: Book, speech: Speech) -> Html:
    of = speech.of
    chosen = [speech.html(each) for each in book.chosen or (ALL,)]
    about = [
        speech.html(book.title), book.site, join("", [of("标准", "standard"), GAP, book.standard]),
        join("", [of("打印于", "printed"), GAP, speech.when(book.printed_at)]), *chosen,
    ]  # fmt: skip
    counts = Counter(row["outcome"] for row in book.rows)
    figures = (figure(counts[each], LOOKS[each], speech.html(OUTCOMES[each])) for each in Outcome)
    return tag(
        "header",
        tag("h1", speech.html(NAME)),
        tag("p", join(DOT, about), css="meta"),
        tag("p", _shown(book.chain(), speech)),
        tag("div", *figures, css="figures"),
        tag("ul", *(tag("li", speech.html(each), css="note") for each in NOTES)),
    )


def _shown(piece: Piece, speech: Speech) -> Html:
    """A piece of a cell as it looks on a page."""
    if piece.look in ("", "strong"):
        words = join(GAP, map(speech.html, piece.parts(speech)))
        return tag("b", words) if piece.look else words
    return tag("code", piece.words(speech)) if piece.look == "code" else badge(piece.look, piece.words(speech))


def _entries(rows: Iterable[Mapping[str, Any]], speech: Speech) -> Html:
    told = [[listed(_shown(each, speech) for each in cell) for cell in cells(row, speech)] for row in rows]
    if not told:
        return tag("p", speech.html(EMPTY))
    return table(map(speech.html, HEADS), told, css="entries")


def _clauses(book: Book, speech: Speech) -> Html:
    told = [tag("li", join(DOT, (_shown(each, speech) for each in clause))) for clause in book.clauses()]
    return tag("section", tag("h2", speech.html(CLAUSES)), tag("ul", *told)) if told else Html("")


def _curves(book: Book, speech: Speech) -> Html:
    drawn = [tag("figure", svg(curve(row, speech))) for row in book.drawn()]
    if not drawn:
        return Html("")
    head, note = tag("h2", speech.html(CURVES)), tag("p", speech.html(CURVE_NOTE), css="note")
    return tag("section", head, note, tag("div", *drawn, css="curves"), css="drawn")


def _ageing(book: Book, speech: Speech) -> Html:
    if book.ageing is None:
        return Html("")
    drawn = tag("div", tag("figure", svg(picture(book.ageing, speech))), css="curves")
    return tag("section", tag("h2", speech.html(AGEING)), drawn)
