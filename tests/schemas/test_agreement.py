"""Where a schema sees an error, loading sees one: an editor never marks what the gateway would take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents import AMOUNT, DURATION, Document, parse_duration, parse_quantity
from gateway.errors import DocumentError
from gateway.site.files import POSITIVE
from tests.schemas.validating import errors
from tests.sites import Site

JUNK: list[Any] = [None, [], {}, "x", "no such", -1, 1.5, 10**9, {"x": 1}, [None], "10s", "12 V", "a.b", "2099-01-01"]
"""No numbers in quotes, no 0 or 1 for false and true: these are taken, and an editor may mark them all the same."""
NUMBERS = st.one_of(st.integers(-999, 999).map(str), st.floats(-1e6, 1e6, allow_nan=False).map(repr))
BLANK = st.sampled_from(["", " ", "  "])


def taken(parse: Any, written: object) -> bool:
    try:
        parse(written)
    except ValueError:
        return False
    return True


def fits(schema: dict[str, Any], written: object) -> bool:
    return jsonschema_rs.Draft202012Validator(schema).is_valid(written)


@given(st.tuples(BLANK, NUMBERS, BLANK, st.sampled_from(["ms", "s", "min", "h", "d", "", "m", "S", "s s"]), BLANK))
def test_a_duration_is_one_for_both(parts: tuple[str, ...]) -> None:
    written = "".join(parts)
    if not written.lstrip().startswith("-0"):  # nobody writes less than nothing
        assert fits(DURATION, written) == taken(parse_duration, written)
        assert fits(POSITIVE, written) == (taken(parse_duration, written) and parse_duration(written) > 0)


@given(st.one_of(st.tuples(BLANK, NUMBERS, BLANK, st.sampled_from(["MPa", "°C", "%", "mm/s", ""])).map("".join),
                 st.text("0123456789.e+- xV", max_size=8), st.integers(), st.booleans(), st.none()))  # fmt: skip
def test_an_amount_is_one_for_both(written: object) -> None:
    assert fits(AMOUNT, written) == taken(parse_quantity, written)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every mapping or list in a document, with each of its keys or positions."""
    for key, below in [*node.items()] if isinstance(node, dict) else [*enumerate(node)]:
        yield node, key
        if isinstance(below, dict | list):
            yield from places(below)


def spoilt(document: Any, random: Random) -> Any:
    """A copy with one thing left out, put elsewhere, replaced by junk, or too much."""
    copy = json.loads(json.dumps(document))
    node, key = random.choice([*places(copy)])
    match random.randrange(4):
        case 0:
            del node[key]
        case 1:
            other, place = random.choice([*places(copy)])
            node[key] = json.loads(json.dumps(other[place]))
        case 2 if isinstance(node, dict):
            node[random.choice(["extra", "unit", "from", "within"])] = random.choice(JUNK)
        case _:
            node[key] = random.choice(JUNK)
    return copy


def schema_of(path: Path) -> str:
    return "profile" if path.parent.name == "profiles" else "site" if path.name == "site.yaml" else "standards"


@pytest.mark.parametrize("seed", range(20))
def test_what_a_schema_refuses_is_refused_when_it_is_loaded(tmp_path: Path, seed: int) -> None:
    """Twenty spoilt files a seed, of every sort; more than half of them are refused by both."""
    site, random = Site(tmp_path), Random(seed)
    files = [path for path in sorted(tmp_path.rglob("*.yaml")) if path.name != "touchpoints.yaml"]
    refused = 0
    for _ in range(20):
        path = random.choice(files)
        before = path.read_text(encoding="utf-8")
        path.write_text(json.dumps(spoilt(Document(path).plain, random), ensure_ascii=False), encoding="utf-8")
        found = errors(schema_of(path), Document(path).plain)
        try:
            site.load()
        except DocumentError:
            refused += bool(found)
        else:
            assert found == [], path.read_text(encoding="utf-8")
        path.write_text(before, encoding="utf-8")
    assert refused >= 8
