"""Luminaires that obey commands, before the real API over the real pipeline, store and runner."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.model import Reading, Readings
from gateway.proof_tests.command import Command, Told
from tests.api.serving import Served, serving
from tests.proof_story import Lamp, Property

ASK: dict[str, Any] = {"asset": "lamp", "kind": "duration", "reason": "commissioning"}
START = "/api/v1/proof-tests"


@dataclass
class Lit:
    """A served site with lamps; ``sent``: every command that went out."""

    site: Served
    lamps: dict[str, Lamp]
    file: Path
    sent: list[Command]

    async def go_on(self, seconds: float, every: float = 5.0) -> None:
        """Time passes, and every lamp is read over and over."""
        for _ in range(round(seconds / every)):
            self.site.clock.advance(every)
            await self.read()

    async def read(self) -> None:
        """Every lamp is read once, and that is judged and committed."""
        now, done = self.site.clock.now(), asyncio.Event()
        line = self.site.runner.pipeline.estate.connections["bus"].answers_id
        for name, lamp in self.lamps.items():
            lamp.turn(now)
            self.site.runner.deliver(self._readings(name, lamp.readings(now), now))
        self.site.runner.deliver(Readings("connection/bus", now, now, [line], [True], done.set))
        await done.wait()

    def _readings(self, name: str, values: Any, now: float) -> Readings:
        device = self.site.runner.pipeline.estate.devices[f"d-{name}"]
        told: dict[int, Reading] = {device.point_ids[point]: values[point] for point in device.point_ids}
        told[device.answers_id] = True
        return Readings(device.name, now, now, [*told], [*told.values()])

    def obey(self, commands: Sequence[Command]) -> None:
        """The wire: every command goes out at once."""
        for command in commands:
            now = self.site.clock.now()
            if self.site.runner.pipeline.proofs.wanted(command, now):
                self.sent.append(command)
                self.site.runner.told(Told(command, self.lamps[command.asset].obey(command.name, now), now))

    def is_dark(self, lamp: str) -> bool:
        """Whether the lamp's test relay keeps its supply away."""
        return self.lamps[lamp].open

    async def token(self, *scopes: str, name: str = "", days: float = 90.0) -> dict[str, str]:
        """A new token, as the header that shows it."""
        made = await self.ask("POST", "/api/v1/tokens", self.local, scopes=list(scopes), name=name, days=days)
        assert made[0] == 201, made
        return {"authorization": f"Bearer {made[1]['token']}"}

    @property
    def local(self) -> dict[str, str]:
        """What the service's own user shows."""
        return {"authorization": f"Bearer {self.site.keeper.local_secret}", "x-actor": "li"}

    async def ask(self, method: str, path: str, shown: dict[str, str] | None = None, **body: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        answer = await self.site.client.request(method, path, headers=shown, json=body or None)
        return answer.status_code, answer.json() if answer.content else None

    async def started(self, shown: dict[str, str], **wanted: Any) -> tuple[int, Any]:
        """Ask for a test and confirm it."""
        status, told = await self.ask("POST", START, shown, **{**ASK, **wanted})
        assert status == 202, told
        return await self.ask("POST", f"{START}/confirmations/{told['code']}", shown)

    def audit(self, *whats: str) -> list[tuple[str, str, str, dict[str, Any]]]:
        """(who, what, subject, data) of those rows of the audit."""
        with contextlib.closing(sqlite3.connect(self.file)) as file:
            rows = file.execute("SELECT who, what, subject, data FROM audit ORDER BY sequence").fetchall()
        return [(who, what, about, json.loads(data)) for who, what, about, data in rows if what in whats or not whats]


@contextlib.asynccontextmanager
async def lit(folder: Path, *lamps: Lamp) -> AsyncIterator[Lit]:
    """Lamps that have been read for half a minute, with mains and full batteries."""
    plan = folder / "plan"
    plan.mkdir()
    prop = Property(plan, list(lamps) or [Lamp("lamp", "relay")])
    prop.close()
    async with serving(folder, prop.estate) as site:
        bench = Lit(site, prop.lamps, folder / "gateway.db", [])
        site.runner.send = bench.obey
        await bench.go_on(600.0, 15.0)
        yield bench
