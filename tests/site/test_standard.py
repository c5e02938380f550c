"""The book, the site's own clauses and what the site changes, checked against the kinds and each other."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.documents import Quantity, parse_duration
from gateway.site.standard import merged, unanswered
from gateway.standards.requirements import AtLeast, Between
from tests.sites import Site

ADJUST = "adjust:\n  light.battery: {change: {priority: P1, require: {at_least: 12.1 V}}}\n"
REQUIRE = "require: {point: closed, equals: true}"

WRONG = [
    ("  door.shut:", "  shut:", "standards.yaml:3: clauses.shut: is no clause name"),
    (
        "  door.shut:",
        "  light.checked:",
        "clauses.light.checked: is already in the shipped standard: change it under adjust",
    ),
    ("applies_to: door", "applies_to: dor", "clauses.door.shut.applies_to: no kind 'dor', did you mean \"door\"?"),
    (
        "applies_to: door",
        "applies_to: door\n    touchpoints: [unit-dor]",
        "door.shut.touchpoints: no touchpoint 'unit-dor', did you mean \"unit-door\"?",
    ),
    (
        "applies_to: door",
        "applies_to: door\n    superseded_by: [door.shut]",
        "door.shut.superseded_by: a clause cannot supersede itself",
    ),
    (
        "applies_to: door",
        "applies_to: door\n    superseded_by: [dor.shut]",
        "door.shut.superseded_by: no clause 'dor.shut', did you mean \"door.shut\"?",
    ),
    (
        "applies_to: door",
        "applies_to: door\n    superseded_by: [light.checked]",
        "door.shut.superseded_by: light.checked is on another kind",
    ),
    (
        "applies_to: door",
        "applies_to: door\n    only_while: {point: lit, equals: true}",
        "door.shut.only_while: this kind has no point 'lit'",
    ),
    (
        REQUIRE,
        "require: {point: closd, equals: true}",
        "standards.yaml:6: clauses.door.shut.require: this kind has no point 'closd', did you mean \"closed\"?",
    ),
    (REQUIRE, "require: {point: closed, equals: 'yes'}", "door.shut.require: closed is a boolean, and 'yes' is none"),
    (
        REQUIRE,
        "require: {point: battery, one_of: [10, low]}",
        "door.shut.require: battery is a number, and 'low' is none",
    ),
    (REQUIRE, "require: {point: closed, at_least: 3}", "door.shut.require: needs a number, and closed is a boolean"),
    (REQUIRE, "require: {point: battery, in_date: true}", "door.shut.require: needs a date, and battery is a number"),
    (REQUIRE, "require: {none_true: [closed, battery]}", "door.shut.require: needs a boolean, and battery is a number"),
    (
        REQUIRE,
        "require: {agree: [battery, held_open_time]}",
        "door.shut.require: battery and held_open_time differ in type or unit",
    ),
    (REQUIRE, "require: {point: battery, at_least: 10 V}", "door.shut.require: 10 V is in V, and battery is in %"),
    (REQUIRE, "require: {point: battery, at_least: 10}", "door.shut.require: 10 is in no unit, and battery is in %"),
    (
        REQUIRE,
        "require: {point: battery, at_least: 10 %, deadband: 1}",
        "door.shut.require: 1 is in no unit, and battery is in %",
    ),
    (
        REQUIRE,
        "require: {point: battery, at_least: 10 %, deadband: -1 %}",
        "door.shut.require: the deadband -1 % is below zero",
    ),
    (
        REQUIRE,
        "require: {point: battery, between: [10 %, 12 %], deadband: 1 %}",
        "the band: once violated it could never be met",
    ),
    (REQUIRE, "require: {point: battery}", "door.shut.require: a requirement has exactly one of at_least"),
    (
        REQUIRE,
        "require: {point: battery, at_lest: 1 %}",
        "door.shut.require: a requirement has exactly one of at_least",
    ),
    (REQUIRE, "require: {point: battery, at_least: 1 %, deadbnd: 1 %}", "door.shut.require.deadbnd: unknown key"),
    (
        ADJUST,
        "adjust: {light.batery: {change: {priority: P1}}}",
        "adjust.light.batery: no clause 'light.batery', did you mean \"light.battery\"?",
    ),
    (ADJUST, "adjust: {light.battery: {}}", "adjust.light.battery: changes nothing"),
    (ADJUST, "adjust: {light.battery: {off: true, until: 2030-01-01}}", "adjust.light.battery: reason is missing"),
    (ADJUST, "adjust: {light.battery: {off: true, reason: no}}", "adjust.light.battery: until is missing"),
    (
        ADJUST,
        "adjust: {light.battery: {off: true, reason: r, until: 2030-01-01, change: {priority: P1}}}",
        "off and change exclude each other",
    ),
    (
        ADJUST,
        "adjust: {light.battery: {change: {priorty: P1}}}",
        'adjust.light.battery.change.priorty: unknown key, did you mean "priority"?',
    ),
    (
        ADJUST,
        "adjust: {light.battery: {change: {ticket: {on_site: 5}}}}",
        "adjust.light.battery.change.ticket.on_site: 5 is no duration",
    ),
    (
        ADJUST,
        "adjust: {light.battery: {change: {require: {at_least: 12 A}}}}",
        "adjust.light.battery.change.require: 12 A is in A, and battery_voltage is in V",
    ),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[message[:60] for _, _, message in WRONG])
def test_what_is_wrong_in_the_sites_standard_is_told(site: Site, old: str, new: str, message: str) -> None:
    site.edit("site/standards.yaml", old, new)
    assert message in "\n".join(site.problems())


def test_the_shipped_book_is_checked_like_the_sites_own(site: Site) -> None:
    site.edit("book/light.yaml", "point: checked_until", "point: cheked_until")
    (site.shipped.book / "zz.yaml").write_text("clauses: {light.battery: 1}", encoding="utf-8")
    assert [problem.split(": ")[0] for problem in site.problems()] == [
        "standards/book/light.yaml:17",
        "standards/book/zz.yaml:1",
    ]


def test_a_clause_named_twice_in_the_book(site: Site) -> None:
    again = (site.shipped.book / "light.yaml").read_text(encoding="utf-8")
    (site.shipped.book / "more.yaml").write_text(again, encoding="utf-8")
    assert "is already in the shipped standard: name it once" in site.problems()[0]


def test_under_the_name_of_a_shipped_clause_only_that_is_told(site: Site) -> None:
    site.edit("site/standards.yaml", "clauses:\n", "clauses:\n  light.battery: {on_delay: 5min}\n")
    assert site.problems() == [
        "standards.yaml:3: clauses.light.battery: is already in the shipped standard: change it under adjust, or give "
        "your own another name"
    ]


def test_a_clause_named_in_two_files_of_the_site(site: Site) -> None:
    mine = (site.folder / "standards.yaml").read_text(encoding="utf-8").partition("adjust:")[0]
    (site.folder / "kinds.yaml").write_text(mine, encoding="utf-8")
    assert [each.partition(": ")[2] for each in site.problems()] == [
        "clauses.door.shut: is already in another file of this site: name it once"
    ]


def test_a_change_touches_only_what_it_names(site: Site) -> None:
    clause = site.load().estate.standard.clauses["light.battery"]
    assert isinstance(clause.require, AtLeast)
    assert (clause.require.at_least, clause.require.deadband) == (Quantity(12.1, "V"), Quantity(0.2, "V"))
    assert (clause.priority, clause.on_delay, clause.ticket.on_site) == ("P1", 30.0, 1800.0)


def test_a_change_may_compare_in_another_way(site: Site) -> None:
    site.edit("site/standards.yaml", "at_least: 12.1 V", "between: [12 V, 15 V]")
    requirement = site.load().estate.standard.clauses["light.battery"].require
    assert isinstance(requirement, Between)
    assert requirement.deadband == Quantity(0.2, "V")


def test_merging_goes_level_by_level() -> None:
    before = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merged(before, {"a": {"c": [3]}, "e": 5}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": 5}
    assert merged({"point": "p", "at_least": 1}, {"at_most": 2}) == {"point": "p", "at_most": 2}
    assert before == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


def test_a_clause_that_is_off_is_kept_aside_with_its_reason(site: Site) -> None:
    site.edit(
        "site/standards.yaml", ADJUST, "adjust: {light.battery: {off: true, reason: being rebuilt, until: 2027-02-01}}"
    )
    estate = site.load().estate
    assert "light.battery" not in estate.standard.clauses
    assert (estate.off["light.battery"].reason, estate.off["light.battery"].until) == (
        "being rebuilt",
        date(2027, 2, 1),
    )


@pytest.mark.parametrize(
    ("now", "off"),
    [(datetime(2027, 2, 1, 15, 59, tzinfo=UTC), True), (datetime(2027, 2, 1, 16, 1, tzinfo=UTC), False)],
)
def test_it_holds_again_after_its_last_day_in_the_sites_zone(site: Site, now: datetime, off: bool) -> None:
    site.edit("site/standards.yaml", ADJUST, "adjust:\n  light.battery: {off: true, reason: r, until: 2027-02-01}")
    loaded = site.load(now=now.timestamp())
    assert ("light.battery" in loaded.estate.off) is off
    assert ("light.battery" in loaded.estate.standard.clauses) is not off
    assert any("ended on 2027-02-01" in warning.message for warning in loaded.warnings) is not off


@pytest.mark.parametrize(
    ("key", "longest", "too_long"),
    [("on_delay", "31d", "32d"), ("off_delay", "744h", "745h"), ("patience", "400d", "401d")],
)
def test_no_clause_can_wait_for_ever(site: Site, key: str, longest: str, too_long: str) -> None:
    site.edit("site/standards.yaml", "priority: P1", f"{key}: {longest}")
    assert getattr(site.load().estate.standard.clauses["light.battery"], key) == parse_duration(longest)
    site.edit("site/standards.yaml", longest, too_long)
    (problem,) = site.problems()
    assert f"adjust.light.battery.change.{key}: " in problem
    assert f"is too long: at most {400 if key == 'patience' else 31}d" in problem


def test_versions_of_book_and_site_are_named(site: Site) -> None:
    assert site.load().estate.standard.version == "book 1+site 1"


def test_clauses_that_hide_each_other_in_a_circle_are_told_and_the_others_stand_in_order(site: Site) -> None:
    """Two that fail in the same moment make one ticket only when the one that hides is judged first."""
    more = "".join(
        f"  light.{name}:\n    title: {{zh: 灯, en: Light}}\n    applies_to: light\n"
        f"    require: {{point: state, equals: {name}}}\n    basis: {{document: house rules, kind: proposed}}\n"
        f"    priority: P3\n    superseded_by: [light.{above}]\n    ticket: {{trade: general}}\n"
        f"    action: {{zh: 看, en: Look}}\n"
        for name, above in (("a", "b"), ("b", "c"), ("c", "battery"))
    )
    site.edit("site/standards.yaml", "adjust:", f"{more}adjust:")
    clauses = list(site.load().estate.standard.clauses)
    assert [each for each in clauses if each[-1] in "yabc"] == ["light.battery", "light.c", "light.b", "light.a"]
    site.edit("site/standards.yaml", "superseded_by: [light.battery]", "superseded_by: [light.a]")
    said = [each.partition(": ")[2] for each in site.problems()]
    assert said[0] == "clauses.light.a.superseded_by: light.b is superseded by this one: each would hide the other"
    assert len(said) == 3


def test_a_clause_that_nothing_can_answer_is_warned_of(site: Site) -> None:
    site.edit("site/site.yaml", "points: eml-3f", "points: {state: eml-3f.state}")
    assert site.warnings() == [
        "standards.yaml:12: adjust.light.battery.change: nothing can answer light.battery: no light that it is "
        "meant for has battery_voltage, mains_present"
    ]


def test_of_a_shipped_clause_that_nothing_can_answer_the_coverage_tells(site: Site) -> None:
    site.edit("site/site.yaml", "points: eml-3f", "points: {state: eml-3f.state}")
    site.edit("site/standards.yaml", ADJUST, "")
    assert site.warnings() == []
    estate = site.load().estate
    assert unanswered(estate.standard.clauses, estate.assets.values()) == ["light.battery"]
    site.edit("site/site.yaml", "touchpoint: corridor", "touchpoint: unit-door")
    moved = site.load().estate
    assert unanswered(moved.standard.clauses, moved.assets.values()) == [], "it is not meant for unit doors"


def test_a_clause_of_the_site_that_no_asset_can_answer_is_warned_of(site: Site) -> None:
    site.edit("site/standards.yaml", "applies_to: door", "applies_to: door\n    touchpoints: [corridor]")
    assert site.warnings() == [
        "standards.yaml:3: clauses.door.shut: nothing can answer door.shut: no door that it is meant for has closed"
    ]


def test_the_estate_tells_what_the_site_changed_added_and_switched_off(tmp_path: Path) -> None:
    site = Site(tmp_path)
    change = "light.battery: {reason: long corridors, until: 2030-06-01, change: {require: {at_least: 12.1 V}}}"
    off = "light.checked: {off: true, reason: done by hand, until: 2030-01-01}"
    site.edit("site/standards.yaml", ADJUST, f"adjust:\n  {change}\n  {off}\n")
    estate = site.load().estate
    (name, changed), *others = estate.changed.items()
    assert (name, others, changed.reason, changed.until) == ("light.battery", [], "long corridors", date(2030, 6, 1))
    assert isinstance(changed.shipped.require, AtLeast)
    assert changed.shipped.require.at_least == Quantity(12.0, "V")
    assert estate.own == {"door.shut"}
    assert estate.off["light.checked"].reason == "done by hand"
    assert list(estate.touchpoints) == ["unit-door", "corridor"]
