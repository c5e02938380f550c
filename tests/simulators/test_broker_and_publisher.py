"""What happens when a broker cannot be had, comes late or goes."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusSerialClient

from simulators import publisher as publisher_module
from simulators.broker import BrokerFailed, embedded_broker
from simulators.devices.device import Message
from simulators.modbus.line import Line
from simulators.modbus.pdu import Table
from simulators.modbus.server import SerialServer
from simulators.modbus.tables import StaticUnit
from simulators.publisher import NoBroker, Publisher


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_without_a_broker_the_publisher_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "_CONNECT_S", 0.2)
    port = free_port()
    with pytest.raises(NoBroker, match=f"127.0.0.1:{port}"):
        asyncio.run(Publisher("127.0.0.1", port).start())


def test_a_broker_on_a_taken_port_fails() -> None:
    async def story(port: int) -> None:
        async with embedded_broker("127.0.0.1", port):
            pytest.fail("it cannot run")

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BrokerFailed, match="did not start"):
        asyncio.run(story(taken.getsockname()[1]))


def test_messages_without_a_connection_are_lost_and_counted() -> None:
    async def story() -> dict[str, int]:
        port = free_port()
        async with embedded_broker("127.0.0.1", port):
            publisher = Publisher("127.0.0.1", port)
            await publisher.start()
            publisher.publish(Message("a", "1"))
            publisher.paused = True
            publisher.publish(Message("a", "2"))
            await publisher.stop()
            publisher.paused = False
            publisher.publish(Message("a", "3"))
            return dict(publisher.counts)

    assert asyncio.run(story()) == {"messages": 1, "lost": 2}


@pytest.mark.needs("socat")
def test_a_named_serial_port_is_served(tmp_path: Path, needs: Callable[[str], str]) -> None:
    """socat joins two ptys, as a null modem cable joins two ports."""
    near, far = tmp_path / "near", tmp_path / "far"

    async def story() -> list[int]:
        server = SerialServer(Line({7: StaticUnit({Table.HOLDING: {0: 5, 1: 6}})}), str(near))
        await server.start()
        client = AsyncModbusSerialClient(str(far), baudrate=9600, timeout=5, retries=0)
        assert await client.connect()
        answer = await client.read_holding_registers(0, count=2, device_id=7)
        client.close()
        await server.stop()
        return list(answer.registers)

    cable = subprocess.Popen([needs("socat"), f"pty,raw,echo=0,link={near}", f"pty,raw,echo=0,link={far}"])
    pause = threading.Event()
    while not (near.exists() and far.exists()) and cable.poll() is None:
        pause.wait(0.02)
    try:
        assert asyncio.run(asyncio.wait_for(story(), 30)) == [5, 6]
    finally:
        cable.terminate()
        cable.wait()


def test_a_pty_that_nobody_opens_can_be_closed() -> None:
    async def story() -> str:
        server = SerialServer(Line({}))
        await server.start()
        path = server.path
        await server.stop()
        return path

    assert asyncio.run(story()).startswith("/dev/")


def test_a_broker_that_stalls_is_seen_by_what_does_not_come_back(needs: Callable[[str], str], tmp_path: Path) -> None:
    async def until(publisher: Publisher, keeps_up: bool) -> None:
        while publisher.keeps_up() is not keeps_up:
            publisher.ask()
            await asyncio.sleep(0.005)

    async def story() -> None:
        port = free_port()
        (tmp_path / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        broker = await asyncio.create_subprocess_exec(needs("mosquitto"), "-c", str(tmp_path / "broker.conf"))
        publisher = Publisher("127.0.0.1", port)
        await publisher.start()
        publisher.ask()
        await until(publisher, True)
        broker.send_signal(signal.SIGSTOP)
        await asyncio.wait_for(until(publisher, False), 10)
        broker.send_signal(signal.SIGCONT)
        await asyncio.wait_for(until(publisher, True), 10)
        broker.kill()
        await broker.wait()
        await asyncio.wait_for(until(publisher, True), 10)
        await publisher.stop()

    asyncio.run(story())
