"""How things stand around a test: supply, charge, neighbours, fire alarm, window, clock. Unknown stays unknown.

Knows the readings and the site's rules; what of it forbids a test is ``gateway.proof_tests.interlocks``'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from gateway.assets.latest import Latest
from gateway.assets.openings import open_until, opening
from gateway.assets.windows import Almanac
from gateway.estate import Estate
from gateway.model import BadReading
from gateway.proof_tests.choosing import neighbours
from gateway.proof_tests.entry import Entry, Kind, Outcome
from gateway.proof_tests.evidence import IDLE, UNKNOWN
from gateway.proof_tests.interlocks import Conditions
from gateway.proof_tests.procedure import Procedure, Stage
from gateway.proof_tests.rules import DAY, RECHARGE, TestKind, TestTerms, usual_terms
from gateway.proving.discharges import Discharges
from gateway.proving.eyes import Seer
from gateway.saved import Saved

FULL = 99.0
"""Percent of charge from which a battery counts as full, where its device tells no more (proposed)."""
SHORT = 180.0
"""Seconds: a discharge no longer than a function test is recharged as soon as one."""
LONGEST_RECHARGE = 7 * DAY
"""Seconds after which a battery that is not full again is no longer recharging but broken (proposed)."""
NO_DISCHARGE = (Outcome.REFUSED, Outcome.MISSED)


class Surroundings:
    """Of every asset that can be tested. ``procedures``: the tests that run, by asset."""

    def __init__(
        self, estate: Estate, discharges: Discharges, latest: Latest, saved: Saved,
        procedures: Mapping[str, Procedure], now: float,
    ) -> None:  # fmt: skip
        self.trusted = False
        """Whether the clock on the wall can be believed: not before somebody says so."""
        self.ahead = 0.0
        """Seconds by which the clock on the wall is ahead of the steady one."""
        self.beside = neighbours(estate.assets)
        """Asset → those that must not discharge or recharge together with it."""
        self._rules = estate.proof_tests
        self._discharges, self._latest, self._procedures = discharges, latest, procedures
        self._almanac = Almanac(estate.windows, estate.timezone, estate.location)
        self._ended: dict[str, float] = {}
        self._charged_at: dict[str, float] = {}
        for (asset, kind), outcomes in saved.tests.items():
            for outcome, (ended_at, _) in outcomes.items():
                if outcome not in NO_DISCHARGE:
                    at = min(ended_at, now)  # a clock that was far ahead forbids no test for years
                    self._discharged(asset, at, RECHARGE["function" if kind == "function" else "duration"])

    def entered(self, entry: Entry) -> None:
        """A line was written into the log book: the battery recharges from its end on."""
        if entry.outcome not in NO_DISCHARGE:
            short = entry.ended_at - entry.started_at <= SHORT
            self._discharged(entry.asset, entry.ended_at, RECHARGE["function" if short else "duration"])

    def _discharged(self, asset: str, ended_at: float, recharge: float) -> None:
        self._ended[asset] = max(self._ended.get(asset, 0.0), ended_at)
        self._charged_at[asset] = max(self._charged_at.get(asset, 0.0), ended_at + recharge)

    def conditions(self, asset: str, kind: Kind, by_hand: bool, now: float) -> Conditions:
        """How things stand with an asset on which such a test may begin, or runs."""
        seer = self._discharges.seers[asset]
        runs, own = seer.runs(), self._procedures.get(asset)
        under_way = [name for name, each in self._procedures.items() if name != asset and is_under_way(each)]
        return Conditions(
            mains={IDLE: True, "discharge": False}.get(runs),
            known_since=seer.watch.idle_since, ended_at=self._last_ended(seer),
            charged=self._charged(seer), tells_charge=self._tells_charge(seer),
            runs=_is_tested(seer) and not (own is not None and is_under_way(own)),
            neighbour=any(self.busy_until(each, now) > now for each in self.beside.get(asset, ())),
            neighbour_unknown=any(self._is_unseen(each) for each in self.beside.get(asset, ())),
            too_many=len(under_way) >= (self._rules.at_once if self._rules else 1), fire=self.fire_alarm(),
            is_open=by_hand or self._fits(asset, kind, now), trusted=self.trusted,
        )  # fmt: skip

    def _last_ended(self, seer: Seer) -> float | None:
        """When it last came back from its battery, also where that is not entered yet."""
        run, entered = seer.watch.run, self._ended.get(seer.watch.asset)
        ended = run.ended_at if run is not None else None
        return max((each for each in (ended, entered) if each is not None), default=None)

    def busy_until(self, asset: str, now: float) -> float:
        """Until when the asset discharges or recharges: ``inf`` while it discharges, for all that is known."""
        seer, test = self._discharges.seers.get(asset), self._procedures.get(asset)
        if seer is None:
            return 0.0
        run = seer.watch.run
        if (test is not None and is_under_way(test)) or (run is not None and run.ended_at is None):
            return inf
        until = self._charged_at.get(asset, 0.0)
        if run is not None and run.ended_at is not None:
            until = max(until, run.ended_at + RECHARGE["duration"])
        still_charges = self._charged(seer) is False and now < self._ended.get(asset, 0.0) + LONGEST_RECHARGE
        return max(until, now + 1.0) if still_charges else until

    def _is_unseen(self, asset: str) -> bool:
        """Whether it should be seen whether the asset runs on its battery, and is not."""
        seer = self._discharges.seers.get(asset)
        return seer is not None and seer.runs() == UNKNOWN

    def terms(self, asset: str, kind: TestKind) -> TestTerms:
        """How long such a test takes on an asset, and how long its battery recharges then."""
        found = self._discharges.terms.get((asset, kind))
        return usual_terms(kind, found.limit if found else None)

    def open_until(self, now: float) -> float | None:
        """When the window of tests closes; None while it is shut or nobody can tell; ``inf`` where there is none."""
        if self._rules is None:
            return inf
        closes = open_until(self._almanac, self._rules.window, now + self.ahead)
        return None if closes is None else closes - self.ahead

    def next_edge(self, now: float) -> float | None:
        """When the window opens or closes next, or may do so."""
        if self._rules is None:
            return None
        again = self._almanac.tell(self._rules.window, now + self.ahead).again
        return None if again is None else again - self.ahead

    def opening(self, moment: float) -> tuple[float, float] | None:
        """The first time from ``moment`` on at which the window is open, and when it closes then."""
        if self._rules is None:
            return moment, inf
        found = opening(self._almanac, self._rules.window, moment + self.ahead)
        return (found[0] - self.ahead, found[1] - self.ahead) if found else None

    def _fits(self, asset: str, kind: Kind, now: float) -> bool:
        until = self.open_until(now)
        return until is not None and now + self.terms(asset, scheduled(kind)).length <= until

    def fire_alarm(self) -> bool | None:
        """Whether there is one; False where the site names no point for it, None when that is unknown."""
        if self._rules is None or self._rules.fire_alarm is None:
            return False
        told = self._latest.values[self._rules.fire_alarm]
        return told is self._rules.alarm_is if isinstance(told, bool) else None

    def _charged(self, seer: Seer) -> bool | None:
        full = seer.flag(seer.eyes.id(seer.eyes.says.full))
        number = seer.eyes.id(seer.eyes.says.level)
        level = None if full is not None or number is None else self._latest.values[number]
        if level is None or isinstance(level, BadReading | str):
            return full
        return level >= FULL

    def _tells_charge(self, seer: Seer) -> bool:
        says = seer.eyes.says
        return seer.eyes.id(says.full) is not None or seer.eyes.id(says.level) is not None


def _is_tested(seer: Seer) -> bool:
    run = seer.watch.run
    return run is not None and run.kind != "discharge" and not run.over


def is_under_way(test: Procedure) -> bool:
    """Whether its start may have gone out."""
    return test.stage not in (Stage.PRECHECK, Stage.DONE)


def scheduled(kind: Kind) -> TestKind:
    """As which kind of test it is planned."""
    return kind if kind in ("function", "rated") else "duration"
