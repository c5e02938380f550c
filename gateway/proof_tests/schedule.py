"""When tests are due: each scheduled test is a slot, which gets exactly one outcome, and then the next one follows.

    slot ──outcome──▶ again: the same test once more before the next regular one is due, at most ``RETRIES`` in a row
         └──────────▶ following: the next regular one, whatever time has passed: skipped ones are not made up

Pure: times are steady seconds since 1970, handed in with the clock on the wall as ``wall``. Which slots may start is
``gateway.proof_tests.choosing``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor
from typing import TypeAlias

from gateway.proof_tests.calendar import Wall, entries, next_entry
from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.rules import DAY, HOUR, WEEK, Pace, TestKind, TestRules, share

GRACE = {"function": WEEK, "duration": WEEK, "rated": 4 * WEEK}
"""Seconds after which a test that was due is missed: enough nights for a queue of neighbours. Our proposal."""
RATED_FIRST = (4 * WEEK, 52 * WEEK)
"""Seconds after commissioning between which the first rated test comes, at random (IEC 62034, 5.2)."""
GRACE_SHARE = 0.9
"""At most so much of the time until the next regular one."""
RETRIES = 3
"""So often in a row a test is repeated that came to no judgement; our proposal."""
RETRY_FROM = {"function": 4 * HOUR, "duration": DAY, "rated": DAY}
"""Seconds: 4 h after a function test (IEC 62034, 5.1), a whole recharge after the others."""
RETRY_UNTIL = {"function": 2 * DAY, "duration": WEEK, "rated": WEEK}
"""Seconds: within 7 days (IEC 62034, 5.2). The 24 h of 5.1 for a function test are two days here, since it also has
to wait for its window."""
ZONES_APART = timedelta(days=2)
"""By less than this a change of the site's zone, or of its clock, moves a test."""
EARLIEST = 1_600_000_000.0
"""In 2020: a box whose clock was never set begins in 1970, and what it planned then is no plan."""
Opening: TypeAlias = Callable[[float], tuple[float, float] | None]
"""The first opening of the window that is not over at a time, from and until; None where there is none."""
TRIED_AGAIN = (Outcome.ABORTED, Outcome.INCONCLUSIVE, Outcome.REFUSED, Outcome.MISSED)


@dataclass(frozen=True, slots=True)
class Slot:
    """One scheduled test: it gets exactly one outcome, ever. Plain values: whoever keeps plans stores it as it is."""

    asset: str
    kind: TestKind
    due: float
    """From then on it may start, in a window."""
    latest: float
    """From then on it is missed."""
    not_before: float = 0.0
    """Until then it is put off."""
    why: str = ""
    """Why it is put off: a finding's word, "" when it is not."""
    regular: float = 0.0
    """When the regular test was due that this one is, or repeats."""
    written: str = ""
    """The entry of the calendar that it stands for, as the wall shows it (ISO 8601); "" where there is none."""
    retry: int = 0
    """How many tests without a judgement go before it in a row."""

    @property
    def ready(self) -> float:
        """From when on it may start."""
        return max(self.due, self.not_before)


def first(asset: str, kind: TestKind, rules: TestRules, now: float, wall: Wall, seed: str) -> Slot:
    """The first test of an asset that is commissioned now; ``seed`` is the site's name.

    By interval the first ones are spread over it, a rated one over 4 to 52 weeks; by calendar it is the next entry.
    """
    pace = rules.paces[kind]
    if pace.every is None:
        return _by_calendar(Slot(asset, kind, now, now, regular=now), pace.calendar, now, wall)
    shortest, longest = RATED_FIRST if kind == "rated" else (0.0, pace.every)
    longest = min(longest, pace.every)
    shortest = min(shortest, longest / 2)
    due = now + shortest + share(seed, asset, kind) * (longest - shortest)
    return _regular(asset, kind, due, due + pace.every)


def following(slot: Slot, rules: TestRules, now: float, wall: Wall) -> Slot:
    """The next regular test once this one has its outcome: later than ``now``, and without drift."""
    pace = rules.paces[slot.kind]
    if pace.every is None:
        return _by_calendar(slot, pace.calendar, now, wall)
    passed = max(floor((now - slot.regular) / pace.every), 0)
    due = slot.regular + (passed + 1) * pace.every
    return _regular(slot.asset, slot.kind, due, due + pace.every)


def _by_calendar(slot: Slot, calendar: str, now: float, wall: Wall) -> Slot:
    before = datetime.fromisoformat(slot.written) if slot.written else wall.shows(slot.regular)
    if before > wall.shows(now) + ZONES_APART:  # the clock was far ahead when that was written
        before = wall.shows(now)
    written, due = next_entry(calendar, before, now, wall)
    made = _regular(slot.asset, slot.kind, due, next_entry(calendar, written, due, wall)[1])
    return replace(made, written=written.isoformat())


