"""A simulated month as a recording: what its devices tell, day after day, never held whole and never written down."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.actions import AnswerTask
from gateway.clock import cpu_seconds
from gateway.estate import Estate
from gateway.recordings.names import Names, read_value
from gateway.recordings.recording import Act, Row, Start
from simulators.month import Month, Plan

TEN = 10 * 3600.0
ROUNDS = {"lift": (("alarm-call", 2), ("reversal", 6)), "barrier-gate": (("hump-firm", 6),)}
"""Kind → what a person is asked for within a month, and every how many days it is done."""


class SimulatedMonth:
    """Lives the month anew each time that its rows are asked for; ``month`` is the last one lived."""

    only_changes = False
    strangers = 0

    def __init__(self, plan: Plan, estate: Estate) -> None:
        self.first, self.last = plan.start, plan.end
        self.month = Month(plan)
        self.cpu_s = 0.0
        """What living it took of the processor."""
        self._plan = plan
        self._names = Names(estate)
        self._assets = list(estate.assets.values())

    def count(self, since: float, until: float) -> int:
        return 0

    def rows(self, since: float, until: float) -> Iterator[Row]:
        self.month = Month(self._plan)
        days, begun = self.month.days(), cpu_seconds()
        for said in days:
            self.cpu_s += cpu_seconds() - begun
            for at, name, values in said:
                for point, value in values.items():
                    told = self._names.find(f"{name}.{point}")
                    yield Row(at, told.point, read_value(str(value), told))
            begun = cpu_seconds()
        self.cpu_s += cpu_seconds() - begun

    def starts(self, since: float, until: float) -> list[Start]:
        return []

    def acts(self, since: float, until: float) -> list[Act]:
        """The engineer's rounds, each on its days at ten o'clock: what only people can prove is always right here."""
        asked = [(asset.name, what, days) for asset in self._assets for what, days in ROUNDS.get(asset.kind, ())]
        made = [
            Act(at, AnswerTask(name, what, True, at, "li"))
            for name, what, days in asked
            for at in map(float, range(int(since + TEN), int(until), days * 86400))
        ]
        return sorted(made, key=lambda act: (act.at, str(act.action)))

    def close(self) -> None:
        """Nothing is held open."""
