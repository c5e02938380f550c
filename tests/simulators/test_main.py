"""`python -m simulators` as a process, on real sockets, against peers that are not ours."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus import FramerType
from pymodbus.client import ModbusSerialClient, ModbusTcpClient

from simulators.__main__ import main, parser
from simulators.clock import AnchoredClock

Ports = dict[str, dict[str, Any]]
WAIT_S = 60.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that becomes true."""
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    pytest.fail(f"{what} did not happen in {WAIT_S:g} s")


@contextmanager
def simulators(tmp_path: Path, *flags: str) -> Iterator[tuple[Ports, subprocess.Popen[str], Path]]:
    ports_file, ledger = tmp_path / "ports.json", tmp_path / "ledger.jsonl"
    command = [sys.executable, "-m", "simulators", "--free-ports", "--ports-file", str(ports_file)]
    process = subprocess.Popen(
        [*command, "--ledger", str(ledger), *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        until(lambda: ports_file.exists() or process.poll() is not None, "listening")
        yield json.loads(ports_file.read_text()), process, ledger
    finally:
        process.kill()
        process.communicate()


def lines(ledger: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


@contextmanager
def subscribed(place: dict[str, Any]) -> Iterator[dict[str, bytes]]:
    """The last message of each topic."""
    heard: dict[str, bytes] = {}

    def on_message(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        heard[message.topic] = bytes(message.payload)

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.connect(place["host"], place["port"])
    client.loop_start()
    until(client.is_connected, "a connection to the broker")
    client.subscribe("#", qos=1)
    try:
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def test_every_connection_answers_and_a_signal_ends_it_quietly(tmp_path: Path) -> None:
    with simulators(tmp_path, "--speed", "60") as (ports, process, ledger):
        tcp = ModbusTcpClient("127.0.0.1", port=ports["entrance"]["port"])
        rtu = ModbusTcpClient("127.0.0.1", port=ports["corridor-bus"]["port"], framer=FramerType.RTU)
        pty = ModbusSerialClient(ports["garage-bus"]["port"], baudrate=9600)
        for client in (tcp, rtu, pty):
            assert client.connect()
        assert tcp.read_discrete_inputs(0, count=8, device_id=1).bits[2] is True
        assert tcp.read_holding_registers(100, count=1, device_id=11).registers[0] in (16, 17, 32, 33)
        assert rtu.read_input_registers(3114, count=2, device_id=3).registers == [0, 0]
        assert 900 < pty.read_holding_registers(4, count=1, device_id=4).registers[0] < 1400
        assert tcp.write_register(0, 1, device_id=21).exception_code == 1
        for client in (tcp, rtu, pty):
            client.close()  # type: ignore[no-untyped-call]  # pymodbus does not type it
        wanted = {
            "zigbee2mqtt/door-garden-1",
            "uhppoted/gateway/replies",
            "shelly/gate-east/online",
            "/devices/wb-ups-v3_7/controls/Battery Voltage",
            "lifts/lift-4/state",
            "/eleon-0042/connected-to-controller",
        }
        with subscribed(ports["broker"]) as heard:
            until(lambda: wanted <= heard.keys(), "a message on each topic")
        assert json.loads(heard["lifts/lift-4/state"])["mode"] == "normal"
        process.send_signal(signal.SIGTERM)
        shown, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert "di-lobby (wb-mcm8)" in shown
    assert f"mbpoll -m tcp -p {ports['entrance']['port']} -a 1" in shown
    assert "Traceback" not in shown
    written = lines(ledger)
    where = {"connection": "entrance", "unit": 21, "device": "motor-north"}
    assert written[1]["write"] == {**where, "function": 6, "address": 0, "values": [1], "acted": False}
    assert written[-1]["counters"]["entrance.requests"] == 3
    assert written[-1]["counters"]["mqtt.messages"] > 50


def test_a_scenario_cuts_connections_and_gives_them_back(tmp_path: Path) -> None:
    scenario = tmp_path / "cut.yaml"
    scenario.write_text(
        """
faults:
  - {at: 1s, asset: connection/entrance, fault: cut, for: 60s, expect: connection.answers}
  - {at: 1s, asset: connection/broker, fault: cut, for: 60s, expect: connection.answers}
"""
    )

    def refused(place: dict[str, Any]) -> bool:
        try:
            socket.create_connection((place["host"], place["port"]), 5).close()
        except ConnectionRefusedError:
            return True
        return False

    def accepted(place: dict[str, Any]) -> bool:
        return not refused(place)

    with simulators(tmp_path, "--speed", "10", "--scenario", str(scenario)) as (ports, process, ledger):
        for name in ("entrance", "broker"):
            until(partial(refused, ports[name]), f"{name} going away")
        for name in ("entrance", "broker"):
            until(partial(accepted, ports[name]), f"{name} coming back")
        with subscribed(ports["broker"]) as heard:
            until(lambda: "uhppoted/gateway/replies" in heard, "messages after the cut")
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
    assert [line["phase"] for line in lines(ledger) if "phase" in line] == ["onset", "onset", "end", "end"]


@pytest.mark.needs("mosquitto")
def test_it_publishes_to_a_broker_of_somebody_else(tmp_path: Path, needs: Callable[[str], str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    broker = subprocess.Popen([needs("mosquitto"), "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        flags = ("--broker", f"127.0.0.1:{port}", "--speed", "60", "--seed", "3")
        with simulators(tmp_path, *flags) as (ports, process, _):
            assert ports["broker"] == {"host": "127.0.0.1", "port": port}
            with subscribed(ports["broker"]) as heard:
                until(lambda: "lifts/lift-4/availability" in heard, "a retained message")
            process.send_signal(signal.SIGTERM)
            assert process.wait(WAIT_S) == 0
    finally:
        broker.terminate()
        broker.wait()


@pytest.mark.needs("mosquitto_sub")
def test_mosquitto_sub_reads_the_embedded_broker(tmp_path: Path) -> None:
    with simulators(tmp_path, "--speed", "60") as (ports, _, _ledger):
        command = ["mosquitto_sub", "-p", str(ports["broker"]["port"]), "-t", "zigbee2mqtt/+/availability", "-C", "6"]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=True).stdout
    assert shown.split() == ['{"state":"online"}'] * 6


def test_it_ends_by_itself_after_a_duration(tmp_path: Path) -> None:
    with simulators(tmp_path, "--for", "3s") as (_, process, ledger):
        assert process.wait(WAIT_S) == 0
        assert "counters" in lines(ledger)[-1]


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        (["--property", "nowhere.yaml"], 78),
        (["--scenario", "nowhere.yaml"], 78),
        (["--anchor", "yesterday"], 78),
        (["--free-ports", "--broker", "127.0.0.1:somewhere"], 78),
    ],
)
def test_what_cannot_be_is_a_configuration_error(
    flags: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(flags) == status
    assert capsys.readouterr().err.count("\n") == 1


def test_a_paced_property_ends_with_whoever_started_it(tmp_path: Path) -> None:
    pace, ports = tmp_path / "pace", tmp_path / "ports.json"
    pace.write_bytes(bytes(16))
    told = f"--free-ports --anchor 0:1800000000 --paced-by {pace} --ports-file {ports}"
    command = f"{sys.executable} -m simulators {told} >{tmp_path / 'log'} 2>&1 & echo $! && wait"
    parent = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        until(ports.exists, "listening")
        parent.kill()
        parent.communicate()
        until(lambda: "simulators" not in _command_line(child), "the end of the property")
    finally:
        if "simulators" in _command_line(child):
            os.kill(child, signal.SIGKILL)


def _command_line(process: int) -> str:
    """Empty for one that has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def test_a_scenario_that_does_not_fit_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "s.yaml"
    scenario.write_text("faults: [{at: 1s, asset: attic, fault: fire, expect: none}]")
    assert main(["--scenario", str(scenario)]) == 78
    assert "nothing is called attic" in capsys.readouterr().err


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        prop = tmp_path / "p.yaml"
        prop.write_text(
            f"property: p\nconnections: {{bus: {{kind: modbus-tcp, port: {port}}}}}\nplants: {{}}\ndevices: {{}}\n"
        )
        assert main(["--property", str(prop)]) == 69
    assert str(port) in capsys.readouterr().err


def test_every_flag_explains_itself() -> None:
    shown = parser().format_help()
    for flag in ("property", "scenario", "speed", "anchor", "broker", "ledger", "ports-file", "seed", "host", "for"):
        assert f"--{flag}" in shown
    assert all(action.help for action in parser()._actions)


def test_an_anchor_ties_two_clocks_together() -> None:
    first, second = (AnchoredClock.parse("1000:1800000000", 60) for _ in range(2))
    assert second.now() - first.now() < 60
    assert AnchoredClock(0.0, 5.0, 0.0).now() == 5.0
    assert AnchoredClock.starting_now().now() > 1.7e9
