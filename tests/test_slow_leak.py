"""A leak that no gauge shows: three months of an extinguisher in autumn, through the pipeline and a restart."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

from gateway.assets.daily import DAY
from gateway.estate import DerivedPoint, Estate
from gateway.model import BadReading, Reading
from gateway.standards.verdict import Outcome
from tests.story import NOON, Plan, Story, clause

SLOW_LEAK = clause("extinguisher", {"point": "change", "at_least": "-0.33"}, on_delay=3600.0, patience=45 * DAY)


def estate() -> Estate:
    """Extinguishers that are alike but for their names; pressures in MPa, changes in kPa a day."""
    plan = Plan({"extinguisher.slow-leak": SLOW_LEAK})
    fixed: dict[int, object] = {}
    for name in ("leaking", "sound"):
        agent, at_20c, change, error, date = (
            plan.point(f"{name}/{each}") for each in ("agent", "p20", "change", "error", "date")
        )
        fixed[agent] = "powder"
        place = {"agent": agent, "pressure_20c": at_20c, "change": change, "error": error, "date": date}
        own = plan.asset(name, "extinguisher", ["pressure", "temperature"], (), **place)
        drift, kilo = {"value": at_20c, "measured": own["pressure"]}, {"times": 1000.0}
        derived = (
            DerivedPoint(at_20c, "pressure_at_20c", {**own, "agent": agent}),
            DerivedPoint(change, "daily_change", drift, kilo),
            DerivedPoint(error, "daily_change_error", drift, kilo),
            DerivedPoint(
                date, "projected_date", {"value": at_20c, "change": change, "error": error}, {**kilo, "limit": 1.0}
            ),
        )
        plan.assets[name] = replace(plan.assets[name], derived=derived)
    return plan.estate(fixed)


class Autumn:
    """From 32 °C down to 12 °C in 100 days, 6 K between noon and night; gauges read to ``step`` MPa every two hours."""

    def __init__(self, step: float = 0.001) -> None:
        self.step, self.dice = step, random.Random(9)
        self.story = Story(estate())
        self.read()

    def pass_days(self, days: int) -> None:
        for _ in range(days * 12):
            self.story.now += 7200
            self.read()

    def read(self) -> None:
        day = (self.story.now - NOON) / DAY
        temperature = 32 - 0.2 * day + 3 * math.cos(2 * math.pi * day)
        for name, leak in (("leaking", 0.0006), ("sound", 0.0)):
            at_20c = 1.2 - leak * day + self.dice.gauss(0, 0.002)
            pressure = (at_20c + 0.101325) * (temperature + 273.15) / 293.15 - 0.101325
            rounded = round(round(pressure / self.step) * self.step, 6)
            self.story.read(name, pressure=rounded, temperature=round(temperature, 1))

    def restart(self) -> None:
        saved = self.story.saved()
        kept = replace(saved, memories={point: json.loads(json.dumps(each)) for point, each in saved.memories.items()})
        self.story = Story(self.story.estate, kept, self.story.now)
        self.read()

    def value(self, asset: str, point: str) -> Reading:
        return self.story.pipeline.latest.reading(self.story.estate.assets[asset].ids[point])


def test_a_leak_hidden_by_the_season_is_a_ticket_on_the_thirty_second_day_and_only_there() -> None:
    autumn = Autumn()
    autumn.pass_days(20)
    autumn.restart()
    autumn.pass_days(9)
    assert isinstance(autumn.value("leaking", "change"), BadReading)
    assert autumn.story.tickets() == []
    autumn.pass_days(3)
    (ticket,) = autumn.story.tickets()
    assert (ticket.asset, ticket.clause) == ("leaking", "extinguisher.slow-leak")
    assert autumn.story.pipeline.verdict("sound", "extinguisher.slow-leak").outcome is Outcome.MET
    autumn.pass_days(30)
    assert [each.asset for each in autumn.story.tickets()] == ["leaking"]
    change, error = autumn.value("leaking", "change"), autumn.value("leaking", "error")
    assert isinstance(change, float)
    assert isinstance(error, float)
    assert abs(change + 0.6) < 3 * error < 0.1, "kPa a day"
    assert isinstance(autumn.value("sound", "date"), BadReading), "it is not on its way down"


def test_the_projected_date_is_right_to_a_few_days() -> None:
    autumn = Autumn()
    autumn.pass_days(60)
    date = autumn.value("leaking", "date")
    assert isinstance(date, float)
    assert abs((date - NOON) / DAY - 200 / 0.6) < 15, "1.2 to 1.0 MPa at 0.6 kPa a day, seen from day 60"


def test_a_gauge_of_two_digits_gives_no_trend_and_in_the_end_says_so() -> None:
    autumn = Autumn(step=0.01)
    autumn.pass_days(44)
    assert autumn.value("leaking", "change") == BadReading("too-coarse", "smallest step seen 0.01, needed 0.002")
    assert autumn.story.pipeline.verdict("leaking", "extinguisher.slow-leak").outcome is Outcome.UNKNOWN
    assert autumn.story.tickets() == []
    autumn.pass_days(2)
    assert {ticket.clause for ticket in autumn.story.tickets()} == {"asset.judgeable"}, "its patience is 45 days"
