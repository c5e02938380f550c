"""A battery that feeds several circuits, against worked figures."""

from __future__ import annotations

import pytest

from simulators.plants import CentralBattery
from simulators.plants.plant import UnknownFault


def plant() -> CentralBattery:
    """Four circuits of 60 W on 24 V: 10 A, and by its capacity exactly 15 min of that."""
    return CentralBattery("c", 0.0, capacity_ah=2.5, step=0.25)


def lit_for(central: CentralBattery) -> float:
    """Seconds for which every circuit is lit after the mains fails now."""
    central.fail("mains_failure")
    while central.lamp_on and central.now < 7200:
        central.advance(central.now + 0.25)
    return central.now


def test_the_whole_load_empties_it_in_a_quarter_of_an_hour() -> None:
    assert plant().load_amps == 10.0
    assert lit_for(plant()) == pytest.approx(900.0, abs=0.5)


def test_a_circuit_that_is_out_is_darkness_and_spares_the_battery() -> None:
    central = plant()
    central.fail("circuits_out", circuits=1)
    assert lit_for(central) == 0.0
    assert (central.watts, central.lamp_amps, central.carried(1), central.carried(2)) == (180.0, 7.5, False, True)
    central.advance(1199.0)
    assert central.watts == 180.0, "20 min on three quarters of the load"
    central.advance(1202.0)
    assert central.watts == 0.0
    with pytest.raises(UnknownFault):
        central.fail("circuits_out", lamps=1)


def test_on_mains_nothing_is_lit_unless_it_is_maintained() -> None:
    assert (plant().watts, plant().lamp_on) == (0.0, False)
    maintained = CentralBattery("c", 0.0, maintained=True)
    assert (maintained.watts, maintained.lamp_on, maintained.on_battery) == (240.0, True, False)


def test_its_own_function_test_and_a_relay_in_its_feed() -> None:
    central = plant()
    assert central.act("function-test")
    central.advance(10.0)
    assert (central.on_battery, central.watts) == (True, 240.0)
    central.advance(60.0)
    assert (central.on_battery, central.self_test.done["function"]) == (False, True)
    assert central.switch_relay(True)
    assert central.lamp_on
    assert central.switch_relay(False)
    assert not central.lamp_on
