"""A real broker for tests: Debian's mosquitto on a free port, to be killed, restarted and wiped."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """One broker process; keeps its port, and its store unless wiped, over restarts."""

    def __init__(self, program: str, folder: Path, extra: str = "", plain: bool = True) -> None:
        self.port = free_port()
        self.program = program
        self.config = folder / "mosquitto.conf"
        self.store = folder / "mosquitto.db"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"{'allow_anonymous true' if plain else ''}\n"
            "user root\nlog_type none\nmax_inflight_messages 2000\nmax_queued_messages 20000\n"
            f"persistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            f"{extra}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        self.process = subprocess.Popen([self.program, "-c", str(self.config)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("mosquitto did not start")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """SIGTERM: it writes its store and goes."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def wipe(self) -> None:
        """Forget every session and every retained message."""
        self.store.unlink(missing_ok=True)


class Peer:
    """Another client of the broker: a device, or somebody hostile."""

    def __init__(self, port: int, will: tuple[str, bytes] | None = None) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.max_inflight_messages_set(1000)
        if will is not None:
            self.client.will_set(*will, qos=1, retain=True)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def say(self, topic: str, payload: bytes, retain: bool = False, qos: int = 1) -> None:
        """Publish, and wait until the broker has it."""
        self.client.publish(topic, payload, qos, retain).wait_for_publish(10)

    def say_all(self, messages: list[tuple[str, bytes]]) -> None:
        """Publish many, and wait until the broker has them all."""
        for info in [self.client.publish(topic, payload, 1) for topic, payload in messages]:
            info.wait_for_publish(20)

    def leave(self) -> None:
        """Say goodbye: no will is published."""
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self) -> None:
        """Cut the wire: the broker publishes the will."""
        self.client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr] # it is connected
        self.client.disconnect()
        self.client.loop_stop()
