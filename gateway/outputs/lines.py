"""Readings and states as InfluxDB line protocol, written by hand: objects cost fifteen times as much. Pure.

``touchpoint_reading`` has a whole number ``quality`` on each line (0 is good, see QUALITIES), beside it ``value`` (a
float) for what is a number and ``state`` (an integer) for what is true, false or a word; a bad reading has neither.
Nothing is written as a string: victoria-metrics would store 0. The timestamp is the source's.
Source: InfluxData, "Line protocol reference".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, TypeAlias

from gateway.changes import StatePoint
from gateway.estate import Estate
from gateway.spooled import codes, unpack

logger = logging.getLogger(__name__)

READING = "touchpoint_reading"
PRECISIONS: Mapping[str, int] = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
"""Parts of a second in which timestamps are told."""
PRECISION = "ms"
NO_UNIT = "1"
"""What stands for no unit, as in UCUM: a tag is never empty."""
GOOD, OTHER, NO_NUMBER = 0, 1, 2
QUALITIES: Mapping[str, int] = {
    "not-a-number": NO_NUMBER, "never-read": 3, "stale": 4, "no-answer": 5, "line-down": 6, "offline": 7, "silent": 8,
    "session-lost": 9, "retained": 10, "queued": 11, "out-of-range": 12, "sensor-error": 13, "unknown-code": 14,
    "refused": 15, "busy": 16, "device-failure": 17, "wrong-type": 18, "not-json": 19, "no-such-field": 20,
    "bad-time": 21, "clock-ahead": 22, "out-of-validity": 23, "unknown-input": 24, "no-record": 25, "learning": 26,
    "flat-line": 27, "counter-reset": 28, "formula-failed": 29, "not-applicable": 30, "too-large": 31, "too-deep": 32,
}  # fmt: skip
"""Why there is no value → its number, never used for another; any other reason is OTHER."""
_SPECIAL = re.compile(r"([,= ])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")

Head: TypeAlias = tuple[str, Mapping[str, int]]
"""Measurement and tags of a reading, ready to be written, and the numbers of its words."""


def escaped(text: str) -> str:
    """A tag's value: never empty, on one line, and without backslashes, which would escape what follows."""
    return _SPECIAL.sub(r"\\\1", _CONTROL.sub("_", text)) or NO_UNIT


def head(measurement: str, tags: Mapping[str, str]) -> str:
    """``measurement,tag=value,…``; tags without a value are left out."""
    told = [f"{name}={escaped(value)}" for name, value in sorted(tags.items()) if value]
    return ",".join([measurement, *told])


def heads_of(estate: Estate, row_of: Sequence[int]) -> dict[int, Sequence[Head]]:
    """Row → who has that reading: each asset whose point it is, else the device or the site alone."""
    devices = {point: name for name, each in estate.devices.items() for point in each.point_ids.values()}
    words = {
        each.point_ids[name]: codes(point.enum or {})
        for each in estate.devices.values()
        for name, point in each.profile.points.items()
        if name in each.point_ids
    }
    owners: dict[int, list[tuple[str, str]]] = {}
    for asset in estate.assets.values():
        for name, point in asset.ids.items():
            if point not in estate.site_points.values():
                owners.setdefault(point, []).append((asset.name, name))
    found: dict[int, Sequence[Head]] = {}
    for point, row in enumerate(row_of):
        device, full = devices.get(point, ""), estate.points[point]
        own = owners.get(point) or [("", full.rpartition("/")[2] if device else full)]
        tags = {"site": estate.site, "device": device, "unit": estate.units[point] or NO_UNIT}
        told = [head(READING, {**tags, "asset": asset, "point": name}) for asset, name in own]
        found[row] = [(each, words.get(point, {})) for each in told]
    return found


class Lines:
    """Writes lines. ``names``: row → what the store calls it, for what the site's files no longer have."""

    def __init__(
        self, site: str, heads: Mapping[int, Sequence[Head]], names: Mapping[int, str], precision: str = PRECISION
    ) -> None:
        self._site, self._names = site, names
        self._heads = dict(heads)
        self._parts = PRECISIONS[precision]

    def of(self, bodies: Iterable[bytes], ahead: float = 0.0) -> Iterator[str]:
        """The lines of rows of a spool, in order.

        ``ahead``: by how many seconds the clock on the wall, by which a database tells time, is ahead of theirs.
        """
        for body in bodies:
            try:
                blocks, states = unpack(body)
            except ValueError as damage:
                logger.error("readings that waited for an output are damaged, and lost: %s", damage)
                continue
            for at, rows, values in blocks:
                stamp = round((at + ahead) * self._parts)
                for row, value in zip(rows, values, strict=True):
                    for start, words in self._heads.get(row) or self._unknown(row):
                        yield f"{start} {_fields(value, words)} {stamp}"
            yield from (self._state(state, ahead) for state in states)

    def _unknown(self, row: int) -> Sequence[Head]:
        """A point that was there when it was read."""
        tags = {"site": self._site, "point": self._names.get(row, str(row)), "unit": NO_UNIT}
        told = self._heads[row] = [(head(READING, tags), {})]
        return told

    def _state(self, state: StatePoint, ahead: float) -> str:
        fields = ",".join(f"{name}={value}i" for name, value in state.fields.items())
        start = head(state.measurement, {"site": self._site, **state.tags})
        return f"{start} {fields} {round((state.at + ahead) * self._parts)}"


def _fields(value: Any, words: Mapping[str, int]) -> str:
    return _WRITERS[type(value)](value, words)


def _number(value: float, _: Mapping[str, int]) -> str:
    return f"value={float(value)!r},quality=0i" if isfinite(value) else f"quality={NO_NUMBER}i"


def _boolean(value: bool, _: Mapping[str, int]) -> str:
    return f"state={value:d}i,quality=0i"


def _word(value: str, words: Mapping[str, int]) -> str:
    code = words.get(value)
    return f"quality={NO_NUMBER}i" if code is None else f"state={code}i,quality=0i"


def _bad(value: Sequence[str], _: Mapping[str, int]) -> str:
    return f"quality={QUALITIES.get(value[0], OTHER)}i"


def _none(_: None, __: Mapping[str, int]) -> str:
    return f"quality={NO_NUMBER}i"


_WRITERS: Mapping[type, Callable[[Any, Mapping[str, int]], str]] = {
    float: _number, int: _number, bool: _boolean, str: _word, list: _bad, type(None): _none,
}  # fmt: skip
"""By what stands in a row of a spool, where not-a-number is nothing at all."""
