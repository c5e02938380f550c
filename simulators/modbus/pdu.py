"""Answers a Modbus request PDU from a unit's tables. Pure bytes: knows no socket, no framing and no device."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

MAX_BITS = 2000
MAX_REGISTERS = 125
MAX_WRITE_BITS = 1968
MAX_WRITE_REGISTERS = 123


class Table(StrEnum):
    """The four Modbus tables."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


class Code(IntEnum):
    """Exception codes of the Modbus application protocol V1.1b3, section 7."""

    FUNCTION = 1
    ADDRESS = 2
    VALUE = 3
    FAILURE = 4
    BUSY = 6
    NO_TARGET = 0x0B


class Refusal(Exception):
    """The unit answers with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class Unit(Protocol):
    """One slave. Both methods raise `Refusal`."""

    def read(self, table: Table, address: int, count: int) -> Sequence[int]:
        """Values of consecutive addresses, 0/1 for bits and 0..65535 for registers."""

    def write(self, table: Table, address: int, values: Sequence[int]) -> bool:
        """Sets consecutive coils or holding registers; returns whether anything came of it."""


@dataclass(frozen=True)
class Write:
    """A write as it stood in the frame, and whether the unit did something because of it."""

    function: int
    address: int
    values: tuple[int, ...]
    acted: bool = field(default=False, compare=False)


READS: Mapping[int, Table] = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
WRITES: Mapping[int, Table] = {5: Table.COIL, 6: Table.HOLDING, 15: Table.COIL, 16: Table.HOLDING}


def answer(unit: Unit, pdu: bytes) -> bytes:
    """The response PDU to a request PDU; refusals become exception responses."""
    function = pdu[0]
    try:
        if function in READS:
            return _answer_read(unit, function, pdu)
        if function in WRITES:
            return _answer_write(unit, function, pdu)
        raise Refusal(Code.FUNCTION)
    except Refusal as refusal:
        return exception(function, refusal.code)


def exception(function: int, code: int) -> bytes:
    """An exception response PDU."""
    return bytes((function | 0x80, code))


def _answer_read(unit: Unit, function: int, pdu: bytes) -> bytes:
    if len(pdu) != 5:
        raise Refusal(Code.VALUE)
    address, count = struct.unpack(">HH", pdu[1:])
    table = READS[function]
    bits = table in (Table.COIL, Table.DISCRETE)
    if not 1 <= count <= (MAX_BITS if bits else MAX_REGISTERS):
        raise Refusal(Code.VALUE)
    if address + count > 0x10000:
        raise Refusal(Code.ADDRESS)
    values = unit.read(table, address, count)
    body = pack_bits(values) if bits else struct.pack(f">{count}H", *values)
    return bytes((function, len(body))) + body


def _answer_write(unit: Unit, function: int, pdu: bytes) -> bytes:
    write = parse_write(pdu)
    if write is None:
        raise Refusal(Code.VALUE)
    unit.write(WRITES[function], write.address, write.values)
    return pdu[:5]


def parse_write(pdu: bytes) -> Write | None:
    """What a write request asks for; None for a read, or for a request that contradicts itself."""
    if pdu[0] in (5, 6):
        return _parse_single(pdu)
    if pdu[0] in (15, 16):
        return _parse_many(pdu)
    return None


def _parse_single(pdu: bytes) -> Write | None:
    if len(pdu) != 5:
        return None
    function, address, value = struct.unpack(">BHH", pdu)
    if function == 5:
        if value not in (0, 0xFF00):
            return None
        value = 1 if value else 0
    return Write(function, address, (value,))


def _parse_many(pdu: bytes) -> Write | None:
    if len(pdu) < 7:
        return None
    function, address, count, size = struct.unpack(">BHHB", pdu[:6])
    body = pdu[6:]
    limit = MAX_WRITE_BITS if function == 15 else MAX_WRITE_REGISTERS
    wanted = (count + 7) // 8 if function == 15 else 2 * count
    if not 1 <= count <= limit or size != wanted or len(body) != wanted:
        return None
    if function == 15:
        return Write(function, address, tuple(unpack_bits(body, count)))
    return Write(function, address, struct.unpack(f">{count}H", body))


def pack_bits(values: Sequence[int]) -> bytes:
    """Bits, first one lowest, padded to whole bytes."""
    packed = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        if value:
            packed[index // 8] |= 1 << index % 8
    return bytes(packed)


def unpack_bits(body: bytes, count: int) -> list[int]:
    """The first `count` bits of packed bytes."""
    return [body[index // 8] >> index % 8 & 1 for index in range(count)]
