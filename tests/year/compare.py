"""Holds a year's log book against the simulators' own book, line by line. Pure; trusts no count of the gateway's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf

from gateway.proof_tests.entry import Entry, Outcome
from simulators.year import START, Plan, Weak
from simulators.year_lamps import STARTS, Blind, Burnt, Frame, Held, Together
from tests.year.gateway import Down
from tests.year.site import DAY, rated_every

LIMIT = {"function": 0.0, "duration": 900.0, "rated": 1800.0}
"""Seconds than which a lamp has to be lit longer, as the touchpoint's text and GB 50016 have them."""
ENOUGH = {"function": 30.0, "duration": 915.0, "rated": 1815.0}
"""Seconds after which the gateway may let a relay go."""
GRACE = {"function": 7 * DAY, "duration": 7 * DAY, "rated": 28 * DAY}
"""A test that is due may wait for its turn for so long."""
EVERY, PLANT_STEP = 10.0, 5.0
"""Seconds between two readings, and in which the simulated battery is reckoned."""
STUCK_DOUBT = 60.0
"""Seconds after a relay was told to let go, in which a supply that is still away may be a reading of before."""
RELEASE_WITHIN = 90.0
"""Seconds beyond enough, in which a relay lets go though a stop or two get lost."""
JUDGED = (Outcome.PASSED, Outcome.FAILED)
TESTS = tuple(LIMIT)


@dataclass(frozen=True)
class Truth:
    """All that the comparison is given."""

    plan: Plan
    entries: Sequence[Entry]
    burnt: Sequence[Burnt]
    frames: Sequence[Frame]
    held: Sequence[Held]
    together: Sequence[Together]
    weak: Sequence[Weak]
    downs: Sequence[Down]
    blind: Sequence[Blind]
    names: Sequence[str]

    def pace(self, kind: str) -> float:
        """Seconds between two scheduled tests of a kind."""
        return rated_every(self.plan.days) if kind == "rated" else 30 * DAY

    def unseen(self, asset: str, since: float, until: float) -> float:
        """Seconds of a time in which the gateway did not run, or the device of the luminaire told nothing new."""
        return sum(max(0.0, min(until, each.until) - max(since, each.since)) for each in self._spans(asset))

    def is_seen(self, burnt: Burnt) -> bool:
        """Whether a reading, of which there is one every ten seconds, shows it."""
        at = START + EVERY * (int((burnt.began - START) / EVERY) + 1)
        while at < burnt.ended:
            if not any(each.since <= at <= each.until for each in self._spans(burnt.asset)):
                return True
            at += EVERY
        return False

    def misread(self, entry: Entry) -> bool:
        """Whether its luminaire told the same over and over meanwhile, so that there is something false in it."""
        return any(
            each.asset == entry.asset and each.since < entry.ended_at and entry.started_at < each.until
            for each in self.blind
        )

    def _spans(self, asset: str) -> list[Down | Blind]:
        return [*self.downs, *(each for each in self.blind if each.asset == asset)]


@dataclass
class Count:
    """One thing that must hold: of how many; how many could not be seen, or are not due; where it does not hold."""

    of: int = 0
    aside: int = 0
    wrong: list[str] = field(default_factory=list)


Figures = Mapping[str, Count]


def compare(truth: Truth) -> Figures:
    """What must hold, by its name."""
    truth = replace(truth, burnt=joined(truth.burnt))
    pairs = _Pairs(truth)
    return {
        "weak batteries found in time": _weak(truth),
        "passes that the battery earned": _passes(truth, pairs),
        "failures that the battery earned": _failures(truth, pairs),
        "scheduled tests with exactly one outcome": _scheduled(truth),
        "tests with one start frame at most": _starts(truth),
        "start frames that belong to one test": _frames(truth),
        "commanded discharges beside full neighbours": _together(truth),
        "discharges with one line of the log book": _lines(truth, pairs),
        "lines of the log book with one discharge": _burnt(truth, pairs),
        "durations within the resolution": _durations(truth, pairs),
        "relays that let go in time": _held(truth),
    }


UNPLANNED = ("stuck", "discharge")
"""What nobody asked for: a relay that does not come back, and mains that fail."""


def joined(burnt: Sequence[Burnt]) -> list[Burnt]:
    """The same with what nobody asked for and followed without a break as one: a lamp without supply throughout.

    Mains that fail, and come back, behind a relay that sticks change nothing at the lamp.
    """
    made: list[Burnt] = []
    for each in sorted(burnt, key=lambda each: (each.asset, each.began)):
        last = made[-1] if made else None
        goes_on = last is not None and (last.asset, last.ended) == (each.asset, each.began)
        if last is not None and goes_on and {last.kind, each.kind} <= set(UNPLANNED):
            made[-1] = last._replace(kind="discharge", ended=each.ended, lit=last.lit + each.lit)
        else:
            made.append(each)
    return made


