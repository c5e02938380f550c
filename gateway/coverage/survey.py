"""The whole site: each touchpoint of the book with the clauses in force there, and how its assets answer them.

Counts only what is answered in full as answered. Knows no readings and no time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.coverage.answers import IN_FULL, Answer, Item, Tracer
from gateway.estate import Asset, Changed, Estate, SwitchedOff
from gateway.kinds import Touchpoint
from gateway.standards.standard import Basis, Clause

ITSELF = ("asset", "device", "connection")
"""The kinds with which the gateway watches itself; they stand at no touchpoint."""
JUDGED = (*IN_FULL, Answer.IN_PART)
FIGURES = ("require", "only_while", "on_delay", "off_delay", "patience")
"""Keys of a clause for whose numbers its basis answers."""


class State(StrEnum):
    """How far a touchpoint is covered, or why it is not."""

    ANSWERED = "answered"
    """Every clause that applies to an asset here is answered in full."""
    IN_PART = "in-part"
    UNANSWERED = "unanswered"
    """Clauses apply, and nothing here answers any of them."""
    NO_MATCH = "no-match"
    """There are assets and clauses, and no clause applies to any of the assets."""
    NO_ASSET = "no-asset"
    NO_CLAUSE = "no-clause"


@dataclass(frozen=True, slots=True)
class ClauseCover:
    """A clause in force at one touchpoint, and every asset there that it applies to.

    ``named`` is false where the clause does not speak of this touchpoint and is judged there all the same; that counts
    nowhere. ``basis`` is that of the number in force: a number that the site changed is no longer the shipped one's.
    """

    name: str
    clause: Clause
    basis: Basis
    changed: Changed | None
    own: bool
    named: bool
    items: tuple[Item, ...]

    @property
    def counts(self) -> Counter[Answer]:
        """How many assets have which answer."""
        return Counter(item.answer for item in self.items)


@dataclass(frozen=True, slots=True)
class TouchpointCover:
    """One touchpoint. ``off`` are the clauses switched off that speak of it, ``idle`` assets to which none applies."""

    slug: str
    touchpoint: Touchpoint
    assets: tuple[Asset, ...]
    clauses: tuple[ClauseCover, ...]
    off: Mapping[str, SwitchedOff]
    idle: tuple[Asset, ...]

    @property
    def counts(self) -> Counter[Answer]:
        """How many pairs of clause and asset have which answer, of clauses that speak of this touchpoint."""
        return sum((each.counts for each in self.clauses if each.named), Counter())

    @property
    def state(self) -> State:
        """How far it is covered."""
        counts = self.counts
        answered = sum(counts[each] for each in IN_FULL)
        applicable = counts.total() - counts[Answer.NOT_APPLICABLE]
        if applicable and answered == applicable and not self.idle:
            return State.ANSWERED
        if applicable:
            return State.IN_PART if answered + counts[Answer.IN_PART] else State.UNANSWERED
        if not any(each.named for each in self.clauses):
            return State.NO_CLAUSE
        return State.NO_MATCH if self.assets else State.NO_ASSET


@dataclass(frozen=True, slots=True)
class Watch:
    """A clause with which the gateway watches itself, on how many assets, devices or connections."""

    name: str
    clause: Clause
    basis: Basis
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a site can answer of its standard."""

    estate: Estate
    touchpoints: tuple[TouchpointCover, ...]
    watches: tuple[Watch, ...]

    @property
    def counts(self) -> Counter[Answer]:
        """How many pairs of clause and asset have which answer."""
        return sum((each.counts for each in self.touchpoints), Counter())

    @property
    def unanswered(self) -> int:
        """Clauses that apply to an asset and that nothing answers, be it that only a proof could."""
        return self.counts[Answer.NOTHING] + self.counts[Answer.NOT_YET_PROVABLE]

    @property
    def asked(self) -> int:
        """Answers that the standard asks for here: clauses that apply to an asset."""
        return self.counts.total() - self.counts[Answer.NOT_APPLICABLE]

    @property
    def complete(self) -> bool:
        """Everything that applies is answered, be it in part; where nothing is on watch nothing is proven."""
        return self.asked > 0 and self.unanswered == 0

    @property
    def states(self) -> Counter[State]:
        """How many touchpoints are covered how far."""
        return Counter(each.state for each in self.touchpoints)

    def bases(self) -> Counter[str]:
        """How many clauses in force rest on what kind of basis."""
        return Counter(
            basis_in_force(clause, self.estate.changed.get(name)).kind
            for name, clause in self.estate.standard.clauses.items()
        )

    def items(self) -> Iterator[tuple[TouchpointCover, ClauseCover, Item]]:
        """Every clause on every asset, in order."""
        for touchpoint in self.touchpoints:
            for clause in touchpoint.clauses:
                for item in clause.items:
                    yield touchpoint, clause, item


