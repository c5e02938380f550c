"""The dead man's switch: it tells while all goes on, and stops for each part that does not. Source: RELIABILITY B12."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway import app as app_module
from gateway import heartbeat as heartbeat_module
from gateway import outgoing as outgoing_module
from gateway.app import Gateway
from gateway.health import Health
from gateway.heartbeat import unwell
from gateway.outputs import outbox as outbox_module
from gateway.sources import line as line_module
from tests.conftest import Needs
from tests.dead_man import EVERY, TOLERANCE, Outside
from tests.live.black_box import until
from tests.mosquitto import Mosquitto, free_port
from tests.northbound.garden import PREFIX, Garden, garden, over
from tests.northbound.witness import Witness
from tests.outputs.collector import Collector, collecting

BEATS = {"every": "200ms", "timeout": "2s"}
HOOK: dict[str, Any] = {"kind": "webhook", "events": ["ticket.*"], "timeout": "300ms"}


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Outside() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def _quick_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a part may take in a real gateway, as much faster as the heartbeat is."""
    monkeypatch.setattr(app_module, "SLOW_SOURCE", 0.5)
    monkeypatch.setattr(app_module, "LONG_ANSWERS", 0)
    monkeypatch.setattr(outgoing_module, "SLOW_TASK", 0.5)
    monkeypatch.setattr(line_module, "LOOK_AGAIN", 0.1)
    monkeypatch.setattr(outbox_module, "LOOK_AGAIN", 0.1)


@asynccontextmanager
async def alive(folder: Path, outside: Outside, hook: Collector) -> AsyncIterator[tuple[Garden, Gateway]]:
    """A gateway whose signs of life arrive; it has a webhook, whose receiver a test may spoil."""
    settings = {"url": hook.url, **HOOK}
    async with garden(folder, settings, heartbeat={"url": outside.url, **BEATS}) as site, site.running() as gateway:
        await until(lambda: outside.more(5), why=lambda: unwell_parts(gateway))
        yield site, gateway


def unwell_parts(gateway: Gateway) -> list[tuple[str, str]]:
    return [(part.name, part.detail) for part in gateway.health.components() if part.detail]


async def stops_and_goes_on(outside: Outside, mend: Any) -> None:
    """The receiver notices, hears nothing more, and hears it again once the fault is mended."""
    await until(outside.dead)
    heard = outside.count
    await until(lambda: outside.silent() > 3 * TOLERANCE)
    assert outside.count == heard, "not one more while it is unwell"
    mend()
    await until(lambda: outside.more(heard + 3))


@pytest.mark.asyncio
async def test_it_tells_who_when_how_often_and_where_the_audit_ends(tmp_path: Path, outside: Outside) -> None:
    async with collecting() as hook, alive(tmp_path, outside, hook) as (_, gateway):
        told = [body for _, body in outside.came]
        assert [each["sequence"] for each in told] == list(range(1, len(told) + 1))
        assert {(each["site"], each["every_s"]) for each in told} == {("black-box", EVERY)}
        assert told[-1]["time"] > told[0]["time"]
        await gateway._keeper.write_down("li", "Looked", "gateway", {})
        await until(lambda: outside.came[-1][1]["audit"] == 1)
        rows = sqlite3.connect(gateway.store.path).execute("SELECT sequence, hash FROM audit").fetchall()
        assert rows == [(1, outside.came[-1][1]["audit_hash"])]


@pytest.mark.asyncio
async def test_a_blocked_loop_is_noticed(tmp_path: Path, outside: Outside) -> None:
    async with collecting() as hook, alive(tmp_path, outside, hook):
        before = time.monotonic()
        time.sleep(2 * TOLERANCE)  # noqa: ASYNC251  # that is the fault
        assert [at for at, _ in outside.came if at > before + EVERY] == []
        assert outside.dead()
        await until(partial(outside.more, outside.count + 3))


