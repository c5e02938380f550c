"""Kinds: what they can be asked, and which ones make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.kinds import Derivation, Fact, Kind, KindPoint
from gateway.site.kinds import derivation_order, history_deadband
from tests.sites import Site

KIND = Kind(
    title={"en": "Door"},
    points={
        "closed": KindPoint(type="boolean", means={"en": "closed"}),
        "level": KindPoint(type="number", unit="%", means={"en": "level"}, history_deadband=2.0),
    },
    derived={
        "late": Derivation(function="f", inputs={"x": "early"}, type="number", unit="s", means={"en": "late"}),
        "early": Derivation(function="f", inputs={"x": "closed"}, type="number", unit="s", means={"en": "early"}),
    },
    facts={"until": Fact(type="date", means={"en": "until"})},
)

WRONG = [
    ("      closed: {type", "      Closed!: {type", "kinds.yaml:7: kinds.door.points.Closed!: is no point name"),
    ("      rated: {type", "      state: {type", "kinds.light.facts.state: is named more than once in this kind"),
    (
        "inputs: {value: released}",
        "inputs: {value: relesed}",
        "kinds.door.derived.barred.inputs: no point 'relesed', did you mean \"released\"?",
    ),
    (
        "inputs: {value: released}",
        "inputs: {value: barred}",
        "kinds.door.derived.barred: is derived from itself: barred → barred",
    ),
    (
        "inputs: {value: released}",
        "inputs: {value: battery}",
        "inverted: value must be a boolean, and battery is a number",
    ),
    ("inputs: {value: released}", "inputs: {valu: released}", "inverted has no input 'valu', did you mean \"value\"?"),
    ("inputs: {value: released}", "inputs: {}", "kinds.door.derived.barred: inverted needs the input 'value'"),
    ("inputs: {value: released}", "inputs: {value: released}, parameters: {a: 1}", "inverted has no parameter 'a'"),
    (
        "inputs: {value: released}, type: boolean",
        "inputs: {value: released}, type: number",
        "inverted gives a boolean, not a number",
    ),
    (
        "function: held_open_time",
        "function: held_opentime",
        "no function 'held_opentime', did you mean \"held_open_time\"?",
    ),
    (
        "  device: {title: {en: Device}, points: {answers: {type: boolean, means: {en: answers}}}}\n",
        "",
        "kinds: the kind 'device' with its point 'answers' is missing",
    ),
    (
        "type: boolean, means: {en: closed}",
        "type: bool, means: {en: closed}",
        "kinds.door.points.closed.type: 'bool' is not known here",
    ),
]


def test_a_kind_knows_its_points_derived_points_and_facts() -> None:
    assert KIND.names() == {"closed", "level", "late", "early", "until"}
    assert [KIND.unit_of(point) for point in ("level", "late", "until")] == ["%", "s", ""]
    assert [KIND.type_of(point) for point in ("closed", "early", "until")] == ["boolean", "number", "date"]
    assert KIND.means("until") == {"en": "until"}
    for ask in (KIND.unit_of, KIND.type_of, KIND.means):
        with pytest.raises(KeyError, match="nothing"):
            ask("nothing")


def test_derived_points_come_after_what_feeds_them() -> None:
    assert derivation_order(KIND) == ["early", "late"]


def test_only_points_have_a_history_deadband() -> None:
    assert [history_deadband(KIND, point) for point in ("level", "closed", "late", "until")] == [2.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[message[:60] for _, _, message in WRONG])
def test_a_kind_that_makes_no_sense_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    site = Site(tmp_path)
    site.edit("book/kinds.yaml", old, new)
    assert message in "\n".join(site.problems())


def test_a_shipped_kind_cannot_be_named_again(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (site.folder / "kinds.yaml").write_text("kinds: {door: {title: {en: Door}}}\n", encoding="utf-8")
    assert site.problems() == ["kinds.yaml:1: kinds.door: is already a kind: give your own another name"]


def test_a_kind_on_two_pages_of_the_book(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (site.shipped.book / "zz.yaml").write_text("kinds: {door: {title: {en: Door}}}\n", encoding="utf-8")
    assert site.problems() == ["standards/book/zz.yaml:1: kinds.door: is already a kind: name it once"]


def test_a_book_without_its_files(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (site.shipped.book / "kinds.yaml").unlink()
    (site.shipped.book / "touchpoints.yaml").unlink()
    said = "\n".join(site.problems())
    assert "book: kinds: the kind 'device' with its point 'answers' is missing" in said
    assert "touchpoints.yaml: No such file or directory" in said
