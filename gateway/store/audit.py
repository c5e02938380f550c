"""The hash chain of the audit, and of the log book: each row's hash covers the row and the hash before it. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

BEGINNING = "0" * 64


class AuditRow(NamedTuple):
    """One row as stored; ``data`` is canonical JSON."""

    sequence: int
    site: str
    at: float
    who: str
    what: str
    subject: str
    data: str
    hash: str


def canonical(data: Mapping[str, Any]) -> str:
    """The one way in which data is written for hashing."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(before: str, row: tuple[int, str, float, str, str, str, str]) -> AuditRow:
    """``row`` (all but the hash) as the successor of the row whose hash is ``before``."""
    return AuditRow(*row, link(before, row))


def link(before: str, row: Iterable[Any]) -> str:
    """The hash of a row that follows the row whose hash is ``before``."""
    return hashlib.sha256(json.dumps([before, *row], ensure_ascii=False).encode()).hexdigest()


def broken_at(rows: Iterable[AuditRow]) -> int | None:
    """The sequence number of the first row that does not follow from the one before, or None."""
    before, expected = BEGINNING, None
    for row in rows:
        if expected is not None and row.sequence != expected:
            return row.sequence
        if chained(before, row[:7]) != row:
            return row.sequence
        before, expected = row.hash, row.sequence + 1
    return None
