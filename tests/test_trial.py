"""Examples as data: every shipped clause has its three and they hold; what is wrong in the book makes one fail."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import outcome
from gateway.commands.test import shipped_book, shipped_examples
from gateway.documents import Quantity
from gateway.site.files import Findings
from gateway.standards.check import answerable
from gateway.standards.requirements import (
    Agree,
    AtLeast,
    AtMost,
    Between,
    Combination,
    During,
    Equals,
    InDate,
    Limit,
    NoneTrue,
    OneOf,
    PersonLooks,
    ProofTest,
    Requirement,
    Within,
)
from gateway.standards.standard import Clause
from gateway.trial import Book, Case, read_examples, try_case

FINDINGS = Findings()
BOOK = shipped_book(FINDINGS)
CASES = shipped_examples(BOOK, FINDINGS)
JUDGED = {
    name: clause
    for name, clause in BOOK.clauses.items()
    if answerable(clause, dict.fromkeys(BOOK.kinds[clause.applies_to].names(), 0))
}
CAUGHT = 0.95


def cases_of() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = defaultdict(list)
    for case in CASES:
        found[case.example.clause].append(case)
    return found


def expectations(cases: list[Case]) -> set[str]:
    """Every outcome and phase that the examples expect."""
    steps = [step for case in cases for step in case.example.steps]
    return {each for step in steps for each in (step.expect, step.alarm) if each}


def test_nothing_is_wrong_in_the_shipped_examples() -> None:
    assert FINDINGS.problems == []


def test_every_clause_can_be_judged() -> None:
    assert JUDGED.keys() == BOOK.clauses.keys()


@pytest.mark.parametrize("name", JUDGED)
def test_every_clause_has_a_passing_a_failing_and_an_unknown_example_and_all_hold(name: str) -> None:
    cases = cases_of()[name]
    assert len(cases) >= 3
    assert {"met", "violated", "unknown", "active"} <= expectations(cases)
    assert [(case.place, failure) for case in cases for failure in try_case(case, BOOK)] == []


@pytest.mark.parametrize("name", [name for name, clause in JUDGED.items() if clause.on_delay])
def test_the_on_delay_is_seen_from_both_sides(name: str) -> None:
    steps = [(step.at, step.alarm) for case in cases_of()[name] for step in case.example.steps]
    pairs = pairwise(steps)
    assert any((before, after) == ("pending", "active") and later - at < 0.2 for (at, before), (later, after) in pairs)


def nudged(amount: Quantity, share: float) -> Iterator[Quantity]:
    """One step up and one down: a share of the number, or 1 where it counts something or is nothing."""
    step = abs(amount.value) * share if amount.unit and amount.value else 1.0
    yield Quantity(amount.value + step, amount.unit)
    yield Quantity(amount.value - step, amount.unit)


def other_limits(require: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The requirement's numbers and choices, each changed by itself."""
    match require:
        case AtLeast() | AtMost():
            key = "at_least" if isinstance(require, AtLeast) else "at_most"
            yield from ((f"{key} {each}", {key: each}) for each in nudged(getattr(require, key), 0.05))
        case Between():
            low, high = require.between
            yield from ((f"low {each}", {"between": (each, high)}) for each in nudged(low, 0.05))
            yield from ((f"high {each}", {"between": (low, each)}) for each in nudged(high, 0.05))
        case InDate():
            days = [each for each in nudged(Quantity(require.ahead.value, ""), 1.0) if each.value >= 0]
            yield from ((f"ahead {each} d", {"ahead": Quantity(each.value, "d")}) for each in days)
        case NoneTrue() if len(require.none_true) > 1:
            for name in require.none_true:
                yield f"without {name}", {"none_true": tuple(each for each in require.none_true if each != name)}
        case Within() | PersonLooks() | ProofTest():
            key = "tested_within" if isinstance(require, ProofTest) else "within"
            yield from ((f"{key} {share}", {key: getattr(require, key) * share}) for share in (0.95, 1.05))
        case OneOf():
            for choice in require.one_of:
                yield f"without {choice}", {"one_of": tuple(each for each in require.one_of if each != choice)}
    if isinstance(require, Limit) and require.deadband.value:
        yield from ((f"deadband {each}", {"deadband": each}) for each in nudged(require.deadband, 0.2))


