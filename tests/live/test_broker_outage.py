"""RELIABILITY A11 of the whole gateway: the broker of a device and of other systems is killed, restarted and wiped."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.outputs.wording import sentence
from tests.conftest import Needs
from tests.live.black_box import Process, asset, until, write_site
from tests.mosquitto import Mosquitto
from tests.northbound.witness import Witness, say

STATE, RESTORED = "touchpoint/black-box/asset/meter-1/state", "touchpoint/black-box/event/connection/restored"
PROFILE = {
    "title": "Meter", "maker": "test", "source": "test", "verified": "simulator", "protocol": "mqtt",
    "stale_after": "1h", "points": {"v0": {"topic": "meter/state", "path": "n", "unit": "V"}},
}  # fmt: skip


def make_site(folder: Path, port: int) -> Path:
    site = write_site(
        folder,
        connections={"broker": {"kind": "mqtt", "host": "127.0.0.1", "port": port}},
        devices={"meter": {"profile": "meter", "connection": "broker"}},
        assets={"meter-1": asset("meter")},
        outputs={"north": {"kind": "mqtt", "connection": "broker", "events": ["*"]}},
    )
    (site / "device_profiles" / "meter.yaml").write_text(json.dumps(PROFILE), encoding="utf-8")
    return site


def point(witness: Witness, retained: bool = False) -> dict[str, Any]:
    """What was last told of the meter, not counting what the broker had kept."""
    states = [each for each in witness.of(STATE) if retained or not each.retained]
    return dict(states[-1].json["points"]["v0"]) if states else {}


def moment(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


@pytest.mark.asyncio
@pytest.mark.parametrize("wiped", [False, True])
@pytest.mark.needs("mosquitto", "mosquitto_sub")
async def test_an_outage_ends_with_an_event_of_its_times_and_nothing_is_known_before_it_is_said_anew(
    tmp_path: Path, needs: Needs, wiped: bool
) -> None:
    sub, broker = needs("mosquitto_sub"), Mosquitto(needs("mosquitto"), tmp_path)
    broker.start()
    async with Process(make_site(tmp_path / "site", broker.port)) as gateway:
        await gateway.start()
        async with Witness(sub, broker.port) as witness:
            await witness.listens(broker.port)
            await say(sub, broker.port, "meter/state", '{"n": 12}', "-r")
            await until(lambda: point(witness).get("value") == 12)
            killed = time.time()
            broker.kill()
            if wiped:
                broker.wipe()
            broker.start()
            told = (await witness.until(RESTORED, 1, 60.0)).json
            assert killed - 1.0 <= moment(told["data"]["from"]) < moment(told["data"]["until"]) <= time.time()
            assert told["data"]["session_lost"] is wiped
            assert told["subject"] == "connection/broker"
            assert told["data"]["since"] in sentence(told, "zh")
            assert "may be missing" in sentence(told, "en")
            # Its retained word, where the broker still has it, proves nothing; and where it has none, neither.
            await until(lambda: point(witness).get("quality") == "bad", 30.0, lambda: point(witness))
            assert point(witness)["value"] is None
            await say(sub, broker.port, "meter/state", '{"n": 13}')
            await until(lambda: point(witness).get("value") == 13, 30.0, lambda: point(witness))
        await gateway.end(signal.SIGTERM)
    broker.kill()
