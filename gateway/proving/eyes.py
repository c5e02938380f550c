"""What is seen of one asset's battery: which of its readings tell that it is discharged, and what they say together.

Knows points and clauses; what a discharge is and how it is judged is ``gateway.proof_tests``'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import inf

from gateway.assets.latest import Latest
from gateway.estate import Asset
from gateway.kinds import TIMES, Discharge, OwnTest
from gateway.model import BadReading, Reading, Value
from gateway.proof_tests.entry import Sample
from gateway.proof_tests.evidence import FLOOR, IDLE, UNKNOWN, Look, Run, Terms, reread
from gateway.proof_tests.watch import Finished, Watch
from gateway.standards.proofs import ProofTest
from gateway.standards.requirements import proofs
from gateway.standards.standard import Clause

BETWEEN = 60.0
"""Seconds after a relay was told to move in which it and the lamp may be read on different sides of that."""


@dataclass(slots=True)
class Asked:
    """The test that the gateway itself has begun, as far as it matters to what is seen."""

    kind: str
    by_relay: bool
    moved_at: float
    """When the relay was last told to move."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Where on one asset a discharge is seen: point ids, and for each of them those that a device tells.

    ``told``: those that any device tells, with its wire and what it calls them there.
    """

    asset: Asset
    says: Discharge
    told: Mapping[int, str]
    units: Sequence[str]

    def id(self, point: str) -> int | None:
        """The id of a point that the asset has."""
        return self.asset.ids.get(point)

    def terms(self, kind: str, clauses: Mapping[str, Clause]) -> Terms:
        """By what a test of that kind is judged here: the clause that asks for the longest."""
        asked = {
            name: part.longer_than
            for name, clause in sorted(clauses.items())
            for part in proofs(clause.require)
            if isinstance(part, ProofTest) and part.proof_test == kind
        }
        clause = max(asked, key=lambda name: asked[name] or 0.0, default="")
        own = self.own_test(kind) if self.tells_mode else None
        return Terms(
            clause, asked.get(clause), self.id(self.says.lit) is not None,
            own is not None and self.id(own.done) is not None, own is not None and self.id(own.failed) is not None,
            own.step or None if own is not None and self.id(own.result) is not None else None,
        )  # fmt: skip

    def own_test(self, kind: str) -> OwnTest | None:
        """What is said of such a test that the device runs by itself."""
        return next((test for name, test in self.says.tests.items() if name == kind), None)

    @property
    def tells_mode(self) -> bool:
        """Whether the device tells which of its own tests it runs."""
        return self.says.mode in self.asset.ids

    def floor(self, facts: Mapping[int, Value]) -> float | None:
        """V below which the battery counts as exhausted; None where its rated voltage is not known."""
        number = self.id(self.says.rated_voltage)
        rated = None if number is None else facts.get(number)
        return rated * FLOOR if isinstance(rated, int | float) else None

    def feeds(self) -> frozenset[int]:
        """Every value that a device tells and that something is seen by."""
        numbers = [number for point in self.says.points() if (number := self.id(point)) is not None]
        return frozenset(number for number in self.asset.leaves(numbers) if number in self.told)

    def by(self) -> str:
        """A word for all of them together, the same as long as they are read from the same devices."""
        read = [
            f"{point}: {self.told[leaf]}"
            for point in self.says.points() if (number := self.id(point)) is not None
            for leaf in self.asset.leaves([number]) if leaf in self.told
        ]  # fmt: skip
        return sha256("\n".join(sorted(read)).encode()).hexdigest()[:16]


class Seer:
    """One asset's eyes, opened; they cost little while nothing runs."""

    def __init__(self, eyes: Eyes, latest: Latest, run: Run | None, samples: Sequence[Sample], now: float) -> None:
        says = eyes.says
        by = eyes.by()
        self.watch = Watch(eyes.asset.name, reread(run, by) if run else None, samples, now)
        self.watch.by = by
        self.eyes = eyes
        self._latest = latest
        self._battery, self._mode, self._lit = eyes.id(says.on_battery), eyes.id(says.mode), eyes.id(says.lit)
        self._tests: dict[str, str] = {}
        for kind, test in says.tests.items():
            self._tests.setdefault(test.mode, kind)  # a device that knows one test for two names them by the first
        self.asked: Asked | None = None
        relay = says.relay
        self.is_open, self.feed = (eyes.id(relay.is_open), eyes.id(relay.feed)) if relay else (None, None)
        self._curve = [(name, number) for name in says.curve if (number := eyes.id(name)) is not None]
        state = [number for number in (self._battery, self._mode) if number is not None]
        self._state_from = self._leaves(state)
        self._lit_from = self._leaves([] if self._lit is None else [self._lit])
        self._open_from = self._leaves([] if self.is_open is None else [self.is_open])

    def _leaves(self, numbers: Sequence[int]) -> tuple[int, ...]:
        return tuple(number for number in self.eyes.asset.leaves(numbers) if number in self.eyes.told)

    def see(self, now: float) -> list[Finished]:
        """Look at the latest readings; returns what is over with them."""
        runs = self.runs()
        if runs != IDLE or self.watch.run is not None:
            return self.watch.see(self._look(runs, now)) if runs != UNKNOWN else []
        values = self._latest.values
        known = {name: None if isinstance(each := values[id_], BadReading) else each for name, id_ in self._curve}
        self.watch.rest(self._told_at(self._state_from, now), known)
        return []

    def _look(self, runs: str, now: float) -> Look:
        own = self._own(runs)
        lit = self.flag(self._lit)
        if self._lit is None and own is not None:
            lit = True  # the device's own word that it runs a test is all there is; alone it proves nothing
        lit_from = self._lit_from or self._state_from
        return Look(
            runs, self._told_at(self._state_from, now), lit, self._told_at(lit_from, now),
            self.flag(self.eyes.id(own.done) if own else None), self.flag(self.eyes.id(own.failed) if own else None),
            self._result(own), {name: self.known(number) for name, number in self._curve},
            self._heard_at(lit_from, now),
        )  # fmt: skip

    def runs(self) -> str:
        """The kind of test that is seen to run, ``discharge``, ``IDLE`` or ``UNKNOWN``."""
        battery = self.flag(self._battery)
        if battery:
            return self._taken_away()
        mode = None if self._mode is None else self.known(self._mode)
        if (battery is None and self._battery is not None) or (mode is None and self._mode is not None):
            return UNKNOWN
        runs = self._tests.get(str(mode), IDLE)
        asked = self.eyes.own_test(self.asked.kind) if self.asked and runs else None
        return self.asked.kind if self.asked and asked and asked.mode == str(mode) else runs

    def _taken_away(self) -> str:
        """Whether the gateway's own test took its supply away, or the mains failed."""
        asked = self.asked
        if asked is None or self.eyes.tells_mode:
            return "discharge"
        is_open, feed = (self.flag(self.is_open), self.flag(self.feed)) if asked.by_relay else (True, True)
        if feed is False and self.feed is not None:
            return "discharge"
        if is_open is False:
            return UNKNOWN if self.told_at < asked.moved_at + BETWEEN else "discharge"
        known = (is_open or self.is_open is None) and (feed or self.feed is None)
        return asked.kind if known else UNKNOWN

    def _own(self, runs: str) -> OwnTest | None:
        """The test whose results are of interest: the one that runs, or that has just run."""
        run = self.watch.run
        kind = run.kind if run is not None and runs in (IDLE, run.kind) else runs
        return self.eyes.own_test(kind)

    @property
    def told_at(self) -> float:
        """When what it runs was told, as its source says; 0 when never."""
        return self._told_at(self._state_from, inf)

    @property
    def open_told_at(self) -> float:
        """The same of its relay; it may be told by another device, at other times."""
        return self._told_at(self._open_from, inf)

    def _told_at(self, numbers: Sequence[int], now: float) -> float:
        """The oldest of their source times; a clock that is ahead of ours proves nothing of later than it arrived."""
        stamps, oldest = self._latest.stamps, now
        for number in numbers:
            oldest = min(oldest, stamps[number].at, stamps[number].arrived)
        return oldest

    def _heard_at(self, numbers: Sequence[int], now: float) -> float:
        """When the oldest of them came here."""
        return min((self._latest.stamps[number].arrived for number in numbers), default=now)

    def known(self, number: int) -> Value | None:
        """A point's value; None when unknown."""
        reading: Reading = self._latest.values[number]
        return None if isinstance(reading, BadReading) else reading

    def flag(self, number: int | None) -> bool | None:
        """A boolean point's value; None when unknown, or when there is no such point."""
        known = None if number is None else self.known(number)
        return known if isinstance(known, bool) else None

    def _result(self, own: OwnTest | None) -> float | None:
        number = self.eyes.id(own.result) if own else None
        known = None if number is None else self.known(number)
        if number is None or isinstance(known, bool | str) or known is None:
            return None
        return known * TIMES[self.eyes.units[number]]
