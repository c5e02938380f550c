"""Reads what kinds of assets there are (the shipped ones and the site's own) and checks that each makes sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from gateway.assets.derived import FUNCTIONS
from gateway.documents import Document, suggest
from gateway.kinds import Derivation, Kind, KindPoint, KindsFile, Touchpoint, TouchpointsFile
from gateway.site.files import Findings

_POINT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
WIRES = ("device", "connection")
"""The kinds that every device and every connection is an asset of."""
ANSWERS = "answers"


@dataclass(slots=True)
class Vocabulary:
    """Every kind and touchpoint that a site can speak of."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    touchpoints: dict[str, Touchpoint] = field(default_factory=dict)


def _need_wires(document: Document, found: Vocabulary, findings: Findings) -> None:
    for name in WIRES:
        if ANSWERS not in found.kinds.get(name, Kind(title={})).points:
            findings.wrong(document, ("kinds",), f"the kind {name!r} with its point {ANSWERS!r} is missing")


def read_vocabulary(book: Path, own: Path, findings: Findings) -> Vocabulary:
    """The shipped kinds and touchpoints with the site's own kinds; what is wrong goes into ``findings``."""
    found = Vocabulary()
    for path in (book / "kinds.yaml", own):
        document = findings.attempt(partial(Document, path)) if path.exists() or path.parent == book else None
        if document:
            _add_kinds(document, found, findings)
        if document and path.parent == book:
            _need_wires(document, found, findings)
    document = findings.attempt(lambda: Document(book / "touchpoints.yaml"))
    touchpoints = findings.attempt(lambda: document.parse(TouchpointsFile)) if document else None
    found.touchpoints.update(touchpoints.touchpoints if touchpoints else {})
    return found


def _add_kinds(document: Document, found: Vocabulary, findings: Findings) -> None:
    parsed = findings.attempt(lambda: document.parse(KindsFile))
    for name, kind in parsed.kinds.items() if parsed else ():
        if name in found.kinds:
            findings.wrong(document, ("kinds", name), "is a shipped kind: give your own another name")
            continue
        found.kinds[name] = kind
        _check_names(document, ("kinds", name), kind, findings)
        for point, derivation in kind.derived.items():
            _check_derivation(document, ("kinds", name, "derived", point), kind, derivation, findings)
        if _is_circular(document, ("kinds", name), kind, findings):
            found.kinds[name] = kind.model_copy(update={"derived": {}})


def _check_names(document: Document, here: tuple[str, ...], kind: Kind, findings: Findings) -> None:
    places = [(part, point) for part in ("points", "derived", "facts") for point in getattr(kind, part)]
    twice = {point for point, count in Counter(point for _, point in places).items() if count > 1}
    for part, point in places:
        if not _POINT.fullmatch(point):
            findings.wrong(document, (*here, part, point), "is no point name: lower-case letters, digits and _")
        if point in twice:
            findings.wrong(document, (*here, part, point), "is named more than once in this kind")


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
    for name in derivation.inputs.keys() - function.inputs.keys():
        yield f"{derivation.function} has no input {name!r}{suggest(name, function.inputs)}"
    for name in derivation.parameters.keys() - function.parameters.keys():
        yield f"{derivation.function} has no parameter {name!r}{suggest(name, function.parameters)}"
    if derivation.type != function.gives:
        yield f"{derivation.function} gives a {function.gives}, not a {derivation.type}"
    for name, source in derivation.inputs.items():
        told = kind.type_of(source).replace("date", "number") if source in kind.names() else None
        needed = function.inputs.get(name)
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
