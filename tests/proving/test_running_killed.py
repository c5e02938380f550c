"""The gateway dies in every state of a test: nothing stays asserted, is passed falsely, or begins twice."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.proof_story import Lamp, Property

KILLS = 2000 if os.environ.get("TOUCHPOINT_FULL") else 200
"""RELIABILITY asks for 200 in the quick profile and 2,000 in the full one."""
A_GROUP = 20


@pytest.mark.parametrize("group", range(KILLS // A_GROUP))
def test_a_gateway_that_dies_in_a_test_leaves_nothing_asserted_and_passes_nothing_falsely(
    tmp_path: Path, group: int
) -> None:
    for number in range(A_GROUP):
        folder = tmp_path / str(number)
        folder.mkdir()
        _dies(folder, Random(f"{group}/{number}"))


def _dies(folder: Path, random: Random) -> None:
    lasts = random.choice((300.0, 850.0, 3600.0))
    lamp = Lamp("lamp", random.choice(("relay", "device")), lasts=lasts)
    prop = Property(folder, [lamp])
    prop.go_on(20.0)
    when = random.choice((0.0, 5.0, 10.0, random.uniform(0.0, 1100.0), random.uniform(850.0, 960.0)))
    prop.dies = random.choice(("before", "after")) if when == 0.0 else ""
    prop.ask("lamp", "duration")
    prop.go_on(when)
    prop.dies = prop.dies or random.choice(("before", "after"))
    prop.go_on(5.0)
    if random.random() < 0.3:
        prop.kill(random.uniform(1.0, 200.0))
    restarted = prop.now
    while prop.now < restarted + 10.0:
        prop.go_on(1.0, every=1.0)
    assert not lamp.open, f"asserted 10 s after a restart; killed after {when:g} s"
    prop.go_on(3000.0, every=10.0)
    book = [each for each in prop.book() if each.kind == "duration"]
    starts = [name for _, name in lamp.asserted if name.startswith(("break", "start"))]
    assert len(starts) <= 1, f"begun twice; killed after {when:g} s"
    assert len(book) <= 1
    assert len(book) == 1 or not starts, f"begun and not written down; killed after {when:g} s"
    assert lasts > 900.0 or all(each.outcome != "passed" for each in book), "a weak battery was passed"
    assert prop.pipeline.proofs.proving.procedures == {}
    assert not lamp.on_battery
    prop.close()
