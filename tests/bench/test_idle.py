"""What a tick does is the same however many clauses have nothing new to judge: its calls are counted, not its time."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway.pipeline import Pipeline
from gateway.saved import Saved
from tests.bench.idle import BUSY, PULSE, rounds, site
from tests.story import NOON


@contextmanager
def counted(calls: Counter[str]) -> Iterator[None]:
    """Counts every call of a function, ours and Python's own; collecting garbage calls what others have hooked in."""

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            calls[argument.__qualname__] += 1

    gc.disable()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()


def calls_of_two_pulses(instances: int) -> tuple[int, Counter[str]]:
    """How many checks there are, and what is called while the busy assets tell something new for a while."""
    estate = site(instances)
    pipeline = Pipeline(estate, Saved(), NOON)
    names = list(estate.devices)
    for now, readings in rounds(estate, names, range(1, 2)):
        pipeline.tick(readings, [], now)
    calls: Counter[str] = Counter()
    for now, readings in rounds(estate, names[:BUSY], range(2, 2 * PULSE + 2)):
        with counted(calls):
            pipeline.tick(readings, [], now)
    return len(pipeline.panel.checks), calls


def test_four_times_as_many_idle_clauses_make_no_difference_to_a_tick() -> None:
    few, first = calls_of_two_pulses(1_000)
    many, second = calls_of_two_pulses(5_000)
    assert many - few == 4_400, "ten clauses on an asset and one on its device"
    assert first["Judge.judge"] > 2 * PULSE * BUSY, "what changes is judged"
    assert first["Panel.put"] == 4 * BUSY, "two violations of each busy asset come and go"
    assert second == first