@pytest.mark.asyncio
async def test_a_failing_store_is_noticed(tmp_path: Path, outside: Outside) -> None:
    async with collecting() as hook, alive(tmp_path, outside, hook) as (_, gateway):
        gateway.store._database.connection.execute("PRAGMA busy_timeout = 30")
        other = sqlite3.connect(gateway.store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await stops_and_goes_on(outside, lambda: other.execute("ROLLBACK"))


@pytest.mark.asyncio
async def test_a_store_that_hangs_is_noticed(tmp_path: Path, outside: Outside) -> None:
    """A disk that neither writes nor fails: its thread waits."""
    async with collecting() as hook, alive(tmp_path, outside, hook) as (_, gateway):
        gateway.store._database.connection.execute("PRAGMA busy_timeout = 60000")
        other = sqlite3.connect(gateway.store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await stops_and_goes_on(outside, lambda: other.execute("ROLLBACK"))


class Stuck:
    """A link whose question is never over: what no time-out ends, no device's silence is like."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def ask(self, _unit: int, _block: object) -> list[int]:
        await self.free.wait()
        return [100] * 20

    def close(self) -> None:
        """It holds nothing."""


@pytest.mark.asyncio
async def test_polling_that_stands_still_is_noticed(tmp_path: Path, outside: Outside) -> None:
    async with collecting() as hook, alive(tmp_path, outside, hook) as (_, gateway):
        source: Any = gateway._sources["plant"]
        link, source._link = source._link, Stuck()

        def mend() -> None:
            source._link.free.set()
            source._link = link

        await stops_and_goes_on(outside, mend)


@pytest.mark.asyncio
async def test_an_outbox_that_stands_still_is_noticed(tmp_path: Path, outside: Outside) -> None:
    """Its receiver takes the connection and never answers; the adapter waits for far longer than the site allows."""
    async with collecting() as hook, alive(tmp_path, outside, hook) as (site, gateway):
        gateway._outgoing.deliveries.of["north"].output._receiver.timeout = 120.0  # type: ignore[attr-defined]  # a webhook
        hook.script.append("hang")
        site.cabinets.set(1, 0, 3)
        await until(outside.dead)
        heard = outside.count
        await until(lambda: outside.silent() > 3 * TOLERANCE)
        assert outside.count == heard
        assert "output north is stalled" in unwell(gateway.health.components(), {"output north"})


@pytest.mark.asyncio
async def test_a_receiver_that_hangs_for_as_long_as_the_site_allows_does_not_stop_it(
    tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HOOK, "timeout", "3s")
    async with collecting() as hook, alive(tmp_path, outside, hook) as (site, gateway):
        hook.script.extend(["hang"] * 5)
        site.cabinets.set(1, 0, 3)
        await until(lambda: hook.bodies)
        heard, circuit = outside.count, gateway._outgoing.deliveries.of["north"].circuit
        await until(lambda: circuit.failures)
        assert outside.count >= heard + 10, "three seconds of them"


@pytest.mark.asyncio
async def test_devices_and_receivers_that_are_dead_do_not_stop_it(tmp_path: Path, outside: Outside) -> None:
    """They are what the gateway tells of: it lives."""
    async with collecting() as hook, alive(tmp_path, outside, hook) as (site, gateway):
        hook.script.extend([503] * 1000)
        site.cabinets.set(1, 0, 3)
        await until(lambda: any(delivery.circuit.failures for delivery in gateway._outgoing.deliveries.of.values()))
        site.cabinets.line.units = {}
        await until(lambda: any(delivery.circuit.failures > 1 for delivery in gateway._outgoing.deliveries.of.values()))
        await until(partial(outside.more, outside.count + 10))


@pytest.mark.asyncio
async def test_nobody_to_hear_it_is_logged_once_and_is_no_trouble_of_the_gateway(
    tmp_path: Path, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    async with collecting() as hook, alive(tmp_path, outside, hook) as (_, gateway):
        with caplog.at_level(logging.WARNING, heartbeat_module.__name__):
            outside.status = 500
            count = outside.count
            await until(lambda: outside.count >= count + 5)
            outside.status = 204
            await until(lambda: "url: goes on" in caplog.text)
        told = [each for each in caplog.records if each.name == heartbeat_module.__name__]
        assert [each.getMessage() for each in told if each.levelno >= logging.WARNING] == [
            "heartbeat, url: answered 500", "heartbeat, url: goes on",
        ]  # fmt: skip
        assert gateway.health.healthy


@pytest.mark.asyncio
@pytest.mark.needs("mosquitto", "mosquitto_sub")
async def test_it_is_told_on_a_topic_too(tmp_path: Path, needs: Needs, outside: Outside) -> None:
    server = Mosquitto(needs("mosquitto"), tmp_path)
    server.start()
    try:
        beats = {"url": f"http://127.0.0.1:{free_port()}/nobody", "mqtt": "north", **BEATS}
        async with Witness(needs("mosquitto_sub"), server.port) as witness:
            await witness.listens(server.port)
            async with garden(tmp_path, over(server.port), heartbeat=beats) as site, site.running():
                await witness.until(f"{PREFIX}/heartbeat", 5)
            told = witness.of(f"{PREFIX}/heartbeat")
            assert [each.json["sequence"] for each in told] == list(range(1, len(told) + 1))
            assert not any(each.retained for each in told)
        assert outside.came == []
    finally:
        server.kill()


def test_a_part_that_is_not_there_or_has_shown_nothing_is_not_well() -> None:
    health = Health(lambda: 100.0)
    health.expect("store")
    health.beat("pipeline")
    told = unwell(health.components(), {"store", "pipeline", "source plant"})
    assert told == "source plant is not there; store is starting"
    health.beat("store")
    assert unwell(health.components(), {"store", "pipeline"}) == ""
