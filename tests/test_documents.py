"""Strict YAML: what is refused, where an error is, and what it suggests."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from gateway.documents import (
    LARGEST,
    SECONDS,
    Amount,
    Document,
    Duration,
    Quantity,
    Strict,
    keys_at,
    parse_duration,
    parse_quantity,
    suggest,
)
from gateway.errors import DocumentError, Problem


class Leaf(Strict):
    kind: Literal["leaf"]
    colour: str = "green"
    within: Duration = 5.0
    weight: Amount = Quantity(1.0, "g")


class Branch(Strict):
    kind: Literal["branch"]
    leaves: tuple[Leaf, ...] = ()
    thick: bool = Field(default=False, alias="is-thick")


class Tree(Strict):
    name: str
    parts: Mapping[str, Annotated[Leaf | Branch, Field(discriminator="kind")]] = {}
    maybe: Leaf | None = None


def document(folder: Path, text: str | bytes) -> Document:
    path = folder / "tree.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Document(path, "tree.yaml")


def refused(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        document(folder, text).parse(Tree)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("30s", 30.0), ("15min", 900.0), ("2 h", 7200.0), ("31d", 2678400.0), ("0s", 0.0)],
)
def test_a_duration_is_a_number_with_its_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("written", ["15", 15, 1.5, "15 m", "-1s", "1e999d", "nans", "", None, True, "s", "1 min 30 s"])
def test_anything_else_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="is no duration: write a number and one of ms, s, min, h, d, like 15min"):
        parse_duration(written)


@given(st.floats(0, 1e6), st.sampled_from(sorted(SECONDS)))
def test_a_written_duration_is_read_back(number: float, unit: str) -> None:
    assert parse_duration(f"{number!r}{unit}") == pytest.approx(number * SECONDS[unit])


@pytest.mark.parametrize(
    ("written", "quantity"),
    [
        ("1.0 MPa", (1.0, "MPa")),
        ("-3.5mm/s", (-3.5, "mm/s")),
        (7, (7.0, "")),
        (0.5, (0.5, "")),
        ("12", (12.0, "")),
        ("20 °C", (20.0, "°C")),
    ],
)
def test_a_quantity_is_a_number_with_or_without_a_unit(written: object, quantity: tuple[float, str]) -> None:
    assert parse_quantity(written) == quantity
    assert parse_quantity(Quantity(*quantity)) == quantity


@pytest.mark.parametrize("written", ["MPa", "", True, None, [1], math.nan, math.inf, "1e999 V"])
def test_anything_else_is_no_quantity(written: object) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        parse_quantity(written)


def test_a_quantity_is_shown_as_it_is_written() -> None:
    assert (str(Quantity(1.0, "MPa")), str(Quantity(0.25, ""))) == ("1 MPa", "0.25")


def test_the_nearest_word_is_suggested_or_a_short_list() -> None:
    assert suggest("scal", ["scale", "offset"]) == ', did you mean "scale"?'
    assert suggest("x", ["scale", "offset"]) == " (known: offset, scale)"
    assert suggest("x", []) == ""
    assert suggest("x", map(str, range(10, 40))) == ""


def test_a_right_document(tmp_path: Path) -> None:
    text = "name: oak\nparts:\n  a: {kind: leaf, within: 1min, weight: 2 kg}\n  b: {kind: branch, is-thick: true}\n"
    tree = document(tmp_path, text).parse(Tree)
    assert tree.parts["a"] == Leaf(kind="leaf", within=60.0, weight=Quantity(2.0, "kg"))
    assert tree.parts["b"] == Branch.model_validate({"kind": "branch", "is-thick": True})


def test_a_part_of_a_document(tmp_path: Path) -> None:
    whole = document(tmp_path, "trees:\n- {name: oak}\n- {nam: elm}\n-\n")
    assert whole.parse(Tree, ("trees", 0)).name == "oak"
    with pytest.raises(DocumentError) as caught:
        whole.parse(Tree, ("trees", 1))
    assert [str(problem) for problem in caught.value.problems] == [
        'tree.yaml:3: trees.1.nam: unknown key, did you mean "name"?',
        "tree.yaml:3: trees.1.name: is missing",
    ]
    with pytest.raises(DocumentError, match=r"trees\.2\.name: is missing"):
        whole.parse(Tree, ("trees", 2))


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["tree.yaml:1: name: is missing"]),
        ("nam: oak\n", ['tree.yaml:1: nam: unknown key, did you mean "name"?', "tree.yaml:1: name: is missing"]),
        (
            "name: oak\nparts:\n  a: {kind: leaf, color: red}\n",
            ['tree.yaml:3: parts.a.color: unknown key, did you mean "colour"?'],
        ),
        (
            "name: oak\nparts:\n  a:\n    kind: branch\n    leaves:\n    - kind: leaf\n"
            "    - kind: leaf\n      withn: 3s\n",
            ['tree.yaml:8: parts.a.leaves.1.withn: unknown key, did you mean "within"?'],
        ),
        (
            "name: oak\nparts:\n  a: {kind: laef}\n",
            ["tree.yaml:3: parts.a.kind: 'laef' is not known here, did you mean \"leaf\"?"],
        ),
        ("name: oak\nparts:\n  a: {}\n", ["tree.yaml:3: parts.a.kind: is missing"]),
        (
            "name: oak\nparts:\n  a: {kind: leaf, within: 5.0}\n",
            ["tree.yaml:3: parts.a.within: 5.0 is no duration: write a number and one of ms, s, min, h, d, like 15min"],
        ),
        (
            "name: oak\nmaybe: {kind: leaf, wihin: 1s}\n",
            ['tree.yaml:2: maybe.wihin: unknown key, did you mean "within"?'],
        ),
        ("name: oak\nparts: [1]\n", ["tree.yaml:2: parts: must be keys with values: key: value"]),
        ("- 1\n", ["tree.yaml: must be keys with values: key: value"]),
    ],
)
def test_errors_name_line_and_place(tmp_path: Path, text: str, problems: list[str]) -> None:
    assert refused(tmp_path, text) == problems


def test_all_errors_of_a_document_are_told(tmp_path: Path) -> None:
    text = "parts:\n  a: {kind: leaf, within: 3}\n  b: {kind: lef}\n  c: {kind: leaf, colour: 3}\nmore: 1\n"
    assert [line.split(": ")[1] for line in refused(tmp_path, text)] == [
        "name",
        "parts.a.within",
        "parts.b.kind",
        "parts.c.colour",
        "more",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\nname: b\n", 'tree.yaml:2: found duplicate key "name"'),
        ("a: &x [1]\nb: *x\n", "tree.yaml:1: anchors and aliases are not allowed here"),
        ("a: [1\nb: 2\n", "tree.yaml:2: "),
        ("a: b: c\n", "tree.yaml:1: "),
        ("--- 1\n--- 2\n", "tree.yaml:2: expected a single document"),
        ("a: 1\nb: !!int x\n", "tree.yaml:2: 'x' is no int"),
        ("a: !!python/name:os.system\n", "tree.yaml:1: not YAML 1.2 as it is used here: !!python/name:os.system"),
        ("? {a: 1}\n: 2\n", "tree.yaml:1: a list or a mapping cannot be a key"),
        ("name: a\nmaybe: 车库\n".encode("gb18030"), "tree.yaml:2: not UTF-8 at byte 15: save the file as UTF-8"),
        ("name: " + "x" * LARGEST, "tree.yaml: larger than 1024 KiB"),
        ("[" * LARGEST, "tree.yaml: nested too deeply"),
        ("- " * 1000, "tree.yaml: nested too deeply"),
        ("a: " + "{b: " * 60 + "1" + "}" * 60, "tree.yaml:1: a: unknown key"),
    ],
)
def test_what_is_no_strict_yaml(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert refused(tmp_path, text)[0].startswith(message)


def test_an_asterisk_alone_is_no_alias(tmp_path: Path) -> None:
    assert document(tmp_path, "name: a * b\n").parse(Tree).name == "a * b"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.yaml: No such file or directory"):
        Document(tmp_path / "none.yaml")
    with pytest.raises(DocumentError, match="Is a directory"):
        Document(tmp_path)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "site.yaml")
    for path in (tmp_path / "site.yaml", Path("/dev/zero")):
        with pytest.raises(DocumentError, match=f"{path}: is no regular file"):
            Document(path)


def test_the_line_of_what_is_not_there_is_that_of_what_holds_it(tmp_path: Path) -> None:
    found = document(tmp_path, "a:\n  b:\n  - c: 1\n  - d: 2\n")
    lines = {(): 1, ("a",): 1, ("a", "b"): 2, ("a", "b", 1): 4, ("a", "b", 1, "d"): 4, ("a", "x"): 1, ("a", "b", 9): 2}
    assert {where: found.line(where) for where in lines} == lines


def test_an_error_can_be_made_by_hand(tmp_path: Path) -> None:
    found = document(tmp_path, "a: 1\nb: 2\n")
    assert found.error(("b",), "is odd").problems == (Problem("tree.yaml", 2, "b", "is odd"),)
    assert str(found.problem((), "is odd")) == "tree.yaml: is odd"


def test_keys_are_found_through_optional_parts_lists_and_mappings() -> None:
    assert keys_at(Tree, ()) == {"name", "parts", "maybe"}
    assert keys_at(Tree, ("maybe",)) == {"kind", "colour", "within", "weight"}
    assert keys_at(Tree, ("parts", "a", "branch")) == {"kind", "leaves", "is-thick", "colour", "within", "weight"}
    assert keys_at(Branch, ("leaves", 0)) == {"kind", "colour", "within", "weight"}


def test_code_may_hand_in_seconds() -> None:
    assert Leaf(kind="leaf", within=1.5).within == 1.5


ODD = [
    "a",
    "b: ",
    "- ",
    "? ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\n",
    "\n  ",
    "&a ",
    "*a",
    "!!set ",
    "!!omap ",
    "!!binary ",
    "!!float ",
    "!x ",
    "<<: ",
    "|\n",
    ">\n",
    '"',
    "'",
    "#",
    "%YAML 1.1\n---\n",
    "---\n",
    "...\n",
    "\t",
    "1e5",
    "2020-01-01",
    ".inf",
    "~",
    "\x00",
    "\u2028",
]


@given(st.lists(st.sampled_from(ODD), max_size=14).map("".join) | st.text(max_size=40) | st.binary(max_size=40))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    told: tuple[Problem, ...] | None = None
    try:
        Document(path).parse(Tree)
    except DocumentError as error:
        told = error.problems
    assert told != ()
