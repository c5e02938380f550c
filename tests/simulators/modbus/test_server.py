"""The Modbus slave against independent peers: pymodbus and mbpoll."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from pymodbus import FramerType, ModbusException
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from simulators.modbus.line import Line
from simulators.modbus.pdu import Table, Write
from simulators.modbus.server import SerialServer, TcpServer
from simulators.modbus.tables import StaticUnit


def a_unit() -> StaticUnit:
    return StaticUnit(
        {
            Table.HOLDING: {**{address: 1000 + address for address in range(10)}, 20: 7},
            Table.INPUT: {address: 2000 + address for address in range(125)},
            Table.COIL: dict.fromkeys(range(16), 0),
            Table.DISCRETE: {address: address % 3 == 0 for address in range(12)},
        }
    )


@asynccontextmanager
async def tcp(line: Line, *, rtu: bool = False) -> AsyncIterator[AsyncModbusTcpClient]:
    server = TcpServer(line, rtu=rtu)
    await server.start()
    framer = FramerType.RTU if rtu else FramerType.SOCKET
    client = AsyncModbusTcpClient(server.host, port=server.port, framer=framer, timeout=0.5, retries=0)
    await client.connect()
    try:
        yield client
    finally:
        client.close()
        await server.stop()


async def check_reads(client: AsyncModbusTcpClient | AsyncModbusSerialClient) -> None:
    holding = await client.read_holding_registers(2, count=3, device_id=1)
    inputs = await client.read_input_registers(0, count=125, device_id=1)
    bits = await client.read_discrete_inputs(0, count=12, device_id=1)
    assert holding.registers == [1002, 1003, 1004]
    assert inputs.registers == list(range(2000, 2125))
    assert bits.bits[:12] == [True, False, False] * 4


@pytest.mark.parametrize("rtu", [False, True])
def test_pymodbus_reads_all_tables(rtu: bool) -> None:
    async def story() -> None:
        async with tcp(Line({1: a_unit()}), rtu=rtu) as client:
            await check_reads(client)

    asyncio.run(story())


@pytest.mark.parametrize("rtu", [False, True])
def test_every_write_is_done_and_noted(rtu: bool) -> None:
    noted: list[tuple[int, Write]] = []

    async def story() -> None:
        line = Line({1: a_unit()}, on_write=lambda unit, write: noted.append((unit, write)))
        async with tcp(line, rtu=rtu) as client:
            await client.write_coil(3, True, device_id=1)
            await client.write_register(4, 55, device_id=1)
            await client.write_coils(0, [True, False, True], device_id=1)
            await client.write_registers(0, [9, 8], device_id=1)
            coils = await client.read_coils(0, count=4, device_id=1)
            words = await client.read_holding_registers(0, count=5, device_id=1)
        assert coils.bits[:4] == [True, False, True, True]
        assert words.registers == [9, 8, 1002, 1003, 55]

    asyncio.run(story())
    assert noted == [
        (1, Write(5, 3, (1,))),
        (1, Write(6, 4, (55,))),
        (1, Write(15, 0, (1, 0, 1))),
        (1, Write(16, 0, (9, 8))),
    ]


@pytest.mark.parametrize(
    ("address", "count", "code"),
    [(9, 2, 2), (0, 21, 2), (65535, 1, 2)],
)
def test_holes_are_illegal_addresses(address: int, count: int, code: int) -> None:
    async def story() -> int:
        async with tcp(Line({1: a_unit()})) as client:
            answer = await client.read_holding_registers(address, count=count, device_id=1)
            return int(answer.exception_code)

    assert asyncio.run(story()) == code


def test_an_absent_unit_is_silent_or_refused() -> None:
    async def ask(line: Line) -> int | None:
        async with tcp(line) as client:
            try:
                answer = await client.read_holding_registers(0, count=1, device_id=9)
            except ModbusException:
                return None
            return int(answer.exception_code)

    assert asyncio.run(ask(Line({1: a_unit()}))) is None
    assert asyncio.run(ask(Line({1: a_unit()}, refuse_absent=True))) == 0x0B


def test_manners_silence_exception_and_delay() -> None:
    async def story() -> None:
        line = Line({1: a_unit(), 2: a_unit()})
        async with tcp(line) as client:
            line.manners_of(2).exception = 4
            answer = await client.read_holding_registers(0, count=1, device_id=2)
            assert answer.exception_code == 4
            line.manners_of(1).delay_s = 0.1
            loop = asyncio.get_running_loop()
            asked = loop.time()
            await client.read_holding_registers(0, count=1, device_id=1)
            assert loop.time() - asked >= 0.1
            line.manners_of(1).silent = True
            with pytest.raises(ModbusException):
                await client.read_holding_registers(0, count=1, device_id=1)

    asyncio.run(story())


def test_a_pty_is_a_serial_line() -> None:
    async def story() -> None:
        server = SerialServer(Line({1: a_unit()}))
        await server.start()
        client = AsyncModbusSerialClient(server.path, baudrate=9600, timeout=1, retries=0)
        await client.connect()
        await check_reads(client)
        client.close()
        await server.stop()

    asyncio.run(story())


def test_a_stopped_port_opens_again() -> None:
    async def story() -> None:
        server = TcpServer(Line({1: a_unit()}))
        await server.start()
        port = server.port
        await server.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await server.start()
        assert server.port == port
        await server.stop()

    asyncio.run(story())


def test_garbage_closes_a_tcp_connection() -> None:
    async def story() -> bytes:
        server = TcpServer(Line({1: a_unit()}))
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await server.stop()
        return answer

    assert asyncio.run(story()) == b""


@pytest.mark.needs("mbpoll")
def test_mbpoll_reads_the_same() -> None:
    async def story() -> str:
        server = TcpServer(Line({1: a_unit()}))
        await server.start()
        command: Sequence[str] = (
            *("mbpoll", "-m", "tcp", "-p", str(server.port), "-a", "1", "-0"),
            *("-r", "2", "-c", "3", "-t", "4", "-1", "127.0.0.1"),
        )
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=20, check=True)
        await server.stop()
        return done.stdout

    shown = asyncio.run(story())
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("[")] == ["1002", "1003", "1004"]
