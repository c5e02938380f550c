"""Derived points follow their inputs, one another and the time; what fails is one bad reading."""

from __future__ import annotations

import logging

import pytest

from gateway.assets.derivations import Derivations
from gateway.assets.latest import Latest
from gateway.estate import Asset, DerivedPoint
from gateway.model import BadReading, Reading, Readings

CLOSED, OPEN, AJAR, HELD, PRESSURE = range(5)
DERIVED = (
    DerivedPoint(OPEN, "inverted", {"value": CLOSED}),
    DerivedPoint(AJAR, "inverted", {"value": OPEN}),
    DerivedPoint(HELD, "held_open_time", {"closed": AJAR}, {"refresh": 5.0}),
)
DOOR = Asset("door", "door", "lobby", {}, {}, derived=DERIVED)


def make(latest: Latest | None = None, *assets: Asset, memories: dict[int, object] | None = None) -> Derivations:
    return Derivations(assets or (DOOR,), latest or Latest(5), memories or {}, {})


def put(derivations: Derivations, point: int, reading: Reading, now: float) -> tuple[list[int], dict[int, object]]:
    changed = derivations.latest.take(Readings("d", now, now, [point], [reading]), 30.0)
    return changed, derivations.recompute(changed, now)


def test_a_chain_is_followed_to_its_end() -> None:
    derivations = make()
    changed, _ = put(derivations, CLOSED, False, 100.0)
    assert changed == [CLOSED, OPEN, AJAR, HELD]
    assert derivations.latest.values[:4] == [False, True, False, 0.0]


def test_what_does_not_change_ends_the_chain() -> None:
    derivations = make()
    put(derivations, CLOSED, False, 100.0)
    changed, remembered = put(derivations, CLOSED, False, 101.0)
    assert (changed, remembered) == ([], {})


def test_a_function_remembers_and_asks_to_be_computed_again() -> None:
    derivations = make()
    _, remembered = put(derivations, CLOSED, False, 100.0)
    assert remembered == {HELD: {"opened": 100.0}}
    assert derivations.again == {HELD: 105.0}
    assert derivations.compute(HELD, 105.0) == ([HELD], {})
    assert derivations.latest.reading(HELD) == 5.0


def test_what_was_remembered_outlives_a_restart() -> None:
    derivations = make(memories={HELD: {"opened": 40.0}})
    put(derivations, CLOSED, False, 100.0)
    assert derivations.latest.reading(HELD) == 60.0


NEVER_READ = BadReading("never-read")
LAST, HOURS, MEAN = range(2, 5)
PUMP = Asset(
    "pump", "pump", "plant-room", {}, {},
    derived=(
        DerivedPoint(LAST, "last_true", {"value": 0}),
        DerivedPoint(HOURS, "run_time", {"running": 0}),
        DerivedPoint(MEAN, "mean_within", {"value": 1}, {"period": 600.0, "least": 0.5}),
    ),
)  # fmt: skip


def test_at_a_cold_start_what_is_about_the_past_stands_and_the_rest_is_unknown() -> None:
    """Stopped at 8000 s, listening to the end; started at 20 000 s with nothing read yet."""
    before = make(None, PUMP)
    put(before, 0, False, 1000.0)
    put(before, 0, True, 4400.0)
    derivations = make(None, PUMP, memories=before.memories)
    assert derivations.begin(20_000.0, 8000.0) == (
        [LAST], {LAST: {"last": 4400.0}, HOURS: {"seen": 3600.0}},
    )  # fmt: skip
    silent = BadReading("unknown-input", "running: never-read")
    assert derivations.latest.values == [NEVER_READ, NEVER_READ, 4400.0, silent, NEVER_READ]
    put(derivations, 0, True, 20_001.0)
    assert derivations.latest.values[LAST:MEAN] == [4400.0, 1.0], "what came true in between was not seen"


def test_at_a_cold_start_an_opening_under_way_is_not_timed_across_the_silence() -> None:
    gate = Asset("gate", "gate", "entrance", {}, {}, derived=(DerivedPoint(1, "opening_time", {"status": 0}),))
    derivations = make(None, gate, memories={1: {"times": [3.0], "since": 100.0}})
    assert derivations.begin(400.0, 101.0) == ([], {1: {"times": [3.0]}})
    put(derivations, 0, "open", 401.0)
    assert derivations.latest.reading(1) == BadReading("too-few-movements", "1 of 2 seen")


def test_what_rests_on_facts_alone_is_known_at_a_cold_start() -> None:
    lit = Asset("lamp", "lamp", "lobby", {}, {}, derived=(DerivedPoint(1, "above", {"value": 0}),))
    derivations = make(Latest(2, {0: 5.0}), lit)
    assert derivations.begin(100.0, 0.0) == ([1], {})
    assert derivations.latest.reading(1) is True


def test_a_mean_s_memory_is_saved_once_a_minute_and_what_went_unsaved_is_not_made_up() -> None:
    derivations = make(None, PUMP)
    saved: list[tuple[float, dict[str, object]]] = []
    for second in range(0, 400, 10):
        _, remembered = put(derivations, 1, 20.0 + second % 20, 6000.0 + second)
        saved.extend((second, memory) for memory in remembered.values() if isinstance(memory, dict))
    assert [second for second, _ in saved] == [0, 60, 120, 180, 240, 300, 360]
    after = make(None, PUMP, memories={MEAN: saved[-1][1]})
    after.begin(6400.0, 6395.0)
    put(after, 1, 25.0, 6400.0)
    assert after.latest.reading(MEAN) == 25.0, "360 s of 20 and 30 in turn; not the 35 s of which nothing was saved"


def test_a_bad_input_makes_a_bad_reading_that_names_it() -> None:
    derivations = make()
    put(derivations, CLOSED, BadReading("no-answer"), 100.0)
    assert derivations.latest.reading(OPEN) == BadReading("unknown-input", "value: no-answer")
    assert isinstance(derivations.latest.reading(HELD), BadReading)


def test_a_function_that_fails_is_one_bad_reading_and_its_neighbours_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken = DerivedPoint(HELD, "held_open_time", {"closed": CLOSED}, {"refresh": "often"})
    derivations = make(None, Asset("door", "door", "lobby", {}, {}, derived=(broken, DERIVED[0])))
    with caplog.at_level(logging.ERROR):
        put(derivations, CLOSED, False, 100.0)
    reading = derivations.latest.reading(HELD)
    assert isinstance(reading, BadReading)
    assert reading.reason == "formula-failed"
    assert derivations.latest.reading(OPEN) is True
    assert "held_open_time failed" in caplog.text


def test_a_function_that_no_longer_exists_fails_like_any_other() -> None:
    derivations = make(None, Asset("door", "door", "lobby", {}, {}, derived=(DerivedPoint(1, "gone", {"x": 0}),)))
    put(derivations, 0, 1.0, 100.0)
    assert derivations.latest.reading(1) == BadReading("formula-failed", "gone: 'gone'")
