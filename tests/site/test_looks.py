"""What people are to look at comes from the clauses: also a site's own, and only where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DocumentError
from gateway.kinds import Look
from gateway.site import load_estate
from tests.rounds.house import SITE

CLAUSE = """
  {name}:
    title: {{zh: 轿厢不洁, en: Car not clean}}
    touchpoints: [{touchpoint}]
    applies_to: {kind}
    require: {{person_looks: clean, within: 1 d, checklist: [{item}]}}
    basis: {{document: house rules, kind: proposed}}
    priority: P4
    patience: 2d
    ticket: {{trade: general, acknowledge: 1d, resolve: 2d}}
    action: {{zh: 清洁, en: Clean it}}
"""
FLOOR = "{zh: 地面洁净, en: the floor is clean}"


def load(folder: Path, *clauses: str) -> None:
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    (folder / "standards.yaml").write_text(f"version: own\nclauses:{''.join(clauses)}", encoding="utf-8")


def clause(name: str, touchpoint: str, item: str = FLOOR) -> str:
    return CLAUSE.format(name=name, kind=name.split(".", maxsplit=1)[0], touchpoint=touchpoint, item=item)


def test_a_clause_of_the_site_is_all_that_a_look_needs(tmp_path: Path) -> None:
    load(tmp_path, clause("lift.clean", "lift"), clause("barrier-gate.clean", "car-park"))
    estate = load_estate(tmp_path)
    assert estate.kinds["lift"].looks["clean"].checklist == ({"zh": "地面洁净", "en": "the floor is clean"},)
    assert estate.kinds["lift"].means("person_looks.clean.failed")["en"] == "last found wrong: the floor is clean"
    assert "person_looks.clean.passed" in estate.assets["lift"].records
    assert "person_looks.clean.passed" in estate.assets["garage"].records
    assert "person_looks.clean.passed" not in estate.assets["gate"].ids, "nobody asks for it there"
    assert "person_looks.hump-firm.passed" not in estate.assets["garage"].ids


def test_two_clauses_that_ask_for_the_same_are_one_look() -> None:
    one, other = (
        Look(({"en": "a"}, {"en": "b"}), frozenset({"lobby"})),
        Look(({"en": "b"}, {"en": "c"}), frozenset({"lift"})),
    )
    both = one.also(other)
    assert [each["en"] for each in both.checklist] == ["a", "b", "c"]
    assert [both.concerns(each) for each in ("lobby", "lift", "corridor")] == [True, True, False]
    assert one.also(Look()).concerns("corridor")


@pytest.mark.parametrize(
    ("item", "why"), [("{en: clean}", "write every item in both languages"), ("clean", "must be keys with values")]
)
def test_a_checklist_is_written_in_both_languages(tmp_path: Path, item: str, why: str) -> None:
    load(tmp_path, clause("lift.clean", "lift", item))
    with pytest.raises(DocumentError, match=why):
        load_estate(tmp_path)
