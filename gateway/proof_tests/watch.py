"""Follows the discharges of one asset from look to look: each that begins ends as exactly one entry of the log book.

    nothing ──seen to run──▶ running ──seen to run no more──▶ settling ──2 min──▶ entry
                                └──silent or without end──▶ entry, and over: waits until it is seen to run no more

Pure: it is handed looks and the time; what must survive a restart is ``run`` and ``samples``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from gateway.model import Value
from gateway.proof_tests.entry import MOST_SAMPLES, Entry, Kind, Sample
from gateway.proof_tests.evidence import GAP, IDLE, UNKNOWN, Look, Run, Terms, begun, ended, gone_on, judge, settled

SETTLING = 120.0
"""Seconds after the end in which the device may still tell its result, and the battery is seen to recover."""
LOST = 86_400.0
"""Seconds of silence after which a discharge is written down as it was last seen."""
OVERRUN = 43_200.0
"""Seconds after which no test still runs: the longest that a device can tell of is 510 min."""
SAMPLE_EVERY, SAMPLES_A_RUN = 15.0, 150
"""A sample each 15 s at first, and ever fewer as a discharge goes on for hours."""
NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Finished:
    """A discharge that is over, as it was seen, and its curve."""

    run: Run
    samples: Sequence[Sample]


class Watch:
    """One asset."""

    def __init__(self, asset: str, run: Run | None = None, samples: Sequence[Sample] = (), now: float = 0.0) -> None:
        self.asset = asset
        self.floor: float | None = None
        """V: below it the battery counts as exhausted; None where nobody knows."""
        self.by = ""
        """As in ``Run``."""
        self.run = run
        self.samples = list(samples)
        self.unsaved: list[Sample] = []
        """Those of them that are not stored yet; taken away by whoever stores them."""
        self._settles_from = now
        self._known_at = run.seen_at if run else 0.0
        """When it was last known what runs."""
        self._idle_since: float | None = None
        self._idle: Mapping[str, Value | None] = {}

    def see(self, look: Look) -> list[Finished]:
        """Take in a look, none older than the one before; returns what is over with it, at most one."""
        if look.runs == UNKNOWN:
            return []
        finished = self._follow(look)
        if look.runs == IDLE:
            self.rest(look.at, look.values)
        elif self.run is None:
            self._begin(look)
        self._known_at = look.at
        if self.run is not None and not self.run.over:
            self._sample(self.run, look)
        return finished

    def rest(self, at: float, values: Mapping[str, Value | None]) -> None:
        """Nothing runs; all there is to a look while nothing is known to have run."""
        if self._idle_since is None or at - self._known_at > GAP:
            self._idle_since = at
        self._idle, self._known_at = values, at

    @property
    def idle_since(self) -> float | None:
        """Since when it is known without a gap that nothing runs and it has mains; None while that is not known."""
        return self._idle_since

    def due(self) -> float | None:
        """When ``pass_time`` has something to do."""
        run = self.run
        if run is None or run.over:
            return None
        if run.ended_at is not None:
            return max(run.ended_at, self._settles_from) + SETTLING
        silent = run.seen_at + LOST
        return silent if run.kind == "discharge" else min(silent, run.started_at + OVERRUN)

    def pass_time(self, now: float) -> list[Finished]:
        """What is over because time has passed."""
        due, run = self.due(), self.run
        if run is None or due is None or now < due:
            return []
        if run.ended_at is not None:
            return self._finish(None)
        silent = now >= run.seen_at + LOST
        self.run = replace(run, gap=run.gap or silent, still=run.still or not silent)
        return self._finish(replace(self.run, over=True))

    def _follow(self, look: Look) -> list[Finished]:
        """What the look means for the discharge that is known."""
        run = self.run
        if run is None:
            return []
        if run.over:
            self.run = run if look.runs == run.kind else None
        elif run.ended_at is not None:
            self.run = settled(run, look) if look.runs == IDLE else run
            return [] if look.runs == IDLE else self._finish(None)
        elif look.runs == run.kind:
            self.run = gone_on(run, look)
        else:
            self.run = ended(run, look)
            return [] if look.runs == IDLE else self._finish(None)
        return []

    def _finish(self, becomes: Run | None) -> list[Finished]:
        finished = [Finished(self.run, thinned(self.samples))] if self.run else []
        self.run, self.samples, self.unsaved = becomes, [], []
        return finished

    def _begin(self, look: Look) -> None:
        before = {"mains_since": self._idle_since, **self._idle} if self._idle else {}
        late = look.at - self._known_at > GAP
        kind = cast("Kind", look.runs)
        run = Run(self.asset, kind, look.at, look.at, look.at, late, floor=self.floor, before=before, by=self.by)
        self.run = begun(run, look)
        self._idle_since, self._idle = None, {}

    def _sample(self, run: Run, look: Look) -> None:
        every = max(SAMPLE_EVERY, (look.at - run.started_at) / SAMPLES_A_RUN)
        turns = look.at in (run.started_at, run.ended_at, run.dark_at)
        if not self.samples or look.at - self.samples[-1].at >= (0.001 if turns else every):
            self.unsaved.append(Sample(look.at, {"lamp_on": look.lit, **look.values}))
            self.samples.append(self.unsaved[-1])


def thinned(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """At most ``MOST_SAMPLES`` of them, evenly, with the first and the last."""
    last, most = len(samples) - 1, MOST_SAMPLES - 1
    if last <= most:
        return tuple(samples)
    return tuple(samples[round(place * last / most)] for place in range(most + 1))


def entry(number: int, finished: Finished, terms: Terms | None) -> Entry:
    """The line of the log book, number ``number``; whoever keeps the book adds the standard's edition."""
    run, by = finished.run, terms or NO_TERMS
    outcome, finding = judge(run, by)
    ended_at = run.seen_at if run.ended_at is None else run.ended_at
    resolution = run.step if by.has_lamp else max(run.step, by.step or 0.0)
    return Entry(
        number, run.asset, run.kind, outcome, "mains failure" if run.kind == "discharge" else "device",
        run.started_at, ended_at, run.lasted, resolution, by.limit, run.lowest_voltage, run.before, finding,
        by.clause, curve=finished.samples, floor=run.floor,
    )  # fmt: skip
