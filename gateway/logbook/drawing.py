"""The few shapes that a curve is drawn with, and round numbers for its axes. Knows nothing of what is drawn.

A drawing is plain data in the words of SVG, so that a page and a PDF show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, NamedTuple, TypeAlias

from gateway.markup import Html, tag

Spot: TypeAlias = tuple[float, float]
"""x and y in SVG units."""
INK, GRID = "#1b1f23", "#d5dbe0"
FONT = "'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
LATIN = 0x2E7F
"""The last character before those that are as wide as high."""
FLAT = 0.05
"""An axis covers at least this share of its highest value: what hardly moves is not drawn as if it did."""
TICKS = 5
STEPS = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low``…``high`` onto the drawing from ``start`` to ``end``, to a tenth of a unit."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers that enclose ``low``…``high``, ``TICKS`` of them or a few more, in steps of 1, 2 or 5 × 10ⁿ."""
    span = max(high - low, abs(high) * FLAT, 1e-6)
    power = 10.0 ** floor(log10(span / TICKS))
    step = next(each * power for each in STEPS if each * power >= span / TICKS * 0.999)
    first, last = floor(low / step), ceil(high / step)
    return [round(number * step, 9) for number in range(first, max(last, first + 1) + 1)]


class Shape(NamedTuple):
    """An SVG element: ``line``, ``polyline``, ``circle``, ``rect``, ``text`` or ``title``, and what it says."""

    name: str
    marks: Mapping[str, Any]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes on ``width`` times ``height`` SVG units, in the order in which they are drawn."""

    width: float
    height: float
    shapes: Sequence[Shape]


def svg(drawing: Drawing) -> Html:
    """The drawing as SVG that stands by itself: as a file, or inside of a page."""
    size = {"viewBox": f"0 0 {drawing.width:g} {drawing.height:g}", "role": "img", "font-family": FONT, "font-size": 11}
    shapes = (tag(each.name, *filter(None, [each.words]), marks=each.marks) for each in drawing.shapes)
    return tag("svg", *shapes, marks={"xmlns": "http://www.w3.org/2000/svg", **size})


def line(start: Spot, end: Spot, colour: str = GRID, dashes: str = "") -> Shape:
    """A straight line; ``dashes`` are the lengths of dash and gap."""
    dashed = {"stroke-dasharray": dashes} if dashes else {}
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    return Shape("line", {**ends, "stroke": colour, **dashed})


def polyline(spots: Iterable[Spot], colour: str) -> Shape:
    """A line through all spots."""
    points = " ".join(f"{x:g},{y:g}" for x, y in spots)
    return Shape("polyline", {"points": points, "fill": "none", "stroke": colour, "stroke-width": 1.6})


def dot(spot: Spot, colour: str) -> Shape:
    """A small disc."""
    return Shape("circle", {"cx": spot[0], "cy": spot[1], "r": 2, "fill": colour})


def bar(start: Spot, width: float, height: float, fill: str) -> Shape:
    """A rectangle; one without a fill has an outline."""
    outline = {"stroke": GRID} if fill == "none" else {}
    size = {"x": start[0], "y": start[1], "width": round(width, 1), "height": height}
    return Shape("rect", {**size, "fill": fill, **outline})


def text(at: Spot, words: str, anchor: str = "start", marks: Mapping[str, object] | None = None) -> Shape:
    """Words that begin, end or have their middle ``at`` a spot."""
    return Shape("text", {"x": at[0], "y": at[1], "fill": INK, "text-anchor": anchor, **(marks or {})}, words)


def fitted(at: Spot, words: str, room: float, size: float) -> Shape:
    """Bold words of ``size`` that are squeezed where they would need more than ``room``; the estimate is generous."""
    wide = sum(1.0 if ord(each) > LATIN else 0.6 for each in words) * size
    squeezed = {"textLength": room, "lengthAdjust": "spacingAndGlyphs"} if wide > room else {}
    return text(at, words, marks={"font-weight": "bold", "font-size": size, **squeezed})
