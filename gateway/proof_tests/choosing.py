"""Which scheduled tests may start now: never two neighbours together, never more at once than the site allows.

Pure: what is busy, how long the window stays open and the time (steady seconds since 1970) are handed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway.proof_tests.rules import TestKind, TestRules, TestTerms
from gateway.proof_tests.schedule import Slot, order

Busy: TypeAlias = Mapping[str, float | None]
"""Asset → until when it discharges or recharges; None: nobody knows until when."""
Terms: TypeAlias = Callable[[str, TestKind], TestTerms]
"""The terms of a test of that kind on an asset."""


class Placed(Protocol):
    """What is to be known of an asset to tell its neighbours."""

    @property
    def next_to(self) -> Sequence[str]: ...

    @property
    def group(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at ``now``."""

    now: float
    open_until: float | None
    """When the window closes; None while it is shut or nobody can tell."""
    trusted: bool = True
    """Whether the clock on the wall can be believed: without it nothing is started by schedule."""
    running: int = 0
    """How many tests run, whoever started them."""
    busy: Busy = field(default_factory=dict)
    """Everything that discharges or recharges, whatever the reason; those that run among them."""

    def is_busy(self, asset: str) -> bool:
        """Whether it discharges or recharges, as far as anybody knows."""
        if asset not in self.busy:
            return False
        until = self.busy[asset]
        return until is None or self.now < until


def choose(
    slots: Iterable[Slot], standing: Standing, rules: TestRules, beside: Mapping[str, frozenset[str]], terms: Terms
) -> list[Slot]:
    """Those that may start now, the most overdue first; ``beside``: what ``neighbours`` told.

    Due, not put off and not missed; one test on an asset; none on or next to one that discharges or recharges, nor next
    to another one chosen; the window stays open until it is over; at most ``at_once`` run then.
    """
    chosen: list[Slot] = []
    if not standing.trusted or standing.open_until is None:
        return chosen
    taken: set[str] = set()
    for slot in sorted(slots, key=order):
        if standing.running + len(chosen) >= rules.at_once:
            break
        around = {slot.asset, *beside.get(slot.asset, ())}
        fits = standing.now + terms(slot.asset, slot.kind).length <= standing.open_until
        free = not around & taken and not any(standing.is_busy(asset) for asset in around)
        if slot.ready <= standing.now < slot.latest and fits and free:
            chosen.append(slot)
            taken.add(slot.asset)
    return chosen


def wake(slots: Iterable[Slot], standing: Standing, edge: float | None = None) -> float | None:
    """When to look again, later than ``now``: a slot falls due or is missed, something is recharged, the window opens.

    ``edge`` is when the window opens or closes next. None when there are no slots. A test that ends is looked at by
    whoever sees that.
    """
    moments = [moment for slot in slots for moment in (slot.ready, slot.latest)]
    if not moments:
        return None
    moments += [until for until in (*standing.busy.values(), edge) if until is not None]
    return min((moment for moment in moments if moment > standing.now), default=None)


def neighbours(assets: Mapping[str, Placed]) -> dict[str, frozenset[str]]:
    """Who must never discharge or recharge together with whom: it holds both ways, and in a group among all."""
    beside: dict[str, set[str]] = {name: set() for name in assets}
    groups: dict[str, set[str]] = defaultdict(set)
    for name, asset in assets.items():
        for other in beside.keys() & set(asset.next_to):
            beside[name].add(other)
            beside[other].add(name)
        if asset.group:
            groups[asset.group].add(name)
    for members in groups.values():
        for name in members:
            beside[name] |= members
    return {name: frozenset(others - {name}) for name, others in beside.items()}