def other_comparison(require: Any) -> Iterator[tuple[str, Any]]:
    """The opposite comparison, where there is one; another window."""
    match require:
        case AtLeast():
            yield "at_most", AtMost(point=require.point, at_most=require.at_least, deadband=require.deadband)
        case AtMost():
            yield "at_least", AtLeast(point=require.point, at_least=require.at_most, deadband=require.deadband)
        case Equals():
            changed = not require.equals if isinstance(require.equals, bool) else f"not {require.equals}"
            yield f"equals {changed}", require.model_copy(update={"equals": changed})
        case Agree():
            first, _ = require.agree
            yield "agrees with itself", require.model_copy(update={"agree": (first, first)})
        case During():
            times = BOOK.windows[require.during].times()
            different = (name for name, window in BOOK.windows.items() if window.times() != times)
            yield from ((f"during {name}", During(during=name)) for name in different)


def others(require: Requirement) -> Iterator[tuple[str, Requirement]]:
    """The requirement with one thing changed, down to the members of a combination."""
    yield from ((what, require.model_copy(update=update)) for what, update in other_limits(require))
    yield from other_comparison(require)
    members = require.members if isinstance(require, Combination) else ()
    for number, member in enumerate(members):
        before, after = members[:number], members[number + 1 :]
        for what, other in others(member):
            yield f"{number}: {what}", require.model_copy(update={_key(require): (*before, other, *after)})
        rest = (*before, *after)
        yield f"without {number}", rest[0] if len(rest) == 1 else require.model_copy(update={_key(require): rest})


def _key(require: Requirement) -> str:
    assert isinstance(require, Combination)
    return require.key


def mutants(clause: Clause) -> Iterator[tuple[str, Clause]]:
    """The clause with one thing changed."""
    for what, require in others(clause.require):
        yield what, clause.model_copy(update={"require": require})
    if clause.only_while:
        yield "without its guard", clause.model_copy(update={"only_while": None})
        for what, guard in others(clause.only_while):
            yield f"while {what}", clause.model_copy(update={"only_while": guard})
    for key in ("on_delay", "off_delay", "patience"):
        delay = getattr(clause, key)
        for changed in (delay * 1.1, delay * 0.9) if delay else (1.0,):
            yield f"{key} {changed:g} s", clause.model_copy(update={key: changed})
    for above in clause.superseded_by:
        rest = tuple(each for each in clause.superseded_by if each != above)
        yield f"not superseded by {above}", clause.model_copy(update={"superseded_by": rest})
    yield f"latched {not clause.latched}", clause.model_copy(update={"latched": not clause.latched})


def is_caught(name: str, mutant: Clause, cases: list[Case]) -> bool:
    book = replace(BOOK, clauses={**BOOK.clauses, name: mutant})
    return any(try_case(case, book) for case in cases)


def test_a_clause_that_is_changed_makes_an_example_fail() -> None:
    by_clause = cases_of()
    found = {
        f"{name}: {what}": is_caught(name, mutant, by_clause[name])
        for name, clause in JUDGED.items()
        for what, mutant in mutants(clause)
    }
    missed = [what for what, caught in found.items() if not caught]
    print(f"{len(found) - len(missed)} of {len(found)} mutations caught; not caught: {missed}")
    assert len(found) > 200
    assert len(found) - len(missed) >= CAUGHT * len(found)


# --- files


def problems_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "standards.test.yaml"
    path.write_text(text, encoding="utf-8")
    findings = Findings()
    read_examples(path, BOOK, findings)
    return [str(each).replace(str(tmp_path), "") for each in findings.problems]


