"""One line of InfluxDB line protocol, taken apart: ``measurement,tag=… field=value,… timestamp``. Pure.

Source: InfluxData, "Line protocol reference"; commas, spaces and equals signs are escaped with a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE = re.compile(r"((?:\\.|[^\\ ])+) +((?:\"(?:\\.|[^\"\\])*\"|\\.|[^\"\\ ])+)(?: +(-?\d+))? *")
_FIELD = re.compile(r"((?:\\.|[^\\=,])+)=(\"(?:\\.|[^\"\\])*\"|[^\",]+)(?:,(?=.)|$)", re.DOTALL)
_PART = re.compile(r"((?:\\.|[^\\,])+)(?:,(?=.)|$)")
_ESCAPED = re.compile(r"\\([,= ])")
NANOSECONDS = 1_000_000_000


class Field(NamedTuple):
    """One value: the point's name, the value as text, and whether it was quoted."""

    name: str
    value: str
    quoted: bool


def parse(line: str) -> tuple[float, list[Field]]:
    """The line's time (seconds since 1970) and values; raises ValueError.

    A point is called ``measurement.field``; a tag ``asset`` stands for the measurement, a tag ``point`` for the field.
    """
    found = _LINE.fullmatch(line)
    if not found:
        raise ValueError("is no line protocol: write measurement field=value timestamp")
    head, fields, stamp = found.groups()
    if stamp is None:
        raise ValueError("has no timestamp")
    measurement, tags = _head(head)
    asset = tags.get("asset", measurement)
    return int(stamp) / NANOSECONDS, [_named(asset, tags.get("point"), *field) for field in _fields(fields)]


def _head(head: str) -> tuple[str, dict[str, str]]:
    parts = list(_pieces(_PART, head))
    tags = {}
    for part in parts[1:]:
        key, equals, value = re.sub(r"(?<!\\)=", "\n", part[1], count=1).partition("\n")
        if not equals or not value:
            raise ValueError(f"{part[1]!r} is no tag")
        tags[_plain(key)] = _plain(value)
    return _plain(parts[0][1]), tags


def _fields(written: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(_FIELD, written):
        yield piece[1], piece[2]


def _pieces(pattern: re.Pattern[str], written: str) -> Iterator[re.Match[str]]:
    """``written`` cut into pieces without a rest; raises ValueError."""
    at = 0
    while at < len(written):
        piece = pattern.match(written, at)
        if not piece:
            raise ValueError(f"{written[at : at + 40]!r} cannot be read")
        yield piece
        at = piece.end()


def _named(asset: str, point: str | None, key: str, value: str) -> Field:
    name = f"{asset}.{point or _plain(key)}"
    if value.startswith('"'):
        return Field(name, re.sub(r'\\(["\\])', r"\1", value[1:-1]), quoted=True)
    return Field(name, value[:-1] if re.fullmatch(r"-?\d+[iu]", value) else value, quoted=False)


def _plain(written: str) -> str:
    return _ESCAPED.sub(r"\1", written)
