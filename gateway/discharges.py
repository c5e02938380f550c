"""Hands every asset that can discharge its battery what its readings say together, and keeps the log book's last line.

Knows points, devices and clauses; what a discharge is and how it is judged is ``gateway.proof_tests``'s to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.assets.latest import Latest
from gateway.estate import Asset, Estate
from gateway.kinds import TIMES, Discharge, OwnTest, proof_points
from gateway.model import NO_RECORD, BadReading, Reading, Value
from gateway.proof_tests.entry import Entry, Outcome, Sample
from gateway.proof_tests.evidence import IDLE, UNKNOWN, Look, Run, Terms
from gateway.proof_tests.watch import Finished, Watch, entry, thinned
from gateway.saved import Saved
from gateway.standards.proofs import ProofTest
from gateway.standards.requirements import proofs
from gateway.standards.standard import Clause


@dataclass(frozen=True, slots=True)
class Eyes:
    """Where on one asset a discharge is seen: point ids, and for each of them those that a device tells."""

    asset: Asset
    says: Discharge
    told: frozenset[int]
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
        own = next((test for name, test in self.says.tests.items() if name == kind), None)
        return Terms(
            clause, asked.get(clause), self.id(self.says.lit) is not None,
            own is not None and self.id(own.done) is not None, own is not None and self.id(own.failed) is not None,
            own.step or None if own is not None and self.id(own.result) is not None else None,
        )  # fmt: skip

    def feeds(self) -> frozenset[int]:
        """Every value that a device tells and that something is seen by."""
        numbers = [number for point in self.says.points() if (number := self.id(point)) is not None]
        return frozenset(number for number in self.asset.leaves(numbers) if number in self.told)


class Seer:
    """One asset's eyes, opened; they cost little while nothing runs."""

    def __init__(self, eyes: Eyes, latest: Latest, run: Run | None, samples: Sequence[Sample], now: float) -> None:
        says = eyes.says
        self.watch = Watch(eyes.asset.name, run, samples, now)
        self.eyes = eyes
        self._latest = latest
        self._battery, self._mode, self._lit = eyes.id(says.on_battery), eyes.id(says.mode), eyes.id(says.lit)
        self._tests = {test.mode: kind for kind, test in says.tests.items()}
        self._curve = [(name, number) for name in says.curve if (number := eyes.id(name)) is not None]
        state = [number for number in (self._battery, self._mode) if number is not None]
        self._state_from = self._leaves(state)
        self._lit_from = self._leaves([] if self._lit is None else [self._lit])

    def _leaves(self, numbers: Sequence[int]) -> tuple[int, ...]:
        return tuple(number for number in self.eyes.asset.leaves(numbers) if number in self.eyes.told)

    def see(self, now: float) -> list[Finished]:
        """Look at the latest readings; returns what is over with them."""
        runs = self._runs()
        if runs != IDLE or self.watch.run is not None:
            return self.watch.see(self._look(runs, now)) if runs != UNKNOWN else []
        values = self._latest.values
        known = {name: None if isinstance(each := values[id_], BadReading) else each for name, id_ in self._curve}
        self.watch.rest(self._told_at(self._state_from, now), known)
        return []

    def _look(self, runs: str, now: float) -> Look:
        own = self._own(runs)
        lit = self._flag(self._lit)
        if self._lit is None and own is not None:
            lit = True  # the device's own word that it runs a test is all there is; alone it proves nothing
        return Look(
            runs, self._told_at(self._state_from, now), lit,
            self._told_at(self._lit_from, now) if self._lit_from else None,
            self._flag(self.eyes.id(own.done) if own else None), self._flag(self.eyes.id(own.failed) if own else None),
            self._result(own), {name: self._known(number) for name, number in self._curve},
        )  # fmt: skip

    def _runs(self) -> str:
        battery = self._flag(self._battery)
        if battery:
            return "discharge"
        mode = None if self._mode is None else self._known(self._mode)
        if (battery is None and self._battery is not None) or (mode is None and self._mode is not None):
            return UNKNOWN
        return self._tests.get(str(mode), IDLE)

    def _own(self, runs: str) -> OwnTest | None:
        """The test whose results are of interest: the one that runs, or that has just run."""
        run = self.watch.run
        kind = run.kind if run is not None and runs in (IDLE, run.kind) else runs
        return next((test for name, test in self.eyes.says.tests.items() if name == kind), None)

    def _told_at(self, numbers: Sequence[int], now: float) -> float:
        """The oldest of their source times; a clock that is ahead of ours proves nothing of later."""
        stamps, oldest = self._latest.stamps, now
        for number in numbers:
            oldest = min(oldest, stamps[number].at)
        return oldest

    def _known(self, number: int) -> Value | None:
        reading: Reading = self._latest.values[number]
        return None if isinstance(reading, BadReading) else reading

    def _flag(self, number: int | None) -> bool | None:
        known = None if number is None else self._known(number)
        return known if isinstance(known, bool) else None

    def _result(self, own: OwnTest | None) -> float | None:
        number = self.eyes.id(own.result) if own else None
        known = None if number is None else self._known(number)
        if number is None or isinstance(known, bool | str) or known is None:
            return None
        return known * TIMES[self.eyes.units[number]]


