"""Modbus TCP and RTU frames out of a stream of bytes, and back. Pure: knows no socket."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

# Request lengths on RTU, unit and checksum included; 15 and 16 carry their own byte count.
_FIXED = dict.fromkeys((1, 2, 3, 4, 5, 6), 8)
_COUNTED = (15, 16)
_LONGEST_PDU = 253


class GarbledStream(Exception):
    """The stream cannot be brought back into step: close it."""


@dataclass(frozen=True)
class Request:
    """One request frame. `tag` is the transaction id on TCP and unused on RTU."""

    unit: int
    pdu: bytes
    tag: int = 0


class Framing(Protocol):
    """Cuts requests out of arriving bytes and wraps answers."""

    def feed(self, data: bytes) -> list[Request]:
        """The requests completed by these bytes. Raises `GarbledStream`."""

    def wrap(self, request: Request, pdu: bytes) -> bytes:
        """The whole answer frame to a request."""


class TcpFraming:
    """Modbus TCP: a header with transaction id, protocol 0, length and unit."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Request]:
        """The requests completed by these bytes. Raises `GarbledStream` on a header that is not Modbus."""
        self._buffer += data
        requests = []
        while len(self._buffer) >= 8:
            tag, protocol, length, unit = struct.unpack(">HHHB", self._buffer[:7])
            if protocol != 0 or not 2 <= length <= _LONGEST_PDU + 1:
                raise GarbledStream(f"header {self._buffer[:7].hex()}")
            if len(self._buffer) < 6 + length:
                break
            requests.append(Request(unit, self._buffer[7 : 6 + length], tag))
            self._buffer = self._buffer[6 + length :]
        return requests

    def wrap(self, request: Request, pdu: bytes) -> bytes:
        """The answer with the request's transaction id."""
        return struct.pack(">HHHB", request.tag, 0, len(pdu) + 1, request.unit) + pdu


class RtuFraming:
    """Modbus RTU, told apart by length and checksum since a stream has no silent intervals."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Request]:
        """The requests completed by these bytes; a frame with a bad checksum empties the buffer, as a pause would."""
        self._buffer += data
        requests = []
        while (size := self._frame_size()) and len(self._buffer) >= size:
            frame, self._buffer = self._buffer[:size], self._buffer[size:]
            if crc16(frame[:-2]) != frame[-2:]:
                self._buffer = b""
                break
            requests.append(Request(frame[0], frame[1:-2]))
        return requests

    def _frame_size(self) -> int:
        """Bytes of the frame that starts the buffer; 0 while that is not known."""
        if len(self._buffer) < 4:
            return 0
        function = self._buffer[1]
        if function in _FIXED:
            return _FIXED[function]
        if function in _COUNTED:
            return 9 + self._buffer[6] if len(self._buffer) > 6 else 0
        # A function that nobody knows: only the checksum can say whether it is complete.
        return len(self._buffer)

    def wrap(self, request: Request, pdu: bytes) -> bytes:
        """The answer with its checksum."""
        frame = bytes((request.unit,)) + pdu
        return frame + crc16(frame)


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1  # noqa: PLW2901 - shifting it is the algorithm
        table.append(value)
    return tuple(table)


_CRC = _crc_table()


def crc16(data: bytes) -> bytes:
    """The Modbus checksum in wire order, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")
