"""The slips that people make in YAML are told by their line and in words to act on."""

from __future__ import annotations

import pytest

from gateway.yaml12 import YamlError, compose

QUOTES = "text cannot begin with this character: put it in quotes"
NO_KEY = "is no key with a value: write a colon and a space after the key"
NEIGHBOURS = "does not go on with what is above: is it indented as its neighbours?"
NO_ROOM = (
    "has a ': ' where no key can stand: is it indented as its neighbours, has the key above its ': ', and is text with"
    " ': ' in it in quotes?"
)
TAB = "begins with a tab: indent with spaces"
SPACE = "begins with a wide or fixed space: indent with plain ones"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a:\n  b: 1\n\tc: 2\n", 3, TAB),
        ("a:\n\tb: 1\n  c: 2\n", 2, TAB),
        ("a:\n\u3000\u3000b: 1\n  c: 2\n", 2, SPACE),
        ("a:\n\u00a0\u00a0b: 1\n  c: 2\n", 2, SPACE),
        ("a:1\nb: 2\n", 2, NO_ROOM),
        ("a: 1\nb:1\nc: 2\n", 2, NO_KEY),
        ("a: 1\nb\nc: 2\n", 2, NO_KEY),
        ("a: 1\nb：1\nc: 2\n", 2, f"{NO_KEY} (line 2 has a full-width ：, which is a letter here: is : meant?)"),
        ("a: 1\n＃ why\nb: 2\n", 2, f"{NO_KEY} (line 2 has a full-width ＃, which is a letter here: is # meant?)"),
        ("a: ｛b: 1｝\n", 1, f"{NO_ROOM} (line 1 has a full-width ｛, which is a letter here: is {{ meant?)"),
        ("a: {b: 1，c: 2}\n", 1, "did not find expected ',' or '}' (line 1 has a full-width ，"),
        ("a: {b: 1, c: 2\nd: 3\n", 2, "did not find expected ',' or '}', to end what begins in line 1"),
        ('a: 1\nb: "open\nc: 2\n', 2, "a quote that is opened here is not closed"),
        ("a:\n  b: 1\n - c\n", 3, NEIGHBOURS),
        ("a: one: two\n", 1, NO_ROOM),
        ("a: [*]\n", 1, "text that begins with * or & has to be in quotes"),
        ("a: @x\n", 1, QUOTES),
        ("a: 1 # 注意：别动\nb: @x\n", 2, QUOTES),
        ("a: 1\n---\nb: 2\n", 2, "expected a single document in the stream, but found another document"),
    ],
)
def test_a_slip_is_told_where_it_is_and_how_to_mend_it(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError) as caught:
        compose(text)
    assert (caught.value.line, str(caught.value)[: len(says)]) == (line, says)
    assert ("full-width" in str(caught.value)) == ("full-width" in says)


def test_full_width_text_that_is_no_slip_is_text() -> None:
    assert compose("a: 一号楼，东：\u3000大堂\n") is not None
