"""Events over a real mosquitto: delivered when it says so, and never before; mosquitto_sub sees what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random
from typing import Any

import orjson
import pytest

from gateway.clock import SystemClock
from gateway.errors import TemporaryFailure
from gateway.model import Event
from gateway.outputs import build_output
from gateway.outputs.mqtt import Mqtt
from gateway.outputs.outbox import Delivery
from gateway.outputs.output import Letterhead
from gateway.store.rows import cloud_event
from tests.conftest import Needs
from tests.mosquitto import Mosquitto, free_port
from tests.northbound.witness import MARK, Witness, retained
from tests.waiting import until

OPENED = "touchpoint/garden/event/ticket/opened"
SITE = Letterhead(["zh", "en"], "garden")
needs_broker = pytest.mark.needs("mosquitto", "mosquitto_sub")


def event(number: int, what: str = "ticket.opened") -> dict[str, Any]:
    return dict(
        cloud_event(Event("garden", number, f"touchpoint.{what}.v1", f"ticket/{number}", 1000.0, {"n": number}))
    )


@asynccontextmanager
async def output(port: int, **settings: str) -> AsyncIterator[Mqtt]:
    made = build_output("mqtt", {"host": "127.0.0.1", "port": str(port), **settings}, SITE)
    assert isinstance(made, Mqtt)
    made.broker._client.reconnect_delay_set(1, 1)
    try:
        yield made
    finally:
        await made.close()


@needs_broker
@pytest.mark.asyncio
async def test_an_event_arrives_once_as_it_is_and_is_not_retained(mosquitto: Mosquitto, needs: Needs) -> None:
    sub = needs("mosquitto_sub")
    async with Witness(sub, mosquitto.port, "touchpoint/#", MARK) as witness, output(mosquitto.port) as mqtt:
        await witness.listens(mosquitto.port)
        await mqtt.send("garden-0000000007", event(7))
        await mqtt.send("garden-0000000008", event(8, "alarm.raised"))
        opened = await witness.until(OPENED)
        raised = await witness.until("touchpoint/garden/event/alarm/raised")
        assert (opened.qos, opened.retained, opened.json) == (1, False, event(7))
        assert raised.json["id"] == "garden-0000000008"
    assert await retained(sub, mosquitto.port, "touchpoint/#") == {}


@needs_broker
@pytest.mark.asyncio
async def test_while_the_broker_is_away_nothing_counts_as_sent(mosquitto: Mosquitto) -> None:
    async with output(mosquitto.port) as mqtt:
        await mqtt.send("a", event(1))
        mosquitto.kill()
        with pytest.raises(TemporaryFailure, match=r"is not connected|is gone"):
            await mqtt.send("b", event(2))
        mosquitto.start()
        await until(lambda: mqtt.broker.connected)
        await mqtt.send("b", event(2))


@pytest.mark.asyncio
async def test_a_broker_that_was_never_there_is_a_temporary_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.outputs.mqtt.CONNECTED_WITHIN", 0.2)
    async with output(free_port()) as mqtt:
        with pytest.raises(TemporaryFailure, match="is not connected"):
            await mqtt.send("a", event(1))


@pytest.mark.asyncio
async def test_a_name_that_is_no_host_is_told_as_such() -> None:
    async with output(1883, host="a..b") as mqtt:
        with pytest.raises(TemporaryFailure, match="cannot be used"):
            await mqtt.send("a", event(1))


class Rows:
    """An outbox in memory that keeps its contract: what is not noted as delivered is due again."""

    def __init__(self, count: int) -> None:
        self.waiting = {number: orjson.dumps(event(number)) for number in range(1, count + 1)}

    def down_to(self, count: int) -> bool:
        return len(self.waiting) <= count

    async def due(self, _output: str, _now: float, limit: int) -> list[Any]:
        return [Row(number, body) for number, body in list(self.waiting.items())[:limit]]

    async def delivered(self, ids: Sequence[int]) -> None:
        for each in ids:
            del self.waiting[each]

    async def postpone(self, row: int, until: float, error: str) -> None:
        assert row in self.waiting

    async def set_aside(self, row: int, error: str, at: float) -> None:
        raise AssertionError(f"{row} was given up: {error}")


class Row:
    def __init__(self, number: int, body: bytes) -> None:
        self.id, self.key, self.event_json = number, f"garden-{number:010d}", body


@needs_broker
@pytest.mark.asyncio
async def test_a_broker_that_is_restarted_again_and_again_loses_no_event(mosquitto: Mosquitto, needs: Needs) -> None:
    """400 events, five restarts: each arrives at a subscriber with a session, in order; what comes twice has its id.

    SIGTERM, because a killed mosquitto 2.0 loses what it had acknowledged: that is no promise that could be kept.
    """
    rows, sub = Rows(400), needs("mosquitto_sub")
    async with (
        Witness(sub, mosquitto.port, "touchpoint/#", MARK, session="w") as witness,
        output(mosquitto.port) as mqtt,
    ):
        await witness.listens(mosquitto.port)
        task = asyncio.create_task(Delivery("mqtt", mqtt, rows, SystemClock(speed=20.0), Random(1)).run())
        for left in (330, 260, 190, 120, 50):
            await until(partial(rows.down_to, left), 30.0)
            await asyncio.to_thread(mosquitto.end)
            await asyncio.to_thread(mosquitto.start)
        await until(partial(rows.down_to, 0), 30.0)
        await until(lambda: "garden-0000000400" in [each.json["id"] for each in witness.of(OPENED)])
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    arrived = [each.json["id"] for each in witness.of(OPENED)]
    assert list(dict.fromkeys(arrived)) == [f"garden-{number:010d}" for number in range(1, 401)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "host is missing"),
        ({"host": "h", "colour": "red"}, "unknown setting colour"),
        ({"host": "h", "port": "0"}, "port: '0' is no number from 1 to 65535"),
        ({"host": "h", "qos": "2"}, "qos: '2' is no number from 0 to 1"),
        ({"host": "h", "tls": "yes"}, "tls: 'yes' is neither true nor false"),
        ({"host": "h", "acknowledge": "1"}, "acknowledge: '1' is neither true nor false"),
        ({"host": "h", "prefix": "a/#"}, "prefix: 'a/#' is no beginning of a topic"),
        ({"host": "h", "prefix": "/a"}, "prefix: '/a' is no beginning"),
        ({"host": "h", "discovery": "ha/+"}, "discovery: 'ha/\\+' is no beginning"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_output("mqtt", settings, SITE)


def test_what_is_not_said_is_the_sites_own_prefix_and_no_discovery() -> None:
    made = build_output("mqtt", {"host": "h"}, SITE)
    assert isinstance(made, Mqtt)
    assert (made.prefix, made.discovery, made.acknowledge, made.qos) == ("touchpoint/garden", "", False, 1)