class _Pairs:
    """Which discharge is told by which line."""

    def __init__(self, truth: Truth) -> None:
        self.lines: dict[int, list[Entry]] = {}
        self.burnt: dict[int, list[Burnt]] = defaultdict(list)
        of_asset: dict[str, list[Entry]] = defaultdict(list)
        for entry in truth.entries:
            if entry.outcome not in (Outcome.REFUSED, Outcome.MISSED):
                of_asset[entry.asset].append(entry)
        for number, each in enumerate(truth.burnt):
            self.lines[number] = [entry for entry in of_asset[each.asset] if _is_of(entry, each)]
            for entry in self.lines[number]:
                self.burnt[entry.id].append(each)


def _is_of(entry: Entry, burnt: Burnt) -> bool:
    is_test = burnt.kind in ("relay", "function", "duration")
    overlaps = entry.started_at < burnt.ended + 1.0 and entry.ended_at > burnt.began - 1.0
    return overlaps and (entry.kind in TESTS) is is_test


def _weak(truth: Truth) -> Count:
    """A failed test within a pace and its grace, from when the battery grew weak; a middling one by its rated test."""
    count = Count()
    for each in truth.weak:
        kind = "duration" if each.minutes * 60 <= LIMIT["duration"] else "rated"
        by = each.since + truth.pace(kind) + GRACE[kind] + DAY
        told = any(
            entry.asset == each.asset and entry.outcome is Outcome.FAILED and each.since <= entry.ended_at <= by
            for entry in truth.entries
        )
        count.of += 1
        if not told and min(by, each.until) > truth.plan.end:
            count.aside += 1
        elif not told:
            count.wrong.append(f"{each}")
    return count


def _passes(truth: Truth, pairs: _Pairs) -> Count:
    count = Count()
    for entry in truth.entries:
        if entry.outcome is Outcome.PASSED:
            count.of += 1
            lit = max((each.lit for each in pairs.burnt[entry.id]), default=0.0)
            if lit <= LIMIT[entry.kind] or lit < min(ENOUGH[entry.kind], 30.0):
                count.wrong.append(f"{lit:.0f} s lit: {_told(entry)}")
    return count


def _failures(truth: Truth, pairs: _Pairs) -> Count:
    """The lamp went out before the limit; or before the rated time that its device itself had it burn for."""
    count = Count()
    for entry in truth.entries:
        if entry.outcome is Outcome.FAILED:
            count.of += 1
            found = pairs.burnt[entry.id]
            weak = [each for each in truth.weak if each.asset == entry.asset and each.since <= entry.started_at]
            own = entry.finding == "device-failed" and any(each.kind == "duration" for each in found)
            short = [each for each in found if each.lit <= LIMIT[entry.kind] + EVERY]
            if not (weak and entry.started_at <= weak[-1].until and (own or short)):
                count.wrong.append(_told(entry))
    return count


def _scheduled(truth: Truth) -> Count:
    """Every slot has one line; every pace of every luminaire has a slot, and another only after no judgement."""
    count = Count()
    slots: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in truth.entries:
        if entry.due is not None:
            slots[entry.asset, entry.kind].append(entry)
    for name in truth.names:
        for kind in TESTS:
            told = sorted(slots[name, kind], key=lambda entry: (entry.due or 0.0, entry.id))
            count.of += len(told)
            count.wrong += _slots_wrong(truth, name, kind, told)
    return count


def _slots_wrong(truth: Truth, name: str, kind: str, told: Sequence[Entry]) -> Iterator[str]:
    pace, grace = truth.pace(kind), min(GRACE[kind], 0.9 * truth.pace(kind)) + DAY
    first = (told[0].due or 0.0) if told else inf
    if first > START + min(pace, 364 * DAY) + 1.0:
        if START + pace + grace < truth.plan.end:
            yield f"{name}: no {kind} test in its first {pace / DAY:.0f} days"
        return
    yield from (f"two outcomes: {_told(one)}; {_told(two)}" for one, two in pairwise(told) if one.due == two.due)
    of_pace: dict[int, list[Entry]] = defaultdict(list)
    for entry in told:
        of_pace[int(((entry.due or 0.0) - first) / pace + 1e-9)].append(entry)
    for number in range(int((truth.plan.end - first) / pace) + 1):
        if not of_pace[number] and first + number * pace + grace < truth.plan.end:
            yield f"{name}: no outcome of {kind} test {number + 1}"
        yield from (f"tested again: {_told(entry)}" for entry in of_pace[number][:-1] if entry.outcome in JUDGED)


