"""A night watchman for tests of the schedule: starts what may start, ends tests, writes down each outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from zoneinfo import ZoneInfo

from gateway.assets.openings import open_until, opening
from gateway.assets.windows import Almanac, Moments
from gateway.proof_tests.calendar import Wall
from gateway.proof_tests.choosing import Standing, choose, neighbours, wake
from gateway.proof_tests.entry import Outcome
from gateway.proof_tests.rules import DAY, Pace, TestKind, TestRules, TestTerms, usual_terms
from gateway.proof_tests.schedule import Slot, after, missed, planned, slept_over
from gateway.standards.windows import Window

NIGHTS = Window(daily=["01:00", "05:00"])


@dataclass(frozen=True)
class Light:
    next_to: tuple[str, ...] = ()
    group: str = ""


@dataclass
class Test:
    """A discharge as it truly was, and its recharge."""

    __test__ = False

    slot: Slot
    began: float
    ended: float
    charged: float
    by_schedule: bool = True
    """Else the mains failed."""


@dataclass
class Watchman:
    """One site, from ``now`` on. ``done``: every slot with its outcome, in order."""

    lights: Mapping[str, Light]
    rules: TestRules
    zone: ZoneInfo
    now: float
    random: Random | None = None
    ahead: float = 0.0
    window: Window = NIGHTS
    done: list[tuple[Slot, Outcome, float]] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.slots: list[Slot] = []
        self.running: list[Test] = []
        self.beside = neighbours(self.lights)
        self.replan()

    @property
    def wall(self) -> Wall:
        return Wall(self.zone, self.ahead)

    @property
    def almanac(self) -> Almanac:
        return Almanac({"nights": self.window}, self.zone)

    def replan(self) -> None:
        self.slots = planned(self.slots, self.lights, self.rules, self.now, self.wall, "riverside")

    def terms(self, asset: str, kind: TestKind) -> TestTerms:
        return usual_terms(kind)

    def opening(self, at: float) -> Moments | None:
        """The first opening, in steady time."""
        found = opening(self.almanac, "nights", at + self.ahead)
        return found and (found[0] - self.ahead, found[1] - self.ahead)

    def standing(self) -> Standing:
        until = open_until(self.almanac, "nights", self.now + self.ahead)
        busy: dict[str, float | None] = {
            each.slot.asset: each.charged for each in self.tests if each.charged > self.now
        }
        busy |= {each.slot.asset: None for each in self.running}
        return Standing(self.now, until and until - self.ahead, True, len(self.running), busy)

    def outcome(self) -> Outcome:
        outcomes = [Outcome.PASSED] * 6 + [Outcome.ABORTED, Outcome.INCONCLUSIVE, Outcome.REFUSED, Outcome.FAILED]
        return self.random.choice(outcomes) if self.random else Outcome.PASSED

    def settle(self, slot: Slot, outcome: Outcome) -> None:
        """Write its one outcome down; another slot takes its place."""
        self.done.append((slot, outcome, self.now))
        self.slots.remove(slot)
        self.slots.append(after(slot, outcome, self.now, self.rules, self.wall))

    def idle(self) -> list[Slot]:
        running = [each.slot for each in self.running]
        return [slot for slot in self.slots if slot not in running]

    def look(self) -> None:
        self.looks += 1
        for test in [each for each in self.running if each.ended <= self.now]:
            self.running.remove(test)
            self.settle(test.slot, self.outcome())
        for slot in missed(self.idle(), self.now):
            self.settle(slot, Outcome.MISSED)
        for slot in choose(self.idle(), self.standing(), self.rules, self.beside, self.terms):
            terms = self.terms(slot.asset, slot.kind)
            length = self.random.uniform(0.3, 1.0) * terms.length if self.random else terms.length - 300.0
            ended = self.now + length
            self.running.append(Test(slot, self.now, ended, ended + terms.recharge))
            self.tests.append(self.running[-1])

    def until(self, end: float) -> None:
        """Time passes up to ``end``, with a look whenever something is due."""
        self.look()
        while self.now < end:
            standing = self.standing()
            edge = self.almanac.tell("nights", self.now + self.ahead).again
            due = wake(self.idle(), standing, edge and edge - self.ahead)
            ends = [each.ended for each in self.running]
            self.now = min([end, *ends, *([due] if due is not None else [])])
            self.look()

    def outage(self, assets: Iterable[str], end: float) -> None:
        """The mains of these fail until ``end``: their tests end, and they recharge for a day."""
        for asset in assets:
            for test in [each for each in self.running if each.slot.asset == asset]:
                self.running.remove(test)
                test.ended = self.now
                self.settle(test.slot, Outcome.ABORTED)
            failed = Slot(asset, "duration", self.now, self.now)
            self.tests.append(Test(failed, self.now, end, end + DAY, by_schedule=False))

    def sleeps(self, end: float) -> None:
        """The gateway is down until ``end``; a test that ended meanwhile has no conclusion."""
        down_since, self.now = self.now, end
        for test in [each for each in self.running if each.ended <= end]:
            self.running.remove(test)
            self.settle(test.slot, Outcome.INCONCLUSIVE)
        for slot in slept_over(self.idle(), down_since, self.now, self.opening):
            self.settle(slot, Outcome.MISSED)


def rules(at_once: int = 1, **paces: float | str) -> TestRules:
    """``duration=30 * DAY`` by interval, ``duration="0 2 1 * *"`` by calendar."""
    made = {kind: Pace(calendar=pace) if isinstance(pace, str) else Pace(pace) for kind, pace in paces.items()}
    return TestRules("nights", made, at_once)  # type: ignore[arg-type]


def near(one: str, other: str, lights: Mapping[str, Light]) -> bool:
    """Whether these are the same, neighbours, or of one group."""
    first, second = lights[one], lights[other]
    in_group = first.group == second.group != ""
    return one == other or other in first.next_to or one in second.next_to or in_group


def together(tests: list[Test], lights: Mapping[str, Light]) -> list[tuple[str, str]]:
    """Neighbours of which one discharged or recharged when a test of the other was begun by schedule."""
    pairs = ((one, other) for one in tests for other in tests if one is not other and one.began <= other.began)
    return [
        (one.slot.asset, other.slot.asset)
        for one, other in pairs
        if other.by_schedule and other.began < one.charged and near(one.slot.asset, other.slot.asset, lights)
    ]


def most_at_once(tests: list[Test]) -> int:
    """How many ran at the same time by schedule."""
    tests = [each for each in tests if each.by_schedule]
    return max((sum(each.began <= test.began < each.ended for each in tests) for test in tests), default=0)
