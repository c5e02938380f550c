"""Invertek Elevator Core lift drive. Table: the maker's help page, wire addresses as printed: 256 to 259."""

from __future__ import annotations

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Table
from simulators.modbus.tables import Image
from simulators.plants import Lift


class InvertekElevatorCore(ModbusDevice):
    """Status bits: 0 running, 1 tripped, 2 STO open, 4 standby, 7 trip code active; high byte error code."""

    def image(self) -> Image:
        """The control block, which nobody should write, and the status block."""
        lift = one(self.plants, Lift)
        tripped = lift.fault_code != 0
        status = lift.moving | tripped << 1 | (not lift.moving) << 4 | tripped << 7 | lift.fault_code << 8
        hertz = round(abs(lift.speed_m_s) / lift.rated * 500)
        amps = round(lift.motor_amps * 10)
        image = Image()
        image.words(Table.HOLDING, 250, 0, 0, 0, 0)
        image.words(Table.HOLDING, 256, status, hertz, amps, 4 * amps)
        return image
