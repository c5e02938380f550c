"""All of a site's proof tests: discharges that are watched, tests that are run, and tests that are planned.

readings ──▶ discharges ──entries──▶ proving ──▶ planning ──begin──▶ proving ──▶ entries, commands
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.actions import StartTest, StopTest
from gateway.agenda import Agenda
from gateway.assets.latest import Latest
from gateway.changes import AuditEntry, Changes
from gateway.errors import Refused
from gateway.estate import Estate
from gateway.kinds import LINGERING
from gateway.proof_tests.command import Command, Told
from gateway.proof_tests.entry import Entry
from gateway.proof_tests.procedure import Procedure
from gateway.proving.discharges import Discharges
from gateway.proving.planning import Planning
from gateway.proving.running import Effects, Proving
from gateway.proving.selftests import SelfTests
from gateway.saved import Saved


class Proofs:
    """What is told of them goes into ``changes``; the new lines of the log book are what every call returns."""

    def __init__(self, estate: Estate, latest: Latest, saved: Saved, now: float) -> None:
        self.discharges = Discharges(estate, latest, saved, now)
        self.proving = Proving(estate, self.discharges, latest, saved, now)
        self.planning = Planning(estate, self.proving, saved)
        self.self_tests = SelfTests(estate, latest, self.proving.around)
        self.by_device = self.discharges.by_device
        self._leaving = False
        self.lingering = {
            asset.name: asset.ids[LINGERING] for asset in estate.assets.values() if LINGERING in asset.ids
        }
        """Asset → the id of the point that tells that a test of it does not end."""
        for asset, point in self.lingering.items():
            seer = self.discharges.seers.get(asset)
            if seer is None or seer.is_open is None:  # else its relay has to be read first
                latest.set(point, False, now)

    def begin(self, now: float) -> list[Entry]:
        """What was left when the gateway stopped, and what was missed meanwhile."""
        entries = self._entered(self.discharges.left())
        self.proving.leave()
        return entries + self.plan(now)

    def of_device(self, device: str, now: float) -> list[Entry]:
        """Look at what a device has just told of."""
        entries = self._entered(self.discharges.of_device(device, now))
        for seer in self.by_device[device]:
            self.proving.look(seer.watch.asset, now)
        return entries + self._proven(now)

    def pass_time(self, asset: str, now: float) -> list[Entry]:
        """What is over, or to be done, because time has passed."""
        entries = self._entered(self.discharges.pass_time(asset, now))
        self.proving.look(asset, now)
        return entries + self._proven(now)

    def plan(self, now: float) -> list[Entry]:
        """Begin what is planned, and write down what was missed."""
        if self._leaving:
            return self._proven(now)
        self.planning.look(now)
        self.proving.effects.commands.extend(self.self_tests.look(now))
        return self._proven(now)

    def act(self, asked: StartTest | StopTest, now: float) -> None:
        """What a person asks for; raises Refused."""
        if isinstance(asked, StartTest):
            if self._leaving:
                raise Refused("the gateway is being stopped")
            self.proving.start(asked, now)
        else:
            self.proving.stop(asked, now)

    def said(self, word: Told, now: float) -> list[Entry]:
        """What the wire said of a command."""
        self.proving.said(word, now)
        return self._proven(now)

    def leave(self, now: float) -> list[Entry]:
        """The gateway is about to stop: nothing begins any more, and every relay of a test lets go."""
        self._leaving = True
        self.proving.let_go(now)
        return self._proven(now)

    def rest(self, now: float) -> list[Entry]:
        """The lines that nothing else has returned yet."""
        return self._proven(now)

    def _proven(self, now: float) -> list[Entry]:
        self.planning.settle(now)
        waiting, self.proving.effects.entries = self.proving.effects.entries, []
        return self._entered(waiting)

    def _entered(self, entries: Iterable[Entry]) -> list[Entry]:
        adopted = [self.proving.entered(each) for each in entries]
        for each in adopted:
            self.planning.entered(each)
        return adopted

    def set_wall(self, ahead: float, trusted: bool) -> None:
        """By how much the clock on the wall is ahead, and whether it can be believed."""
        self.proving.around.trusted, self.proving.around.ahead = trusted, ahead

    def take(
        self, changes: Changes, agenda: Agenda[tuple[str, ...]], now: float
    ) -> tuple[list[Procedure], dict[int, bool]]:
        """Hand over all that is to be stored and planned; returns the tests that moved, and points that now are so."""
        effects = self.proving.effects
        for asset in {*self.discharges.runs, *effects.procedures}:
            agenda.plan(("proof", asset), self._due(asset))
        changes.runs.update(self.discharges.runs)
        changes.samples.extend(self.discharges.samples)
        changes.procedures.update(effects.procedures)
        changes.slots.update(self.planning.moved)
        changes.commands.extend(effects.commands)
        changes.audit.extend(_audited(each, now) for each in effects.commands)
        moved, points = effects.moved, {self.lingering[asset]: is_so for asset, is_so in effects.lingering.items()}
        if moved or effects.procedures or self.planning.moved or ("plan",) not in agenda:
            moments = (self.planning.due(now), self.self_tests.due(now))
            agenda.plan(("plan",), min((each for each in moments if each is not None), default=None))
        self.proving.effects = Effects()
        for followed in (self.discharges.runs, self.discharges.samples, self.planning.moved):
            followed.clear()
        return moved, points

    def _due(self, asset: str) -> float | None:
        moments = (self.discharges.due(asset), self.proving.due(asset))
        return min((each for each in moments if each is not None), default=None)

    def wanted(self, command: Command, now: float) -> bool:
        """Whether a command is still to go out now that its turn on the wire has come."""
        begins = self.proving.wanted(command, now) or self.self_tests.wanted(command, now)
        return begins and (command.stops or not self._leaving)


def _audited(command: Command, now: float) -> AuditEntry:
    told = {"test": command.procedure, "seconds": command.seconds}
    return AuditEntry(now, "gateway", "Command", f"{command.asset}/{command.name}", told)
