"""Extinguishers: pressure at 20 °C."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.assets.pressure import at_20c
from gateway.model import BadReading
from tests.assets.story import Story

HEALTHY = {-20: 1.022, -10: 1.067, 0: 1.111, 10: 1.156, 20: 1.200, 30: 1.244, 40: 1.289, 50: 1.333, 55: 1.355}
"""What a unit filled to 1.2 MPa at 20 °C shows, by the gas law."""


PSI = 0.006894757
"""MPa"""


def shown_at(temperature: float, at_20: float) -> float:
    """What the gauge shows at ``temperature`` with ``at_20`` MPa at 20 °C: ``at_20c`` turned round."""
    nothing = at_20c(0.0, temperature)
    return (at_20 - nothing) / (at_20c(1.0, temperature) - nothing)


@pytest.mark.parametrize(("temperature", "shown"), HEALTHY.items())
def test_a_healthy_unit_has_the_same_pressure_at_20c_all_year(temperature: float, shown: float) -> None:
    assert round(shown_at(temperature, 1.2), 3) == shown
    value = Story("pressure_at_20c").at(0, pressure=shown, temperature=temperature, agent="powder")
    assert value == pytest.approx(1.2, abs=0.0006)


@pytest.mark.parametrize(("fahrenheit", "psi"), [(-40, 151), (70, 195), (135, 221)])
def test_195_psi_at_70_fahrenheit_swings_from_151_to_221(fahrenheit: float, psi: int) -> None:
    filled = at_20c(195 * PSI, (70 - 32) / 1.8)
    assert round(shown_at((fahrenheit - 32) / 1.8, filled) / PSI) == psi


def test_each_kelvin_moves_the_gauge_by_four_point_four_kilopascals() -> None:
    assert round((shown_at(21, 1.2) - shown_at(20, 1.2)) * 1000, 1) == 4.4
    assert round((shown_at(35, 1.2) - shown_at(5, 1.2)) * 1000) == 133, "a season; a year's allowed leak is 120"


def test_a_leak_that_summer_hides_is_seen() -> None:
    assert at_20c(1.05, 40.0) == pytest.approx(0.976, abs=0.001)


@pytest.mark.parametrize("agent", ["co2", "clean-agent", "mystery"])
def test_agents_with_a_vapour_pressure_are_not_judged_by_it(agent: str) -> None:
    value = Story("pressure_at_20c").at(0, pressure=5.7, temperature=20.0, agent=agent)
    assert value == BadReading("not-applicable", f"agent {agent} is judged by its mass, not by pressure")


@pytest.mark.parametrize("temperature", [-20.1, 55.1, -300.0, float("nan"), float("inf")])
def test_outside_its_validity_there_is_no_value(temperature: float) -> None:
    value = Story("pressure_at_20c").at(0, pressure=1.2, temperature=temperature, agent="water")
    assert isinstance(value, BadReading)
    assert value.reason == "out-of-validity"


@pytest.mark.parametrize("pressure", [-0.2, float("nan"), float("inf")])
def test_an_impossible_pressure_gives_no_value(pressure: float) -> None:
    assert isinstance(Story("pressure_at_20c").at(0, pressure=pressure, temperature=20.0, agent="foam"), BadReading)


@settings(deadline=None)
@given(some.floats(0.0, 2.0), some.floats(-20, 55))
def test_at_20_degrees_nothing_changes_and_warmer_gas_means_less_at_20(pressure: float, temperature: float) -> None:
    assert at_20c(pressure, 20.0) == pytest.approx(pressure)
    assert (at_20c(pressure, temperature) < pressure) == (temperature > 20.0) or temperature == pytest.approx(20.0)
