"""A whole gateway in this process with two real cabinets behind Modbus TCP and one MQTT output: kill what you like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.site import load_estate
from gateway.store.store import Store
from simulators.modbus.server import TcpServer
from tests.live.black_box import Cabinets, asset, until, write_site

PREFIX = "touchpoint/black-box"


class Garden:
    """Two cabinets, ``asset-1`` and ``asset-2``, each with twenty points that must be at least 10 V."""

    def __init__(self, folder: Path, output: Mapping[str, Any], **parts: Any) -> None:
        self.folder, self.output = folder, output
        self.cabinets = Cabinets(2)
        self.port = 0
        self._connections, self._parts = parts.pop("connections", {}), parts

    def write(self, units: int = 2) -> None:
        """Write the site's files."""
        write_site(
            self.folder,
            connections={"plant": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": self.port,
                                   "timeout": "100ms"},
                         **self._connections},
            devices={
                f"cabinet-{unit}": {"profile": "cabinet", "connection": "plant", "unit": unit, "every": "200ms",
                                    "stale_after": "1s"}
                for unit in range(1, units + 1)
            },
            assets={f"asset-{unit}": asset(f"cabinet-{unit}") for unit in range(1, units + 1)},
            outputs={"north": {"events": ["*"], **self.output}},
            **self._parts,
        )  # fmt: skip

    @asynccontextmanager
    async def running(self, units: int = 2) -> AsyncIterator[Gateway]:
        """A gateway at work on it, until the block ends."""
        self.write(units)
        estate, clock = load_estate(self.folder), SystemClock()
        store = Store(self.folder / "var" / "gateway.db", estate)
        try:
            gateway = Gateway(estate, store, await store.load(clock.now()), clock)
            for delivery in gateway._outgoing.deliveries.of.values():
                if hasattr(delivery.output, "broker"):
                    delivery.output.broker._client.reconnect_delay_set(1, 1)
            work = asyncio.create_task(gateway.run(("127.0.0.1", 0), self.folder / "var"))
            await until(lambda: gateway.listening.is_set() or work.done())
            yield gateway
            gateway.stop()
            await work
        finally:
            store.close()


@asynccontextmanager
async def garden(folder: Path, output: Mapping[str, Any], **parts: Any) -> AsyncIterator[Garden]:
    """The cabinets at work, and the site, with one output called ``north``, that is not yet."""
    made = Garden(folder, output, **parts)
    server = TcpServer(made.cabinets.line)
    await server.start()
    made.port = server.port
    try:
        yield made
    finally:
        await server.stop()


def over(port: int, **settings: Any) -> dict[str, Any]:
    """An output over the broker on that port."""
    return {"kind": "mqtt", "host": "127.0.0.1", "port": port, **settings}
