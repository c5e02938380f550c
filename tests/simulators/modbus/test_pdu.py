"""Requests and answers as bytes, written out by hand from the Modbus application protocol."""

from __future__ import annotations

import pytest

from simulators.modbus.framing import GarbledStream, Request, RtuFraming, TcpFraming, crc16
from simulators.modbus.pdu import Table, Write, answer, parse_write
from simulators.modbus.tables import Image, StaticUnit


def unit() -> StaticUnit:
    return StaticUnit(
        {
            Table.HOLDING: {0x6B: 555, 0x6C: 0, 0x6D: 100},
            Table.COIL: {index: int(bit) for index, bit in enumerate("1011001110101100", 0x13)},
        }
    )


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("03 006b 0003", "03 06 022b 0000 0064"),
        ("01 0013 000a", "01 02 cd 01"),
        ("05 0014 ff00", "05 0014 ff00"),
        ("06 006c 0003", "06 006c 0003"),
        ("0f 0013 000a 02 cd01", "0f 0013 000a"),
        ("10 006b 0002 04 000a 0102", "10 006b 0002"),
        ("03 006b 0004", "83 02"),
        ("03 006b 0000", "83 03"),
        ("03 006b 007e", "83 03"),
        ("03 ffff 0002", "83 02"),
        ("01 0013 07d1", "81 03"),
        ("04 0000 0001", "84 01"),
        ("05 0014 1234", "85 03"),
        ("05 0014", "85 03"),
        ("0f 0013 000a 01 cd", "8f 03"),
        ("10 006b", "90 03"),
        ("10 006b 0002 04 000a", "90 03"),
        ("06 0001 0003", "86 02"),
        ("2b 0e 01 00", "ab 01"),
        ("03 006b", "83 03"),
    ],
)
def test_request_and_answer(request_hex: str, answer_hex: str) -> None:
    assert answer(unit(), bytes.fromhex(request_hex)) == bytes.fromhex(answer_hex)


def test_a_write_is_parsed_as_it_stands_in_the_frame() -> None:
    assert parse_write(bytes.fromhex("10 0001 0002 04 000a 0102")) == Write(16, 1, (10, 258))
    assert parse_write(bytes.fromhex("05 0001 0000")) == Write(5, 1, (0,))
    assert parse_write(bytes.fromhex("03 0001 0001")) is None


def test_checksum_of_a_known_frame() -> None:
    assert crc16(bytes.fromhex("0103 0000 0001")) == bytes.fromhex("840a")


def test_tcp_frames_arrive_in_pieces_and_together() -> None:
    framing = TcpFraming()
    frame = bytes.fromhex("0007 0000 0006 11 03 006b 0003")
    assert framing.feed(frame[:5]) == []
    requests = framing.feed(frame[5:] + frame)
    assert requests == [Request(0x11, frame[7:], 7)] * 2
    assert framing.wrap(requests[0], b"\x83\x02") == bytes.fromhex("0007 0000 0003 11 83 02")


@pytest.mark.parametrize("header", ["0007 0001 0006 11 03", "0007 0000 0001 11 03", "0007 0000 0fff 11 03"])
def test_a_wrong_tcp_header_is_garbage(header: str) -> None:
    with pytest.raises(GarbledStream):
        TcpFraming().feed(bytes.fromhex(header))


@pytest.mark.parametrize("pdu", ["03 0000 0001", "10 0000 0001 02 0005", "2b 0e 01 00"])
def test_rtu_frames_are_cut_by_length_and_checksum(pdu: str) -> None:
    body = b"\x05" + bytes.fromhex(pdu)
    framing = RtuFraming()
    assert framing.feed(body[:3]) == []
    assert framing.feed(body[3:] + crc16(body)) == [Request(5, body[1:])]
    assert framing.feed(body + b"\0\0") == []
    assert framing.feed(body + crc16(body)) == [Request(5, body[1:])]


def test_an_image_holds_signed_wide_and_float_values() -> None:
    image = Image()
    image.words(Table.INPUT, 0, -1, 70_000)
    image.u32(Table.INPUT, 2, 0x12345678)
    image.u32(Table.INPUT, 4, 0x12345678, low_word_first=True)
    image.f32(Table.INPUT, 6, 12.5)
    assert image.read(Table.INPUT, 0, 8) == [0xFFFF, 0xFFFF, 0x1234, 0x5678, 0x5678, 0x1234, 0x4148, 0]
