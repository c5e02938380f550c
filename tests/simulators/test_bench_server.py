"""The bench server as a process: all devices answer, every register changes each second."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys

import pytest
from pymodbus.client import ModbusTcpClient

from simulators.bench_server import BenchDevice, registers


def test_all_devices_answer_and_change() -> None:
    command = [sys.executable, "-m", "simulators.bench_server", "--devices", "5", "--registers", "64", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        place = json.loads(process.stdout.readline())
        clients = [ModbusTcpClient(place["host"], port=port) for port in place["ports"]]
        for client in clients:
            assert client.connect()  # type: ignore[no-untyped-call]  # pymodbus does not type it
        first = [client.read_holding_registers(0, count=64, device_id=1).registers for client in clients]
        for number, words in enumerate(first):
            assert [word - words[0] for word in words] == list(range(64))
            assert (words[0] - 31 * number) % 7 == 0
        later = first[0]
        while later == first[0]:
            later = clients[0].read_input_registers(0, count=64, device_id=1).registers
        assert all(now != then for now, then in zip(later, first[0], strict=True))
        assert clients[1].read_holding_registers(60, count=5, device_id=1).exception_code == 2
        assert clients[1].read_coils(0, count=1, device_id=1).exception_code == 1
        for client in clients:
            client.close()  # type: ignore[no-untyped-call]  # pymodbus does not type it
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_the_answer_is_a_slice_of_the_block() -> None:
    device = BenchDevice(2, 10)
    device.turn(3)
    answer = device.answer(bytes.fromhex("0009 0000 0006 01 03 0004 0002"))
    assert answer == bytes.fromhex("0009 0000 0007 01 03 04") + struct.pack(">2H", 87, 88)
    assert registers(2, 3, 10)[8:12] == answer[-4:]


@pytest.mark.parametrize("second", [0, 10_000, 10**7])
def test_registers_wrap(second: int) -> None:
    assert len(registers(199, second, 125)) == 250
