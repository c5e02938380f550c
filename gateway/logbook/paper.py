"""A4 sheets as PDF: lines of text, tables and drawings, with page numbers. The only code that knows fpdf2.

Knows nothing of what is printed. Sizes are millimetres, sizes of letters points.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from fontTools.ttLib import TTLibError
from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.errors import FPDFException
from fpdf.fonts import TTFFont

from gateway.errors import Refused
from gateway.logbook.breaking import broken
from gateway.logbook.drawing import Drawing, Shape
from gateway.logbook.fonts import Font

WIDTH, HEIGHT, SIDE, TOP, FOOT = 210.0, 297.0, 12.0, 14.0, 16.0
ROOM = WIDTH - 2 * SIDE
POINT = 25.4 / 72
LEADING = 1.35
"""Height of a line ÷ size of its letters."""
PAD = 1.1
BETWEEN = 5.0
INK, GREY, RULE, SHADE = "#1b1f23", "#4a5560", "#c5ccd3", "#eef2f5"
TOFU = "□"
FAMILY = "cjk"


class Line(NamedTuple):
    """A line of text, to be broken where it is too long."""

    words: str
    size: float = 8.0
    colour: str = INK
    strong: bool = False


class Paper:
    """Printed from top to bottom; ``foot`` stands on every page beside its number. To be closed, also when printed."""

    def __init__(self, font: Font, title: str, foot: str, printed_at: datetime) -> None:
        logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells what of a font it leaves out
        self._pdf = _Sheets(foot)
        self._pdf.set_title(title)
        self._pdf.set_creation_date(printed_at)
        try:
            self._pdf.add_font(FAMILY, fname=font.path, collection_font_number=font.face)
        except (FPDFException, TTLibError, OSError, LookupError, ValueError) as error:
            raise Refused(f"{font.path}: cannot be used as a font: {error}") from error
        self._font = cast("TTFFont", self._pdf.fonts[FAMILY])
        self._known = self._font.cmap
        if any(ord(each) not in self._known for each in "试验A1"):
            self.close()
            raise Refused(f"{font.path}: has no Chinese characters, or no Latin ones")
        self._wide: dict[str, float] = {}
        self._pdf.set_font(FAMILY, size=1)
        self._pdf.add_page()
        self._y = TOP

    def bytes(self) -> bytes:
        """The document."""
        return bytes(self._pdf.output())

    def close(self) -> None:
        """Let go of the font's file."""
        self._font.ttfont.close()

    def gap(self, height: float) -> None:
        """Leave room."""
        self._y += height

    def keep(self, height: float) -> None:
        """Go on upon a new page unless so much still has room on this one."""
        if self._y + height > HEIGHT - FOOT:
            self._pdf.add_page()
            self._y = TOP

    def lines(self, *lines: Line, x: float = SIDE, width: float = ROOM) -> None:
        """Text, each line on as many lines as it takes."""
        for part in self._broken(lines, width):
            height = part.size * POINT * LEADING
            self.keep(height)
            self._print(x, self._y, part)
            self._y += height

    def table(self, widths: Sequence[float], head: Sequence[Line], rows: Iterator[Sequence[Sequence[Line]]]) -> None:
        """A table whose head is on every page that it takes; a row is parted only where it is higher than a page."""
        heads = [self._broken([each], width - 2 * PAD) for each, width in zip(head, widths, strict=True)]
        self.keep(_height(heads) + 30.0)
        self._row(widths, heads, SHADE)
        for row in rows:
            cells = [self._broken(cell, width - 2 * PAD) for cell, width in zip(row, widths, strict=True)]
            for part in _parted(cells, HEIGHT - FOOT - TOP - _height(heads)):
                before = self._y
                self.keep(_height(part))
                if self._y < before:
                    self._row(widths, heads, SHADE)
                self._row(widths, part)

    def drawings(self, drawings: Iterable[Drawing]) -> None:
        """Drawings, one below the other."""
        for each in drawings:
            scale = ROOM / each.width
            self.keep(each.height * scale)
            self._draw(each, SIDE, self._y, scale)
            self._y += each.height * scale + BETWEEN

    def _row(self, widths: Sequence[float], cells: Sequence[Sequence[Line]], shade: str = "") -> None:
        height, x, pdf = _height(cells), SIDE, self._pdf
        if shade:
            pdf.set_fill_color(shade)
            pdf.rect(SIDE, self._y, sum(widths), height, style="F")
        for width, cell in zip(widths, cells, strict=True):
            y = self._y + PAD
            for line in cell:
                self._print(x + PAD, y, line)
                y += line.size * POINT * LEADING
            x += width
        self._y += height
        pdf.set_draw_color(RULE)
        pdf.set_line_width(0.15)
        pdf.line(SIDE, self._y, SIDE + sum(widths), self._y)

    def _print(self, x: float, top: float, line: Line) -> None:
        self._text(x, top + line.size * POINT * (LEADING / 2 + 0.36), line)

    def _text(self, x: float, y: float, line: Line) -> None:
        """On the base line ``y``. Strong letters have an outline: many fonts for Chinese have no bold face."""
        pdf = self._pdf
        pdf.set_font_size(line.size)
        pdf.set_text_color(line.colour)
        pdf.set_draw_color(line.colour)
        pdf.set_line_width(line.size * POINT * 0.03)
        pdf.text_mode = TextMode.FILL_STROKE if line.strong else TextMode.FILL
        pdf.text(x, y, "".join(each if ord(each) in self._known else TOFU for each in line.words))

    def _span(self, words: str) -> float:
        """How wide words are in a size of one point."""
        for each in set(words) - self._wide.keys():
            self._pdf.set_font_size(1000)
            self._wide[each] = self._pdf.get_string_width(each if ord(each) in self._known else TOFU) / 1000
        return sum(self._wide[each] for each in words)

    def _broken(self, lines: Sequence[Line], width: float) -> list[Line]:
        return [
            line._replace(words=part) for line in lines for part in broken(line.words, width / line.size, self._span)
        ]

    def _draw(self, drawing: Drawing, x: float, y: float, scale: float) -> None:
        ways: dict[str, Callable[[Shape, float, float, float], None]] = {
            "line": self._draw_line, "polyline": self._draw_polyline, "circle": self._draw_circle,
            "rect": self._draw_rect, "text": self._draw_text, "title": _nothing,
        }  # fmt: skip
        for shape in drawing.shapes:
            ways[shape.name](shape, x, y, scale)

    def _pen(self, shape: Shape, scale: float) -> None:
        marks, pdf = shape.marks, self._pdf
        pdf.set_draw_color(marks.get("stroke", INK))
        pdf.set_line_width(float(marks.get("stroke-width", 1.0)) * scale)
        dash, gap = [float(each) * scale for each in marks.get("stroke-dasharray", "0 0").split()]
        pdf.set_dash_pattern(dash, gap)
        if marks.get("fill", "none") != "none":
            pdf.set_fill_color(marks["fill"])

    def _draw_line(self, shape: Shape, x: float, y: float, scale: float) -> None:
        self._pen(shape, scale)
        x1, y1, x2, y2 = (float(shape.marks[key]) * scale for key in ("x1", "y1", "x2", "y2"))
        self._pdf.line(x + x1, y + y1, x + x2, y + y2)
        self._pdf.set_dash_pattern()

    def _draw_polyline(self, shape: Shape, x: float, y: float, scale: float) -> None:
        self._pen(shape, scale)
        spots = [spot.split(",") for spot in str(shape.marks["points"]).split()]
        self._pdf.polyline([(x + float(across) * scale, y + float(down) * scale) for across, down in spots])

    def _draw_circle(self, shape: Shape, x: float, y: float, scale: float) -> None:
        self._pen(shape, scale)
        cx, cy, r = (float(shape.marks[key]) * scale for key in ("cx", "cy", "r"))
        self._pdf.circle(x + cx, y + cy, r, style="F")

    def _draw_rect(self, shape: Shape, x: float, y: float, scale: float) -> None:
        self._pen(shape, scale)
        left, top, width, height = (float(shape.marks[key]) * scale for key in ("x", "y", "width", "height"))
        self._pdf.rect(x + left, y + top, width, height, style="D" if shape.marks["fill"] == "none" else "F")

    def _draw_text(self, shape: Shape, x: float, y: float, scale: float) -> None:
        marks = shape.marks
        line = Line(
            shape.words, float(marks.get("font-size", 11)) * scale / POINT, marks["fill"], "font-weight" in marks
        )
        room = float(marks.get("textLength", "inf")) * scale
        wide = self._span(line.words) * line.size
        squeezed = min(1.0, room / wide) if wide else 1.0
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[marks["text-anchor"]] * wide * squeezed
        self._pdf.set_stretching(100 * squeezed)
        self._text(x + float(marks["x"]) * scale - before, y + float(marks["y"]) * scale, line)
        self._pdf.set_stretching(100)


class _Sheets(FPDF):
    """Pages with a foot."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_auto_page_break(False)
        self.set_margin(0)

    def footer(self) -> None:
        """The foot and the page's number."""
        self.text_mode = TextMode.FILL
        self.set_font(FAMILY, size=7)
        self.set_text_color(GREY)
        self.text(SIDE, HEIGHT - 8, self._foot)
        self.set_xy(WIDTH - SIDE - 40, HEIGHT - 11)
        self.cell(40, 4, f"{self.page_no()} / {{nb}}", align="R")


def _height(cells: Sequence[Sequence[Line]]) -> float:
    return max((sum(line.size * POINT * LEADING for line in cell) for cell in cells), default=0.0) + 2 * PAD


def _parted(cells: Sequence[Sequence[Line]], most: float) -> Iterator[list[list[Line]]]:
    """The row in parts that fit a page; one, unless it is very high."""
    left = [list(cell) for cell in cells]
    while any(left):
        part: list[list[Line]] = [[] for _ in left]
        for cell, taken in zip(left, part, strict=True):
            while cell and _height([[*taken, cell[0]]]) <= most:
                taken.append(cell.pop(0))
        yield part


def _nothing(*_: object) -> None:
    """A title has nothing to be drawn."""
