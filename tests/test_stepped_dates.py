"""Dates that people state, on a box that wakes ten years back and learns the true time: at once, and over restarts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.actions import AddRecord
from gateway.clock import iso
from gateway.estate import Estate
from gateway.kinds import Fact, Kind, KindRecord
from gateway.rounds.facts import task_data
from gateway.standards.verdict import Outcome
from tests.story import NOON, WORDS, Plan, clause
from tests.test_stepped_clock import YEAR, Box

DAY = 86400.0


def extinguisher(valid_until: float) -> Estate:
    plan = Plan(
        {
            "valid": clause("ext", {"point": "valid_until", "in_date": True}),
            "seen": clause("ext", {"point": "inspection", "within": "31 d"}),
        }
    )
    fact = plan.point("ext-1/valid_until")
    plan.asset("ext-1", "ext", ["runs", "trips"], valid_until=fact)
    plan.records("ext-1", "inspection")
    kind = Kind(
        title=WORDS,
        facts={"valid_until": Fact(type="date", means=WORDS)},
        records={"inspection": KindRecord(means=WORDS)},
    )
    estate = plan.estate(fixed={fact: valid_until})
    return replace(estate, kinds={**estate.kinds, "ext": kind})


class Bottle(Box):
    """It wakes at ``NOON``, as it believes, with nothing in its database."""

    device = "ext-1-device"

    def outcome(self, clause_id: str) -> Outcome:
        return self.pipeline.panel.checks["ext-1", clause_id].outcome

    def live(self, days: float) -> None:
        self.wait(days * DAY, every=6 * 3600.0)


@pytest.mark.parametrize("restarts", [0, 1])
def test_what_expired_yesterday_is_told_as_soon_as_the_clock_is_right(tmp_path: Path, restarts: int) -> None:
    box = Bottle(tmp_path, extinguisher(NOON + 10 * YEAR - DAY))
    assert box.outcome("valid") is Outcome.MET, "it is 2026, as far as anybody knows"
    box.set_clock(NOON + 10 * YEAR)
    assert box.outcome("valid") is Outcome.VIOLATED
    for _ in range(restarts):
        box.restart()
    box.wait(60.0)
    assert box.outcome("valid") is Outcome.VIOLATED
    assert box.told.count("ticket.opened") == 1
    box.close()


@pytest.mark.parametrize("restarts", [False, True])
def test_an_inspection_counts_for_its_days_by_the_clock_of_who_made_it(tmp_path: Path, restarts: bool) -> None:
    box = Bottle(tmp_path, extinguisher(NOON + 30 * YEAR))
    box.set_clock(NOON + 10 * YEAR)
    box.tick(AddRecord("ext-1", "inspection", box.wall - DAY, "li"))
    assert box.outcome("seen") is Outcome.MET
    (task,) = box.pipeline.rounds.tasks(box.clock.now())
    told = task_data(box.estate, task, box.clock.ahead())
    assert (told["last"], told["deadline"]) == (iso(box.wall - DAY), iso(box.wall + 30 * DAY))
    box.live(29)
    if restarts:
        box.restart()
    assert box.outcome("seen") is Outcome.MET
    box.live(1.25)
    assert box.outcome("seen") is Outcome.VIOLATED
    box.close()


def test_a_wall_that_was_set_back_makes_nothing_expire(tmp_path: Path) -> None:
    """Somebody had set it to ten years on; that is put right, and the box is started anew."""
    box = Bottle(tmp_path, extinguisher(NOON + YEAR))
    box.set_clock(NOON + 10 * YEAR)
    assert box.outcome("valid") is Outcome.VIOLATED
    box.restart()
    box.set_clock(NOON)
    assert box.outcome("valid") is Outcome.MET
    box.restart()
    assert box.outcome("valid") is Outcome.MET
    box.close()