def basis_in_force(clause: Clause, changed: Changed | None) -> Basis:
    """Where the clause's numbers come from. What a site sets without stating a basis is the site's own proposal."""
    if changed is None or clause.basis != changed.shipped.basis:
        return clause.basis
    if all(getattr(clause, key) == getattr(changed.shipped, key) for key in FIGURES):
        return clause.basis
    return Basis(document="set by this site", kind="proposed", note=changed.reason)


def survey(estate: Estate, tested: Collection[tuple[str, str]] = ()) -> Coverage:
    """Hold the standard in force against the site's assets. ``tested``: assets and kinds of test that were judged."""
    at: dict[str, list[Asset]] = defaultdict(list)
    for asset in estate.assets.values():
        if asset.kind not in ITSELF:
            at[asset.touchpoint].append(asset)
    others = {slug: Touchpoint(title={}) for slug in at if slug not in estate.touchpoints}
    surveyor = _Surveyor(estate, tested)
    places = {**estate.touchpoints, **others}.items()
    covers = tuple(surveyor.touchpoint(slug, touchpoint, at[slug]) for slug, touchpoint in places)
    return Coverage(estate, covers, tuple(surveyor.watches(covers)))


class _Surveyor:
    def __init__(self, estate: Estate, tested: Collection[tuple[str, str]]) -> None:
        self._estate = estate
        self._tracer = Tracer(estate, tested)
        clauses = estate.standard.clauses
        self._clauses = {name: clause for name, clause in clauses.items() if clause.applies_to not in ITSELF}

    def touchpoint(self, slug: str, touchpoint: Touchpoint, assets: list[Asset]) -> TouchpointCover:
        """One touchpoint with what applies there."""
        clauses = tuple(self._here(slug, assets))
        busy = {item.asset.name for clause in clauses if clause.named for item in clause.items}
        off = {name: each for name, each in self._estate.off.items() if _concerns(each.clause, slug, assets)}
        idle = tuple(asset for asset in assets if asset.name not in busy)
        return TouchpointCover(slug, touchpoint, tuple(assets), clauses, off, idle)

    def _here(self, slug: str, assets: list[Asset]) -> Iterator[ClauseCover]:
        for name, clause in self._clauses.items():
            cover = self._clause(name, clause, [asset for asset in assets if asset.kind == clause.applies_to])
            if _concerns(clause, slug, assets):
                yield cover
            elif judged := tuple(item for item in cover.items if item.answer in JUDGED):
                yield replace(cover, named=False, items=judged)

    def _clause(self, name: str, clause: Clause, assets: Iterable[Asset]) -> ClauseCover:
        changed = self._estate.changed.get(name)
        items = tuple(self._tracer.item(asset, clause) for asset in assets)
        own = name in self._estate.own
        return ClauseCover(name, clause, basis_in_force(clause, changed), changed, own, True, items)

    def watches(self, covers: Iterable[TouchpointCover]) -> Iterator[Watch]:
        """The clauses with which the gateway watches itself; one asset only where something judges it at all."""
        kinds = Counter(asset.kind for asset in self._estate.assets.values())
        items = (item for cover in covers for clause in cover.clauses for item in clause.items)
        kinds[ITSELF[0]] = len({item.asset.name for item in items if item.answer in JUDGED})
        for name, clause in self._estate.standard.clauses.items():
            if clause.applies_to in ITSELF:
                basis = basis_in_force(clause, self._estate.changed.get(name))
                yield Watch(name, clause, basis, kinds[clause.applies_to])


def _concerns(clause: Clause, slug: str, assets: Iterable[Asset]) -> bool:
    """Whether the clause speaks of a touchpoint; one that names none speaks of every one with such an asset."""
    if clause.touchpoints:
        return slug in clause.touchpoints
    return any(asset.kind == clause.applies_to for asset in assets)
