"""Hands every asset that can discharge its battery what its readings say together, and keeps the log book's last line.

Knows points, devices and clauses; what a discharge is and how it is judged is ``gateway.proof_tests``'s to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gateway.assets.latest import Latest
from gateway.estate import Estate
from gateway.kinds import proof_points
from gateway.model import NO_RECORD, BadReading
from gateway.proof_tests.entry import Entry, Outcome, Sample
from gateway.proof_tests.evidence import Run, Terms, judge
from gateway.proof_tests.watch import Finished, entry, thinned
from gateway.proving.eyes import Eyes, Seer
from gateway.saved import Saved

PROVEN_BY: Mapping[str, tuple[str, ...]] = {"duration": ("duration", "rated")}
"""A test for the rated time shows whatever a shorter one would."""


class Discharges:
    """All of them. What became of a run, and its new samples, wait in ``runs`` and ``samples`` to be stored."""

    def __init__(self, estate: Estate, latest: Latest, saved: Saved, now: float) -> None:
        self.runs: dict[str, Run | None] = {}
        self.samples: list[tuple[str, float, Sample]] = []
        self.last_entry = saved.last_entry
        self._latest = latest
        self.seers: dict[str, Seer] = {}
        """By asset."""
        self.by_device: dict[str, list[Seer]] = defaultdict(list)
        """Those that see something by what a device tells."""
        self.terms: dict[tuple[str, str], Terms] = {}
        """By what each kind of test is judged on each asset."""
        lost = not saved.is_sure  # nobody knows for how long nobody looked
        known = {run.asset: (replace(run, gap=run.gap or lost), samples) for run, samples in saved.runs}
        for eyes in _all_eyes(estate):
            run, samples = known.pop(eyes.asset.name, (None, ()))
            seer = Seer(eyes, latest, run, samples, now)
            seer.watch.floor = eyes.floor(estate.fixed)
            self._watch(eyes, seer, estate)
            self.runs.update({run.asset: run} if run else {})
        self.runs.update(dict.fromkeys(known))
        self._left = [Finished(run, tuple(samples)) for run, samples in known.values() if not run.over]
        self._tell(saved.tests, latest)

    def _watch(self, eyes: Eyes, seer: Seer, estate: Estate) -> None:
        name = eyes.asset.name
        self.seers[name] = seer
        clauses = estate.standard.of_kind(eyes.asset.kind)
        self.terms.update({(name, kind): eyes.terms(kind, clauses) for kind in eyes.says.tests})
        feeds = eyes.feeds()
        for device in eyes.asset.devices:
            if feeds & set(estate.devices[device].point_ids.values()):
                self.by_device[device].append(seer)

    def _tell(self, tests: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]], latest: Latest) -> None:
        """What the log book says of the last tests. What was passed by a limit since raised was not passed."""
        for asset, kind in self.terms:
            ids = self.seers[asset].eyes.asset.ids
            passed, failed = proof_points(kind)
            passes = [tests.get((asset, each), {}).get(Outcome.PASSED) for each in PROVEN_BY.get(kind, (kind,))]
            enough = [each[0] for each in passes if each and self._is_enough(asset, kind, each[1])]
            failure = tests.get((asset, kind), {}).get(Outcome.FAILED)
            for point, at in ((passed, max(enough, default=None)), (failed, failure[0] if failure else None)):
                if point in ids:
                    latest.set(ids[point], NO_RECORD if at is None else at, 0.0)

    def _is_enough(self, asset: str, kind: str, lasted: float) -> bool:
        terms = self.terms.get((asset, kind))
        return terms is not None and (terms.limit is None or lasted > terms.limit)

    def proves(self, entry: Entry) -> list[str]:
        """The kinds of test that an entry is a word on: one that passed for longer passes the shorter one too."""
        also = [kind for kind, by in PROVEN_BY.items() if entry.kind in by and kind != entry.kind]
        passed = entry.outcome is Outcome.PASSED
        return [entry.kind, *(each for each in also if passed and self._is_enough(entry.asset, each, entry.lasted))]

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
        seer = self.seers[asset]
        return self._follow(seer, seer.watch.pass_time(now))

    def due(self, asset: str) -> float | None:
        """When ``pass_time`` has something to do for that asset."""
        return self.seers[asset].watch.due() if asset in self.seers else None

    def _follow(self, seer: Seer, finished: Sequence[Finished]) -> list[Entry]:
        watch = seer.watch
        if watch.run is not None or finished:
            self.runs[watch.asset] = watch.run
        if watch.run is not None and watch.unsaved:
            self.samples.extend((watch.asset, watch.run.started_at, sample) for sample in watch.unsaved)
            watch.unsaved.clear()
        return [self._entry(each) for each in finished]

    def number(self) -> int:
        """The number of a new line of the log book."""
        self.last_entry += 1
        return self.last_entry

    def _entry(self, finished: Finished) -> Entry:
        run, seer = finished.run, self.seers.get(finished.run.asset)
        rated = self.terms.get((run.asset, "rated"))
        if run.kind == "duration" and seer and not seer.asked and rated and judge(run, rated)[0] is Outcome.PASSED:
            finished = replace(finished, run=replace(run, kind="rated"))  # it was one, whatever its device calls it
        return entry(self.number(), finished, self.terms.get((run.asset, finished.run.kind)))

    def tested(self) -> frozenset[tuple[str, str]]:
        """The assets and kinds of test of which one was passed or failed."""
        return frozenset(key for key in self.terms if self._is_tested(*key))

    def _is_tested(self, asset: str, kind: str) -> bool:
        ids = self.seers[asset].eyes.asset.ids
        points = [ids[point] for point in proof_points(kind) if point in ids]
        return any(not isinstance(self._latest.values[point], BadReading) for point in points)

    def running(self) -> list[tuple[Run, tuple[Sample, ...]]]:
        """As in Saved."""
        watches = [seer.watch for seer in self.seers.values()]
        return [(watch.run, tuple(watch.samples)) for watch in watches if watch.run is not None]


def _told(estate: Estate) -> Iterator[tuple[int, str]]:
    for name, device in estate.devices.items():
        connection = estate.device_connection.get(name, "")
        wire = f"{connection} {device.unit} {sorted(device.parameters.items())}"
        for point, number in device.point_ids.items():
            yield number, f"{wire} {device.profile.title}.{point}"


def _all_eyes(estate: Estate) -> Iterator[Eyes]:
    told = dict(_told(estate))
    for asset in estate.assets.values():
        kind = estate.kinds.get(asset.kind)
        says = kind.discharge if kind else None
        if says and (says.on_battery in asset.ids or says.mode in asset.ids):
            yield Eyes(asset, says, told, estate.units)
