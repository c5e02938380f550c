"""The real API on a real port, over a real pipeline, store and runner; time moves only when told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from gateway.api.app import Parts, build_api
from gateway.api.instruments import Instruments
from gateway.api.server import ApiServer, listen
from gateway.clock import ManualClock
from gateway.deliveries import Deliveries
from gateway.estate import Estate
from gateway.gatekeeper import Gatekeeper
from gateway.health import Health
from gateway.links import Links, links_of
from gateway.model import Priority, Reading, Readings
from gateway.pipeline import Pipeline
from gateway.runner import Runner
from gateway.store.store import Store
from tests.story import NOON, Plan, clause

DOOR, LIGHT = "access-door.shut", "emergency-light.battery"


def small_site() -> Estate:
    """A door and a light, each with its device, on one line."""
    plan = Plan(
        {
            DOOR: clause("access-door", {"point": "closed", "equals": True}, priority=Priority.P3),
            LIGHT: clause("emergency-light", {"point": "battery_voltage", "at_least": 12.0}),
        }
    )
    plan.asset("lobby-door", "access-door", ["closed"])
    plan.asset("light-3f", "emergency-light", ["battery_voltage", "mains_present"])
    return plan.estate()


@dataclass
class Served:
    """A running gateway without sources: readings are handed in by the test."""

    runner: Runner
    clock: ManualClock
    health: Health
    client: httpx2.AsyncClient
    port: int
    keeper: Gatekeeper
    store: Store
    deliveries: Deliveries
    links: Links | None

    async def read(self, asset: str, **points: Reading) -> None:
        """The asset's device answers with these values, and they are judged and committed."""
        found = self.runner.pipeline.estate.assets[asset]
        await self._tell(asset, {found.ids[name]: reading for name, reading in points.items()}, True)

    async def lose(self, asset: str) -> None:
        """The asset's device does not answer."""
        await self._tell(asset, {}, False)

    async def _tell(self, asset: str, readings: dict[int, Reading], answers: bool) -> None:
        estate = self.runner.pipeline.estate
        device = estate.devices[estate.assets[asset].devices[0]]
        now = self.clock.advance(1.0)
        done = asyncio.Event()
        ids, values = (*readings, device.answers_id), (*readings.values(), answers)
        self.runner.deliver(Readings(device.name, now, now, ids, values, done.set))
        await done.wait()

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON of a 200 answer."""
        answer = await self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        """The JSON of a 200 answer to a change."""
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.asynccontextmanager
async def serving(folder: Path, estate: Estate | None = None) -> AsyncIterator[Served]:
    """Everything up and connected; taken down in order."""
    estate, clock = estate or small_site(), ManualClock(NOON)
    store = Store(folder / "gateway.db", estate)
    health = Health(clock.now)
    runner = Runner(Pipeline(estate, await store.load(NOON), NOON), store, clock, health)
    socket = listen("127.0.0.1", 0)
    port = socket.getsockname()[1]
    keeper = Gatekeeper(store, clock, elapsed=clock.now)
    deliveries = Deliveries(estate, store, clock, health)
    links = links_of(estate, store, clock)
    server = ApiServer(
        build_api(Parts(runner, clock, health, keeper, deliveries, Instruments(runner, clock, health), links))
    )
    serve = asyncio.create_task(server.serve(sockets=[socket]))
    run = asyncio.create_task(runner.run())
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield Served(runner, clock, health, client, port, keeper, store, deliveries, links)
    finally:
        server.should_exit = True
        await serve
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        store.close()
