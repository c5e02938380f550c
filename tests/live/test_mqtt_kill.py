"""RELIABILITY A10: the consumer of MQTT messages is killed; each message is stored once, none is missing."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.live.black_box import Process, asset, until, write_site
from tests.live.mosquitto import Mosquitto

MESSAGES = 3000
KILLS = int(os.environ.get("KILLS", "25"))


def make_site(folder: Path, port: int) -> Path:
    site = write_site(
        folder,
        connections={"broker": {"kind": "mqtt", "host": "127.0.0.1", "port": port}},
        devices={"meter": {"profile": "meter", "connection": "broker"}},
        assets={"meter-1": asset("meter")},
    )
    profile = {
        "title": "Meter", "maker": "test", "source": "test", "verified": "simulator", "protocol": "mqtt",
        "stale_after": "1h", "points": {"v0": {"topic": "meter/state", "path": "n", "unit": "V"}},
    }  # fmt: skip
    (site / "device_profiles" / "meter.yaml").write_text(json.dumps(profile), encoding="utf-8")
    return site


@pytest.mark.asyncio
@pytest.mark.timeout(280)
async def test_every_message_is_stored_once(tmp_path: Path, needs: Callable[[str], str]) -> None:
    chance = random.Random(7)
    async with (
        Mosquitto(tmp_path / "broker", needs("mosquitto")) as broker,
        Process(make_site(tmp_path / "site", broker.port)) as gateway,
    ):
        await gateway.start()  # its subscription stands from here on
        await until(lambda: gateway.rows("SELECT count(*) FROM events") != [(0,)])
        sender = paho.Client(CallbackAPIVersion.VERSION2, client_id="sender")
        sender.connect("127.0.0.1", broker.port)
        sender.loop_start()
        sending = asyncio.create_task(send(sender))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            await gateway.end(signal.SIGKILL)
            await gateway.start()
        await sending
        count = "SELECT count(*), count(DISTINCT value) FROM history h JOIN points p ON p.id = h.point" \
            " WHERE p.name LIKE '%v0' AND h.bad IS NULL"  # fmt: skip
        await until(lambda: gateway.rows(count)[0][1] >= MESSAGES, 60, lambda: gateway.rows(count))
        assert gateway.rows(count) == [(MESSAGES, MESSAGES)]
        await gateway.end(signal.SIGTERM)
        sender.loop_stop()


async def send(sender: paho.Client) -> None:
    """Numbered messages, QoS 1, at a pace that the kills interrupt."""
    for number in range(1, MESSAGES + 1):
        sender.publish("meter/state", json.dumps({"n": number}), qos=1)
        if number % 10 == 0:
            await asyncio.sleep(0.1)
