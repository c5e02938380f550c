"""Bars inside of a table, as SVG. Knows nothing of what they show."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.logbook.drawing import GRID, Drawing, Scale, bar, line, svg
from gateway.markup import Html

WIDTH, HEIGHT = 160.0, 12.0
GOOD, BAD, WORSE, PLAIN = "#2e8b57", "#d98c1f", "#a11620", "#4a6f94"
"""In time, late, late and running; and where there is nothing to judge."""


def bars(parts: Iterable[tuple[float, str]], whole: float) -> Html:
    """The parts beside each other, each in its colour; all of ``whole`` is as wide as the cell."""
    shapes, scale, reached = [line((0.0, HEIGHT), (WIDTH, HEIGHT), GRID)], Scale(0.0, whole or 1.0, 0.0, WIDTH), 0.0
    for value, colour in parts:
        if value > 0:
            shapes.append(bar((scale(reached), 1.0), scale(reached + value) - scale(reached), HEIGHT - 3.0, colour))
            reached += value
    return Html(svg(Drawing(WIDTH, HEIGHT, shapes)).replace("<svg ", '<svg preserveAspectRatio="none" ', 1))
