"""The standard in force at a site: the shipped book, the site's own clauses and its adjustments, checked together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.documents import Document, suggest
from gateway.estate import Asset, Changed, SwitchedOff
from gateway.kinds import SITE, Kind
from gateway.site.files import Findings
from gateway.site.kinds import Vocabulary
from gateway.site.pages import Page
from gateway.standards.check import answerable
from gateway.standards.requirements import (
    COMPARISONS,
    Agree,
    During,
    Equals,
    Limit,
    OneOf,
    Requirement,
    proofs,
    value_matches,
)
from gateway.standards.standard import Adjustment, Clause, Standard

CLAUSE = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*")
ANY_ASSET = "asset"
"""The kind that clauses on every asset are written for."""

WATCHES = frozenset({"asset.judgeable", "device.answers", "connection.answers"})
"""The shipped clauses that tell what nothing is known of."""


@dataclass(frozen=True, slots=True)
class Written:
    """A clause and the place where it, or what the site made of it, is written."""

    clause: Clause
    document: Document
    where: tuple[str, ...]
    own: bool = False


@dataclass(slots=True)
class Clauses:
    """Every clause in force, and those that the site switched off."""

    version: list[str] = field(default_factory=list)
    written: dict[str, Written] = field(default_factory=dict)
    off: dict[str, SwitchedOff] = field(default_factory=dict)
    changed: dict[str, Changed] = field(default_factory=dict)

    def own(self) -> frozenset[str]:
        """The clauses that the site added."""
        return frozenset(name for name, written in self.written.items() if written.own)

    def standard(self) -> Standard:
        """The clauses to judge by, each after those that hide it: two that fail at once then make one ticket."""
        order = sorted(self.written, key=lambda name: len(self.above(name)))
        clauses = {name: self.written[name].clause for name in order}
        return Standard(version="+".join(dict.fromkeys(self.version)), clauses=clauses)

    def above(self, name: str) -> set[str]:
        """The clauses in force that hide ``name``, and those that hide them; ``name`` itself where that is a circle."""
        found: set[str] = set()
        ahead = [name]
        while ahead:
            known = {each for each in self.written[ahead.pop()].clause.superseded_by if each in self.written}
            ahead.extend(known - found)
            found |= known
        return found


def read_clauses(pages: Iterable[Page], findings: Findings, today: date | None) -> Clauses:
    """The pages with the site's changes; an adjustment that ended before ``today`` no longer counts."""
    clauses = Clauses()
    for page in pages:
        _add_page(page, clauses, findings, today)
    return clauses


def _add_page(page: Page, clauses: Clauses, findings: Findings, today: date | None) -> None:
    document, says, own = page.document, page.says, page.own
    clauses.version.extend([says.version] if says.version else [])
    for name, clause in says.clauses.items():
        if name in clauses.written:
            where = "another file of this site" if own else "the shipped standard"
            findings.wrong(document, ("clauses", name), f"is already in {where}: name it once")
        else:
            clauses.written[name] = Written(clause, document, ("clauses", name), own)
    for name, adjustment in says.adjust.items():
        _adjust(document, name, adjustment, clauses, findings, today)


def _adjust(
    document: Document, name: str, adjustment: Adjustment, clauses: Clauses, findings: Findings, today: date | None
) -> None:
    here = ("adjust", name)
    if name not in clauses.written:
        findings.wrong(document, here, f"no clause {name!r}{suggest(name, clauses.written)}")
        return
    for message in _incomplete(adjustment):
        findings.wrong(document, here, message)
    if today and adjustment.until and adjustment.until < today:
        findings.doubtful(document, here, f"ended on {adjustment.until}: the clause holds again as it was")
    elif adjustment.off and adjustment.until:
        if name in WATCHES:
            findings.doubtful(document, here, "what falls silent would then be told by nobody")
        gone = clauses.written.pop(name)
        clauses.off[name] = SwitchedOff(gone.clause, adjustment.reason, adjustment.until)
    elif adjustment.change:
        _change(document, name, adjustment, clauses, findings)


def _incomplete(adjustment: Adjustment) -> Iterator[str]:
    if adjustment.off and not adjustment.reason.strip():
        yield "reason is missing: say why the clause is off"
    if adjustment.off and adjustment.until is None:
        yield "until is missing: say on which day the clause holds again"
    if adjustment.off and adjustment.change:
        yield "off and change exclude each other"
    if not adjustment.off and not adjustment.change:
        yield "changes nothing: write change, or off with a reason"


def _change(document: Document, name: str, adjustment: Adjustment, clauses: Clauses, findings: Findings) -> None:
    shipped = clauses.written[name]
    where = ("adjust", name, "change")
    before: Any = shipped.document.plain
    for step in shipped.where:
        before = before[step]
    change = document.plain["adjust"][name]["change"]
    changed = findings.attempt(lambda: document.check(Clause, merged(before, change), where))
    if changed is not None:
        clauses.written[name] = Written(changed, document, where, shipped.own)
        clauses.changed[name] = Changed(shipped.clause, adjustment.reason, adjustment.until)


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """``before`` with the keys of ``change``, level by level; a new comparison replaces the old one."""
    kept = before
    if change.keys() & COMPARISONS.keys() - before.keys():
        kept = {key: value for key, value in before.items() if key not in COMPARISONS}
    result = dict(kept)
    for key, value in change.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def check_clauses(clauses: Clauses, vocabulary: Vocabulary, findings: Findings) -> None:
    """Every clause against the kinds, the touchpoints and the other clauses."""
    for name, written in clauses.written.items():
        if not CLAUSE.fullmatch(name):
            findings.wrong(written.document, written.where, "is no clause name: write kind.what, like lift.levelling")
        for key, message in _clause_problems(name, written.clause, clauses, vocabulary):
            findings.wrong(written.document, (*written.where, *key), message)


