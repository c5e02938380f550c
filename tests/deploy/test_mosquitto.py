"""The shipped broker configuration on a real mosquitto: who may publish what, over TLS, and what survives a kill."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from gateway.broker import Broker, Message
from gateway.sources.source import Connection
from tests.conftest import Needs
from tests.mosquitto import free_port
from tests.waiting import until

pytestmark = pytest.mark.needs("mosquitto", "mosquitto_passwd", "openssl")

SHIPPED = Path(__file__).parents[2] / "deploy" / "mosquitto"
USERS = ("gateway", "homeassistant", "shelly-gate", "shelly-door", "chirpstack")


class Shipped:
    """The shipped files in a folder of our own, with our ports, certificates and passwords."""

    def __init__(self, folder: Path, needs: Needs) -> None:
        self.plain, self.tls = free_port(), free_port()
        self.folder = folder
        self._program = needs("mosquitto")
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "certs").mkdir()
        make_certificate(needs("openssl"), folder / "certs")
        (folder / "touchpoint.acl").write_text((SHIPPED / "touchpoint.acl").read_text())
        for user in USERS:
            command = [needs("mosquitto_passwd"), *(["-c"] if user == USERS[0] else []), "-b"]
            subprocess.run([*command, str(folder / "touchpoint.passwd"), user, f"{user}-secret"], check=True)
        text = (SHIPPED / "touchpoint.conf").read_text()
        for shipped, ours in {
            "/etc/mosquitto": str(folder), "/var/lib/mosquitto": str(folder),
            "listener 1883": f"listener {self.plain}", "listener 8883": f"listener {self.tls} 127.0.0.1",
        }.items():  # fmt: skip
            assert shipped in text
            text = text.replace(shipped, ours)
        (folder / "mosquitto.conf").write_text(f"{text}\nuser root\nlog_type none\n")

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-c", str(self.folder / "mosquitto.conf")])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.tls), 1).close()
                return
            time.sleep(0.01)
        raise AssertionError("mosquitto did not start")

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


def make_certificate(openssl: str, folder: Path) -> None:
    """A certificate for 127.0.0.1 that is its own authority, and a stranger's."""
    for name, host in (("broker", "IP:127.0.0.1"), ("stranger", "DNS:elsewhere.example")):
        command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]
        subprocess.run([*command, "-addext", f"subjectAltName={host}", *files], check=True, capture_output=True)


@pytest.fixture
def mosquitto(needs: Needs, tmp_path: Path) -> Iterator[Shipped]:
    server = Shipped(tmp_path, needs)
    server.start()
    yield server
    server.kill()


class Listener:
    """The gateway's own client, logged in as the configuration means it to."""

    def __init__(self, server: Shipped, ca: str = "broker", login: str = "gateway") -> None:
        ca_file = str(server.folder / "certs" / f"{ca}.crt")
        settings = Connection(
            "broker", "mqtt", 0, host="127.0.0.1", port=server.tls, tls=True, ca_file=ca_file, user="gateway",
            password=f"{login}-secret", client_id="touchpoint-test",
        )  # fmt: skip
        self.broker = Broker(settings, retry=(1, 1))
        self.messages: list[Message] = []
        self.told: list[object] = []
        self.broker.subscribe(["#"], self.messages.append)
        self.broker.watch(self.told.append, self.told.append)

    @property
    def heard(self) -> list[tuple[str, bytes]]:
        return [(message.topic, message.payload) for message in self.messages]


@asynccontextmanager
async def listening(server: Shipped, ca: str = "broker", login: str = "gateway") -> AsyncIterator[Listener]:
    listener = Listener(server, ca, login)
    task = asyncio.create_task(listener.broker.run())
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def device(server: Shipped, user: str, password: str | None = None) -> Client:
    """A device on the broker's plain port; waits until the broker has answered it."""
    client = Client(CallbackAPIVersion.VERSION2)
    answers: list[bool] = []
    client.on_connect = lambda client, data, flags, reason, properties: answers.append(reason.is_failure)
    if user:
        client.username_pw_set(user, password or f"{user}-secret")
    client.connect("127.0.0.1", server.plain)
    client.loop_start()
    await until(lambda: answers)
    client.user_data_set(answers[0])
    return client


def leave(*clients: Client) -> None:
    for client in clients:
        client.disconnect()
        client.loop_stop()


@pytest.mark.asyncio
async def test_a_device_writes_its_own_topics_and_nobody_elses(mosquitto: Shipped) -> None:
    async with listening(mosquitto) as gateway:
        await until(lambda: gateway.told == [False])
        gate, bridge = await device(mosquitto, "shelly-gate"), await device(mosquitto, "chirpstack")
        gate.publish("shelly-door/status/input:0", b"forged", 1, retain=True)
        gate.publish("application/1/device/2/event/up", b"forged", 1)
        gate.publish("touchpoint/riverside/ticket", b"forged", 1)
        gate.publish("shelly-gate/status/input:0", b"own", 1)
        bridge.publish("application/1/device/2/event/up", b"reading", 1)
        await until(lambda: len(gateway.heard) >= 2)
        leave(gate, bridge)
    heard = {each for each in gateway.heard if "caught-up" not in each[0]}
    assert heard == {("shelly-gate/status/input:0", b"own"), ("application/1/device/2/event/up", b"reading")}


