"""Raw JSON values become readings, or say why they cannot."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import BadReading, Reading
from gateway.profiles import MqttPoint
from gateway.sources.conversion import converter, same, shown


def read(raw: object, **said: Any) -> Reading:
    return converter(MqttPoint(topic="t", **said))(raw)


def reason(raw: object, **said: Any) -> str:
    reading = read(raw, **said)
    return reading.reason if isinstance(reading, BadReading) else f"a value: {reading!r}"


def test_numbers_are_scaled_into_the_unit_of_the_point() -> None:
    assert read(123, scale=0.1, offset=-2.3, unit="°C") == pytest.approx(10.0)
    assert read(3) == 3
    assert read("21.5") == 21.5
    assert read(" -1e2 ") == -100.0


@pytest.mark.parametrize(
    "raw", ["NaN", "inf", "1_000", "0x10", "", "12,5", "٣", "1" * 65, float("inf"), float("nan"), 1e300]
)
def test_what_is_no_number_is_said_so(raw: object) -> None:
    assert reason(raw) == "not-a-number"


@pytest.mark.parametrize(
    ("raw", "expected"), [(True, "wrong-type"), ({}, "wrong-type"), ([1], "wrong-type"), (None, "sensor-error")]
)
def test_other_kinds_are_no_numbers(raw: object, expected: str) -> None:
    assert reason(raw) == expected


def test_beyond_64_bits_is_refused_even_as_a_whole_number() -> None:
    assert reason(2**63) == "out-of-range"
    assert reason(-(2**63)) == "out-of-range"
    assert read(2**63 - 1) == 2**63 - 1


def test_implausible_and_missing_values_are_no_values() -> None:
    assert reason(61, plausible=(0, 60), unit="V") == "out-of-range"
    assert str(read(61, plausible=(0, 60), unit="V")) == "out-of-range (61 V)"
    assert reason(-999, missing=(-999,)) == "sensor-error"
    assert reason("-999", missing=(-999,)) == "sensor-error"
    assert reason("unavailable", missing=("unavailable",), type="text") == "sensor-error"
    assert read(True, missing=(1,), type="boolean") is True


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (True, True),
        (0, False),
        ("ON", True),
        ("off", False),
        ("1", True),
        (2, "wrong-type"),
        ("perhaps", "wrong-type"),
        (1.0, "wrong-type"),
    ],
)
def test_truth_comes_in_few_forms(raw: object, expected: object) -> None:
    reading = read(raw, type="boolean")
    assert (reading.reason if isinstance(reading, BadReading) else reading) == expected


def test_inverted_truth() -> None:
    assert read(True, type="boolean", inverted=True) is False
    assert read("open", true_when=("close",), inverted=True) is True


def test_true_when_takes_only_its_own_kind() -> None:
    assert read("open", true_when=("open",)) is True
    assert read("close", true_when=("open",)) is False
    assert reason(1, true_when=("open",)) == "wrong-type"
    assert reason(True, true_when=(1,)) == "wrong-type"
    assert read(True, true_when=(True,)) is True


def test_true_when_with_codes_refuses_an_unknown_code() -> None:
    codes = {"enum": {0: "shut", 1: "open"}, "true_when": (1,)}
    assert read(1, **codes) is True
    assert read(0, **codes) is False
    assert reason(7, **codes) == "unknown-code"


def test_codes_may_come_as_number_or_text() -> None:
    codes = {0: "closed", 1: "open", "2": "moving", "true": "yes"}
    assert [read(raw, enum=codes) for raw in (0, "1", 2, "2", True)] == ["closed", "open", "moving", "moving", "yes"]
    assert reason(9, enum=codes) == "unknown-code"
    assert reason("9" * 30, enum=codes) == "unknown-code"
    assert reason(10**400, enum=codes) == "unknown-code"


def test_text_is_short_and_printable() -> None:
    assert read("B1", type="text") == "B1"
    assert read("三楼", type="text") == "三楼"
    assert read(3, type="text") == "3"
    for raw in ("a\0b", "\ud800", "x" * 201, True, 1.5, 2**70):
        assert reason(raw, type="text") == "wrong-type"


def test_same_tells_truth_from_one() -> None:
    assert same(1, 1)
    assert not same(True, 1)
    assert not same(0, False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
points = st.sampled_from(
    [
        MqttPoint(topic="t", plausible=(-10, 10), missing=(5, "x")),
        MqttPoint(topic="t", scale=0.1),
        MqttPoint(topic="t", type="boolean"),
        MqttPoint(topic="t", type="text"),
        MqttPoint(topic="t", enum={0: "a", "b": "c"}),
        MqttPoint(topic="t", true_when=("on", 1)),
    ]
)


@given(points, json_values)
def test_any_value_is_a_reading_of_the_points_own_type(point: MqttPoint, raw: object) -> None:
    reading = converter(point)(raw)
    if point.is_boolean:
        assert isinstance(reading, bool | BadReading)
    elif point.type == "text" or point.is_enum:
        assert isinstance(reading, str | BadReading)
    else:
        assert isinstance(reading, int | float | BadReading)
        assert not isinstance(reading, bool)
    assert shown(raw).isprintable()
