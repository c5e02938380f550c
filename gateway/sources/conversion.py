"""What makes a raw JSON value the reading of a point: codes, truth, numbers in the point's unit. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gateway.model import BadReading, Reading
from gateway.profiles import MqttPoint

LARGEST_INT = 2**63
LONGEST_TEXT = 200
"""Characters; a longer text is no state of a device."""
LONGEST_NUMBER = 64
"""Characters of a number that comes as text."""

Raw: TypeAlias = Any
"""A JSON value, or text where a payload is no JSON."""
Convert: TypeAlias = Callable[[Raw], Reading]

NO_VALUE = BadReading("sensor-error", "null")
NOT_FINITE = BadReading("not-a-number", "beyond what can be measured")
BEYOND_64_BITS = BadReading("out-of-range", "beyond 64 bits")
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_CODE = re.compile(r"\d{1,19}", re.ASCII)
_WORDS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def same(raw: Raw, stated: str | float | bool) -> bool:
    """Equal in value and kind: JSON's ``true`` is not 1."""
    return bool(raw == stated) and isinstance(raw, bool) == isinstance(stated, bool)


def shown(raw: Raw) -> str:
    """A short, printable form of what was received, for a log or a page."""
    if isinstance(raw, dict | list):
        return "an object" if isinstance(raw, dict) else "a list"
    return repr(raw[:30] if isinstance(raw, str) else raw)[:60]


def converter(point: MqttPoint) -> Convert:
    """What turns a raw JSON value into this point's reading, in the point's unit."""
    missing = frozenset((False, each) for each in point.missing)
    convert = _by_type(point)

    def read(raw: Raw) -> Reading:
        if raw is None:
            return NO_VALUE
        if isinstance(raw, dict | list):
            return BadReading("wrong-type", shown(raw))
        if missing and (isinstance(raw, bool), raw) in missing:
            return BadReading("sensor-error", shown(raw))
        return convert(raw)

    return read


def _by_type(point: MqttPoint) -> Convert:
    if point.true_when is not None:
        return _one_of(point.true_when, point.enum, point.inverted)
    if point.type == "boolean":
        return lambda raw: _boolean(raw, point.inverted)
    if point.enum is not None:
        enum = point.enum
        return lambda raw: _code(raw, enum)
    if point.type == "text":
        return _text
    return _number(point)


def _one_of(true_when: tuple[int | str | bool, ...], enum: Mapping[int | str, str] | None, inverted: bool) -> Convert:
    wanted = frozenset((isinstance(each, bool), each) for each in true_when)
    kinds = tuple({str if isinstance(each, str) else bool if isinstance(each, bool) else int for each in true_when})

    def read(raw: Raw) -> Reading:
        kind = str if isinstance(raw, str) else bool if isinstance(raw, bool) else int
        if kind not in kinds:
            return BadReading("wrong-type", shown(raw))
        if enum is not None and isinstance(known := _code(raw, enum), BadReading):
            return known
        return ((isinstance(raw, bool), raw) in wanted) is not inverted

    return read


def _boolean(raw: Raw, inverted: bool) -> Reading:
    value = raw if isinstance(raw, bool) else _WORDS.get(str(raw).lower()) if not isinstance(raw, float) else None
    return BadReading("wrong-type", shown(raw)) if value is None else value is not inverted


def _code(raw: Raw, enum: Mapping[int | str, str]) -> Reading:
    key = str(raw).lower() if isinstance(raw, bool) else raw
    word = enum.get(key)
    if word is None and isinstance(key, str) and _CODE.fullmatch(key):
        word = enum.get(int(key))
    elif word is None and isinstance(key, int) and abs(key) < LARGEST_INT:
        word = enum.get(str(key))
    return BadReading("unknown-code", shown(raw)) if word is None else word


def _text(raw: Raw) -> Reading:
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < LARGEST_INT:
        return str(raw)
    # Lone surrogates and control characters cannot be stored or shown; isprintable knows both.
    if isinstance(raw, str) and len(raw) <= LONGEST_TEXT and raw.isprintable():
        return raw
    return BadReading("wrong-type", shown(raw) if isinstance(raw, str | bool) else "no text")


def _number(point: MqttPoint) -> Convert:
    low, high = point.plausible or (-math.inf, math.inf)
    scale, offset = point.scale, point.offset
    as_it_is = scale == 1 and offset == 0
    missing = frozenset(point.missing)

    def read(raw: Raw) -> Reading:
        number = float(raw) if isinstance(raw, str) and _is_number(raw) else raw
        if isinstance(number, bool | str):
            return BadReading("wrong-type" if isinstance(number, bool) else "not-a-number", shown(raw))
        if not -LARGEST_INT < number < LARGEST_INT:
            return BEYOND_64_BITS if isinstance(raw, int) else NOT_FINITE
        if number in missing:
            return BadReading("sensor-error", shown(raw))
        value = number if as_it_is else number * scale + offset
        return value if low <= value <= high else BadReading("out-of-range", f"{value:g} {point.unit}".rstrip())

    return read


def _is_number(text: str) -> bool:
    return len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None
