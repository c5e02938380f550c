"""What systemd is told: ready once the core is, alive only while every part proves progress."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import ManualClock
from gateway.health import Health
from gateway.supervisor import Supervisor
from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, Process, asset, until, write_site


class Systemd:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)

    def told(self) -> list[str]:
        """Every line that came since the last question."""
        lines: list[str] = []
        while True:
            try:
                lines += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return lines


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listener = Systemd(str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


def supervised(tmp_path: Path) -> tuple[Supervisor, Health, ManualClock]:
    clock = ManualClock()
    return Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")}), Health(clock.now), clock


def test_ready_is_told_once_and_not_before_pipeline_and_store_have_turned(tmp_path: Path, systemd: Systemd) -> None:
    supervisor, health, _ = supervised(tmp_path)
    health.expect("pipeline")
    health.expect("store")
    supervisor.look(health)
    health.beat("pipeline")
    supervisor.look(health)
    assert "READY=1" not in systemd.told()
    health.beat("store")
    supervisor.look(health)
    assert systemd.told() == ["STATUS=well", "READY=1", "WATCHDOG=1"]
    supervisor.look(health)
    assert systemd.told() == ["WATCHDOG=1"]


def test_a_part_that_falls_silent_ends_the_signs_of_life(tmp_path: Path, systemd: Systemd) -> None:
    supervisor, health, clock = supervised(tmp_path)
    health.beat("store")
    health.beat("pipeline")
    clock.advance(9.0)
    health.beat("store")
    supervisor.look(health)
    assert "WATCHDOG=1" in systemd.told()
    clock.advance(2.0)
    supervisor.look(health)
    assert systemd.told() == ["STATUS=pipeline: silent for 11 s"]
    health.beat("pipeline")
    supervisor.look(health)
    assert systemd.told() == ["STATUS=well", "WATCHDOG=1"]


def test_a_part_that_failed_and_says_so_is_no_reason_to_start_anew(tmp_path: Path, systemd: Systemd) -> None:
    supervisor, health, _ = supervised(tmp_path)
    health.beat("pipeline")
    health.beat("store")
    supervisor.look(health)
    systemd.told()
    health.fail("store", "disk full\nREADY=1")
    supervisor.look(health)
    assert systemd.told() == ["STATUS=store: disk full READY=1", "WATCHDOG=1"]


def test_without_any_part_nothing_is_alive(tmp_path: Path, systemd: Systemd) -> None:
    supervisor, health, _ = supervised(tmp_path)
    supervisor.look(health)
    assert systemd.told() == ["STATUS=well"]


def test_where_no_systemd_listens_nothing_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor({})
    assert not supervisor.watched
    supervisor.stopping()
    assert caplog.text == ""
    gone = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert gone.watched
    gone.stopping()
    assert "systemd cannot be told" in caplog.text


def test_a_socket_may_have_a_name_without_a_file() -> None:
    name = f"@touchpoint-test-{os.getpid()}"
    listener = Systemd(f"\0{name[1:]}")
    Supervisor({"NOTIFY_SOCKET": name}).stopping()
    assert listener.told() == ["STOPPING=1"]
    listener.socket.close()


@pytest.mark.asyncio
async def test_a_gateway_under_systemd(tmp_path: Path, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    server = TcpServer(Cabinets(1).line)
    await server.start()
    site = write_site(
        tmp_path / "site",
        connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": server.port}},
        devices={"cabinet-1": {"profile": "cabinet", "connection": "plant", "unit": 1}},
        assets={"asset-1": asset("cabinet-1")},
    )
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    told: list[str] = []
    async with Process(site) as gateway:
        await gateway.start()

        def alive() -> bool:
            told.extend(systemd.told())
            return told.count("WATCHDOG=1") >= 3

        await until(alive, 20)
        assert "READY=1" in told
        assert gateway.process
        pid = gateway.process.pid
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "T", 10)
        systemd.told()
        assert systemd.told() == [], "a gateway that stands still is not alive"
        os.kill(pid, signal.SIGCONT)
        assert await gateway.end(signal.SIGTERM) == 0
    assert systemd.told()[-1] == "STOPPING=1"
    await server.stop()
