"""Reads what kinds of assets there are (the shipped ones and the site's own) and checks that each makes sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from gateway.assets.derived import FUNCTIONS
from gateway.documents import Document, suggest
from gateway.errors import Problem
from gateway.kinds import TIMES, Derivation, Kind, KindPoint, Look, Touchpoint, TouchpointsFile
from gateway.site.files import Findings
from gateway.site.pages import Page
from gateway.site.windows import Windows, read_windows, with_site
from gateway.standards.requirements import PersonLooks, proofs
from gateway.standards.standard import Clause

POINT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
WIRES = ("device", "connection")
"""The kinds that every device and every connection is an asset of."""
ANSWERS = "answers"


@dataclass(slots=True)
class Vocabulary:
    """Every kind, touchpoint and window that a site can speak of."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    touchpoints: dict[str, Touchpoint] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)


def _need_wires(book: Path, found: Vocabulary, findings: Findings) -> None:
    for name in WIRES:
        if ANSWERS not in found.kinds.get(name, Kind(title={})).points:
            message = f"the kind {name!r} with its point {ANSWERS!r} is missing"
            findings.problems.append(Problem(str(book), 0, "kinds", message))


def read_vocabulary(book: Path, pages: Iterable[Page], findings: Findings, windows: Path | None = None) -> Vocabulary:
    """The kinds of all pages, the shipped touchpoints, and the windows, also those of the site's file ``windows``.

    What is wrong goes into ``findings``.
    """
    found = Vocabulary(windows=read_windows(book, windows, findings))
    clauses: list[Clause] = []
    for page in pages:
        _add_kinds(page, found, findings)
        clauses += page.says.clauses.values()
    for clause in clauses:
        _add_looks(clause, found)
    _need_wires(book, found, findings)
    document = findings.attempt(lambda: Document(book / "touchpoints.yaml"))
    touchpoints = findings.attempt(lambda: document.parse(TouchpointsFile)) if document else None
    found.touchpoints.update(touchpoints.touchpoints if touchpoints else {})
    return found


def _add_kinds(page: Page, found: Vocabulary, findings: Findings) -> None:
    document = page.document
    for name, written in page.says.kinds.items():
        if name in found.kinds:
            hint = "give your own another name" if page.own else "name it once"
            findings.wrong(document, ("kinds", name), f"is already a kind: {hint}")
            continue
        _check_names(document, ("kinds", name), written, findings)
        kind = found.kinds[name] = with_site(written, found.windows.windows)
        _check_discharge(document, ("kinds", name, "discharge"), kind, findings)
        _check_commands(document, ("kinds", name), kind, findings)
        for point, derivation in kind.derived.items():
            _check_derivation(document, ("kinds", name, "derived", point), kind, derivation, findings)
        if _is_circular(document, ("kinds", name), kind, findings):
            found.kinds[name] = kind.model_copy(update={"derived": {}})


def _add_looks(clause: Clause, found: Vocabulary) -> None:
    """What the clause asks people to look at becomes something that its kind can tell."""
    for part in proofs(clause.require):
        kind = found.kinds.get(clause.applies_to)
        if kind is None or not isinstance(part, PersonLooks):
            continue
        asked, known = Look(part.checklist, frozenset(clause.touchpoints)), kind.looks.get(part.person_looks)
        look = known.also(asked) if known else asked
        found.kinds[clause.applies_to] = kind.with_looks({part.person_looks: look})


def _check_names(document: Document, here: tuple[str, ...], kind: Kind, findings: Findings) -> None:
    places = [(part, point) for part in ("points", "derived", "facts", "records") for point in getattr(kind, part)]
    twice = {point for point, count in Counter(point for _, point in places).items() if count > 1}
    for part, point in places:
        if not POINT.fullmatch(point):
            findings.wrong(document, (*here, part, point), "is no point name: lower-case letters, digits and _")
        if point in twice:
            findings.wrong(document, (*here, part, point), "is named more than once in this kind")


