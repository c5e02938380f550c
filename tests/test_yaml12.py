"""YAML 1.2: scalars are what they look like, on known lines, and nothing else is let in."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.yaml12 import SafeLoader, YamlError, compose, line_of, plain


def read(text: str) -> Any:
    return plain(compose(text))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("22:30", "22:30"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("010", 10), ("0o17", 15), ("0x1F", 31),
        ("-3", -3), ("+3", 3), ("1_000", "1_000"), ("1e3", 1000.0), ("-.5", -0.5), ("1.", 1.0), (".inf", math.inf),
        ("-.inf", -math.inf), ("~", None), ("null", None), ("true", True), ("False", False),
        ("2027-01-31", "2027-01-31"),
        ("'12'", "12"), ('"true"', "true"), ("1.0 MPa", "1.0 MPa"), ("=", "="), ("<<", "<<"), ("!!str 12", "12"),
    ],
)  # fmt: skip
def test_a_scalar_is_what_it_looks_like(written: str, value: object) -> None:
    found = read(f"a: {written}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read_too() -> None:
    assert math.isnan(read(".nan"))


def test_nothing_is_nothing() -> None:
    assert [read(text) for text in ("", "# only a comment\n", "a:")] == [None, None, {"a": None}]


def test_text_keeps_its_lines() -> None:
    assert read("a: |\n  one\n  two\nb: [1, 2.5, x]\n") == {"a": "one\ntwo\n", "b": [1, 2.5, "x"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_what_another_writer_wrote_is_read_back(value: Any) -> None:
    assert read(yaml.safe_dump(value, default_style='"', allow_unicode=True)) == value


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\n\na: 2\n", 3, 'found duplicate key "a"'),
        ("1: a\n01: b\n", 2, 'found duplicate key "1"'),
        ("a: &x [1]\nb: *x\n", 1, "anchors and aliases are not allowed here: write the value out"),
        ("z: 1\na: &x [*x]\n", 2, "anchors and aliases are not allowed here: write the value out"),
        ("a: *x\n", 1, "found undefined alias"),
        ("a: !!set {x}\n", 1, "not YAML 1.2 as it is used here: !!set"),
        ("a: !mine 3\n", 1, "not YAML 1.2 as it is used here: !mine"),
        ("a: !!bool maybe\n", 1, "'maybe' is no bool"),
        (f"a: {'9' * 5000}\n", 1, "not YAML: Exceeds the limit"),
        ("- 1\n- [2\n", 3, "did not find expected ',' or ']'"),
        ("a: 名\nb: 1\nc: \x00\nd: 1", 3, "not YAML: "),
    ],
)
def test_nothing_else_is_let_in(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=re.escape(says)) as caught:
        read(text)
    assert caught.value.line == line


def test_the_line_of_what_is_not_there_is_that_of_what_holds_it() -> None:
    tree = compose("a:\n  b:\n  - c: 1\n  - d: 2\n3: x\n")
    lines = {(): 1, ("a", "b"): 2, ("a", "b", 1, "d"): 4, ("a", "x"): 1, ("a", "b", 9): 2, (3,): 5, ("3",): 1}
    assert {where: line_of(tree, where) for where in lines} == lines
    assert line_of(None, ("a",)) == 1


def test_it_is_libyaml_that_reads() -> None:
    assert SafeLoader is yaml.CSafeLoader
