"""Keeps the plan of a site's proof tests: begins what may begin, puts off, and writes down what was missed.

Each planned test gets exactly one line of the log book. When tests are due, and which may start, are pure functions of
``gateway.proof_tests``; this knows the site's rules and hands them how things stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import TypeAlias

from gateway.estate import Estate
from gateway.proof_tests.calendar import Wall
from gateway.proof_tests.choosing import Standing, choose, wake
from gateway.proof_tests.entry import Entry, Outcome
from gateway.proof_tests.interlocks import until
from gateway.proof_tests.procedure import Procedure, Stage
from gateway.proof_tests.schedule import Slot, after, missed, planned, postponed, slept_over
from gateway.proving.running import Proving
from gateway.proving.surroundings import is_under_way, scheduled
from gateway.saved import Saved

BY = "schedule"
AGAIN = 60.0
"""Seconds after which a plan with something overdue is looked at again, whatever happens meanwhile."""
Key: TypeAlias = tuple[str, str]
"""Asset and kind of test."""


class Planning:
    """All planned tests of a site. ``moved`` waits to be stored."""

    def __init__(self, estate: Estate, proving: Proving, saved: Saved) -> None:
        self.moved: dict[Key, Slot | None] = {}
        self.slots: dict[Key, Slot] = {(slot.asset, slot.kind): slot for slot in saved.slots}
        self._estate, self._proving, self._around = estate, proving, proving.around
        self._rules, self._zone = estate.proof_tests, estate.timezone
        self._down_since = saved.listened_until
        self._begun = False

    def _begin(self, now: float) -> None:
        """Make the plan what the site's files ask for; once, as soon as the clock can be believed."""
        self._begun = True
        assets = sorted(asset for asset, way in self._proving.ways.items() if way != "hand")
        rules, wall = self._rules, Wall(self._zone, self._around.ahead)
        kept = self.slots.values()
        slots = planned(kept, assets, rules, now, wall, self._estate.site) if rules else []
        before, self.slots = self.slots, {(slot.asset, slot.kind): slot for slot in slots}
        self.moved.update(dict.fromkeys(before.keys() - self.slots.keys()))
        self.moved.update({key: slot for key, slot in self.slots.items() if before.get(key) != slot})

    def look(self, now: float) -> None:
        """Write down what was missed, and begin what may begin now."""
        if not self._around.trusted:
            return
        if not self._begun:
            self._begin(now)
        if self._rules is None or not self.slots:
            return
        self._miss(now)
        while chosen := choose(self._idle(), self._standing(now), self._rules, self._around.beside, self._around.terms):
            slot = chosen[0]  # one at a time: what a first one finds out may be an objection to the next
            self._proving.begin(slot.asset, slot.kind, now, BY, planned=slot.due)
            self.settle(now)
            if slot.asset not in self._proving.procedures and self.slots[slot.asset, slot.kind] == slot:
                break

    def due(self, now: float) -> float | None:
        """When ``look`` has something to do."""
        if not self._begun:
            return now + AGAIN
        if self._rules is None or not self.slots:
            return None
        idle = self._idle()
        found = wake(idle, self._standing(now), self._around.next_edge(now))
        is_open = self._around.open_until(now) is not None
        waits = is_open and any(slot.ready <= now for slot in idle)
        return min(now + AGAIN if waits else inf, inf if found is None else found)

    def settle(self, now: float) -> None:
        """Put off the tests whose precheck did not hold."""
        while self._proving.effects.put_off:
            test = self._proving.effects.put_off.pop()
            slot = self.slots.get((test.asset, scheduled(test.kind)))
            if slot is not None and slot.due == test.due:
                seen = self._around.conditions(test.asset, test.kind, False, now)
                self._put(postponed(slot, max(until(test.kind, test.finding, seen, now), now + 1.0), test.finding))

    def entered(self, entry: Entry) -> None:
        """A line was written: if it is a planned test's, the next one takes its place."""
        slot = self.slots.get((entry.asset, scheduled(entry.kind)))
        if self._rules and slot and slot.due == entry.due and slot.kind == entry.kind:
            wall = Wall(self._zone, self._around.ahead)
            self._put(after(slot, entry.outcome, entry.ended_at, self._rules, wall))

    def upcoming(self) -> Sequence[Slot]:
        """Every planned test, the next one first."""
        return sorted(self.slots.values(), key=lambda slot: (slot.ready, slot.asset, slot.kind))

    def _idle(self) -> list[Slot]:
        running = self._proving.procedures
        return [slot for slot in self.slots.values() if slot.asset not in running]

    def _standing(self, now: float) -> Standing:
        under_way = [asset for asset, each in self._proving.procedures.items() if is_under_way(each) or each.due]
        around = {slot.asset for slot in self.slots.values() if slot.ready <= now}
        around |= {each for asset in around for each in self._around.beside.get(asset, ())}
        busy = {asset: self._around.busy_until(asset, now) for asset in around | set(under_way)}
        held = {asset: None if end == inf else end for asset, end in busy.items() if end > now}
        open_until = self._around.open_until(now)
        return Standing(now, open_until, self._around.trusted, len(under_way), held)

    def _miss(self, now: float) -> None:
        gone = missed(self._idle(), now)
        if self._down_since is not None:
            slept = slept_over(self._idle(), self._down_since, now, self._around.opening)
            gone += [slot for slot in slept if slot not in gone]
        for slot in gone:
            self._write(slot, now)
        self._down_since = None

    def _write(self, slot: Slot, now: float) -> None:
        """A planned test that was never begun: refused where there was a reason, else missed."""
        down = self._down_since is not None and self._down_since <= slot.latest
        outcome = Outcome.REFUSED if slot.why else Outcome.MISSED
        finding = slot.why or ("gateway-down" if down else "no-chance")
        number = round(slot.due * 1000)
        test = Procedure(number, slot.asset, slot.kind, "device", BY, "", slot.due, now, Stage.DONE)
        self.entered(self._proving.write(replace(test, outcome=outcome, finding=finding)))

    def _put(self, slot: Slot) -> None:
        self.slots[slot.asset, slot.kind] = self.moved[slot.asset, slot.kind] = slot
