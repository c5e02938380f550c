"""What one Modbus point's registers mean, checked against `struct` by itself."""

import math
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.model import BadReading, Reading
from gateway.profiles import ModbusPoint
from gateway.sources.values import finisher, raw_reader

LAYOUTS = {
    "uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "uint64": ">Q", "int64": ">q",
    "float32": ">f", "float64": ">d",
}  # fmt: skip
ORDERS = st.sampled_from(["big", "little"])


def read(words: list[int], at: int = 0, **point: Any) -> Reading:
    model = ModbusPoint(address=0, **point)
    raw = raw_reader(model, at)(words)
    return raw if isinstance(raw, BadReading) else finisher(model)(raw)


def on_the_wire(packed: bytes, word_order: str, byte_order: str) -> list[int]:
    """The registers of a device that stores `packed` in its own orders."""
    words = [packed[place : place + 2] for place in range(0, len(packed), 2)]
    if word_order == "little":
        words.reverse()
    return [int.from_bytes(word, "little" if byte_order == "little" else "big") for word in words]


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[str, int | float]:
    kind = draw(st.sampled_from(sorted(LAYOUTS)))
    if kind.startswith("float"):
        return kind, draw(st.floats(width=32 if kind == "float32" else 64, allow_nan=False, allow_infinity=False))
    bits = int(kind.removeprefix("u").removeprefix("int"))
    low, high = (0, 2**bits - 1) if kind.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return kind, draw(st.integers(low, high))


@given(typed_values(), ORDERS, ORDERS, st.lists(st.integers(0, 0xFFFF), max_size=5))
def test_every_type_in_every_order_is_the_number_that_was_stored(
    typed: tuple[str, int | float], word_order: str, byte_order: str, before: list[int]
) -> None:
    kind, value = typed
    words = before + on_the_wire(struct.pack(LAYOUTS[kind], value), word_order, byte_order) + [0xDEAD]

    assert read(words, len(before), type=kind, word_order=word_order, byte_order=byte_order) == value


@given(st.binary(min_size=8, max_size=8), st.sampled_from([*LAYOUTS, "string"]), ORDERS, ORDERS)
@example(b"\xff" * 8, "string", "big", "big")
def test_no_bytes_whatever_raise(data: bytes, kind: str, word_order: str, byte_order: str) -> None:
    words = list(struct.unpack(">4H", data))
    length = {"length": 4} if kind == "string" else {}
    got = read(words, type=kind, word_order=word_order, byte_order=byte_order, scale=0.1, plausible=(0, 50), **length)

    assert isinstance(got, bool | int | float | str | BadReading)
    if isinstance(got, float):
        assert 0 <= got <= 50


@pytest.mark.parametrize(
    ("words", "point", "meant"),
    [
        ([0x8000], {"type": "int16", "missing": (-32768,)}, "sensor-error"),
        ([0x8000], {"type": "int16", "missing": (0x8000,)}, "sensor-error"),
        ([0x7FFF], {"type": "int16", "missing": (0x7FFF,), "scale": 0.01}, "sensor-error"),
        ([0xFFFF], {"missing": (0xFFFF,)}, "sensor-error"),
        ([0xFFFF], {"type": "int16", "missing": (-1,)}, "sensor-error"),
        ([0x8000, 0x0000], {"type": "int32", "missing": (0x80000000,)}, "sensor-error"),
        ([0x7FFF, 0xFFFF], {"type": "int32", "missing": (0x7FFFFFFF,)}, "sensor-error"),
        ([0x7FC0, 0x0000], {"type": "float32"}, "not-a-number"),
        ([0x7F80, 0x0000], {"type": "float32"}, "not-a-number"),
        ([0xFF80, 0x0000], {"type": "float32"}, "not-a-number"),
        ([0x7FC0, 0x0001], {"type": "float32", "missing": (0x7FC00001,)}, "sensor-error"),
        ([0xC479, 0xC000], {"type": "float32", "missing": (-999,)}, "sensor-error"),
        ([0x7FF8, 0, 0, 0], {"type": "float64"}, "not-a-number"),
        ([255], {"missing": (255,), "plausible": (0, 100)}, "sensor-error"),
        ([101], {"plausible": (0, 100)}, "out-of-range"),
        ([0xFFFF], {"type": "int16", "plausible": (0, 100)}, "out-of-range"),
        ([5], {"enum": {0: "shut"}}, "unknown-code"),
        ([0xC3C3], {"type": "string", "length": 1}, "not-text"),
        ([0x4E2F, 0x4100], {"type": "string", "length": 2, "missing": ("N/A",)}, "sensor-error"),
        ([0xFFFF], {"bit": 3, "missing": (0xFFFF,)}, "sensor-error"),
    ],
)
def test_what_is_no_value_has_its_reason_and_is_never_a_number(
    words: list[int], point: dict[str, Any], meant: str
) -> None:
    got = read(words, **point)

    assert isinstance(got, BadReading)
    assert got.reason == meant


