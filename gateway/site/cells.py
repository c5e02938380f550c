"""A CSV file, as spreadsheet programs write it, as rows of text: its encoding, delimiter, quotes and limits.

Knows nothing of what a cell means.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.documents import size_of
from gateway.errors import DocumentError, Problem

LARGEST = 16 * 1024 * 1024
"""Bytes of one file."""
MOST_ROWS = 100_000
LONGEST_CELL = 2000
"""Characters; what is longer is no cell but a quote that nobody closed."""
DELIMITERS = ",;\t"
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FIRST_WORDS = re.compile(r"[^\s,;\"][^\r\n]*")


class Row(NamedTuple):
    """One row with something in it; ``number`` counts from 1 and counts empty rows too, as spreadsheet programs do."""

    number: int
    cells: Sequence[str]


def read_rows(path: Path, name: str) -> list[Row]:
    """The rows of ``path`` that are not empty, their cells without the blanks around them.

    Raises DocumentError, whose problems call the file ``name``.
    """
    try:
        return _split(_text(path))
    except OSError as error:
        raise DocumentError([Problem(name, 0, "", error.strerror or str(error))]) from error
    except _Unreadable as error:
        raise DocumentError([Problem(name, error.row, "", error.message)]) from error


class _Unreadable(ValueError):
    def __init__(self, message: str, row: int = 0) -> None:
        super().__init__(message)
        self.message, self.row = message, row


def _text(path: Path) -> str:
    if size_of(path) > LARGEST:
        raise _Unreadable(f"larger than {LARGEST // 1024 // 1024} MiB")
    content = path.read_bytes()
    if b"\0" in content:
        raise _Unreadable("has a NUL in it: save it as CSV in UTF-8", content.count(b"\n", 0, content.index(b"\0")) + 1)
    text = _decoded(content)
    control = _CONTROL.search(text)
    if control:
        raise _Unreadable(f"has the control character {control[0]!r} in it", text.count("\n", 0, control.start()) + 1)
    return text


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        if content.startswith(_BOM) or _is_nearly_utf8(content):
            raise _Unreadable(f"not UTF-8 at byte {error.start}", row) from error
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _Unreadable("neither UTF-8 nor GB18030: save it as CSV in UTF-8", row) from error


def _is_nearly_utf8(content: bytes) -> bool:
    """Whether this is UTF-8 with a broken place: GB18030 would read it without complaint, and as nonsense."""
    seen = [character for character in content.decode("utf-8", errors="replace") if character > "\x7f"]
    return seen.count("\ufffd") * 2 < len(seen)


def _delimiter(text: str) -> str:
    """The delimiter that the first row with words uses most: column names have none of them inside."""
    first = _FIRST_WORDS.search(text)
    return max(DELIMITERS, key=first[0].count) if first else ","


def _split(text: str) -> list[Row]:
    rows: list[Row] = []
    number = 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True), 1
        ):
            if number > MOST_ROWS:
                raise _Unreadable(f"more than {MOST_ROWS} rows", number)
            if max(map(len, cells), default=0) > LONGEST_CELL:
                raise _Unreadable(f"a cell has more than {LONGEST_CELL} characters: is a quote not closed?", number)
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append(Row(number, stripped))
    except csv.Error as error:
        raise _Unreadable(f"no CSV: {error}", number + 1) from error
    return rows