EXAMPLE = """examples:
  - clause: {clause}
    name: n
    kind: {kind}
    steps:
      - {{at: 0s, points: {{{points}}}}}
      - {{at: {later}, expect: met}}
"""


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        ({"clause": "lift.leveling"}, 2, 'did you mean "lift.levelling"'),
        ({"kind": "lifts"}, 4, 'did you mean "lift"'),
        ({"points": "car_lx: 100"}, 6, 'did you mean "car_lux"'),
        ({"points": "car_lux: 100 W"}, 6, "is in W, and must be in lx"),
        ({"points": "car_lux: true"}, 6, "is no number"),
        ({"points": "moving: 1"}, 6, "is no boolean"),
        ({"points": "certificate_valid_until: soon"}, 6, "is no date"),
        ({"points": "certificate_valid_until: 2027-02-29 07:10"}, 6, "day is out of range for month"),
        ({"later": "0s"}, 7, "is not after the step before it"),
        ({"later": "5"}, 7, "is no duration"),
    ],
)
def test_a_wrong_example_is_told_with_its_line(tmp_path: Path, change: dict[str, str], line: int, says: str) -> None:
    given = {"clause": "lift.levelling", "kind": "lift", "points": "car_lux: 100", "later": "5s"}
    told = problems_of(tmp_path, EXAMPLE.format(**{**given, **change}))
    assert len(told) == 1
    assert told[0].startswith(f"/standards.test.yaml:{line}: ")
    assert says in told[0]


def test_a_date_may_have_its_time_of_day(tmp_path: Path) -> None:
    path = tmp_path / "standards.test.yaml"
    given = {"clause": "lift.certificate-valid", "kind": "lift", "later": "5s"}
    path.write_text(EXAMPLE.format(points="certificate_valid_until: 2027-01-01 07:10", **given), encoding="utf-8")
    findings = Findings()
    (case,) = read_examples(path, BOOK, findings)
    assert findings.problems == []
    (told,) = case.script[0][1].values()
    assert isinstance(told, float)
    assert datetime.fromtimestamp(told, BOOK.zone) == datetime(2027, 1, 1, 7, 10, tzinfo=BOOK.zone)


def test_a_clause_is_tried_under_the_numbers_in_force() -> None:
    name = "lift.car-light"
    changed = BOOK.clauses[name].model_copy(update={"on_delay": 600.0})
    book = Book({**BOOK.clauses, name: changed}, BOOK.kinds, BOOK.zone)
    failures = [failure for case in cases_of()[name] for failure in try_case(case, book)]
    assert ("alarm", "active", "pending") in [(each.what, each.expected, each.seen) for each in failures]
    assert failures[0].readings == {"car_lux": 99.0}


# --- the command

ADJUSTED = """adjust:
  access-door.held-open:
    change: {require: {at_most: 60 s}}
  access-door.reader-online:
    off: true
    reason: none here
    until: 2099-01-01
"""
OWN = """examples:
  - clause: access-door.held-open
    name: this site's own limit
    steps:
      - {at: 0s, points: {held_open_time: 60 s}, expect: met}
      - {at: 1min, points: {held_open_time: 61 s}, expect: WORD}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    assert outcome(["init", str(folder)]) == 0
    (folder / "standards.yaml").write_text(ADJUSTED, encoding="utf-8")
    return folder


def test_the_shipped_book_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["test", "--book"]) == 0
    assert f"{len(CASES)} passed, 0 failed" in capsys.readouterr().out


def test_a_site_tries_its_own_and_what_it_changed_is_not_applicable(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "standards.test.yaml").write_text(OWN.replace("WORD", "violated"), encoding="utf-8")
    capsys.readouterr()
    assert outcome(["test", str(site), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    why = {each["clause"]: each["why"] for each in told["examples"] if each["state"] == "not applicable"}
    assert why == {
        "access-door.held-open": "the site changed access-door.held-open",
        "access-door.reader-online": "the site switched access-door.reader-online off",
        "access-door.reader-reads": "the site switched access-door.reader-online off",
    }
    assert told["examples"][-1]["name"] == "this site's own limit"
    assert told["examples"][-1]["state"] == "passed"


def test_a_failing_example_is_told_with_what_was_read(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "standards.test.yaml").write_text(OWN.replace("WORD", "unknown"), encoding="utf-8")
    capsys.readouterr()
    assert outcome(["test", str(site)]) == 1
    said = capsys.readouterr().out
    assert "standards.test.yaml:2: access-door.held-open, this site's own limit" in said
    assert "at 1min: expect unknown, seen violated" in said
    assert "read by then: held_open_time 61.0" in said


def test_wrong_usage_and_wrong_files_have_their_status(site: Path) -> None:
    assert outcome(["test"]) == 64
    (site / "standards.test.yaml").write_text("examples: [{clause: lift.levellin}]", encoding="utf-8")
    assert outcome(["test", str(site)]) == 78
