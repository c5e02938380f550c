"""Gas law, leak and daily swing against worked figures."""

from __future__ import annotations

import pytest

from simulators.plants import Extinguisher
from simulators.plants.extinguisher import pressure_at

DAY = 86_400.0


@pytest.mark.parametrize(
    ("celsius", "mpa"), [(-20, 1.022), (-10, 1.067), (0, 1.111), (20, 1.2), (40, 1.289), (55, 1.355)]
)
def test_pressure_of_a_1_2_mpa_charge(celsius: float, mpa: float) -> None:
    assert pressure_at(1.2, celsius) == pytest.approx(mpa, abs=0.001)


def test_the_gauge_swings_with_the_day_and_the_charge_does_not() -> None:
    bottle = Extinguisher("e", 0.0, 1, mean=20, swing=6)
    shown, charge = [], set()
    for hour in range(24):
        bottle.advance(hour * 3600)
        shown.append(bottle.celsius)
        charge.add(bottle.p20_mpa)
    assert [min(shown), max(shown)] == pytest.approx([14, 26])
    assert shown.index(max(shown)) == (15 - 8) % 24
    assert len(charge) == 1


def test_a_leak_loses_its_rate_and_a_refill_brings_it_back() -> None:
    bottle = Extinguisher("e", 0.0, 1, p20=1.2)
    full = bottle.p20_mpa
    bottle.advance(DAY)
    bottle.fail("leak", kpa_per_day=20)
    bottle.advance(4 * DAY)
    assert bottle.p20_mpa == pytest.approx(full - 0.060)
    bottle.advance(400 * DAY)
    assert bottle.p20_mpa == 0.0
    bottle.repair("leak")
    assert bottle.p20_mpa == full


def test_discharge_and_over_pressure() -> None:
    bottle = Extinguisher("e", 0.0, 1, mean=20, swing=0)
    bottle.fail("discharged")
    assert bottle.pressure_mpa == pytest.approx(0.15)
    bottle.repair("discharged")
    bottle.fail("over_pressure", p20=1.6)
    assert bottle.pressure_mpa == pytest.approx(1.6)


def test_removed_and_obstructed() -> None:
    bottle = Extinguisher("e", 0.0, 1)
    assert (bottle.present, bottle.unobstructed) == (True, True)
    bottle.fail("removed")
    bottle.fail("obstructed")
    assert (bottle.present, bottle.unobstructed) == (False, False)