def _superseding_problems(name: str, clause: Clause, clauses: Clauses) -> Iterator[tuple[Sequence[object], str]]:
    known = {*clauses.written, *clauses.off}
    for other in clause.superseded_by:
        if other == name:
            yield ("superseded_by",), "a clause cannot supersede itself"
        elif other not in known:
            yield ("superseded_by",), f"no clause {other!r}{suggest(other, known)}"
        elif other in clauses.written and clauses.written[other].clause.applies_to != clause.applies_to:
            yield ("superseded_by",), f"{other} is on another kind of asset"
        elif other in clauses.written and name in clauses.above(other):
            yield ("superseded_by",), f"{other} is superseded by this one: each would hide the other"


def _clause_problems(
    name: str, clause: Clause, clauses: Clauses, vocabulary: Vocabulary
) -> Iterator[tuple[Sequence[object], str]]:
    yield from _superseding_problems(name, clause, clauses)
    for touchpoint in clause.touchpoints:
        if touchpoint not in vocabulary.touchpoints:
            yield ("touchpoints",), f"no touchpoint {touchpoint!r}{suggest(touchpoint, vocabulary.touchpoints)}"
    kind = vocabulary.kinds.get(clause.applies_to)
    if kind is None:
        yield ("applies_to",), f"no kind {clause.applies_to!r}{suggest(clause.applies_to, vocabulary.kinds)}"
        return
    for key in ("require", "only_while"):
        requirement: Requirement | None = getattr(clause, key)
        for place, part in requirement.parts() if requirement else ():
            for message in _requirement_problems(part, kind):
                yield (key, *place), message
    for point in clause.tells:
        if point not in kind.names():
            yield ("tells",), _no_such(point, kind)
    if isinstance(clause.require, During):
        yield ("require",), "a window is no requirement: write it under only_while, or beside others in any_of"


def _no_such(point: str, kind: Kind) -> str:
    if not point.startswith(SITE):
        return f"this kind has no point {point!r}{suggest(point, kind.names())}"
    window, known = point.removeprefix(SITE), [each for each in kind.names() if each.startswith(SITE)]
    return f"no window {window!r}{suggest(window, (each.removeprefix(SITE) for each in known))}"


def _requirement_problems(requirement: Requirement, kind: Kind) -> Iterator[str]:
    unknown = [point for point in requirement.points if point not in kind.names()]
    for point in unknown:
        yield _no_such(point, kind)
    if unknown:
        return
    yield from _type_problems(requirement, kind)
    for limit in requirement.limits():
        point = requirement.points[0]
        if limit.unit != kind.unit_of(point):
            yield f"{limit} is in {limit.unit or 'no unit'}, and {point} is in {kind.unit_of(point) or 'no unit'}"
    if isinstance(requirement, Limit) and requirement.deadband.value < 0:
        yield f"the deadband {requirement.deadband} is below zero"


def _type_problems(requirement: Requirement, kind: Kind) -> Iterator[str]:
    for point in requirement.points:
        if requirement.wants not in ("", kind.type_of(point)):
            yield f"needs a {requirement.wants}, and {point} is a {kind.type_of(point)}"
    if isinstance(requirement, Equals | OneOf):
        choices = (requirement.equals,) if isinstance(requirement, Equals) else requirement.one_of
        for choice in choices:
            if not value_matches(choice, kind.type_of(requirement.point)):
                yield f"{requirement.point} is a {kind.type_of(requirement.point)}, and {choice!r} is none"
    if isinstance(requirement, Agree):
        first, second = ((kind.type_of(point), kind.unit_of(point)) for point in requirement.points)
        if first != second:
            yield f"{requirement.agree[0]} and {requirement.agree[1]} differ in type or unit"


def warn_unanswerable(clauses: Clauses, assets: Mapping[str, Asset], findings: Findings) -> None:
    """Say which of the clauses that the site wrote or changed nothing can answer; of the rest coverage tells."""
    for name, written in clauses.written.items():
        clause = written.clause
        theirs = written.own or name in clauses.changed
        if theirs and not _is_answered(clause, assets.values()):
            points = ", ".join([*clause.require.points, *(clause.only_while.points if clause.only_while else ())])
            message = f"nothing can answer {name}: no {clause.applies_to} that it is meant for has {points}"
            findings.doubtful(written.document, written.where, message)


def unanswered(clauses: Mapping[str, Clause], assets: Iterable[Asset]) -> list[str]:
    """The clauses that are meant for one of the assets and that none of them can answer."""
    by_kind: dict[str, list[Asset]] = {}
    for asset in assets:
        by_kind.setdefault(asset.kind, []).append(asset)
    return [
        name
        for name, clause in clauses.items()
        if any(_is_meant(clause, asset) for asset in by_kind.get(clause.applies_to, ()))
        and not _is_answered(clause, by_kind[clause.applies_to])
    ]


def _is_meant(clause: Clause, asset: Asset) -> bool:
    return asset.kind == clause.applies_to and (not clause.touchpoints or asset.touchpoint in clause.touchpoints)


def _is_answered(clause: Clause, assets: Iterable[Asset]) -> bool:
    """Whether one of the assets that it is meant for can answer it, or it is no matter of points."""
    if clause.applies_to == ANY_ASSET or proofs(clause.require):
        return True
    return any(_is_meant(clause, asset) and answerable(clause, asset.ids) for asset in assets)
