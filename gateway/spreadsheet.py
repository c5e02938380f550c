"""Tables for spreadsheet programs. Knows nothing of what is in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the start of a formula."""


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """The rows as CSV with a head; what a row lacks is empty. No cell is a formula; numbers stay numbers."""
    told = io.StringIO()
    writer = csv.DictWriter(told, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(cell) if isinstance(cell, str) else cell for key, cell in row.items()})
    return told.getvalue()


def harmless(cell: str) -> str:
    """``cell`` so that no spreadsheet program takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
