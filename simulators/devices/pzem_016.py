"""Peacefair PZEM-016 AC meter in a gate motor's supply. Table: input registers 0-9, 32-bit values low word first."""

from __future__ import annotations

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import BarrierGate
from simulators.plants.barrier_gate import MAINS_V


class Pzem016(ModbusDevice):
    """Volts 0.1, amperes 0.001, watts 0.1, energy 1 Wh, hertz 0.1, power factor 0.01, alarm."""

    def image(self) -> Image:
        """All registers of the meter."""
        gate = one(self.plants, BarrierGate)
        image = Image()
        image.words(Table.INPUT, 0, round(MAINS_V * 10))
        image.u32(Table.INPUT, 1, round(gate.motor_amps * 1000), low_word_first=True)
        image.u32(Table.INPUT, 3, round(gate.motor_watts * 10), low_word_first=True)
        image.u32(Table.INPUT, 5, round(gate.energy_wh), low_word_first=True)
        image.words(Table.INPUT, 7, 500, 72, 0)
        return image
