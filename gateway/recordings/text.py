"""A recording in a text file, CSV or InfluxDB line protocol: checked whole, then read line by line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

from gateway.errors import DocumentError, Problem
from gateway.estate import Estate
from gateway.recordings import line_protocol
from gateway.recordings.names import Names, read_value
from gateway.recordings.recording import Act, Row, Start

COLUMNS = ("at", "point", "value")
LONGEST_LINE = 65_536
MOST_PROBLEMS = 100
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0
"""2000 to 2100: a time outside is one in other units."""

Lines = Iterator[tuple[int, str]]
Wrong = Callable[[int, str], None]


class TextRecording:
    """Rows out of order are sorted, for which they must fit into memory; those in order are never all held."""

    only_changes = False
    strangers = 0

    def __init__(self, path: Path, estate: Estate) -> None:
        self._path = path
        self._names = Names(estate)
        self._read = _csv_rows if _is_csv(path) else _line_rows
        self._in_order = True
        self._rows = 0
        self.first, self.last = self._scan()

    def _scan(self) -> tuple[float, float]:
        problems = _Problems(self._path)
        first, last = LATEST, EARLIEST
        for at, _, _ in self._parse(problems.add):
            self._rows += 1
            self._in_order = self._in_order and at >= last
            first, last = min(at, first), max(at, last)
        problems.settle()
        if not self._rows:
            raise DocumentError([Problem(str(self._path), 0, "", "has no readings")])
        return first, last

    def _parse(self, wrong: Wrong) -> Iterator[Row]:
        try:
            with self._path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                yield from self._read(_lines(file.readline, wrong), self._names, wrong)
        except OSError as error:
            wrong(0, error.strerror or str(error))

    def count(self, since: float, until: float) -> int:
        return self._rows if since <= self.first and until >= self.last else 0

    def rows(self, since: float, until: float) -> Iterator[Row]:
        problems = _Problems(self._path)
        every = self._parse(problems.add)
        for row in every if self._in_order else sorted(every, key=itemgetter(0)):
            if row.at > until:
                break
            if row.at >= since:
                yield row
        problems.settle()  # somebody else may have changed the file

    def starts(self, since: float, until: float) -> list[Start]:
        return []

    def acts(self, since: float, until: float) -> list[Act]:
        return []

    def close(self) -> None:
        """Nothing is held open."""


class _Problems:
    """Everything that is wrong in one file; beyond a hundred they are only counted."""

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self._found: list[Problem] = []
        self._more = 0

    def add(self, line: int, message: str) -> None:
        if len(self._found) < MOST_PROBLEMS:
            self._found.append(Problem(self._name, line, "", message))
        else:
            self._more += 1

    def settle(self) -> None:
        """Raises DocumentError when there is any."""
        if self._more:
            total = len(self._found) + self._more
            self._found.append(Problem(self._name, 0, "", f"{total} lines are wrong; here are the first"))
        if self._found:
            raise DocumentError(self._found)


def _is_csv(path: Path) -> bool:
    if path.suffix.lower() == ".csv":
        return True
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return {name.strip().lower() for name in file.readline(LONGEST_LINE).split(",")} >= set(COLUMNS)


def _lines(read: Callable[[int], str], wrong: Wrong) -> Lines:
    number = 0
    while text := read(LONGEST_LINE):
        number += 1
        if len(text) >= LONGEST_LINE:
            wrong(number, f"is longer than {LONGEST_LINE} characters")
            return
        if "\ufffd" in text:
            wrong(number, "is not UTF-8")
        elif text.strip():
            yield number, text


def _csv_rows(lines: Lines, names: Names, wrong: Wrong) -> Iterator[Row]:
    header = next(lines, None)
    if header is None:
        return
    columns = [name.strip().lower() for name in header[1].rstrip("\r\n").split(",")]
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        wrong(header[0], f"the first line must name the columns {', '.join(COLUMNS)}; {missing[0]} is missing")
        return
    wanted = itemgetter(*(columns.index(name) for name in COLUMNS))
    for number, text in lines:
        try:
            (cells,) = csv.reader([text], strict=True)
            if len(cells) != len(columns):
                raise ValueError(f"has {len(cells)} columns instead of {len(columns)}")
            at, name, value = wanted(cells)
            told = names.find(name.strip())
            row = Row(read_time(at.strip()), told.point, read_value(value.strip(), told))
        except (ValueError, csv.Error) as error:
            wrong(number, str(error))
        else:
            yield row


def _line_rows(lines: Lines, names: Names, wrong: Wrong) -> Iterator[Row]:
    for number, text in lines:
        if text.startswith("#"):
            continue
        try:
            rows = list(_fields(text.strip(), names))
        except ValueError as error:
            wrong(number, str(error))
        else:
            yield from rows


def _fields(text: str, names: Names) -> Iterator[Row]:
    at, fields = line_protocol.parse(text)
    at = _in_bounds(at, "line protocol has nanoseconds since 1970")
    for name, value, quoted in fields:
        told = names.find(name)
        if quoted and told.type == "number":
            raise ValueError(f"{name} is a number, and {value!r} is text")
        yield Row(at, told.point, read_value(value, told))


def read_time(written: str) -> float:
    """RFC 3339 with its offset from UTC, or seconds since 1970; raises ValueError."""
    try:
        return _in_bounds(float(written), "a plain number is in seconds since 1970")
    except ValueError as error:
        if str(error).startswith("is "):
            raise
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is no time: write it like 2026-11-23T08:15:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{written!r} does not say which time zone: write it like 2026-11-23T08:15:00+08:00")
    return _in_bounds(moment.astimezone(UTC).timestamp(), "")


def _in_bounds(at: float, hint: str) -> float:
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"is {at:g} s after 1970, which is not between 2000 and 2100{hint and ': '}{hint}")
    return at
