"""What derived points remember while they are, and are not, in the site's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.estate import DerivedPoint, Estate
from gateway.model import Reading
from gateway.store.sqlite import Database
from tests.story import NOON, Plan, Story, clause

DAY = 86400.0
STUCK = clause("gate", {"point": "stuck", "at_most": "3600 s"})
BUSY = clause("gate", {"point": "often", "at_most": "5"}, patience=2 * DAY)


def site(with_gate: bool = True) -> Estate:
    """A gate whose loop may stay occupied; the file without it is an edited site."""
    plan = Plan({"stuck": STUCK, "busy": BUSY})
    plan.asset("ext", "ext", ["pressure"])
    if with_gate:
        stuck, often = plan.point("gate/stuck"), plan.point("gate/often")
        loop, idle = len(plan.points), len(plan.points) + 1
        derived = [
            DerivedPoint(stuck, "stuck_time", {"value": loop, "idle": idle}),
            DerivedPoint(often, "count_within", {"value": loop}, {"period": DAY, "least": 0.8}),
        ]
        plan.asset("gate", "gate", ["loop", "idle"], derived, stuck=stuck, often=often)
    return plan.estate()


def run(path: Path, estate: Estate, start: float) -> Story:
    """The gateway runs for a minute and stops; the gate's loop is occupied all the while."""
    database = Database(path, estate)
    story = Story(estate, database.load(start), start)
    told: dict[str, dict[str, Reading]] = {"ext": {"pressure": start}, "gate": {"loop": True, "idle": True}}
    story.wait(60.0, every=10.0, **{name: points for name, points in told.items() if name in estate.assets})
    database.commit(story.changes)
    database.close()
    return story


@pytest.mark.parametrize("restarts", [0, 3])
def test_what_was_out_of_the_files_for_a_month_was_not_watched_meanwhile(tmp_path: Path, restarts: int) -> None:
    """A loop that was occupied when its gate left, and is again when it is back, was not stuck for a month."""
    path = tmp_path / "gateway.db"
    run(path, site(), NOON)
    for day in range(31):
        run(path, site(with_gate=False), NOON + 100 + day * DAY)
    run(path, site(), NOON + 31 * DAY)
    for number in range(restarts):
        run(path, site(), NOON + 31 * DAY + 100 * (number + 1))
    back = run(path, site(), NOON + 32 * DAY)
    stuck, often = (back.pipeline.latest.values[back.estate.assets["gate"].ids[name]] for name in ("stuck", "often"))
    assert isinstance(stuck, float)
    assert stuck <= 60.0 * (3 + restarts), "what was seen before it left, and since it is back"
    assert getattr(often, "reason", "") == "too-little-seen", "nobody looked how often"
    assert back.tickets() == []


def test_what_was_learned_outlives_a_time_outside_the_files(tmp_path: Path) -> None:
    path = tmp_path / "gateway.db"
    database = Database(path, site())
    often = site().points.index("gate/often")
    database.commit(Changes(memories={often: {"baseline": 4.0}}))
    database.close()
    for _ in range(2):
        edited = Database(path, site(with_gate=False))
        assert edited.load(NOON).memories == {}
        edited.close()
    database = Database(path, site())
    assert database.load(NOON).memories == {often: {"baseline": 4.0}}
    assert database.load(NOON).left == {often: 0.0}, "when nothing was ever heard"
    database.commit(Changes(memories={often: {"baseline": 5.0}}))
    assert database.load(NOON).left == {}, "it is here again"
    database.close()