@pytest.mark.asyncio
async def test_the_gateway_may_command_no_device_by_publishing(mosquitto: Shipped) -> None:
    door = await device(mosquitto, "shelly-door")
    heard: list[bytes] = []
    door.on_message = lambda client, data, message: heard.append(bytes(message.payload))
    door.subscribe("shelly-door/#", 1)
    async with listening(mosquitto) as gateway:
        await until(lambda: gateway.told == [False])
        await gateway.broker.publish("shelly-door/command/switch:0", b"on")
        door.publish("shelly-door/status", b"the end", 1)
        await until(lambda: b"the end" in heard)
    leave(door)
    assert heard == [b"the end"]


@pytest.mark.asyncio
async def test_home_assistant_is_told_of_devices_and_may_press_buttons_and_change_no_state(mosquitto: Shipped) -> None:
    home = await device(mosquitto, "homeassistant")
    heard: list[tuple[str, bytes]] = []
    home.on_message = lambda client, data, message: heard.append((message.topic, bytes(message.payload)))
    home.subscribe([("touchpoint/#", 1), ("homeassistant/#", 1)])
    async with listening(mosquitto) as gateway:
        await until(lambda: gateway.told == [False])
        await gateway.broker.publish("homeassistant/device/door/config", b"{}")
        await gateway.broker.publish("touchpoint/garden/status", b"online")
        await until(lambda: len(heard) == 2)
        home.publish("touchpoint/garden/asset/door/state", b"forged", 1, retain=True)
        home.publish("touchpoint/garden/event/ticket/opened", b"forged", 1)
        home.publish("touchpoint/garden/asset/door/acknowledge", b"PRESS", 1)
        home.publish("homeassistant/status", b"online", 1)
        await until(lambda: ("homeassistant/status", b"online") in gateway.heard)
    leave(home)
    assert heard == [("homeassistant/device/door/config", b"{}"), ("touchpoint/garden/status", b"online")]
    own = [("touchpoint/garden/asset/door/acknowledge", b"PRESS"), ("homeassistant/status", b"online")]
    assert [each for each in gateway.heard if "caught-up" not in each[0]] == [*heard, *own]


@pytest.mark.asyncio
@pytest.mark.parametrize(("user", "password"), [("", None), ("shelly-gate", "wrong"), ("nobody", None)])
async def test_nobody_comes_in_without_a_name_and_its_password(
    mosquitto: Shipped, user: str, password: str | None
) -> None:
    client = await device(mosquitto, user, password)
    assert client.user_data_get() is True, "refused"
    leave(client)


@pytest.mark.asyncio
async def test_whose_task_ends_listens_over_tls_again_when_it_is_begun_anew(mosquitto: Shipped) -> None:
    """RELIABILITY B8: a handler that raises ends the task, and whoever keeps it has it begin again."""
    listener = Listener(mosquitto)
    for _ in range(3):
        task = asyncio.create_task(listener.broker.run())
        await until(lambda: listener.told and isinstance(listener.told[-1], bool))
        listener.broker._inbox.put(listener.told.remove, "what is not there")
        await asyncio.wait([task])
        assert isinstance(task.exception(), ExceptionGroup)
        listener.told.clear()


# paho leaves a socket to the garbage collector whose TLS handshake failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("ca", "login", "says"), [("stranger", "gateway", "certificate"), ("broker", "stranger", "ot authorized")]
)
async def test_a_broker_that_is_not_ours_or_refuses_us_is_named(
    mosquitto: Shipped, ca: str, login: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with listening(mosquitto, ca, login) as gateway:
            await until(lambda: gateway.told)
            assert says in str(gateway.told[0])
            assert not gateway.broker.connected


@pytest.mark.asyncio
async def test_what_was_acknowledged_survives_a_power_cut(mosquitto: Shipped) -> None:
    async with listening(mosquitto) as gateway:
        await until(lambda: gateway.told == [False])
    gate = await device(mosquitto, "shelly-gate")
    told = [gate.publish("shelly-gate/status/input:0", str(number).encode(), 1) for number in range(50)]
    await until(lambda: all(each.is_published() for each in told))
    leave(gate)
    mosquitto.kill()
    mosquitto.start()
    async with listening(mosquitto) as gateway:
        await until(lambda: len(gateway.heard) >= len(told))
    assert [int(payload) for topic, payload in gateway.heard if topic.startswith("shelly-gate")] == list(range(50))
