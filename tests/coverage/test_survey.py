"""The whole site by touchpoint: what is covered, what only looks like it, and what is not."""

from __future__ import annotations

from pathlib import Path

from gateway.coverage import Answer, Coverage, State, TouchpointCover, survey
from gateway.coverage.survey import basis_in_force
from tests.coverage.story import covered, site
from tests.story import Plan, clause

ADJUST = "  light.battery: {change: {priority: P1, require: {at_least: 12.1 V}}}\n"


def at(coverage: Coverage, slug: str) -> TouchpointCover:
    (found,) = [each for each in coverage.touchpoints if each.slug == slug]
    return found


def test_every_pair_of_clause_and_asset_is_counted_once(tmp_path: Path) -> None:
    coverage = covered(tmp_path)
    assert coverage.counts == {Answer.SENSOR: 6, Answer.RECORD: 1, Answer.NOTHING: 1}
    assert coverage.unanswered == 1
    assert coverage.bases() == {"proposed": 3, "text": 2, "standard": 1}
    doors = at(coverage, "unit-door")
    assert doors.state is State.IN_PART
    assert [cover.name for cover in doors.clauses] == ["door.held", "door.intact", "door.shut"]
    assert [cover.own for cover in doors.clauses] == [False, False, True]


def test_a_clause_that_names_no_touchpoint_holds_wherever_such_assets_are(tmp_path: Path) -> None:
    coverage = covered(tmp_path)
    assert "door.shut" not in [cover.name for cover in at(coverage, "corridor").clauses]
    assert "light.checked" in [cover.name for cover in at(coverage, "corridor").clauses]


def test_a_touchpoint_is_answered_only_when_all_of_it_is(tmp_path: Path) -> None:
    coverage = covered(tmp_path)
    corridor = at(coverage, "corridor")
    assert corridor.state is State.ANSWERED
    assert [cover.name for cover in corridor.clauses if not cover.items] == ["door.intact"]
    assert coverage.states == {State.IN_PART: 1, State.ANSWERED: 1}


def test_touchpoints_without_clause_or_asset_are_not_covered(tmp_path: Path) -> None:
    book = ("book/touchpoints.yaml", "  corridor:", "  plaza: {title: {zh: 广场, en: Plaza}}\n  corridor:")
    coverage = covered(tmp_path, book)
    assert at(coverage, "plaza").state is State.NO_CLAUSE
    coverage = covered(
        tmp_path / "second", book, ("book/light.yaml", "touchpoints: [corridor]", "touchpoints: [corridor, plaza]")
    )
    assert at(coverage, "plaza").state is State.NO_ASSET


def test_a_clause_beside_its_touchpoints_is_shown_and_counts_nowhere(tmp_path: Path) -> None:
    coverage = covered(tmp_path, ("book/door.yaml", "touchpoints: [unit-door]", "touchpoints: [corridor]"))
    doors = at(coverage, "unit-door")
    (beside,) = [cover for cover in doors.clauses if not cover.named]
    assert (beside.name, len(beside.items)) == ("door.held", 2)
    assert coverage.counts.total() == covered(tmp_path / "second").counts.total() - 2


def test_assets_that_no_clause_speaks_of_keep_a_touchpoint_from_being_covered(tmp_path: Path) -> None:
    moved = ("site/site.yaml", "    touchpoint: corridor\n", "    touchpoint: unit-door\n")
    named = ("book/light.yaml", "    applies_to: light\n    require: {point: checked_until",
             "    touchpoints: [corridor]\n    applies_to: light\n    require: {point: checked_until")  # fmt: skip
    coverage = covered(tmp_path, moved, named)
    doors = at(coverage, "unit-door")
    assert [asset.name for asset in doors.idle] == ["light-3f"]
    assert [cover.name for cover in doors.clauses if not cover.named] == ["light.battery", "light.checked"]
    assert at(coverage, "corridor").state is State.NO_ASSET


def test_nothing_is_covered_where_nothing_answers_or_nothing_fits() -> None:
    plan = Plan({"lift.level": clause("lift", {"point": "level", "equals": 0}, touchpoints=("corridor",))})
    plan.asset("door-1", "access-door", ["closed"])
    (corridor,) = survey(plan.estate()).touchpoints
    assert (corridor.slug, corridor.state) == ("corridor", State.NO_MATCH)
    plan.asset("lift-1", "lift", ["moving"])
    (corridor,) = survey(plan.estate()).touchpoints
    assert (corridor.state, corridor.counts) == (State.UNANSWERED, {Answer.NOTHING: 1})


def test_what_is_switched_off_is_told_where_it_would_hold(tmp_path: Path) -> None:
    off = "  light.checked: {off: true, reason: by hand, until: 2030-01-01}\n"
    coverage = covered(tmp_path, ("site/standards.yaml", ADJUST, off))
    assert list(at(coverage, "corridor").off) == ["light.checked"]
    assert at(coverage, "unit-door").off == {}
    assert coverage.counts[Answer.RECORD] == 0


def test_a_changed_number_is_the_sites_own_proposal_unless_it_says_more(tmp_path: Path) -> None:
    reason = f"{ADJUST[:-2]}, reason: long cables}}\n"
    changes = {
        "number": (reason, ("proposed", "set by this site", "long cables")),
        "priority": ("  light.battery: {change: {priority: P1}}\n", ("text", "touchpoint standard", "")),
        "stated": (
            "  light.battery: {change: {on_delay: 5s, basis: {document: manual, kind: standard}}}\n",
            ("standard", "manual", ""),
        ),
    }
    for name, (written, told) in changes.items():
        estate = site(tmp_path / name, ("site/standards.yaml", ADJUST, written)).load().estate
        basis = basis_in_force(estate.standard.clauses["light.battery"], estate.changed["light.battery"])
        assert (basis.kind, basis.document, basis.note) == told


def test_what_the_gateway_watches_of_itself_is_counted_apart(tmp_path: Path) -> None:
    (watch,) = covered(tmp_path).watches
    assert (watch.name, watch.count, watch.basis.kind) == ("device.answers", 3, "standard")
