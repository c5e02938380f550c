"""A check: one clause bound to the points of one asset. The hot path of judging."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from gateway.model import Reading, Text
from gateway.standards.requirement import DAY, Requirement
from gateway.standards.standard import Clause
from gateway.standards.verdict import Evidence, Outcome, Verdict

NO_DAY = 250e9
"""From about the year 9892 on there is no day to tell."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """What people call the points of a kind, and which of them are dates, told as days in ``zone``."""

    means: Mapping[str, Text] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    zone: tzinfo = UTC

    def day(self, point: str, reading: Reading) -> str:
        """``2027-01-12`` for a date, "" for anything else."""
        if point not in self.dates or not isinstance(reading, int | float) or not 0 <= reading < NO_DAY:
            return ""
        return datetime.fromtimestamp(reading, self.zone).date().isoformat()


class Check:
    """``judge`` looks up the readings by id and remembers the outcome, which the deadband needs next time."""

    __slots__ = ("ahead", "asset", "band", "clause", "clause_id", "glossary", "guard", "guard_ids", "heard_by", "ids",
                 "judged", "known", "outcome", "points", "requirement", "stated", "tells", "timed",
                 "unknown_since")  # fmt: skip

    def __init__(
        self, asset: str, clause_id: str, clause: Clause, ids: Mapping[str, int], glossary: Glossary | None = None,
        stated: Collection[int] = (),
    ) -> None:  # fmt: skip
        self.asset = asset
        self.glossary = glossary or Glossary()
        self.clause_id = clause_id
        self.clause = clause
        self.requirement, self.guard = _bound(clause, ids)
        self.points = self.requirement.points
        self.ids = tuple(ids[point] for point in self.points)
        self.guard_ids = tuple(ids[point] for point in self.guard.points) if self.guard else ()
        self.tells = {point: ids[point] for point in clause.tells if point in ids}
        """Points that are told with the verdict and never judged."""
        self.stated = frozenset({*self.ids, *self.guard_ids}.intersection(stated))
        """The dates that people state, as the clock on the wall tells them; all other times are steady."""
        self.ahead = 0.0
        """By how many seconds that clock is ahead of steady time, where there is such a date."""
        self.band = None if self.guard else self.requirement.band()
        """The numbers at which a met check stays met; None when they alone do not tell."""
        self.timed = self.requirement.timed or (self.guard is not None and self.guard.timed)
        """Whether the outcome may change by time alone."""
        self.judged = True
        """Whether it was judged when it was last looked at: its guard did not say that there is nothing to judge."""
        self.outcome = Outcome.UNKNOWN
        self.known = Outcome.UNKNOWN
        """What stood before it was unknown, for the deadband: a silence does not end a violation that was told."""
        self.unknown_since: float | None = None
        self.heard_by = 0.0
        """After a start, until when it may rightly be unknown although its patience is over."""

    @property
    def is_patient(self) -> bool:
        """Whether it may stay unknown for so long that restarts must not begin that time anew."""
        return self.clause.patience >= DAY

    def judge(self, values: Sequence[Reading], now: float) -> Outcome | None:
        """The outcome now, None while the guard says that there is nothing to judge.

        Raises what a faulty requirement raises.
        """
        if self.guard is not None:
            allowed = self.guard.judge(self._read(self.guard_ids, values), Outcome.UNKNOWN, now)
            if allowed is not Outcome.MET:
                return Outcome.UNKNOWN if allowed is Outcome.UNKNOWN else None
        own = self.readings(values) if self.ahead else [values[i] for i in self.ids]  # the hot path
        return self.requirement.judge(own, self.known if self.outcome is Outcome.UNKNOWN else self.outcome, now)

    def readings(self, values: Sequence[Reading]) -> list[Reading]:
        """What the requirement is judged by, in the order of its points; all times in it are steady."""
        return self._read(self.ids, values)

    def _read(self, ids: Sequence[int], values: Sequence[Reading]) -> list[Reading]:
        return [_steady(values[i], self.ahead) if i in self.stated else values[i] for i in ids]

    def next_change(self, values: Sequence[Reading], now: float) -> float | None:
        """The next time after ``now`` at which time alone may change the outcome."""
        moments = [self.requirement.next_change(self.readings(values), now)]
        if self.guard is not None:
            moments.append(self.guard.next_change(self._read(self.guard_ids, values), now))
        return min((moment for moment in moments if moment is not None), default=None)

    def verdict(self, reading: Callable[[int], Reading], at: Callable[[int], float], unit: Sequence[str]) -> Verdict:
        """The last outcome with the readings it rests on."""
        guard_points = self.guard.points if self.guard else ()
        first = self.requirement.speaking([reading(i) for i in self.ids])
        judged = [(self.points[place], self.ids[place]) for place in first]
        told = dict(judged) | dict(zip(guard_points, self.guard_ids, strict=True)) | self.tells
        means, day = self.glossary.means, self.glossary.day
        evidence = tuple(
            Evidence(name, reading(i), unit[i], at(i), means.get(name, {}), day(name, reading(i)))
            for name, i in told.items()
        )
        return Verdict(self.asset, self.clause_id, self.outcome, evidence, self.requirement.explain(means))


def _steady(date: Reading, ahead: float) -> Reading:
    return date - ahead if ahead and isinstance(date, int | float) else date


def _bound(clause: Clause, ids: Mapping[str, int]) -> tuple[Requirement, Requirement | None]:
    """The requirement and the guard on an asset with these points; raises ValueError when it cannot answer them."""
    requirement = clause.require.on(ids)
    guard = clause.only_while.on(ids) if clause.only_while else None
    if requirement is None or (guard is None and clause.only_while is not None):
        raise ValueError(f"a clause on {clause.applies_to} that this asset cannot answer")
    return requirement, guard


def answerable(clause: Clause, ids: Mapping[str, int]) -> bool:
    """Whether an asset with these points can answer the clause at all."""
    return all(part is None or part.on(ids) is not None for part in (clause.require, clause.only_while))
