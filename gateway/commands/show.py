"""How commands print: JSON, or tables that fit 100 columns and have colours only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.outputs.wording import in_language, one_line

WIDTH = 100
ROOM = 24
"""Columns in which a text that folds can still be read."""
GAP = 2
STYLES = {
    "P1": "bold red",
    "P2": "red",
    "P3": "yellow",
    "met": "green",
    "violated": "red",
    "unknown": "yellow",
    "active": "red",
    "open": "red",
}


def language() -> str:
    """``zh`` when the environment asks for Chinese, else ``en``."""
    asked = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if asked.startswith("zh") else "en"


def local(text: Mapping[str, str]) -> str:
    """A text in the reader's language."""
    return in_language(text, language())


def console() -> Console:
    """Standard output; as wide as the terminal, or 100 columns."""
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=False)


def as_json(data: Any) -> None:
    """Print ``data`` as indented JSON."""
    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")


def line(text: str) -> None:
    """Print one line as it is, however long."""
    console().print(Text(one_line(text)), soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a table whose last column may fold, or the sentence ``empty`` when there is no row."""
    cells = [[one_line(str(cell)) for cell in row] for row in rows]
    if not cells:
        line(empty)
        return
    made, on = Table(*columns, box=None, pad_edge=False, padding=(0, GAP, 0, 0)), console()
    narrow, width = _narrowed([*zip(columns, *cells, strict=True)], on.width)
    for number, column in enumerate(made.columns):
        column.no_wrap, column.overflow = number not in (narrow, len(columns) - 1), "fold"
    if width:
        made.columns[narrow].width = width
    for row in cells:
        made.add_row(*(Text(text, STYLES.get(text, "")) for text in row))
    on.print(made)


def _narrowed(columns: Sequence[Sequence[str]], width: int) -> tuple[int, int]:
    """The column that makes room for the last one, and how wide it becomes; 0 where there is room enough.

    Of the texts that is the one which becomes the narrowest without breaking a word: names are there to be copied.
    """
    last = len(columns) - 1
    widths = [max(map(cell_len, cells)) for cells in columns]
    lacking = min(ROOM, widths[last]) - (width - sum(each + GAP for each in widths[:last]))
    prose = [number for number in range(last) if widths[number] >= ROOM]
    if lacking <= 0 or not prose:
        return last, 0
    words = [max(cell_len(word) for cell in cells for word in cell.split(" ")) for cells in columns]
    narrow = max(prose, key=lambda number: widths[number] - words[number])
    return narrow, max(widths[narrow] - lacking, words[narrow])


def short_time(moment: str | None) -> str:
    """``2026-11-23T08:15:00.000Z`` as ``11-23 08:15``; a dash for none."""
    return "-" if moment is None else moment[5:16].replace("T", " ")


def whole_time(moment: str) -> str:
    """The same with its year, and as UTC: ``2026-11-23 08:15 UTC``."""
    return f"{moment[:16].replace('T', ' ')} UTC"
