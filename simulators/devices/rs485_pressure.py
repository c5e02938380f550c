"""The RS-485 pressure transmitter sold under many names. Table: 2 unit, 3 decimals, 4 value, 5-6 range, 12 zero offset.

`unit` and `decimals` differ from one to the next and must be read; an error shows as the lowest signed value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import Extinguisher
from simulators.plants.plant import Plant

# Register value and how many of the unit make one MPa.
UNITS = {"MPa": (0, 1.0), "kPa": (1, 1000.0), "bar": (3, 10.0), "psi": (6, 145.0377)}


class Rs485Pressure(ModbusDevice):
    """One transmitter on one extinguisher."""

    def __init__(
        self, plants: Sequence[Plant], now: Callable[[], float], *, shows: str = "kPa", decimals: int = 0
    ) -> None:
        super().__init__(plants, now)
        self._code, self._per_mpa = UNITS[shows]
        self._decimals = decimals

    def image(self) -> Image:
        """All registers of the transmitter."""
        extinguisher = one(self.plants, Extinguisher)
        scale = self._per_mpa * 10**self._decimals
        value = -0x8000 if self.trouble.sensor_error else round(extinguisher.pressure_mpa * scale)
        image = Image()
        image.words(Table.HOLDING, 0, 1, 3, self._code, self._decimals, value, 0, round(2.5 * scale))
        image.words(Table.HOLDING, 12, 0)
        return image
