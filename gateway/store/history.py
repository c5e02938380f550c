"""The rows of what was read. Works on the connection that it is handed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import Any

from gateway.changes import HistoryBlock
from gateway.model import BadReading, Reading
from gateway.store.rows import history_row, storable

MANY = 64
INSERT_ONE = "INSERT OR IGNORE INTO history (at, point, value) VALUES (?, ?, ?)"
INSERT_MANY = INSERT_ONE + ", (?, ?, ?)" * (MANY - 1)
"""A statement for many rows costs half as much a row as many runs of a statement for one."""


def write(connection: sqlite3.Connection, row_of: Sequence[int], history: Sequence[HistoryBlock]) -> None:
    """Remember readings; ``row_of``: point id → its row."""
    try:
        _write_blocks(connection, row_of, history)
    except OverflowError:  # a device's counter may have one bit more than SQLite's integers
        storables = [block._replace(readings=[*map(storable, block.readings)]) for block in history]
        _write_blocks(connection, row_of, storables)


def _write_blocks(connection: sqlite3.Connection, row_of: Sequence[int], history: Iterable[HistoryBlock]) -> None:
    good: list[Any] = []
    for block in history:
        rows = [row_of[point] for point in block.points]
        if BadReading in set(map(type, block.readings)):
            _write_mixed(connection, block.at, rows, block.readings)
        else:
            good.extend(chain.from_iterable(zip(repeat(block.at), rows, block.readings)))
    together = len(good) - len(good) % (3 * MANY)
    for start in range(0, together, 3 * MANY):
        connection.execute(INSERT_MANY, good[start : start + 3 * MANY])
    connection.executemany(INSERT_ONE, zip(*[iter(good[together:])] * 3, strict=True))


def _write_mixed(connection: sqlite3.Connection, at: float, rows: Iterable[int], readings: Iterable[Reading]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO history (at, point, value, bad) VALUES (?, ?, ?, ?)",
        [history_row(row, at, reading) for row, reading in zip(rows, readings, strict=True)],
    )


def forget(connection: sqlite3.Connection, before: float, at_most: int) -> int:
    """Delete up to ``at_most`` history rows older than ``before``; returns how many went."""
    cursor = connection.execute(
        "DELETE FROM history WHERE at < ? AND (at, point) IN"
        " (SELECT at, point FROM history WHERE at < ? ORDER BY at LIMIT ?)",
        (before, before, at_most),
    )
    return cursor.rowcount
