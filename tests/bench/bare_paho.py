"""Bare paho on the same messages: a persistent session, each acknowledged by hand at once, nothing decoded."""

from __future__ import annotations

import argparse
import threading
import time
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench import usage


def measure(port: int, messages: int) -> None:
    """Says "ready" once subscribed, then when the last message was acknowledged, and the CPU that they took."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="bare", clean_session=False, manual_ack=True)
    done, subscribed, all_done = [0], threading.Event(), threading.Event()

    def received(client: Client, _data: object, message: MQTTMessage) -> None:
        client.ack(message.mid, message.qos)
        done[0] += 1
        if done[0] == messages:
            all_done.set()

    def connected(client: Client, *_more: Any) -> None:
        client.subscribe("bench/#", 1)

    client.on_message = received
    client.on_connect = connected
    client.on_subscribe = lambda *_more: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    subscribed.wait()
    usage.say({"ready": True})
    cpu = time.process_time()
    all_done.wait()
    usage.say(usage.of_messages(messages, cpu))
    client.disconnect()
    client.loop_stop()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("messages", type=int)
    options = parser.parse_args()
    measure(options.port, options.messages)


if __name__ == "__main__":
    main()
