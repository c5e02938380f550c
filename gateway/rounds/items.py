"""What people can answer on the assets of a site, read off the clauses: looks, tests by hand, records.

Knows no answer and no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from gateway.estate import Asset, Estate
from gateway.kinds import TESTS, Kind
from gateway.model import Text
from gateway.proof_tests.entry import Kind as LogKind
from gateway.standards.check import Check
from gateway.standards.requirements import Answered, PersonLooks, ProofTest, Within

Way: TypeAlias = Literal["look", "test", "record"]
"""A look is found right or wrong; a test is passed or failed and goes into the log book; a record was done."""
WAYS: tuple[Way, ...] = ("look", "test", "record")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that people answer on one asset. ``checks``: the clauses that ask for it, the most frequent first."""

    asset: Asset
    what: str
    way: Way
    title: Text
    checks: tuple[Check, ...]
    period: float
    """Seconds for which an answer counts."""
    checklist: tuple[Text, ...] = ()
    limit: float | None = None
    """Seconds than which what is tested has to last longer; None where that is not asked."""
    limited_by: str = ""
    """The clause that says so."""

    @property
    def test(self) -> LogKind:
        """The kind of proof test that it is; raises LookupError when it is none."""
        return next(kind for kind in get_args(LogKind) if kind == self.what)

    def proofs(self) -> tuple[Answered, ...]:
        """What of its clauses only a proof answers."""
        return tuple(
            part for check in self.checks for _, part in check.requirement.parts() if isinstance(part, Answered)
        )

    @property
    def check(self) -> Check:
        """The clause that asks for it most often."""
        return self.checks[0]

    @property
    def judged_by(self) -> str:
        """The clause by which an answer is judged."""
        return self.limited_by or self.check.clause_id


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one clause asks people for."""

    way: Way
    what: str
    check: Check
    period: float
    limit: float | None = None


def make_items(estate: Estate, checks: Iterable[Check]) -> dict[tuple[str, str], Item]:
    """By asset and what is asked. Where a look and a record have one name, the look is meant: it can also fail."""
    found: dict[tuple[str, Way, str], list[_Asked]] = {}
    for check in checks:
        asset = estate.assets[check.asset]
        ways = sorted(_asked(check, asset, estate.kinds[asset.kind]), key=lambda each: WAYS.index(each.way))
        for asked in ways[:1]:
            found.setdefault((asset.name, asked.way, asked.what), []).append(asked)
    made = (_item(estate, name, asked) for (name, _, _), asked in found.items())
    ordered = sorted(made, key=lambda item: WAYS.index(item.way), reverse=True)
    return {(item.asset.name, item.what): item for item in ordered}


def _asked(check: Check, asset: Asset, kind: Kind) -> Iterator[_Asked]:
    for _, part in check.requirement.parts():
        proof = part.asked if isinstance(part, Answered) else part
        if isinstance(proof, PersonLooks):
            yield _Asked("look", proof.person_looks, check, proof.within)
        elif isinstance(proof, ProofTest) and proof.proof_test in kind.manual_tests:
            yield _Asked("test", proof.proof_test, check, proof.tested_within, proof.longer_than)
        elif isinstance(proof, Within) and proof.point in asset.records:
            yield _Asked("record", proof.point, check, proof.within)


def _item(estate: Estate, name: str, asked: list[_Asked]) -> Item:
    asset = estate.assets[name]
    kind, first = estate.kinds[asset.kind], sorted(asked, key=lambda each: each.period)
    way, what = first[0].way, first[0].what
    longest = max(asked, key=lambda each: each.limit or 0.0)
    return Item(
        asset, what, way, _title(kind, way, what), tuple(each.check for each in first), first[0].period,
        _checklist(kind, way, what), longest.limit, longest.check.clause_id if longest.limit else "",
    )  # fmt: skip


def _title(kind: Kind, way: Way, what: str) -> Text:
    if way == "test":
        return TESTS[what]
    if what in kind.records:
        return kind.means(what)
    items = kind.looks[what].checklist
    return items[0] if items else {"zh": what, "en": what}


def _checklist(kind: Kind, way: Way, what: str) -> tuple[Mapping[str, str], ...]:
    if way == "test":
        return next(test.checklist for name, test in kind.manual_tests.items() if name == what)
    return kind.looks[what].checklist if way == "look" else ()
