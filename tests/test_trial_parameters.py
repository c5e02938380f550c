"""The figures of derived points (windows, periods, limits within a function) are held by the examples as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.commands.test import shipped_book, shipped_examples
from gateway.kinds import SITE, Derivation, Kind
from gateway.site.files import Findings
from gateway.standards.standard import Clause
from gateway.trial import Case, try_case

FINDINGS = Findings()
BOOK = shipped_book(FINDINGS)
CASES = shipped_examples(BOOK, FINDINGS)
CAUGHT = 0.85
"""The error of a trend, and how finely a mean is cut, hardly ever decide alone."""


def nudged(number: float) -> tuple[float, float]:
    """A tenth up and down, or 1 where it counts something."""
    step = abs(number) * 0.1 if number % 1 or number > 20 else 1.0
    return number + step, number - step


def mutants(derivation: Derivation) -> Iterator[tuple[str, Derivation]]:
    for name, number in derivation.parameters.items():
        for changed in () if isinstance(number, str) else nudged(number):
            parameters = {**derivation.parameters, name: changed}
            yield f"{name} {changed:g}", derivation.model_copy(update={"parameters": parameters})


def rests_on(kind: Kind, clause: Clause, point: str) -> bool:
    """Whether the clause looks at ``point``, or at something that is made from it."""
    looked_at = [*clause.require.points, *(clause.only_while.points if clause.only_while else ())]
    for each in looked_at:  # grows while it is walked
        looked_at += [source for source in _inputs(kind, each) if source not in looked_at]
    return point in looked_at


def _inputs(kind: Kind, point: str) -> list[str]:
    return list(kind.derived[point].inputs.values()) if point in kind.derived else []


def cases_on(kind: str, point: str) -> list[Case]:
    """The examples in which the point is worked out, and matters."""
    mine = [case for case in CASES if case.kind == kind]
    return [
        case
        for case in mine
        if rests_on(BOOK.kinds[kind], BOOK.clauses[case.example.clause], point)
        and not any(point in points for _, points, _ in case.script)
    ]


def is_caught(kind: str, point: str, mutant: Derivation) -> bool:
    changed = BOOK.kinds[kind].model_copy(update={"derived": {**BOOK.kinds[kind].derived, point: mutant}})
    book = replace(BOOK, kinds={**BOOK.kinds, kind: changed})
    return any(try_case(case, book) for case in cases_on(kind, point))


def test_a_figure_of_a_derived_point_that_is_changed_makes_an_example_fail() -> None:
    found = {
        f"{name}.{point}: {what}": is_caught(name, point, mutant)
        for name, kind in BOOK.kinds.items()
        for point, derivation in kind.derived.items()
        if not point.startswith(SITE)
        for what, mutant in mutants(derivation)
    }
    missed = [what for what, caught in found.items() if not caught]
    print(f"{len(found) - len(missed)} of {len(found)} caught; not caught: {missed}")
    assert len(found) > 100
    assert len(found) - len(missed) >= CAUGHT * len(found)
