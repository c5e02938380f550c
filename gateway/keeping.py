"""Keeps the log book: whatever a proof test, a person's look or a day of the perimeter came to is written down once.

What is written down is judged and told at once, in the same tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.actions import StartTest, StopTest
from gateway.estate import Estate
from gateway.journal import Journal
from gateway.judge import Judge
from gateway.proof_tests.command import Told
from gateway.proof_tests.entry import Entry
from gateway.proof_tests.procedure import Stage
from gateway.proving.proofs import Proofs
from gateway.rounds.answers import Rounds
from gateway.rounds.walks import Walks
from gateway.telling import Teller

PROGRESS: Mapping[Stage, str] = {
    Stage.PRECHECK: "asked", Stage.ARMED: "armed", Stage.RUNNING: "started", Stage.STOPPING: "stopping",
    Stage.SETTLING: "ended",
}  # fmt: skip
"""What an event calls a proof test that came so far."""


class Keeping:
    """Hands the tests of a site what happens, and writes down what they say."""

    def __init__(
        self, estate: Estate, proofs: Proofs, rounds: Rounds, judge: Judge, teller: Teller, journal: Journal
    ) -> None:
        self._proofs, self._rounds, self._judge, self._teller, self._journal = proofs, rounds, judge, teller, journal
        self._walks = Walks(estate, proofs.discharges.number, proofs.self_tests.answers)

    def begin(self, now: float) -> None:
        """What was left when the gateway stopped, and what was missed meanwhile."""
        self._write(self._proofs.begin(now), now)

    def of_device(self, device: str, now: float) -> None:
        """A device has just told something."""
        if device in self._proofs.by_device:
            self._write(self._proofs.of_device(device, now), now)

    def pass_time(self, asset: str, now: float) -> None:
        """Something of a test of that asset has fallen due."""
        self._write(self._proofs.pass_time(asset, now), now)

    def plan(self, _: str, now: float) -> None:
        """Planned tests may begin, or are missed."""
        self._write(self._proofs.plan(now), now)

    def said(self, word: Told, now: float) -> None:
        """The wire said what became of a command."""
        self._write(self._proofs.said(word, now), now)

    def leave(self, now: float) -> None:
        """The gateway is about to stop."""
        self._write(self._proofs.leave(now), now)

    def act(self, asked: StartTest | StopTest, now: float) -> str:
        """What a person asks for; returns the asset. Raises Refused, which is written down."""
        try:
            self._proofs.act(asked, now)
        finally:
            self._write(self._proofs.rest(now), now)
        return asked.asset

    def answers(self, now: float) -> None:
        """What people have found and tried."""
        if answered := self._rounds.take_entries():
            self._write(answered, now)

    def walk(self, now: float, ahead: float) -> None:
        """What the days that are over proved of the perimeter; ``ahead`` as in Pipeline.tick."""
        self._remember(self._walks.corrected(self._judge.derivations.memories, now, ahead))
        for day in self._walks.look(self._judge.derivations.memories, now, ahead):
            self._remember(day.memories)
            self._write(day.entries, now)
            self._journal.tell("perimeter.reported", f"perimeter/{day.day}", self._walks.report(day), now)

    def _remember(self, memories: Mapping[int, Any]) -> None:
        self._judge.derivations.memories.update(memories)
        self._journal.changes.memories.update(memories)

    def _write(self, entries: Iterable[Entry], now: float) -> None:
        """Write lines into the log book; what they prove is judged at once, and so is a test that does not end."""
        changes = self._journal.changes
        for each in entries:
            entry = self._teller.signed(each)
            changes.entries.append(entry)
            for kind in self._proofs.discharges.proves(entry):
                self._judge.proven(entry, kind, now, changes)
            self._journal.tell("proof_test.finished", f"log-book/{entry.id}", self._teller.entry(entry), now)
        moved, points = self._proofs.take(changes, self._journal.agenda, now)
        for test in moved:
            what = f"proof_test.{PROGRESS[test.stage]}"
            self._journal.tell(what, f"proof-test/{test.asset}", self._teller.test(test), now)
        changed = [point for point, value in points.items() if self._judge.latest.set(point, value, now)]
        self._judge.spread(changed, now, now, changes)
