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
    return Derivations(assets or (DOOR,), latest or Latest(5), memories or {})


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
