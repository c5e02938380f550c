"""Every alarm of the site: steps the ones whose outcome or time has come, and suppresses by design.

Besides the clauses there is one alarm an asset that tells when it cannot be judged, although its devices answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from gateway.alarms import lifecycle
from gateway.alarms.alarm import Alarm, Delays, Phase
from gateway.standards.check import Check
from gateway.standards.standard import Clause
from gateway.standards.verdict import Outcome

Key: TypeAlias = tuple[str, str]
JUDGEABLE = "asset.judgeable"
"""The clause that says: this asset can be judged."""


class Panel:
    """``alarms`` holds every alarm that ever left normal; ``moved`` collects what changed since it was last taken."""

    def __init__(self, checks: Iterable[Check], judgeable: Clause | None, alarms: Iterable[Alarm] = ()) -> None:
        self.alarms: dict[Key, Alarm] = {alarm.key: alarm for alarm in alarms}
        self.checks: dict[Key, Check] = {(check.asset, check.clause_id): check for check in checks}
        self.of_asset: dict[str, list[Check]] = defaultdict(list)
        self.moved: list[tuple[Alarm, Alarm]] = []
        """Every move in its order: the alarm before and after."""
        self._judgeable = judgeable
        self._released: set[Key] = set()
        self._below: dict[Key, list[Key]] = defaultdict(list)
        for key, check in self.checks.items():
            self.of_asset[check.asset].append(check)
            for above in check.clause.superseded_by:
                self._below[check.asset, above].append(key)

    def clause(self, key: Key) -> Clause | None:
        """The clause of an alarm; None when the site's files no longer have it."""
        if key[1] == JUDGEABLE:
            return self._judgeable
        check = self.checks.get(key)
        return check.clause if check else None

    def delays(self, key: Key) -> Delays:
        """How patient an alarm is."""
        clause = self.clause(key)
        return Delays.of(clause) if clause else Delays()

    def take_moved(self) -> list[tuple[Alarm, Alarm]]:
        """What moved since the last call."""
        moved, self.moved = self.moved, []
        return moved

    def retire(self, key: Key) -> Alarm:
        """Let go of an alarm that is no longer asked for; returns it as it was before any move that is not told yet."""
        alarm = self.alarms.pop(key)
        told = next((before for before, _ in self.moved if before.key == key), alarm)
        self.moved = [move for move in self.moved if move[0].key != key]
        return told

    def alarm(self, key: Key) -> Alarm:
        """The alarm of an asset and clause; a normal one when nothing ever happened."""
        return self.alarms.get(key) or Alarm(*key)

    def step(self, key: Key, outcome: Outcome, now: float) -> None:
        """Move an alarm by an outcome (or by the time alone, with the outcome that it has)."""
        clause = self.clause(key)
        if clause is None:
            return
        alarm = self.alarm(key)
        if alarm.resting and outcome is not Outcome.VIOLATED and key not in self.alarms:
            return
        self.put(lifecycle.step(alarm, outcome, Delays.of(clause), now), now)

    def put(self, alarm: Alarm, now: float) -> None:
        """Take over a changed alarm, and suppress or release what it supersedes."""
        before = self.alarm(alarm.key)
        if alarm == before:
            return
        self.alarms[alarm.key] = alarm
        self.moved.append((before, alarm))
        if alarm.suppressed_by and alarm.phase is not before.phase:
            self.suppress(alarm.key, now)
        if self._says_nothing(alarm):  # what came with it may be over too, and is judged in a moment
            self._released.update(self._below.get(alarm.key, ()))
            return
        for below in self._below.get(alarm.key, ()):
            self.suppress(below, now)

    def release(self, now: float) -> None:
        """Once all is judged: show what stands without an explanation, now that the worse one is over."""
        released, self._released = sorted(self._released), set()
        for key in released:
            self.suppress(key, now)

    def _says_nothing(self, alarm: Alarm) -> bool:
        """Whether it explains nothing: latched and met, it says that something was; or it is undecided itself."""
        latched = alarm.phase is Phase.CLEARING and not alarm.acknowledged and self.delays(alarm.key).latched
        return latched or alarm.undecided

    def suppress(self, key: Key, now: float) -> None:
        """Hide an alarm that another one on the same asset explains, show it when none does.

        What is told already is hidden only by what is told itself: a passing cause must not take it back each time.
        One that is clearing stays hidden until that is decided: what both had in common may just have been mended.
        """
        check, alarm = self.checks.get(key), self.alarm(key)
        worse = check.clause.superseded_by if check else ()
        shown = alarm.standing and not alarm.hidden
        by = next((name for name in worse if self._explains((key[0], name), shown)), "")
        if by or alarm.phase is not Phase.CLEARING:
            self.put(lifecycle.suppress(alarm, by), now)

    def _explains(self, key: Key, shown: bool) -> bool:
        """One that waits for its delay and is no longer known to be violated may never be told itself.

        And one that is unknown takes nothing back.
        """
        alarm = self.alarm(key)
        unseen = shown and alarm.outcome is Outcome.UNKNOWN
        explains = alarm.standing and not (unseen or self._says_nothing(alarm))
        return explains or (not shown and alarm.phase is Phase.PENDING and alarm.outcome is Outcome.VIOLATED)

    def judgeability(self, asset: str, answering: Callable[[Check], bool], now: float) -> float | None:
        """Step the asset's "cannot be judged" alarm; returns when to look again.

        ``answering``: whether all devices that a check hangs on answer; else it is they that are told.
        """
        if self._judgeable is None or asset not in self.of_asset:
            return None
        overdue, again = unknown_since(self.of_asset[asset], now)
        waiting = any(_may_have_been_told(check, now) for check in self.of_asset[asset])
        outcome = Outcome.UNKNOWN if waiting else Outcome.MET
        if overdue:
            outcome = Outcome.VIOLATED if any(map(answering, overdue)) else Outcome.UNKNOWN
        self.step((asset, JUDGEABLE), outcome, now)
        return again

    def due(self, key: Key) -> float | None:
        """When an alarm must be stepped by time alone."""
        clause, alarm = self.clause(key), self.alarms.get(key)
        return lifecycle.due(alarm, Delays.of(clause)) if clause and alarm else None


def unknown_since(checks: Sequence[Check], now: float) -> tuple[list[Check], float | None]:
    """The checks that have been unknown for longer than their clause's patience, and when the next one will be."""
    overdue, again = [], []
    for check in checks:
        if check.unknown_since is not None:
            until = max(check.unknown_since + check.clause.patience, check.heard_by)
            (overdue.append(check) if until <= now else again.append(until))
    return overdue, min(again, default=None)


def _may_have_been_told(check: Check, now: float) -> bool:
    """Whether a check that is unknown may be why the asset "cannot be judged": patience is no proof of the contrary.

    A restart begins a short patience anew; but what rightly waits for days, and still may, was not told.
    """
    if check.unknown_since is None:
        return False
    return not check.is_patient or check.unknown_since + check.clause.patience <= now


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """What can be said of an asset: violated before unknown before met; nothing judged is unknown."""
    found = set(outcomes)
    for outcome in (Outcome.VIOLATED, Outcome.UNKNOWN, Outcome.MET):
        if outcome in found:
            return outcome
    return Outcome.UNKNOWN
