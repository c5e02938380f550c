"""Bytes to values: what one Modbus point's registers mean. Pure, and compiled once per point: this is the hot path.

Whatever the device sends, the result is a value or a reason why there is none; nothing here raises.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

from gateway.model import BadReading, Reading, Value
from gateway.profiles import ModbusPoint

Read = Callable[[Sequence[int]], Reading]
Finish = Callable[[Value], Reading]

SENSOR_ERROR = BadReading("sensor-error")
NOT_A_NUMBER = BadReading("not-a-number")
NOT_TEXT = BadReading("not-text")


def raw_reader(point: ModbusPoint, offset: int) -> Read:
    """The function that takes the point's raw value out of a block's words, ``offset`` words from its start.

    It answers ``sensor-error`` for the device's own sentinels and ``not-a-number`` for NaN and infinities.
    """
    if point.type == "string":
        return _string(point, offset)
    if point.table in ("coil", "discrete"):
        return lambda words: words[offset]
    unsigned = _unsigned(point, offset)
    if point.type in ("float32", "float64"):
        return _float(point, unsigned)
    return _with_sentinels(point, unsigned)


def _unsigned(point: ModbusPoint, offset: int) -> Callable[[Sequence[int]], int]:
    """All the point's words as one unsigned number, most significant first whatever the device's order."""
    swapped, backwards = point.byte_order == "little", point.word_order == "little"
    if point.type in ("uint16", "int16"):
        return _swapped_word(offset) if swapped else lambda words: words[offset]
    low, high = (offset, offset + 1) if backwards else (offset + 1, offset)
    if point.type in ("uint32", "int32", "float32") and not swapped:
        return lambda words: words[high] << 16 | words[low]
    order = range(offset, offset + point.width)
    chosen = tuple(reversed(order)) if backwards else tuple(order)

    def combined(words: Sequence[int]) -> int:
        total = 0
        for place in chosen:
            word = words[place]
            total = total << 16 | ((word & 0xFF) << 8 | word >> 8 if swapped else word)
        return total

    return combined


def _swapped_word(offset: int) -> Callable[[Sequence[int]], int]:
    return lambda words: (words[offset] & 0xFF) << 8 | words[offset] >> 8


def _with_sentinels(point: ModbusPoint, unsigned: Callable[[Sequence[int]], int]) -> Read:
    """An integer, or the field of bits that the point wants of it; sentinels are those of the whole register."""
    typed = _typed(point)
    # A sentinel is a pattern of bits: -1 and 0xFFFF are one and the same in an int16.
    mask = (1 << 16 * point.width) - 1
    missing = frozenset(int(each) & mask for each in point.missing if isinstance(each, int | float))
    if typed is None and not missing:
        return unsigned

    def read(words: Sequence[int]) -> Reading:
        number = unsigned(words)
        if number in missing:
            return SENSOR_ERROR
        return number if typed is None else typed(number)

    return read


def _typed(point: ModbusPoint) -> Callable[[int], int] | None:
    """From the unsigned pattern to the number meant; None when they are the same."""
    if point.bit is not None:
        bit = point.bit
        return lambda number: number >> bit & 1
    if point.bits is not None:
        low, high = point.bits
        field = (1 << high - low + 1) - 1
        return lambda number: number >> low & field
    if point.type.startswith("u"):
        return None
    top, span = 1 << 16 * point.width - 1, 1 << 16 * point.width
    return lambda number: number - span if number >= top else number


def _float(point: ModbusPoint, unsigned: Callable[[Sequence[int]], int]) -> Read:
    layout, size = (">f", 4) if point.type == "float32" else (">d", 8)
    unpack, finite = struct.Struct(layout).unpack, math.isfinite
    # Makers write a float's sentinel as its bits (0x7FC00000) or as a number (-999).
    missing = frozenset(point.missing)

    def read(words: Sequence[int]) -> Reading:
        pattern = unsigned(words)
        value: float = unpack(pattern.to_bytes(size, "big"))[0]
        if missing and (pattern in missing or value in missing):
            return SENSOR_ERROR
        return value if finite(value) else NOT_A_NUMBER

    return read


def _string(point: ModbusPoint, offset: int) -> Read:
    end, swapped = offset + point.length, point.byte_order == "little"

    def read(words: Sequence[int]) -> Reading:
        chosen = words[offset:end]
        packed = struct.pack(f"{'<' if swapped else '>'}{len(chosen)}H", *chosen)
        try:
            text = packed.split(b"\0", 1)[0].decode("utf-8").strip()
        except UnicodeDecodeError:
            return NOT_TEXT
        return SENSOR_ERROR if text in point.missing else text

    return read


def finisher(point: ModbusPoint, factor: float = 1.0) -> Finish:
    """The function from a raw value to what it means; ``factor`` multiplies the scale.

    It answers ``unknown-code`` for a code that the profile does not list, ``out-of-range`` for an unbelievable number.
    """
    if point.is_boolean and point.enum is None:
        return _boolean(point)
    if point.enum is not None:
        return _named(point)
    if point.type == "string":
        return lambda value: value
    return _number(point, factor)


def _boolean(point: ModbusPoint) -> Finish:
    inverted = point.inverted
    if point.true_when is None:
        return lambda value: bool(value) != inverted
    true_when = frozenset(point.true_when)
    return lambda value: (value in true_when) != inverted


def _named(point: ModbusPoint) -> Finish:
    names: dict[Value, str] = {_code(code): name for code, name in (point.enum or {}).items()}
    true_when, inverted = frozenset(point.true_when or ()), point.inverted

    def finish(value: Value) -> Reading:
        name = names.get(value)
        if name is None:
            return BadReading("unknown-code", str(value))
        if point.true_when is None:
            return name
        return (value in true_when or name in true_when) != inverted

    return finish


def _code(written: int | str) -> int | str:
    """A key as the register says it: editors and JSON turn the key 16 into "16"."""
    return int(written) if isinstance(written, str) and written.isdecimal() else written


def _number(point: ModbusPoint, factor: float) -> Finish:
    scale, offset, unit = point.scale * factor, point.offset, point.unit
    divisor = round(1 / scale) if scale else 0
    # 2350 / 100 is 23.5 exactly, 2350 * 0.01 is not.
    divides = divisor > 1 and math.isclose(divisor * scale, 1.0, rel_tol=1e-12)
    low, high = point.plausible or (-math.inf, math.inf)
    whole = scale == 1.0 and not offset
    by: float = divisor if divides else scale

    def finish(raw: Value) -> Reading:
        if isinstance(raw, str):
            return NOT_A_NUMBER
        value = raw if whole else (raw / by if divides else raw * by) + offset
        if low <= value <= high:
            return value
        return BadReading("out-of-range", f"{value:g} {unit}".rstrip())

    return finish
