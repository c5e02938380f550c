"""A simulated battery that loses capacity month by month, and its proof tests as the log book has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from gateway.proof_tests.entry import Entry, Kind, Outcome, Sample
from simulators.plants.emergency_light import Battery
from tests.logbook.book import entry
from tests.story import NOON

DAY = 86400.0
MONTH = 30 * DAY
RATED = 1800.0


@dataclass
class Life:
    """A battery under a load of ``amps``, of which ``fade`` is lost each month; read in steps of ``step`` V."""

    amps: float = 2.0
    hours: float = 2.2
    """Ampere hours when new."""
    fade: float = 0.02
    noise: float = 0.002
    """V"""
    step: float = 0.01
    level: bool = False
    """Whether it tells its charge in % instead of its voltage."""
    seed: int = 1

    def fails(self, limit: float = 900.0) -> float:
        """When its capacity is just enough for so many seconds of its load (seconds since 1970)."""
        return NOON + MONTH * (1 - self.amps * limit / 3600 / self.hours) / self.fade

    def test(self, month: int, kind: Kind = "duration", limit: float = 900.0) -> Entry:
        """The test of that month: stopped 20 s after its limit, read every 10 s, failed when the lamp went out."""
        battery, begun, rng = Battery(6, self.hours, 0.06), NOON + month * MONTH, Random(self.seed * 1000 + month)
        battery.health = 1 - self.fade * month
        curve: list[Sample] = []
        while len(curve) * 10.0 <= limit + 20.0 and battery.soc > 0:
            battery.amps = -self.amps
            volts = round((battery.volts + rng.gauss(0.0, self.noise)) / self.step) * self.step
            told = {"battery_level": round(100 * battery.soc)} if self.level else {"battery_voltage": round(volts, 4)}
            curve.append(Sample(begun + len(curve) * 10.0, {"lamp_on": True, **told}))
            battery.run(-self.amps, 10.0)
        lasted = curve[-1].at - begun
        judged: dict[str, Any] = {"outcome": Outcome.PASSED if lasted > limit else Outcome.FAILED, "kind": kind}
        recovered = [Sample(curve[-1].at + 60.0, {"battery_voltage": 13.0, "battery_level": 50, "lamp_on": False})]
        return entry(
            month + 1, started_at=begun, ended_at=curve[-1].at, lasted=lasted, limit=limit, floor=10.2,
            curve=[*curve, *recovered], **judged,
        )  # fmt: skip

    def tests(self, months: int, each: int = 1) -> Sequence[Entry]:
        """Those of so many months, every ``each`` of them."""
        return [self.test(month) for month in range(0, months, each)]


def later(test: Entry, seconds: float, number: int) -> Entry:
    """The same test at another time, as another line."""
    curve = [replace(each, at=each.at + seconds) for each in test.curve]
    return replace(test, id=number, curve=curve, started_at=test.started_at + seconds, ended_at=test.ended_at + seconds)