@pytest.mark.parametrize(
    ("words", "point", "value"),
    [
        ([235], {"scale": 0.1}, 23.5),
        ([12345], {"scale": 0.001}, 12.345),
        ([0xFF38], {"type": "int16", "scale": 0.01}, -2.0),
        ([16384], {"type": "int16", "scale": 16 / 32768}, 8.0),
        ([300], {"offset": -273}, 27.0),
        ([7], {"scale": 3}, 21.0),
        ([0xB400], {"bits": (12, 15)}, 11),
        ([0b10_01], {"bits": (2, 3), "enum": {0: "off", 1: "on", 2: "blink"}}, "blink"),
        ([0x8000], {"type": "int16", "bit": 15}, True),
        ([0x0008], {"bit": 3}, True),
        ([0x0008], {"bit": 3, "inverted": True}, False),
        ([17], {"enum": {16: "open", 17: "closed"}}, "closed"),
        ([17], {"enum": {"16": "open", "17": "closed"}}, "closed"),
        ([17], {"true_when": (17,)}, True),
        ([16], {"true_when": (17,)}, False),
        ([16], {"true_when": (17,), "inverted": True}, True),
        ([17], {"enum": {17: "closed"}, "true_when": ("closed",)}, True),
        ([0x4142, 0x4300, 0x5858], {"type": "string", "length": 3}, "ABC"),
        ([0x4241, 0x2043], {"type": "string", "length": 2, "byte_order": "little"}, "ABC"),
        ([1], {"table": "coil"}, True),
        ([0], {"table": "discrete"}, False),
        ([0], {"table": "discrete", "inverted": True}, True),
        ([1], {"table": "discrete", "enum": {0: "shut", 1: "open"}}, "open"),
        ([0x1234], {"byte_order": "little"}, 0x3412),
    ],
)
def test_what_is_a_value(words: list[int], point: dict[str, Any], value: Any) -> None:
    got = read(words, **point)

    assert got == value
    assert type(got) is type(value)


def test_an_unbelievable_value_is_told_with_its_unit() -> None:
    assert read([4000], unit="°C", scale=0.1, plausible=(-40, 85)) == BadReading("out-of-range", "400 °C")


def test_text_where_a_number_should_be_is_none() -> None:
    finish = finisher(ModbusPoint(address=0, scale=2))

    assert finish("12") == BadReading("not-a-number")


def test_a_factor_multiplies_the_scale_and_leaves_the_offset() -> None:
    finish = finisher(ModbusPoint(address=0, scale=0.1, offset=5), 0.1)

    assert finish(250) == 7.5


@given(st.integers(0, 0xFFFF), st.sampled_from([0.1, 0.01, 0.001, 0.0001]))
def test_decimal_scales_give_the_nearest_number_not_one_beside_it(raw: int, scale: float) -> None:
    got = read([raw], scale=scale)

    assert isinstance(got, float)
    assert got == raw / round(1 / scale)
    assert math.isfinite(got)
