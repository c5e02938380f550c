"""Runs the proof tests of a site: hands each procedure what is seen, and gathers what is to be sent and written down.

Knows points and the commands of assets; what follows from what is ``gateway.proof_tests``'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from gateway.actions import StartTest, StopTest
from gateway.assets.latest import Latest
from gateway.errors import Refused
from gateway.estate import Asset, Estate
from gateway.kinds import LINGERING
from gateway.proof_tests import procedure
from gateway.proof_tests.command import Command, Sent, Told
from gateway.proof_tests.entry import FINDINGS, Entry, Kind, Outcome
from gateway.proof_tests.evidence import IDLE, Terms
from gateway.proof_tests.interlocks import hazard, objections
from gateway.proof_tests.procedure import Procedure, Send, Sight, Stage, Step, Way
from gateway.proving.discharges import Discharges
from gateway.proving.eyes import Asked, Seer
from gateway.proving.surroundings import Surroundings, is_under_way
from gateway.saved import Saved

TIMER_MARGIN = 180.0
"""Seconds beyond the limit after which a relay that can do so lets go by itself, whatever becomes of the gateway."""
RECONCILE = 60.0
"""Seconds after which a relay that keeps a supply away without a test is told again to let go."""
MOVES_IT = (Stage.ARMED, Stage.RUNNING, Stage.STOPPING)
"""In which a test itself sees to its relay."""


@dataclass(slots=True)
class Effects:
    """What became of the tests, until it is taken away."""

    commands: list[Command] = field(default_factory=list)
    procedures: dict[str, Procedure | None] = field(default_factory=dict)
    """Asset → its test as it now stands; None when it is over."""
    moved: list[Procedure] = field(default_factory=list)
    """Every test that came to another stage, in order."""
    entries: list[Entry] = field(default_factory=list)
    """The lines of those that never ran."""
    put_off: list[Procedure] = field(default_factory=list)
    """Planned tests whose precheck did not hold: they are neither begun nor written down yet."""
    lingering: dict[str, bool] = field(default_factory=dict)
    """Asset → whether a test of it does not end."""


class Proving:
    """All tests of a site that run. ``effects`` wait to be taken away."""

    def __init__(self, estate: Estate, discharges: Discharges, latest: Latest, saved: Saved, now: float) -> None:
        self.effects = Effects()
        self.procedures: dict[str, Procedure] = {}
        self.around = Surroundings(estate, discharges, latest, saved, self.procedures, now)
        self.ways: dict[str, Way] = {asset: _way(seer) for asset, seer in discharges.seers.items() if _is_seen(seer)}
        """The assets that can be tested, and how."""
        self._estate, self._discharges = estate, discharges
        self._told_to_close: dict[str, float] = {}
        self._again = procedure.STOP_AGAIN
        self._gone: dict[str, Procedure] = {}
        for test in saved.procedures:
            self._resume(test, now)

    def start(self, asked: StartTest, now: float) -> None:
        """Begin a test for a person; raises Refused with every reason why not, and writes that down."""
        if asked.asset not in self._estate.assets:
            raise Refused(f"there is no asset {asked.asset!r}")
        if asked.asset not in self.ways or (asked.asset, asked.kind) not in self._discharges.terms:
            raise Refused(f"no {asked.kind} test can be followed on {asked.asset}")
        kind = cast("Kind", asked.kind)
        reasons = self._objections(asked.asset, kind, now) if asked.asset not in self.procedures else ("running",)
        if not reasons:
            self.begin(asked.asset, kind, now, asked.who, asked.reason)
        else:
            test = self._asked(asked.asset, kind, now, asked.who, asked.reason)
            self.write(replace(test, stage=Stage.DONE, outcome=Outcome.REFUSED, finding=reasons[0]))
            raise Refused("; ".join(FINDINGS[each]["en"] for each in reasons))

    def begin(
        self, asset: str, kind: Kind, now: float, by: str, reason: str = "", planned: float | None = None
    ) -> None:
        """Begin with its precheck, as if a person who ``by`` names had asked for it; ``planned``: for when it was.

        No other test of the asset runs.
        """
        self._put(self._asked(asset, kind, now, by, reason, planned))
        self.look(asset, now)

    def stop(self, asked: StopTest, now: float) -> None:
        """End the test of an asset; raises Refused where none runs."""
        test = self.procedures.get(asked.asset)
        if test is None:
            raise Refused(f"no test runs on {asked.asset}")
        self._take(procedure.stop(test, "operator", now), now)

    def look(self, asset: str, now: float) -> None:
        """Go on with the asset's test, by what is seen of it now."""
        seer = self._discharges.seers[asset]
        while test := self.procedures.get(asset):
            moved = procedure.step(test, self._sight(test, seer, now), now)
            if moved == (test, None):
                break
            self._take(moved, now)
        self._reconcile(asset, seer, now)

    def due(self, asset: str) -> float | None:
        """When ``look`` has something to do because time has passed."""
        test = self.procedures.get(asset)
        return procedure.due(test, self._sight(test, self._discharges.seers[asset], test.since)) if test else None

    def said(self, word: Told, now: float) -> None:
        """What the wire said of a command."""
        test = self.procedures.get(word.command.asset)
        if test is not None and test.number == word.command.procedure:
            self._take(procedure.told(test, Send.STOP if word.command.stops else Send.START, word.sent, now), now)
            self.look(word.command.asset, now)

    def let_go(self, now: float) -> None:
        """As after a restart, and before it: as long as the gateway is away nobody else gives a supply back."""
        self._again = procedure.LAST_STOP_AGAIN
        for test in [*self.procedures.values()]:
            self._take(procedure.resume(test, now), now)

    def holds(self) -> bool:
        """Whether a relay may keep a supply away for a test, and the wire has not yet taken its stop."""
        tests = self.procedures.values()
        return any(
            each.way == "relay" and each.stage in MOVES_IT and each.stop_said is not Sent.TAKEN for each in tests
        )

    def wanted(self, command: Command, now: float) -> bool:
        """Whether a start is still to go out now that its turn on the wire has come; a stop always is."""
        test = self.procedures.get(command.asset)
        if command.stops:
            return True
        if test is None or test.number != command.procedure or test.stage is not Stage.ARMED:
            return False
        seen = self.around.conditions(test.asset, test.kind, test.way == "hand", now)
        return self._discharges.seers[test.asset].runs() == IDLE and not hazard(seen)

    def entered(self, entry: Entry) -> Entry:
        """The line of the log book with what the asset's test has to say of it."""
        self.around.entered(entry)
        test = self.procedures.get(entry.asset)
        if (gone := self._gone.get(entry.asset)) and procedure.owns(gone, entry):
            return procedure.adopt(self._gone.pop(entry.asset), entry)
        if test is None or test.entered or not procedure.owns(test, entry):
            return entry
        if test.stage is Stage.SETTLING:
            self._drop(test.asset)
        else:
            self._put(replace(test, entered=True))
        return procedure.adopt(test, entry)

    def leave(self) -> None:
        """Enter the tests of assets that the site's files no longer have, where the evidence has nothing of them."""
        for test in self._gone.values():
            self.write(replace(test, outcome=Outcome.INCONCLUSIVE, finding=test.finding or "restarted"))
        self._gone.clear()

    # --- inside

    def _asked(
        self, asset: str, kind: Kind, now: float, by: str, reason: str, planned: float | None = None
    ) -> Procedure:
        return Procedure(round(now * 1000), asset, kind, self.ways[asset], by, reason, planned, now)

    def _objections(self, asset: str, kind: Kind, now: float) -> tuple[str, ...]:
        return objections(kind, self.around.conditions(asset, kind, self.ways[asset] == "hand", now), now)

    def _sight(self, test: Procedure, seer: Seer, now: float) -> Sight:
        checking = test.stage is Stage.PRECHECK
        seen = self.around.conditions(test.asset, test.kind, test.way == "hand", now)
        terms = self._discharges.terms.get((test.asset, test.kind))
        return Sight(
            seer.runs(), seer.told_at, seer.watch.run, seer.flag(seer.is_open), seer.open_told_at,
            objections(test.kind, seen, now) if checking else (), hazard(seen), terms.limit if terms else None,
            self._again,
        )  # fmt: skip

    def _take(self, moved: Step, now: float) -> None:
        """The test came so far, and asks for that."""
        test, send = moved
        if send is not None and (command := self._command(test, send)):
            self.effects.commands.append(command)
        if test.stage is Stage.DONE:
            self._finish(test)
        else:
            self._put(test)
        self._warn(test.asset, procedure.is_unconfirmed(test, now))

    def _finish(self, test: Procedure) -> None:
        self._drop(test.asset)
        if test.due is not None and test.armed_at is None and test.outcome is Outcome.REFUSED:
            self.effects.put_off.append(test)
        elif not test.entered:
            self.write(test)

    def write(self, test: Procedure) -> Entry:
        """Enter a test of which the evidence tells nothing."""
        outcome = test.outcome or Outcome.INCONCLUSIVE
        terms = self._discharges.terms.get((test.asset, test.kind), Terms())
        number = self._discharges.number()
        entry = Entry(number, test.asset, test.kind, outcome, test.by, test.number / 1000, test.since, 0.0, 0.0)
        judged = replace(entry, limit=terms.limit, clause=terms.clause, finding=test.finding)
        told = replace(judged, due=test.due, why=test.reason)
        self.effects.entries.append(told)
        return told

    def _put(self, test: Procedure) -> None:
        before = self.procedures.get(test.asset)
        self.procedures[test.asset] = self.effects.procedures[test.asset] = test
        if before is None or before.stage is not test.stage:
            self.effects.moved.append(test)
        moved_at = max(test.armed_at or 0.0, test.stopped_at or 0.0)
        if is_under_way(test):
            self._discharges.seers[test.asset].asked = Asked(test.kind, test.way == "relay", moved_at)

    def _drop(self, asset: str) -> None:
        self.procedures.pop(asset, None)
        self.effects.procedures[asset] = None
        self._discharges.seers[asset].asked = None
        self._warn(asset, False)

    def _warn(self, asset: str, lingers: bool) -> None:
        if LINGERING in self._estate.assets[asset].ids:
            self.effects.lingering[asset] = lingers

    def _command(self, test: Procedure, send: Send) -> Command | None:
        asset = self._estate.assets[test.asset]
        name = commands_of(self._discharges.seers[test.asset], test.kind, test.way).get(send, "")
        known = asset.commands.get(name)
        if known is None:
            return None  # a person does it
        limit = self._discharges.terms[test.asset, test.kind].limit
        seconds = (limit or procedure.FUNCTION_LASTS) + TIMER_MARGIN if known.timed and send is Send.START else None
        return Command(test.number, test.asset, name, send is Send.STOP, seconds)

    def _reconcile(self, asset: str, seer: Seer, now: float) -> None:
        """A relay that keeps a supply away without a test is told to let go, at once and then every minute."""
        relay, test = seer.eyes.says.relay, self.procedures.get(asset)
        if (test is not None and test.stage in MOVES_IT) or relay is None or seer.is_open is None:
            return
        is_open = seer.flag(seer.is_open)
        if is_open is not None:
            self._warn(asset, is_open)
        if not is_open:
            self._told_to_close.pop(asset, None)
            return
        again = now - self._told_to_close.get(asset, -RECONCILE) >= RECONCILE
        if again and relay.close in self._estate.assets[asset].commands:
            self._told_to_close[asset] = now
            self.effects.commands.append(Command(0, asset, relay.close, True))

    def _resume(self, test: Procedure, now: float) -> None:
        """A test that ran when the gateway stopped."""
        if test.asset not in self.ways or (test.asset, test.kind) not in self._discharges.terms:
            self.effects.procedures[test.asset] = None
            self._gone[test.asset] = _deserted(test)
            return
        self._put(test)
        self._take(procedure.resume(test, now), now)


