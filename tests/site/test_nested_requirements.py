"""Requirements within requirements: each mistake is told with its own line, and what a site changes is merged right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.site.standard import merged
from tests.sites import Site

NESTED = """\
require:
      any_of:
        - {FIRST}
        - all_of:
            - {SECOND}
            - {point: closed, equals: true}
"""
RIGHT = {"FIRST": "point: battery, at_least: 20 %", "SECOND": "point: held_open_time, at_most: 300 s"}


def load(folder: Path, **edits: str) -> None:
    text = NESTED
    for name, written in {**RIGHT, **edits}.items():
        text = text.replace(name, written)
    site = Site(folder)
    site.edit("site/standards.yaml", "require: {point: closed, equals: true}\n", text)
    site.load()


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({"FIRST": "point: batery, at_least: 20 %"}, "standards.yaml:8: clauses.door.shut.require.any_of.0: this kind"),
        ({"SECOND": "point: held_open_time, at_most: 5 min"}, "10: clauses.door.shut.require.any_of.1.all_of.0: 5 min"),
        ({"SECOND": "point: closed, within: 31 d"}, "any_of.1.all_of.0: needs a date, and closed is a boolean"),
        ({"SECOND": "point: closed, within: 31"}, "10: clauses.door.shut.require.any_of.1.all_of.0.within: 31 is no"),
        ({"FIRST": "point: battery, least: 20 %"}, "8: clauses.door.shut.require.any_of.0: a requirement has exactly"),
        ({"FIRST": "point: battery, at_least: 20 %, dead: 1"}, "any_of.0.dead: unknown key"),
        (
            {"FIRST": "proof_test: walks, tested_within: 3 d"},
            "any_of.0.proof_test: no proof test 'walks', did you",
        ),
    ],
)
def test_a_mistake_inside_is_told_with_its_own_line_and_alone(
    tmp_path: Path, edits: dict[str, str], message: str
) -> None:
    with pytest.raises(DocumentError) as told:
        load(tmp_path, **edits)
    (problem,) = told.value.problems
    assert message in str(problem)


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    load(tmp_path)


def test_a_point_that_is_told_beside_must_be_one(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.edit("site/standards.yaml", "    priority: P3\n", "    priority: P3\n    tells: [battery, batery]\n")
    with pytest.raises(DocumentError, match=r"door.shut.tells: this kind has no point 'batery', did you mean"):
        site.load()


def test_a_changed_time_of_a_look_is_no_new_comparison() -> None:
    look = {"person_looks": "handle-firm", "within": "31 d"}
    assert merged({"require": look}, {"require": {"within": "7 d"}}) == {"require": {**look, "within": "7 d"}}
    date = {"point": "service", "within": "31 d"}
    changed = merged({"require": date}, {"require": {"in_date": True}})
    assert changed == {"require": {"point": "service", "in_date": True}}
