"""A plant with one battery and an inverter that feeds several circuits of emergency lights. Knows no device."""

from __future__ import annotations

from typing import Any, ClassVar

from simulators.plants.emergency_light import EmergencyLight
from simulators.plants.plant import Params

CELL_V = 2.0


class CentralBattery(EmergencyLight):
    """`circuits` of `circuit_watts` each. It counts as lit while all of them are; one that is out takes no current."""

    family: ClassVar[str] = "central-battery"
    FAULTS: ClassVar[dict[str, Params]] = {**EmergencyLight.FAULTS, "circuits_out": {"circuits": 1.0}}

    def __init__(
        self,
        plant_id: str,
        start: float,
        seed: int = 0,
        *,
        circuits: int = 4,
        circuit_watts: float = 60.0,
        cells: int = 12,
        **label: Any,
    ) -> None:
        self.circuits, self.circuit_watts = circuits, circuit_watts
        amps = circuits * circuit_watts / (cells * CELL_V)
        super().__init__(plant_id, start, seed, cells=cells, load_amps=amps, **label)

    def carried(self, circuit: int) -> bool:
        """Whether a circuit, counted from 1, carries its lamps; the first ones are those that are out."""
        out = self.active.get("circuits_out", {}).get("circuits", 0.0)
        return super().lamp_on and circuit > out

    @property
    def lamp_on(self) -> bool:
        """Light comes out everywhere."""
        return all(self.carried(circuit) for circuit in range(1, self.circuits + 1))

    @property
    def watts(self) -> float:
        """What its circuits take together."""
        return self.circuit_watts * sum(self.carried(circuit) for circuit in range(1, self.circuits + 1))

    @property
    def lamp_amps(self) -> float:
        """What that takes from the battery."""
        return self.watts / (self.battery.cells * CELL_V)