class Discharges:
    """All of them. What became of a run, and its new samples, wait in ``runs`` and ``samples`` to be stored."""

    def __init__(self, estate: Estate, latest: Latest, saved: Saved, now: float) -> None:
        self.runs: dict[str, Run | None] = {}
        self.samples: list[tuple[str, float, Sample]] = []
        self.last_entry = saved.last_entry
        self._latest = latest
        self._seers: dict[str, Seer] = {}
        self.by_device: dict[str, list[Seer]] = defaultdict(list)
        """Those that see something by what a device tells."""
        self._terms: dict[tuple[str, str], Terms] = {}
        known = {run.asset: (run, samples) for run, samples in saved.runs}
        for eyes in _all_eyes(estate):
            run, samples = known.pop(eyes.asset.name, (None, ()))
            self._watch(eyes, Seer(eyes, latest, run, samples, now), estate)
            self.runs.update({run.asset: run} if run else {})
        self.runs.update(dict.fromkeys(known))
        self._left = [Finished(run, tuple(samples)) for run, samples in known.values() if not run.over]
        self._tell(saved.tests, latest)

    def _watch(self, eyes: Eyes, seer: Seer, estate: Estate) -> None:
        name = eyes.asset.name
        self._seers[name] = seer
        clauses = estate.standard.of_kind(eyes.asset.kind)
        self._terms.update({(name, kind): eyes.terms(kind, clauses) for kind in eyes.says.tests})
        feeds = eyes.feeds()
        for device in eyes.asset.devices:
            if feeds & set(estate.devices[device].point_ids.values()):
                self.by_device[device].append(seer)

    def _tell(self, tests: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]], latest: Latest) -> None:
        """What the log book says of the last tests. What was passed by a limit since raised was not passed."""
        for (asset, kind), terms in self._terms.items():
            told = tests.get((asset, kind), {})
            ids = self._seers[asset].eyes.asset.ids
            for point, outcome in zip(proof_points(kind), (Outcome.PASSED, Outcome.FAILED), strict=True):
                at, lasted = told.get(outcome.value, (None, 0.0))
                enough = outcome is Outcome.FAILED or terms.limit is None or lasted > terms.limit
                if point in ids:
                    latest.set(ids[point], at if at is not None and enough else NO_RECORD, 0.0)

    def of_device(self, device: str, now: float) -> list[Entry]:
        """Look at what a device has just told of; the entries that are written with it."""
        seers = self.by_device[device]
        return [each for seer in seers for each in self._follow(seer, seer.see(now))]

    def left(self) -> list[Entry]:
        """The entries of what went on when the gateway stopped, on assets that the site's files no longer have."""
        gone = [Finished(replace(each.run, gap=True), thinned(each.samples)) for each in self._left]
        self._left.clear()
        return [self._entry(each) for each in gone]

    def pass_time(self, asset: str, now: float) -> list[Entry]:
        """Write down what is over because time has passed."""
        seer = self._seers[asset]
        return self._follow(seer, seer.watch.pass_time(now))

    def due(self, asset: str) -> float | None:
        """When ``pass_time`` has something to do for that asset."""
        return self._seers[asset].watch.due() if asset in self._seers else None

    def _follow(self, seer: Seer, finished: Sequence[Finished]) -> list[Entry]:
        watch = seer.watch
        if watch.run is not None or finished:
            self.runs[watch.asset] = watch.run
        if watch.run is not None and watch.unsaved:
            self.samples.extend((watch.asset, watch.run.started_at, sample) for sample in watch.unsaved)
            watch.unsaved.clear()
        return [self._entry(each) for each in finished]

    def _entry(self, finished: Finished) -> Entry:
        self.last_entry += 1
        return entry(self.last_entry, finished, self._terms.get((finished.run.asset, finished.run.kind)))

    def tested(self) -> frozenset[tuple[str, str]]:
        """The assets and kinds of test of which one was passed or failed."""
        return frozenset(key for key in self._terms if self._is_tested(*key))

    def _is_tested(self, asset: str, kind: str) -> bool:
        ids = self._seers[asset].eyes.asset.ids
        points = [ids[point] for point in proof_points(kind) if point in ids]
        return any(not isinstance(self._latest.values[point], BadReading) for point in points)

    def running(self) -> list[tuple[Run, tuple[Sample, ...]]]:
        """As in Saved."""
        watches = [seer.watch for seer in self._seers.values()]
        return [(watch.run, tuple(watch.samples)) for watch in watches if watch.run is not None]


def _all_eyes(estate: Estate) -> Iterator[Eyes]:
    told = frozenset(number for device in estate.devices.values() for number in device.point_ids.values())
    for asset in estate.assets.values():
        kind = estate.kinds.get(asset.kind)
        says = kind.discharge if kind else None
        if says and (says.on_battery in asset.ids or says.mode in asset.ids):
            yield Eyes(asset, says, told, estate.units)
