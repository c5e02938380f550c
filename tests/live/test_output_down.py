"""The whole gateway with a receiver that is down: the other one hears of it, and health says so and stays alive."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.estate import OutputSettings
from gateway.saved import Saved
from gateway.store.store import Store
from tests.outputs.collector import Collector, behind_a_door, collecting
from tests.story import Plan
from tests.waiting import until


def told(collector: Collector) -> list[str]:
    """What the receiver heard of outputs."""
    return [each["type"].split(".")[2] for each in collector.events if ".output." in each["type"]]


async def shown(gateway: Gateway, output: str) -> dict[str, Any]:
    """The output as /healthz shows it."""
    host, port = gateway.address or ("", 0)
    async with httpx2.AsyncClient(timeout=20, trust_env=False) as client:
        answer = await client.get(f"http://{host}:{port}/healthz")
    (found,) = [each for each in answer.json()["components"] if each["name"] == f"output {output}"]
    return dict(found)


@pytest.mark.asyncio
async def test_one_output_tells_of_the_other_that_is_down_and_of_its_return(tmp_path: Path) -> None:
    async with behind_a_door() as door, collecting() as well:
        outputs = {
            name: OutputSettings(name, "webhook", ("*",), {"url": url})
            for name, url in (("team", door.collector.url), ("mail", well.url))
        }
        await door.shut()
        estate = dataclasses.replace(Plan({}).estate(), device_connection={}, outputs=outputs)
        store = Store(tmp_path / "gateway.db", estate)
        gateway = Gateway(estate, store, Saved(), SystemClock(speed=60.0))
        work = asyncio.create_task(gateway.run(("127.0.0.1", 0), tmp_path))
        try:
            await until(lambda: told(well) == ["failing"])
            part = await shown(gateway, "team")
            assert part["state"] == "degraded"
            assert "ConnectError" in part["detail"]
            assert (await shown(gateway, "mail"))["state"] == "well"
            await door.open()
            await until(lambda: told(well) == ["failing", "working"])
            await until(lambda: door.collector.taken)
            assert told(door.collector) == []
            assert await shown(gateway, "team") | {"silent": 0} == {
                "name": "output team", "state": "well", "silent": 0, "limit": 30.0, "detail": "",
            }  # fmt: skip
        finally:
            gateway.stop()
            await work
            store.close()