def _deserted(test: Procedure) -> Procedure:
    """A test of an asset that is gone: nothing tells any more whether its relay, if it was not seen to, has let go."""
    holds = test.way == "relay" and test.stage in MOVES_IT
    return replace(test, outcome=Outcome.INCONCLUSIVE, finding="asset-gone") if holds else test


def commands_of(seer: Seer, kind: str, way: Way) -> Mapping[Send, str]:
    """What the kind calls the commands that begin and end such a test; empty where a person does both."""
    relay, own = seer.eyes.says.relay, seer.eyes.own_test(kind)
    if way == "relay" and relay is not None:
        return {Send.START: relay.open, Send.STOP: relay.close}
    if way == "device" and own is not None:
        return {Send.START: own.start, Send.STOP: own.stop}
    return {}


def _is_seen(seer: Seer) -> bool:
    """Whether a test of it can be followed at all."""
    says, ids = seer.eyes.says, seer.eyes.asset.ids
    return seer.eyes.tells_mode or (says.on_battery in ids and says.lit in ids)


def _way(seer: Seer) -> Way:
    """Who takes the supply away; where the site allows no command to do so, a person has to."""
    ways: tuple[Way, Way] = ("device", "relay")
    for way in ways:
        wanted = [commands_of(seer, kind, way) for kind in seer.eyes.says.tests]
        fits = seer.eyes.tells_mode is (way == "device")
        if fits and any(each and _allowed(seer.eyes.asset, each) for each in wanted):
            return way
    return "hand"


def _allowed(asset: Asset, commands: Mapping[Send, str]) -> bool:
    return all(name in asset.commands for name in commands.values())