def _regular(asset: str, kind: TestKind, due: float, then: float) -> Slot:
    """A regular slot, which is missed after its grace, and always before the next one is due ``then``."""
    return Slot(asset, kind, due, due + min(GRACE[kind], GRACE_SHARE * (then - due)), regular=due)


def again(slot: Slot, outcome: Outcome, ended_at: float, rules: TestRules, wall: Wall) -> Slot | None:
    """The same test once more after an outcome that is no judgement; None where the next regular one comes first."""
    if outcome not in TRIED_AGAIN or slot.retry >= RETRIES:
        return None
    due = ended_at + RETRY_FROM[slot.kind]
    latest = min(ended_at + RETRY_UNTIL[slot.kind], following(slot, rules, ended_at, wall).due)
    return replace(slot, due=due, latest=latest, not_before=0.0, why="", retry=slot.retry + 1) if due < latest else None


def after(slot: Slot, outcome: Outcome, ended_at: float, rules: TestRules, wall: Wall) -> Slot:
    """The one slot that takes the place of ``slot`` once it has its outcome: ``again``, else ``following``."""
    return again(slot, outcome, ended_at, rules, wall) or following(slot, rules, ended_at, wall)


def postponed(slot: Slot, until: float, why: str) -> Slot:
    """The slot put off until ``until``, never beyond the moment at which it is missed."""
    return replace(slot, not_before=min(max(until, slot.not_before), slot.latest), why=why)


def missed(slots: Iterable[Slot], now: float) -> list[Slot]:
    """Those that were not started in time. Hand in none that runs, and ask only while the clock is trusted."""
    return sorted((slot for slot in slots if now >= slot.latest), key=order)


def slept_over(slots: Iterable[Slot], down_since: float, now: float, opening: Opening) -> list[Slot]:
    """Those that are missed because the gateway was down from ``down_since`` until ``now``; asked once at its start.

    Missed are those whose first opening lay wholly in that time; those that wait longer for their turn are not.
    """
    return sorted((slot for slot in slots if _slept(slot, down_since, now, opening)), key=order)


def _slept(slot: Slot, down_since: float, now: float, opening: Opening) -> bool:
    if now >= slot.latest:
        return True
    found = opening(slot.ready) if slot.ready < now else None
    return found is not None and max(found[0], slot.ready) >= down_since and found[1] <= now


def order(slot: Slot) -> tuple[float, str, str]:
    """The most overdue first; of two, always the same."""
    return slot.due, slot.asset, slot.kind


def planned(
    slots: Iterable[Slot], assets: Iterable[str], rules: TestRules | None, now: float, wall: Wall, seed: str
) -> list[Slot]:
    """The slots there are to be: those kept that are still asked for, and first ones for what has none.

    ``assets`` are those that the gateway can test. What the rules were changed for is made anew: a slot farther off
    than its interval, or one that stands for no entry of the calendar, or for one that others now come before. One that
    was planned by a clock that had never been set is no plan; and a zone or a clock that was set moves the entries.
    """
    if rules is None:
        return []
    kept = {(slot.asset, slot.kind): slot for slot in slots}
    made = []
    for asset, kind in ((asset, kind) for asset in assets if rules.covers(asset) for kind in rules.paces):
        slot = kept.get((asset, kind))
        current = slot is not None and _still(slot, rules.paces[kind], now, wall)
        made.append(_as_written(slot, now, wall) if slot and current else first(asset, kind, rules, now, wall, seed))
    return made


def _as_written(slot: Slot, now: float, wall: Wall) -> Slot:
    """A slot to come, due when the wall shows what is written."""
    if not slot.written or slot.retry or slot.due <= now:
        return slot
    due = wall.when(datetime.fromisoformat(slot.written))
    return replace(slot, due=due, latest=slot.latest + due - slot.due, regular=due)


def _still(slot: Slot, pace: Pace, now: float, wall: Wall) -> bool:
    """Whether a slot is one that the rules, as they are now, would come to."""
    if slot.regular < EARLIEST:
        return False
    if slot.retry or slot.due <= now:
        return slot.due - now <= RETRY_UNTIL[slot.kind]
    if pace.every is not None:
        return not slot.written and slot.due - now <= pace.every + ZONES_APART.total_seconds()
    if not slot.written:
        return False
    written = datetime.fromisoformat(slot.written)
    soon = wall.shows(now) + ZONES_APART
    return next(entries(pace.calendar, min(soon, written - timedelta(seconds=1)))) == written
