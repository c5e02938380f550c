"""A supply that the gateway itself takes away for a test is no trouble; every other one is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.proof_story import Lamp, Make, Property
from tests.proving.test_central_battery import Plant

DAY = 86_400.0


def tickets(prop: Property) -> set[str]:
    """The clauses of which there was ever a ticket."""
    return {each.clause.partition(".")[2] for each in prop.pipeline.tickets.values()}


@pytest.mark.parametrize("what", [Lamp, Plant])
@pytest.mark.parametrize("kind", ["function", "duration", "rated"])
def test_a_test_by_relay_makes_no_ticket_of_its_own(made: Make, kind: str, what: type[Lamp]) -> None:
    prop = made(what("lamp", "relay"))
    prop.ask("lamp", kind)
    prop.go_on(2400.0)
    assert [(each.kind, each.outcome) for each in prop.book()] == [(kind, "passed")]
    assert tickets(prop) == set()


def test_mains_that_fail_in_a_test_are_told_once_the_relay_has_let_go(made: Make) -> None:
    lamp = Lamp("lamp", "relay")
    prop = made(lamp)
    prop.ask("lamp", "duration")
    prop.go_on(300.0)
    lamp.mains(False, prop.now)
    prop.go_on(120.0)
    assert (lamp.open, tickets(prop)) == (False, {"mains-present"})


@pytest.mark.parametrize("what", [Lamp, Plant])
def test_a_relay_that_dies_with_the_mains_hides_nothing(made: Make, what: type[Lamp]) -> None:
    """It hangs on the same circuit; the lamp's own device tells by its battery."""
    lamp = what("lamp", "relay", apart=("supply_broken",), allowed=False)
    prop = made(lamp)
    prop.go_on(60.0)
    lamp.mains(False, prop.now)
    lamp.apart_silent = True
    prop.go_on(180.0)
    assert tickets(prop) == {"mains-present", "judgeable"}, "the relay is told as well"


def test_a_relay_that_is_open_without_a_test_is_told_as_such(made: Make) -> None:
    lamp = Lamp("lamp", "relay", deaf=("restore_supply",))
    prop = made(lamp)
    lamp.open = True
    prop.go_on(120.0)
    assert tickets(prop) == {"test-ends"}


def test_a_lamp_that_passes_on_the_first_of_each_month_is_never_overdue(made: Make) -> None:
    """Two months have 31 days in a row, and no test ends at the very minute of the one before."""
    monthly = 'duration: {calendar: "0 2 1 * *"}, function: off, rated: off'
    prop = made(Lamp("lamp", "relay"), rules=f"proof_tests: {{window: low-risk, {monthly}}}")
    prop.live(250.0, idle=631.0)
    ended = [each.ended_at for each in prop.book() if each.outcome == "passed"]
    assert len(ended) == 8
    assert 31 * DAY < max(later - earlier for earlier, later in pairwise(ended)) < 32 * DAY
    assert tickets(prop) == {"judgeable"}, "its function test was never carried out"
