"""Peacefair PZEM-016 AC meter, on a gate motor or behind the inverter of a central battery.

Table: input registers 0-9, 32-bit values low word first.
"""

from __future__ import annotations

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import BarrierGate, CentralBattery
from simulators.plants.barrier_gate import MAINS_V


class Pzem016(ModbusDevice):
    """Volts 0.1, amperes 0.001, watts 0.1, energy 1 Wh, hertz 0.1, power factor 0.01, alarm."""

    def image(self) -> Image:
        """All registers of the meter."""
        amps, watts, energy_wh = self._metered()
        image = Image()
        image.words(Table.INPUT, 0, round(MAINS_V * 10))
        image.u32(Table.INPUT, 1, round(amps * 1000), low_word_first=True)
        image.u32(Table.INPUT, 3, round(watts * 10), low_word_first=True)
        image.u32(Table.INPUT, 5, round(energy_wh), low_word_first=True)
        image.words(Table.INPUT, 7, 500, 72, 0)
        return image

    def _metered(self) -> tuple[float, float, float]:
        """Amperes, watts and watt hours; those of a central battery are not counted."""
        if isinstance(self.plants[0], CentralBattery):
            watts = one(self.plants, CentralBattery).watts
            return watts / MAINS_V, watts, 0.0
        gate = one(self.plants, BarrierGate)
        return gate.motor_amps, gate.motor_watts, gate.energy_wh
