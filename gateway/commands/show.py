"""How commands print: JSON, or tables that fit 100 columns and have colours only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.outputs.wording import in_language, one_line

WIDTH = 100
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
    made = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in made.columns[:-1]:
        column.no_wrap = True
    made.columns[-1].overflow = "fold"
    for row in rows:
        made.add_row(*(Text(text := one_line(str(cell)), STYLES.get(text, "")) for cell in row))
    if made.row_count:
        console().print(made)
    else:
        line(empty)


def short_time(moment: str | None) -> str:
    """``2026-11-23T08:15:00.000Z`` as ``11-23 08:15``; a dash for none."""
    return "-" if moment is None else moment[5:16].replace("T", " ")
