"""WitMotion WTVB01-485 vibration sensor in a lift car. Table: user guide 10.3; velocity 0x3A-0x3C in 0.01 mm/s."""

from __future__ import annotations

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import Lift

_SHARES = (0.35, 0.25, 0.9)  # how the ride's velocity falls on the three axes, upright last


class WitmotionWtvb01(ModbusDevice):
    """One sensor."""

    def image(self) -> Image:
        """All registers that the guide names."""
        lift = one(self.plants, Lift)
        velocity = [round(lift.vibration_mm_s * share * 100) for share in _SHARES]
        image = Image()
        image.words(Table.HOLDING, 0x04, 2)
        image.words(Table.HOLDING, 0x1A, 0x50)
        image.words(Table.HOLDING, 0x34, 12, -8, 2048, 0, 0, 0)
        image.words(Table.HOLDING, 0x3A, *([0xFFFF] * 3 if self.trouble.sensor_error else velocity))
        image.words(Table.HOLDING, 0x3D, 0, 0, 0, 2650, *(3 * value // 10 for value in velocity))
        image.words(Table.HOLDING, 0x44, *([0] * 3 if not lift.moving else (118, 121, 94)))
        return image
