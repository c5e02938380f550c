"""Wiren Board WB-MAI6: six 4-20 mA inputs. Table: the maker's template, firmware 2.4, input registers from 0x0700.

Channel n has its current in 0x0700 + 2(n-1), signed 32 bits in microamperes, high word first; 0x7FFFFFFF is an error.
"""

from __future__ import annotations

from simulators.devices.device import ModbusDevice
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import CentralBattery
from simulators.plants.plant import Plant

CHANNELS, ERROR = 6, 0x7FFFFFFF
SPAN_V = 60.0
"""What a battery's transducer shows at 20 mA; at 4 mA it shows nothing."""


class WbMai6(ModbusDevice):
    """An isolating transducer on each plant's battery, in order."""

    def image(self) -> Image:
        """The currents of all channels. Raises TypeError for what has no transducer."""
        if len(self.plants) > CHANNELS:
            raise TypeError(f"{len(self.plants)} plants do not fit {CHANNELS} channels")
        image = Image()
        for number in range(CHANNELS):
            wired = number < len(self.plants) and not self.trouble.sensor_error
            image.u32(Table.INPUT, 0x0700 + 2 * number, _microamps(self.plants[number]) if wired else ERROR)
        return image


def _microamps(plant: Plant) -> int:
    if not isinstance(plant, CentralBattery):
        raise TypeError(f"{plant.id}: no transducer is wired to a {type(plant).__name__}")
    return round(4_000_000 + 16_000_000 * plant.battery.volts / SPAN_V)
