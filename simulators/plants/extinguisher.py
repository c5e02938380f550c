"""A stored-pressure extinguisher: gas at constant volume, its leak and its temperature, its place. Knows no device."""

from __future__ import annotations

import math
from typing import ClassVar

from simulators.plants.plant import Params, Plant

ATMOSPHERE_MPA = 0.101325
_DAY = 86_400.0


def pressure_at(p20_mpa: float, celsius: float) -> float:
    """Gauge pressure in MPa of a closed gas charge that shows `p20_mpa` at 20 degrees (ideal gas, constant volume)."""
    return (p20_mpa + ATMOSPHERE_MPA) * (celsius + 273.15) / 293.15 - ATMOSPHERE_MPA


class Extinguisher(Plant):
    """`p20` is the fill in MPa at 20 degrees; the place swings daily by `swing` around `mean` degrees Celsius."""

    family: ClassVar[str] = "extinguisher"
    FAULTS: ClassVar[dict[str, Params]] = {
        "leak": {"kpa_per_day": 20.0},
        "discharged": {"p20": 0.15},
        "over_pressure": {"p20": 1.55},
        "removed": {},
        "obstructed": {},
    }

    def __init__(
        self, plant_id: str, start: float, seed: int = 0, *, p20: float = 1.2, mean: float = 20.0, swing: float = 6.0
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.mean, self.swing = mean, swing
        self.fill = p20 + self.random.uniform(-0.02, 0.02)
        self._leaking_since = start

    @property
    def celsius(self) -> float:
        """Temperature of the gas: coldest at 03:00 and warmest at 15:00 UTC+8."""
        local = (self.now + 8 * 3600) % _DAY
        return self.mean + self.swing * math.sin(2 * math.pi * (local - 9 * 3600) / _DAY)

    @property
    def p20_mpa(self) -> float:
        """The charge, as gauge pressure in MPa at 20 degrees."""
        for fault in ("discharged", "over_pressure"):
            if fault in self.active:
                return self.active[fault]["p20"]
        if "leak" in self.active:
            lost = self.active["leak"]["kpa_per_day"] / 1000 * (self.now - self._leaking_since) / _DAY
            return max(0.0, self.fill - lost)
        return self.fill

    @property
    def pressure_mpa(self) -> float:
        """What a gauge shows, MPa."""
        return pressure_at(self.p20_mpa, self.celsius)

    @property
    def present(self) -> bool:
        """The bracket holds it."""
        return "removed" not in self.active

    @property
    def unobstructed(self) -> bool:
        """Nothing stands in front of it."""
        return "obstructed" not in self.active

    def failed(self, fault: str) -> None:
        """A leak counts from its onset."""
        if fault == "leak":
            self._leaking_since = self.now
