"""A check: one clause bound to the points of one asset. The hot path of judging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gateway.model import Reading, Text
from gateway.standards.requirements import NoneTrue, Requirement
from gateway.standards.standard import Clause
from gateway.standards.verdict import Evidence, Outcome, Verdict


class Check:
    """``judge`` looks up the readings by id and remembers the outcome, which the deadband needs next time."""

    __slots__ = ("asset", "band", "clause", "clause_id", "guard", "guard_ids", "ids", "means", "outcome", "points",
                 "requirement", "unknown_since")  # fmt: skip

    def __init__(
        self,
        asset: str,
        clause_id: str,
        clause: Clause,
        ids: Mapping[str, int],
        means: Mapping[str, Text] | None = None,
    ) -> None:
        self.asset = asset
        self.means = means or {}
        self.clause_id = clause_id
        self.clause = clause
        self.requirement = _for_points(clause.require, ids)
        self.points = self.requirement.points
        self.ids = tuple(ids[point] for point in self.points)
        self.guard = clause.only_while
        self.guard_ids = tuple(ids[point] for point in clause.only_while.points) if clause.only_while else ()
        self.band = None if self.guard else self.requirement.band()
        """The numbers at which a met check stays met; None when they alone do not tell."""
        self.outcome = Outcome.UNKNOWN
        self.unknown_since: float | None = None

    def judge(self, values: Sequence[Reading], now: float) -> Outcome:
        """The outcome now; raises what a faulty requirement raises."""
        if self.guard is not None:
            allowed = self.guard.judge([values[i] for i in self.guard_ids], Outcome.UNKNOWN, now)
            if allowed is not Outcome.MET:
                return Outcome.UNKNOWN if allowed is Outcome.UNKNOWN else Outcome.MET
        return self.requirement.judge([values[i] for i in self.ids], self.outcome, now)

    def next_change(self, values: Sequence[Reading], now: float) -> float | None:
        """When the outcome may change by time alone."""
        return self.requirement.next_change([values[i] for i in self.ids], now)

    def verdict(self, reading: Callable[[int], Reading], at: Callable[[int], float], unit: Sequence[str]) -> Verdict:
        """The last outcome with the readings it rests on."""
        names = [*self.points, *(self.guard.points if self.guard else ())]
        ids = [*self.ids, *self.guard_ids]
        evidence = tuple(
            Evidence(name, reading(i), unit[i], at(i), self.means.get(name, {}))
            for name, i in zip(names, ids, strict=True)
        )
        return Verdict(self.asset, self.clause_id, self.outcome, evidence, self.requirement.explain(self.means))


def _for_points(requirement: Requirement, ids: Mapping[str, int]) -> Requirement:
    """Fault bits that an asset does not have are left out; any other point must be there."""
    if isinstance(requirement, NoneTrue):
        return NoneTrue(none_true=tuple(name for name in requirement.none_true if name in ids))
    return requirement


def answerable(clause: Clause, ids: Mapping[str, int]) -> bool:
    """Whether an asset with these points can answer the clause at all."""
    guard = clause.only_while.points if clause.only_while else ()
    if not all(point in ids for point in guard):
        return False
    if isinstance(clause.require, NoneTrue):
        return any(point in ids for point in clause.require.points)
    return all(point in ids for point in clause.require.points)
