"""A unit whose tables are plain dictionaries, holes included. For devices and tests; knows no plant."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulators.modbus.pdu import Code, Refusal, Table


@dataclass
class Image:
    """What a unit shows at one moment: address to value, per table. A missing address is a hole."""

    tables: dict[Table, dict[int, int]] = field(default_factory=lambda: {table: {} for table in Table})

    def bits(self, table: Table, address: int, values: Sequence[bool]) -> None:
        """Sets consecutive bits."""
        self.tables[table].update((address + index, int(value)) for index, value in enumerate(values))

    def words(self, table: Table, address: int, *values: int) -> None:
        """Sets consecutive registers; negative values become two's complement, larger ones are clipped."""
        self.tables[table].update((address + index, u16(value)) for index, value in enumerate(values))

    def u32(self, table: Table, address: int, value: int, *, low_word_first: bool = False) -> None:
        """Sets a 32-bit value, which wraps, in two registers."""
        high, low = value >> 16 & 0xFFFF, value & 0xFFFF
        self.words(table, address, *((low, high) if low_word_first else (high, low)))

    def f32(self, table: Table, address: int, value: float) -> None:
        """Sets an IEEE 754 single, high word first."""
        self.words(table, address, *struct.unpack(">HH", struct.pack(">f", value)))

    def read(self, table: Table, address: int, count: int) -> list[int]:
        """Consecutive values. Raises `Refusal` for a table that is empty (function) or an address that is a hole."""
        cells = self.tables[table]
        if not cells:
            raise Refusal(Code.FUNCTION)
        try:
            return [cells[index] for index in range(address, address + count)]
        except KeyError:
            raise Refusal(Code.ADDRESS) from None


def u16(value: int) -> int:
    """A register: negative as two's complement, clipped to what 16 bits hold."""
    return max(-0x8000, min(value, 0xFFFF)) & 0xFFFF


class StaticUnit:
    """A unit that keeps what it was given and what was written to it."""

    def __init__(self, tables: Mapping[Table, Mapping[int, int]]) -> None:
        self.image = Image()
        for table, cells in tables.items():
            self.image.tables[table].update(cells)

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Consecutive values. Raises `Refusal`."""
        return self.image.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Sets values that exist already. Raises `Refusal`."""
        self.image.read(table, address, len(values))
        self.image.words(table, address, *values)
        return True
