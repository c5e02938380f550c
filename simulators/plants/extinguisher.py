"""A stored-pressure extinguisher: gas at constant volume, its leak and its temperature, its place. Knows no device."""

from __future__ import annotations

import math
from typing import ClassVar

from simulators.plants.plant import DAY, Params, Plant

ATMOSPHERE_MPA = 0.101325
YEAR = 365.25 * DAY
_COLDEST = 15 * DAY  # mid-January, since 1970


def pressure_at(p20_mpa: float, celsius: float) -> float:
    """Gauge pressure in MPa of a closed gas charge that shows `p20_mpa` at 20 degrees (ideal gas, constant volume)."""
    return (p20_mpa + ATMOSPHERE_MPA) * (celsius + 273.15) / 293.15 - ATMOSPHERE_MPA


class Extinguisher(Plant):
    """`p20` is the fill in MPa at 20 degrees; the place swings daily by `swing` around `mean` degrees Celsius.

    `season` is half of what lies between January and July, `lag_h` the hours that the gas takes to follow its place.
    """

    family: ClassVar[str] = "extinguisher"
    FAULTS: ClassVar[dict[str, Params]] = {
        "leak": {"kpa_per_day": 20.0},
        "discharged": {"p20": 0.15},
        "over_pressure": {"p20": 1.55},
        "removed": {},
        "obstructed": {},
    }
    season = 0.0
    lag_h = 0.0

    def __init__(
        self, plant_id: str, start: float, seed: int = 0, *, p20: float = 1.2, mean: float = 20.0, swing: float = 6.0
    ) -> None:
        super().__init__(plant_id, start, seed)
        self.mean, self.swing = mean, swing
        self.fill = p20 + self.random.uniform(-0.02, 0.02)

    @property
    def celsius(self) -> float:
        """Temperature of the gas: it follows its place later and less, as a heat capacity behind a resistance does."""
        behind = math.atan(2 * math.pi * self.lag_h * 3600 / DAY)
        return self._celsius(math.cos(behind), behind / (2 * math.pi) * DAY)

    @property
    def ambient_celsius(self) -> float:
        """Temperature of its place: coldest at 03:00 and warmest at 15:00 UTC+8."""
        return self._celsius(1.0, 0.0)

    def _celsius(self, share: float, later: float) -> float:
        local = (self.now + 8 * 3600) % DAY
        year = math.cos(2 * math.pi * (self.now - _COLDEST) / YEAR) if self.season else 0.0
        day = math.sin(2 * math.pi * (local - 9 * 3600 - later) / DAY)
        return self.mean - self.season * year + share * self.swing * day

    @property
    def p20_mpa(self) -> float:
        """The charge, as gauge pressure in MPa at 20 degrees."""
        for fault in ("discharged", "over_pressure"):
            if fault in self.active:
                return self.active[fault]["p20"]
        if "leak" in self.active:
            return max(0.0, self.fill - self.worn("leak") / 1000)
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
