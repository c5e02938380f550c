"""What waits for an output of readings: blocks of one moment each, packed small. Pure: no SQL, no network.

A reading is kept under its row in the store, which stays the same whatever a changed site file does to the columns.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson

from gateway.changes import Changes, HistoryBlock, StatePoint
from gateway.model import BadReading, Reading
from gateway.words import Overflow

MOST_A_ROW = 500
"""Readings packed together, unless one device tells more in one moment: what is dropped is dropped by whole rows."""
LARGEST = 2**63
"""Integers beyond 64 bits with sign become the nearest float, as in the history."""


class Packed(NamedTuple):
    """One row of a spool: ``readings`` readings and states, the newest of them of ``at``."""

    at: float
    readings: int
    body: bytes


class Unpacked(NamedTuple):
    """What was in a row: of each moment the rows and their values, and states."""

    blocks: Sequence[tuple[float, Sequence[int], Sequence[Any]]]
    states: Sequence[StatePoint]


class SpoolRow(NamedTuple):
    """One row that waits."""

    id: int
    readings: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """How a spool stands. Counts are of readings and states; times are seconds since 1970."""

    waiting: int = 0
    oldest: float | None = None
    """Of what waits: when it was read."""
    dropped: int = 0
    """Ever."""
    dropping: int = 0
    """Since the last time that nothing waited."""
    since: float | None = None
    told: bool = False
    set_aside: int = 0


class Spool(Protocol):
    """The spools of a site, as the store keeps them."""

    async def spool_due(self, output: str, limit: int, /) -> Sequence[SpoolRow]:
        """The oldest rows that wait, in order: one, and more up to ``limit`` readings. They are not dropped now."""

    async def spool_sent(
        self, output: str, ids: Sequence[int], now: float, refused: Sequence[tuple[str, str]], too_old: int = 0, /
    ) -> None:
        """These rows have arrived, but for the lines that were refused, with the reason, or dropped as ``too_old``."""

    async def spool_release(self, output: str, /) -> None:
        """What was due has not arrived: it may be dropped again."""

    async def spool_again(self, output: str, /) -> int:
        """Have what arrived in the last minutes sent again; returns how many readings that are."""

    async def spool_expire(self, output: str, before: float, /) -> None:
        """Drop what was read before a time."""

    async def spool_standing(self, output: str, /) -> Standing: ...


def overflow_of(output: str, standing: Standing) -> Overflow | None:
    """What is to be told of a spool that was full, if anything."""
    over = standing.waiting == 0
    if not standing.dropping or standing.since is None or (standing.told and not over):
        return None
    return Overflow(output, standing.dropping, standing.since, over)


def pack(row_of: Sequence[int], changes: Changes) -> Iterator[Packed]:
    """What a tick changed, in rows; ``row_of``: point id → its row in the store."""
    some: list[HistoryBlock] = []
    for block in changes.history:
        some.append(block)
        if sum(len(each.points) for each in some) >= MOST_A_ROW:
            yield _packed(row_of, some, ())
            some = []
    if some or changes.states:
        yield _packed(row_of, some, changes.states)


def _packed(row_of: Sequence[int], blocks: Sequence[HistoryBlock], states: Sequence[StatePoint]) -> Packed:
    told = [[block.at, [row_of[point] for point in block.points], [*map(_written, block.readings)]] for block in blocks]
    count = sum(len(block.points) for block in blocks) + len(states)
    at = max([*(block.at for block in blocks), *(state.at for state in states)])
    return Packed(at, count, zlib.compress(orjson.dumps([told, [[*state] for state in states]]), 1))


def _written(reading: Reading) -> Any:
    """A bad reading as a list of its reason."""
    if isinstance(reading, BadReading):
        return [reading.reason]
    if isinstance(reading, int) and not -LARGEST <= reading < LARGEST:
        return float(reading)
    return reading


def unpack(body: bytes) -> Unpacked:
    """What ``pack`` packed; raises ValueError when it is damaged."""
    try:
        blocks, states = orjson.loads(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return Unpacked([tuple(block) for block in blocks], [StatePoint(*state) for state in states])


def codes(enum: Mapping[Any, str]) -> dict[str, int]:
    """Word → number: the one by which the device says it, else its place in the list, from 0."""
    found: dict[str, int] = {}
    for place, (code, word) in enumerate(enum.items()):
        found.setdefault(word, code if type(code) is int else place)
    return found