def _check_discharge(document: Document, here: tuple[str, ...], kind: Kind, findings: Findings) -> None:
    said = kind.discharge
    for point, needed in said.points().items() if said else ():
        if point not in kind.names():
            findings.wrong(document, here, f"no point {point!r}{suggest(point, kind.names())}")
        elif needed and kind.type_of(point) != needed:
            findings.wrong(document, here, f"{point} must be a {needed}, and is a {kind.type_of(point)}")
    for result in (test.result for test in said.tests.values() if test.result) if said else ():
        if result in kind.names() and kind.unit_of(result) not in TIMES:
            findings.wrong(document, here, f"{result} must be told in one of {', '.join(TIMES)}")


def _check_commands(document: Document, here: tuple[str, ...], kind: Kind, findings: Findings) -> None:
    for name in (each for each in kind.commands if not POINT.fullmatch(each)):
        findings.wrong(document, (*here, "commands", name), "is no command: lower-case letters, digits and _")
    pairs = kind.discharge.commands() if kind.discharge else {}
    for name in (each for pair in pairs.items() for each in pair if each not in kind.commands):
        where = (*here, "discharge")
        findings.wrong(document, where, f"no command {name!r}{suggest(name, kind.commands)}")


def _check_derivation(
    document: Document, here: tuple[str, ...], kind: Kind, derivation: Derivation, findings: Findings
) -> None:
    for source in derivation.inputs.values():
        if source not in kind.names():
            findings.wrong(document, (*here, "inputs"), f"no point {source!r}{suggest(source, kind.names())}")
    function = FUNCTIONS.get(derivation.function)
    if function is None:
        message = f"no function {derivation.function!r}{suggest(derivation.function, FUNCTIONS)}"
        findings.wrong(document, (*here, "function"), message)
        return
    for message in _misfits(kind, derivation):
        findings.wrong(document, here, message)


def _misfits(kind: Kind, derivation: Derivation) -> Iterable[str]:
    """What of a derivation does not fit the function that it names."""
    function = FUNCTIONS[derivation.function]
    for name in function.inputs.keys() - derivation.inputs.keys():
        yield f"{derivation.function} needs the input {name!r}"
    inputs = {**function.inputs, **function.optional}
    for name in derivation.inputs.keys() - inputs.keys():
        yield f"{derivation.function} has no input {name!r}{suggest(name, inputs)}"
    for name in derivation.parameters.keys() - function.parameters.keys():
        yield f"{derivation.function} has no parameter {name!r}{suggest(name, function.parameters)}"
    if derivation.type != function.gives:
        yield f"{derivation.function} gives a {function.gives}, not a {derivation.type}"
    for name, source in derivation.inputs.items():
        told = kind.type_of(source).replace("date", "number") if source in kind.names() else None
        needed = inputs.get(name)
        if told and needed and told != needed:
            yield f"{derivation.function}: {name} must be a {needed}, and {source} is a {told}"


def _is_circular(document: Document, here: tuple[str, ...], kind: Kind, findings: Findings) -> bool:
    try:
        derivation_order(kind)
    except CycleError as error:
        circle = error.args[1]
        findings.wrong(document, (*here, "derived", circle[0]), f"is derived from itself: {' → '.join(circle)}")
        return True
    return False


def derivation_order(kind: Kind) -> list[str]:
    """The kind's derived points, each after those that feed it; raises graphlib.CycleError."""
    feeds = {point: set(derivation.inputs.values()) & kind.derived.keys() for point, derivation in kind.derived.items()}
    return list(TopologicalSorter(feeds).static_order())


def history_deadband(kind: Kind, point: str) -> float:
    """The change of a point that the history may leave out, in the point's unit."""
    found: Mapping[str, KindPoint] = kind.points
    return found[point].history_deadband if point in found else 0.0
