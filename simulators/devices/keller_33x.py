"""KELLER 33X pressure transmitter. Table: communication protocol series 30, float32 high word first, bar and Celsius.

The same values stand in the old map (0x0002 P1, 0x0008 TOB1) and the new one (0x0100, 0x0102). An error shows as NaN.
"""

from __future__ import annotations

import math

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import Extinguisher


class Keller33x(ModbusDevice):
    """One transmitter on one extinguisher."""

    def image(self) -> Image:
        """All registers of the transmitter."""
        extinguisher = one(self.plants, Extinguisher)
        broken = self.trouble.sensor_error
        bar = math.nan if broken else extinguisher.pressure_mpa * 10
        celsius = math.nan if broken else extinguisher.celsius
        image = Image()
        for address, value in ((0, 0.0), (2, bar), (4, 0.0), (6, celsius), (8, celsius), (10, 0.0)):
            image.f32(Table.HOLDING, address, value)
        for address, value in ((0x100, bar), (0x102, celsius), (0x104, 0.0), (0x106, 0.0)):
            image.f32(Table.HOLDING, address, value)
        for address, value in ((0x3A0, 0.0), (0x3A2, 30.0)):
            image.f32(Table.HOLDING, address, value)
        return image