def _starts(truth: Truth) -> Count:
    count = Count()
    sent = Counter(entry.id for entry in _tests_of_starts(truth).values() if entry)
    for entry in truth.entries:
        if entry.due is not None and entry.outcome is not Outcome.MISSED:
            count.of += 1
            if sent[entry.id] > 1:
                count.wrong.append(f"{sent[entry.id]} starts: {_told(entry)}")
    return count


def _frames(truth: Truth) -> Count:
    tests = _tests_of_starts(truth)
    lost = [frame for frame, entry in tests.items() if entry is None and frame.at < truth.plan.end - DAY]
    return Count(len(tests), 0, [f"{frame}" for frame in lost])


def _tests_of_starts(truth: Truth) -> Mapping[Frame, Entry | None]:
    """Every start that came to a device, and the first test that can have sent it; None where there is none."""
    planned: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(truth.entries, key=lambda entry: entry.ended_at):
        if entry.due is not None:
            planned[entry.asset].append(entry)
    starts = [frame for frame in truth.frames if frame.name in STARTS]
    return {
        frame: next((each for each in planned[frame.asset] if _began(truth, each, frame)), None) for frame in starts
    }


def _began(truth: Truth, entry: Entry, frame: Frame) -> bool:
    """Whether that start is that test's: it is seen to run within two minutes, if nobody was away."""
    away = truth.unseen(frame.asset, frame.at - 1.0, max(entry.started_at, frame.at))
    return entry.started_at - 120.0 - away <= frame.at <= entry.ended_at + 1.0


def _together(truth: Truth) -> Count:
    started = [each for each in truth.burnt if each.kind in ("relay", "function", "duration")]
    return Count(len(started), 0, [f"{each}" for each in truth.together])


def _lines(truth: Truth, pairs: _Pairs) -> Count:
    count = Count(len(truth.burnt))
    for number, each in enumerate(truth.burnt):
        lines = pairs.lines[number]
        if not lines and (not truth.is_seen(each) or each.ended > truth.plan.end - DAY):
            count.aside += 1
        elif len(lines) != 1:
            count.wrong.append(f"{len(lines)} lines: {each}; {'; '.join(map(_told, lines))}")
    return count


def _burnt(truth: Truth, pairs: _Pairs) -> Count:
    """But for what a frozen device told, which never passes."""
    count = Count()
    for entry in (each for each in truth.entries if each.lasted > 0.0):
        count.of += 1
        found = pairs.burnt[entry.id]
        if len(found) != 1 and truth.misread(entry) and entry.outcome is not Outcome.PASSED:
            count.aside += 1
        elif len(found) != 1:
            count.wrong.append(f"{found}: {_told(entry)}")
    return count


def _durations(truth: Truth, pairs: _Pairs) -> Count:
    """Never more than the truth; and not less by more than the two readings between which it began and ended."""
    count = Count()
    for number, each in enumerate(truth.burnt):
        for entry in pairs.lines[number]:
            count.of += 1
            if truth.misread(entry) and entry.outcome is not Outcome.PASSED:
                count.aside += 1
                continue
            away = truth.unseen(each.asset, each.began - EVERY, each.ended + EVERY) > 0.0
            doubt = 2 * max(entry.resolution, EVERY) + PLANT_STEP + (STUCK_DOUBT if each.kind == "stuck" else 0.0)
            least = 0.0 if away else each.lit - doubt
            if not least <= entry.lasted <= each.lit + 0.1:
                count.wrong.append(f"{each}: {_told(entry)}")
    return count


def _held(truth: Truth) -> Count:
    """A relay keeps a supply away for as long as a test needs it, and for as long as nobody was there to end it."""
    count = Count()
    for each in truth.held:
        if each.output == "relay" or each.ended == inf:
            count.of += 1
            kinds = [
                entry.kind
                for entry in truth.entries
                if entry.asset == each.asset and entry.kind in TESTS
                and entry.started_at - 200.0 < each.ended and entry.ended_at > each.began - 200.0
            ]  # fmt: skip
            need = max((ENOUGH[kind] for kind in kinds), default=0.0)
            if each.ended - each.began > need + RELEASE_WITHIN + truth.unseen(each.asset, each.began, each.ended):
                count.wrong.append(f"{each}")
    return count


def _told(entry: Entry) -> str:
    days, took = (entry.started_at - START) / DAY, entry.ended_at - entry.started_at
    return (
        f"line {entry.id} {entry.asset} {entry.kind} {entry.outcome.value} {entry.finding or '–'}, day {days:.4f},"
        f" {took:.0f} s, lasted {entry.lasted:.0f} s ± {entry.resolution:.0f} s"
    )
