"""Line protocol taken apart, with the escapes of its reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recordings.line_protocol import Field, parse


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("ext-1 pressure=1.2 1767268800500000000", [Field("ext-1.pressure", "1.2", False)]),
        ("readings,asset=ext-1,point=pressure value=5i 1767268800500000000", [Field("ext-1.pressure", "5", False)]),
        ("door,room=a\\ b\\,c closed=t,state=\"o\\\"p, =en\",n=-7u 1767268800500000000  ",
         [Field("door.closed", "t", False), Field("door.state", 'o"p, =en', True), Field("door.n", "-7", False)]),
        ("a\\,b c\\=d=1e3 1767268800500000000", [Field("a,b.c=d", "1e3", False)]),
    ],
)  # fmt: skip
def test_a_line_is_a_time_and_values(line: str, fields: list[Field]) -> None:
    assert parse(line) == (1_767_268_800.5, fields)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "is no line protocol"),
        ("ext-1", "is no line protocol"),
        ("ext-1 pressure=1.2", "has no timestamp"),
        ("ext-1 pressure 1", "'pressure' cannot be read"),
        ("ext-1 pressure=1.2, 1", "cannot be read"),
        ("ext-1 pressure=\"1.2 1", "is no line protocol"),
        ("ext-1,room closed=t 1", "'room' is no tag"),
        ("ext-1,room= closed=t 1", "is no tag"),
        (",room=a closed=t 1", "cannot be read"),
        ("ext-1 pressure=1.2 12:00", "is no line protocol"),
    ],
)  # fmt: skip
def test_garbage_is_refused(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(line)


@given(st.text(alphabet='a=, \\"1.', max_size=30))
def test_any_text_is_a_line_or_refused(text: str) -> None:
    try:
        _, fields = parse(text)
    except ValueError:
        return
    assert fields
