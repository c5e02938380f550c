"""CAME GARD PTX barrier, board ZLB30B. Table: CAME FA01323M4A, registers 401xx are wire addresses 100 and up.

A write to a command coil moves the boom, as on the real board.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulators.devices.device import ModbusDevice, one
from simulators.modbus.pdu import Code, Refusal, Table
from simulators.modbus.tables import Image
from simulators.plants import BarrierGate

STATUS = {"open": 16, "closed": 17, "stopped": 19, "opening": 32, "closing": 33}
_OPEN_COIL, _CLOSE_COIL = 1, 3  # coils 2 and 4 counted from 1


class CameGardPtx(ModbusDevice):
    """One barrier."""

    def image(self) -> Image:
        """All tables of the board."""
        gate = one(self.plants, BarrierGate)
        image = Image()
        image.words(Table.HOLDING, 0, 0x0803, 1, 4, 2)
        image.words(
            Table.HOLDING, 4, *(high << 8 | low for high, low in zip(*[iter(b"ZLB30B-0004217")] * 2, strict=True))
        )
        image.words(Table.HOLDING, 100, STATUS[gate.state], gate.position_percent, _flags(gate), gate.error_code)
        image.u32(Table.HOLDING, 104, gate.operations, low_word_first=True)
        image.u32(Table.HOLDING, 106, gate.operations % 1000, low_word_first=True)
        image.words(Table.HOLDING, 108, gate.loop_occupied | gate.obstruction << 1, 31)
        image.bits(Table.COIL, 0, [False] * 8)
        image.bits(Table.DISCRETE, 102, [bool(_flags(gate) >> bit & 1) for bit in range(8)])
        return image

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Commands; the other coils are taken and do nothing here. Raises `Refusal`."""
        if table is not Table.COIL or address + len(values) > 8:
            raise Refusal(Code.ADDRESS)
        self.advance()
        gate = one(self.plants, BarrierGate)
        wanted = {address + index for index, value in enumerate(values) if value}
        if _OPEN_COIL in wanted and gate.state == "closed":
            gate.raise_boom()
        elif _CLOSE_COIL in wanted and gate.state == "open":
            gate.lower_boom()
        else:
            return False
        return True


def _flags(gate: BarrierGate) -> int:
    """Bit 0 needs calibration, bit 1 open limit switch; the map names no others."""
    return (gate.state == "open") << 1
