"""Many Modbus TCP devices whose registers all change each second, for as little CPU as possible. Only for measuring.

`python -m simulators.bench_server --devices 200 --registers 64` prints {"host", "ports"} and serves until SIGTERM.
Every register of device d holds (seconds since start * 7 + address + 31 * d) modulo 65536, in both read tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import struct
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import cast

_EXCEPTION = struct.Struct(">HHHBBB")
_HEADER = struct.Struct(">HHHBBB")
_REQUEST = struct.Struct(">HHHBBHH")


def registers(device: int, second: int, count: int) -> bytes:
    """The register block of a device in a second, in wire order."""
    base = second * 7 + 31 * device
    return struct.pack(f">{count}H", *((base + address) & 0xFFFF for address in range(count)))


class BenchDevice:
    """The block of one device; `turn` replaces it."""

    def __init__(self, number: int, count: int) -> None:
        self.number, self.count = number, count
        self.block = registers(number, 0, count)

    def turn(self, second: int) -> None:
        """Changes every register."""
        self.block = registers(self.number, second, self.count)

    def answer(self, frame: bytes) -> bytes:
        """The answer to one Modbus TCP read request of 12 bytes."""
        tag, _, _, unit, function, address, count = _REQUEST.unpack(frame)
        if function not in (3, 4) or not 1 <= count <= 125 or address + count > self.count:
            code = 1 if function not in (3, 4) else 2
            return _EXCEPTION.pack(tag, 0, 3, unit, function | 0x80, code)
        size = 2 * count
        return _HEADER.pack(tag, 0, size + 3, unit, function, size) + self.block[2 * address : 2 * (address + count)]


class _Peer(asyncio.Protocol):
    def __init__(self, device: BenchDevice) -> None:
        self._device, self._rest = device, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast(asyncio.WriteTransport, transport).write  # uvloop's transport inherits no such class

    def data_received(self, data: bytes) -> None:
        if len(data) == 12 and not self._rest:
            self._write(self._device.answer(data))
            return
        self._rest += data
        while len(self._rest) >= 12:
            self._write(self._device.answer(self._rest[:12]))
            self._rest = self._rest[12:]


async def serve(devices: int, count: int, host: str, port: int) -> None:
    """Listens on one port per device (consecutive from `port`, or free ones for 0) until SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    fleet = [BenchDevice(number, count) for number in range(devices)]
    ports = []
    for device in fleet:
        wanted = port + device.number if port else 0
        server = await loop.create_server(partial(_Peer, device), host, wanted, backlog=16)
        ports.append(server.sockets[0].getsockname()[1])
    sys.stdout.write(json.dumps({"host": host, "ports": ports}) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    turner = asyncio.create_task(_turn(fleet), name="turn registers")
    await stop.wait()
    turner.cancel()


async def _turn(fleet: list[BenchDevice]) -> None:
    second = 0
    while True:
        await asyncio.sleep(1)
        second += 1
        for device in fleet:
            device.turn(second)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m simulators.bench_server", description=__doc__)
    parser.add_argument("--devices", type=int, default=200, help="how many devices, each on a port of its own")
    parser.add_argument("--registers", type=int, default=64, help="registers of each device, 1 to 125")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="first port; 0 takes free ones")
    options = parser.parse_args()
    work = serve(options.devices, options.registers, options.host, options.port)
    _runner()(work)


def _runner() -> Callable[[Coroutine[None, None, None]], None]:
    """uvloop where it is installed: it halves the server's CPU."""
    runner: Callable[[Coroutine[None, None, None]], None] = (
        import_module("uvloop").run if find_spec("uvloop") else asyncio.run
    )
    return runner


if __name__ == "__main__":
    main()
