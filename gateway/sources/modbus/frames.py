"""Frames as they are on the wire: what pymodbus is to make of an answer, and what it must not swallow in silence."""

from __future__ import annotations

import logging
import struct

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

# It would report every lost frame as an error; here each loss is told once, in its own words.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

EXCEPTION = 0x80
COILS, DISCRETE, HOLDING, INPUT = 1, 2, 3, 4
UNDECODABLE = (ModbusException, LookupError, ValueError, struct.error)


class _Registers(ReadHoldingRegistersResponse):
    """Registers of an answer whose length agrees with itself; else none, which fits no question."""

    def decode(self, data: bytes) -> None:
        count, odd = divmod(data[0], 2)
        self.registers = () if odd or len(data) != data[0] + 1 else struct.unpack(f">{count}H", data[1:])

    def __str__(self) -> str:
        return f"{len(self.registers)} registers"


class _InputRegisters(_Registers):
    function_code = INPUT


class _Bits(ReadCoilsResponse):
    """Bits of an answer whose length agrees with itself, eight to a byte, as numbers 0 and 1 in ``registers``."""

    def decode(self, data: bytes) -> None:
        packed = int.from_bytes(data[1:], "little")
        bits = range(8 * data[0] if len(data) == data[0] + 1 else 0)
        self.registers = [packed >> bit & 1 for bit in bits]


class _DiscreteBits(_Bits):
    function_code = DISCRETE


class WriteCoil(ModbusPDU):
    """Function 5, as asked and as answered: the answer repeats the question, ``registers`` are address and value."""

    function_code = 5
    rtu_frame_size = 8

    def encode(self) -> bytes:
        return struct.pack(">HH", *self.registers)

    def decode(self, data: bytes) -> None:
        self.registers = list(struct.unpack(">HH", data))


class WriteRegister(WriteCoil):
    function_code = 6


WRITES = {each.function_code: each for each in (WriteCoil, WriteRegister)}


def _decoder() -> DecodePDU:
    decoder = DecodePDU(False)
    for answer in (_Registers, _InputRegisters, _Bits, _DiscreteBits, WriteCoil, WriteRegister):
        decoder.register(answer)
    return decoder


DECODER = _decoder()


class Guard(FramerBase):
    """Notices whatever arrives beside the one answer, and raises nothing into the event loop."""

    waiting = False
    """A question is open."""
    strayed = False
    """Something came that was not its answer."""
    heard = 0
    _fits = (0, 0)

    def handleFrame(self, data: bytes, exp_devid: int, exp_tid: int) -> tuple[int, ModbusPDU | None]:  # noqa: N802 - pymodbus calls it so
        self.heard += 1
        if not self.waiting:
            self.strayed = True
            return len(data), None
        self._fits = exp_devid, exp_tid
        try:
            used, answer = super().handleFrame(data, exp_devid, exp_tid)
        except UNDECODABLE:
            # Ends the wait at once; function 0x80 of unit 0 fits no question.
            used, answer = len(data), ExceptionResponse(0)
        if answer is not None:
            self.waiting = False
            self.strayed |= used < len(data)
        return used, answer

    def decode(self, _data: bytes) -> tuple[int, int, int, bytes]:
        used, unit, transaction, payload = super().decode(_data)
        overhead = used - len(payload)
        if payload and ((unit, transaction) != self._fits or overhead != self.overhead):
            self.strayed = True
        return used, unit, transaction, payload

    overhead = 0
    """Bytes of a frame beside function and data."""


class RtuGuard(Guard, FramerRTU):
    overhead = 3


class TcpGuard(Guard, FramerSocket):
    overhead = 7
