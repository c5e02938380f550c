"""The state of the assets over a real mosquitto, as mosquitto_sub sees it; a whole gateway reads real Modbus."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway.app import Gateway
from gateway.broker import Message
from gateway.health import Component
from gateway.northbound.shapes import SHAPES, schema_text
from tests.conftest import Needs
from tests.live.black_box import until
from tests.mosquitto import Mosquitto
from tests.northbound.garden import PREFIX, garden, over
from tests.northbound.witness import MARK, Witness, retained, say

pytestmark = [pytest.mark.needs("mosquitto", "mosquitto_sub"), pytest.mark.asyncio]
STATE, STATUS = f"{PREFIX}/asset/asset-1/state", f"{PREFIX}/status"
ACKNOWLEDGE = f"{PREFIX}/asset/asset-1/acknowledge"
CONFIG = "homeassistant/device/touchpoint_black-box_asset-{}/config"
HOME: dict[str, Any] = {"discovery": "homeassistant", "acknowledge": True}


@pytest.fixture
def sub(needs: Needs) -> str:
    return needs("mosquitto_sub")


def last(witness: Witness, topic: str = STATE) -> dict[str, Any]:
    seen = witness.of(topic)
    return dict(seen[-1].json) if seen and seen[-1].payload else {}


def north(gateway: Gateway) -> Component:
    return next(each for each in gateway.health.components() if each.name == "northbound north")


def value(witness: Witness, point: str = "v0") -> Any:
    return last(witness).get("points", {}).get(point, {}).get("value")


async def test_an_asset_is_told_as_it_is_and_every_message_fits_its_schema(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port)) as site, Witness(sub, mosquitto.port) as witness:
        await witness.listens(mosquitto.port)
        async with site.running():
            await until(lambda: last(witness).get("verdict") == "met")
            site.cabinets.set(1, 0, 3)
            await until(lambda: last(witness).get("tickets"))
            state = last(witness)
            assert (state["verdict"], state["available"], state["place"]["en"]) == ("violated", True, "cabinet-1")
            assert state["points"]["v0"] == {
                "value": 3, "quality": "good", "reason": None, "unit": "V", "at": state["points"]["v0"]["at"],
            }  # fmt: skip
            assert [(each["clause"], each["acknowledged"]) for each in state["alarms"]] == [("cabinet.v0", False)]
            assert [each["state"] for each in state["tickets"]] == ["open"]
            opened = await witness.until(f"{PREFIX}/event/ticket/opened")
            assert opened.json["data"]["ticket"] == state["tickets"][0]["ticket"]
        schemas = {name: jsonschema_rs.validator_for(json.loads(schema_text(name))) for name in SHAPES}
        states, events = witness.of(f"{PREFIX}/asset/#"), witness.of(f"{PREFIX}/event/#")
        assert (len(states) >= 6, len(events) >= 3) == (True, True)
        assert [error for each in states for error in schemas["state"].iter_errors(each.json)] == []
        assert [error for each in events for error in schemas["event"].iter_errors(each.json)] == []
        told = {name: witness.of(f"{PREFIX}/schema/{name}")[-1].json for name in SHAPES}
        assert told == {name: json.loads(schema_text(name)) for name in SHAPES}
        assert {each.topic for each in states} == {
            f"{PREFIX}/asset/{name}/state"
            for name in ("asset-1", "asset-2", "device/cabinet-1", "device/cabinet-2", "connection/plant")
        }


async def test_what_is_not_known_is_null_with_its_reason_and_never_the_last_value(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port)) as site, Witness(sub, mosquitto.port) as witness:
        await witness.listens(mosquitto.port)
        async with site.running():
            await until(lambda: value(witness) == 100)
            first = witness.of(STATE)[0].json
            site.cabinets.line.units = {2: site.cabinets.line.units[2]}
            await until(lambda: last(witness)["verdict"] == "unknown")
            assert last(witness)["points"]["v0"]["reason"] in ("stale", "no-answer")
            await until(lambda: last(witness)["available"] is False)
        # Before anything was read, nothing was known; and what stopped being known has no value any more.
        assert (first["verdict"], first["points"]["v0"]["reason"]) == ("unknown", "never-read")
        for told in (first, last(witness)):
            assert {(each["value"], each["quality"]) for each in told["points"].values()} == {(None, "bad")}


async def test_only_what_changed_is_told_and_that_at_most_once_a_second(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    """50 changes of one asset within 2.5 s; the other one, whose values stay, is not told of again."""
    async with garden(tmp_path, over(mosquitto.port)) as site, Witness(sub, mosquitto.port) as witness:
        await witness.listens(mosquitto.port)
        async with site.running():
            await until(lambda: value(witness) == 100)
            other = f"{PREFIX}/asset/asset-2/state"
            await until(lambda: last(witness, other).get("verdict") == "met")
            before = {topic: len(witness.of(topic)) for topic in (STATE, other)}
            began = asyncio.get_running_loop().time()
            for step in range(50):
                site.cabinets.set(1, 0, 50 + step)
                await asyncio.sleep(0.05)
            await until(lambda: value(witness) == 99)
            seconds = asyncio.get_running_loop().time() - began
            assert 2 <= len(witness.of(STATE)) - before[STATE] <= seconds + 1
            assert len(witness.of(other)) == before[other]


async def test_status_is_online_after_the_states_and_offline_when_it_goes_or_dies(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port)) as site, Witness(sub, mosquitto.port) as witness:
        await witness.listens(mosquitto.port)
        async with site.running():
            await witness.until(STATUS)
            order = [each.topic for each in witness.seen]
            assert order.index(STATE) < order.index(STATUS)
            assert witness.of(STATUS)[-1].payload == "online"
        assert (await witness.until(STATUS, 2)).payload == "offline", "by goodbye"
        assert (await retained(sub, mosquitto.port, STATUS))[STATUS] == "offline"
        async with site.running() as gateway:
            await until(lambda: witness.of(STATUS)[-1].payload == "online")
            gateway._outgoing.deliveries.of["north"].output.broker._client.socket().shutdown(2)  # type: ignore[attr-defined]  # the wire is cut
            await until(lambda: "offline" in [each.payload for each in witness.of(STATUS)[3:]])
            await until(lambda: witness.of(STATUS)[-1].payload == "online")


@pytest.mark.parametrize("wiped", [False, True])
async def test_after_a_broker_was_killed_everything_is_told_again(
    wiped: bool, mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port)) as site, site.running():
        async with Witness(sub, mosquitto.port) as witness:
            await until(lambda: value(witness) == 100)
            mosquitto.kill()
        site.cabinets.set(1, 0, 77)
        if wiped:
            mosquitto.wipe()
        mosquitto.start()
        async with Witness(sub, mosquitto.port) as witness:
            await until(lambda: [each for each in witness.of(STATUS) if not each.retained], 30.0)
        now = await retained(sub, mosquitto.port)
        assert json.loads(now[STATE])["points"]["v0"]["value"] == 77
        assert now[STATUS] == "online"
        assert {f"{PREFIX}/schema/{name}" for name in SHAPES} <= now.keys()


async def test_nothing_is_listened_to_where_the_site_allows_nothing(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port)) as site, site.running() as gateway:
        assert gateway._outgoing.deliveries.of["north"].output.broker._subscriptions == []  # type: ignore[attr-defined]  # it is the MQTT one


async def test_a_press_of_the_button_acknowledges_and_is_audited_and_nothing_else_does(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port, **HOME)) as site:
        await say(sub, mosquitto.port, ACKNOWLEDGE, "PRESS", "-r")  # a press that somebody left there long ago
        async with Witness(sub, mosquitto.port) as witness, site.running():
            site.cabinets.set(1, 0, 3)
            await until(lambda: last(witness).get("alarms"))
            for topic, payload in ((STATE, "PRESS"), (ACKNOWLEDGE, "press"), (ACKNOWLEDGE.replace("1", "9"), "PRESS")):
                await say(sub, mosquitto.port, topic, payload)
            await say(sub, mosquitto.port, f"{PREFIX}/asset/asset-2/acknowledge", "PRESS")  # it has no alarm
            site.cabinets.set(1, 1, 3)
            told = [each for each in witness.of(STATE) if each.payload.startswith("{")]
            await until(lambda: len([each for each in witness.of(STATE) if each.payload.startswith("{")]) > len(told))
            assert [each["acknowledged"] for each in last(witness)["alarms"]] == [False, False]
            await say(sub, mosquitto.port, ACKNOWLEDGE, "PRESS")
            await until(lambda: [each["acknowledged"] for each in last(witness)["alarms"]] == [True, True])
            raised = [each.json for each in witness.of(f"{PREFIX}/event/alarm/acknowledged")]
            assert {each["data"]["by"] for each in raised} == {"home-assistant"}
        rows = (
            sqlite3.connect(tmp_path / "var" / "gateway.db").execute("SELECT who, what, subject FROM audit").fetchall()
        )
        assert rows == [("home-assistant", "Acknowledge", f"asset-1/cabinet.v{number}") for number in (0, 1)]


async def test_a_press_counts_without_the_broker_and_only_for_what_was_raised_then(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port, **HOME)) as site, site.running() as gateway:
        alarms = gateway.runner.pipeline.alarms
        broker = gateway._outgoing.deliveries.of["north"].output.broker  # type: ignore[attr-defined]  # it is the MQTT one
        ((_, heard),) = broker._subscriptions
        first, second, other = ("asset-1", "cabinet.v0"), ("asset-1", "cabinet.v1"), ("asset-2", "cabinet.v0")
        site.cabinets.set(1, 0, 3)
        site.cabinets.set(2, 0, 3)
        await until(
            lambda: broker.connected and all(each in alarms and alarms[each].standing for each in (first, other))
        )
        heard(Message(ACKNOWLEDGE, b"PRESS", 0, True, False, False, 1, 0))  # what is retained was pressed by nobody now
        heard(Message(ACKNOWLEDGE.replace("asset-1", "asset-2"), b"PRESS", 0, False, False, False, 1, 0))
        await until(lambda: alarms[other].acknowledged)
        assert not alarms[first].acknowledged
        mosquitto.kill()
        await until(lambda: not broker.connected)
        heard(Message(ACKNOWLEDGE, b"PRESS", 0, False, False, False, 1, 0))  # the last that it said
        site.cabinets.set(1, 1, 3)
        await until(lambda: second in alarms and alarms[second].standing)
        await until(lambda: alarms[first].acknowledged)
        await until(lambda: north(gateway).state == "degraded")
        assert north(gateway).detail.startswith(f"broker 127.0.0.1:{mosquitto.port} is ")
        mosquitto.start()
        async with Witness(sub, mosquitto.port) as witness:
            await until(lambda: [each for each in witness.of(STATUS) if not each.retained], 30.0)
        assert not alarms[second].acknowledged, "nobody had seen it"
        await until(lambda: north(gateway).state == "well")


async def test_home_assistants_birth_is_answered_with_every_device(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port, **HOME)) as site, Witness(sub, mosquitto.port) as witness:
        await witness.listens(mosquitto.port)
        async with site.running():
            first = (await witness.until(CONFIG.format(1))).json
            await witness.until(STATUS)
            await say(sub, mosquitto.port, "homeassistant/status", "offline")
            await say(sub, mosquitto.port, "homeassistant/status", "online")
            assert (await witness.until(CONFIG.format(1), 2)).json == first
            await witness.until(CONFIG.format(2), 2)
            await witness.until(STATUS, 2)
        assert len(witness.of(CONFIG.format(1))) == 2, "its offline is no birth"


async def test_of_a_connection_without_devices_it_tells_itself_whether_it_works(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    cloud = {"cloud": {"kind": "mqtt", "host": "127.0.0.1", "port": mosquitto.port}}
    output = {"kind": "mqtt", "connection": "cloud"}
    async with garden(tmp_path, output, connections=cloud) as site, site.running() as gateway:
        pipeline = gateway.runner.pipeline
        answers = pipeline.estate.connections["cloud"].answers_id
        await until(lambda: pipeline.latest.reading(answers) is True)
        mosquitto.kill()
        await until(lambda: pipeline.latest.reading(answers) is False)
        mosquitto.start()
        await until(lambda: pipeline.latest.reading(answers) is True)


async def test_an_asset_that_left_the_site_leaves_the_broker_and_home_assistant(
    mosquitto: Mosquitto, sub: str, tmp_path: Path
) -> None:
    async with garden(tmp_path, over(mosquitto.port, **HOME)) as site:
        async with site.running():
            await until_online(sub, mosquitto.port)
        before = await retained(sub, mosquitto.port)
        async with site.running(units=1):
            await until_online(sub, mosquitto.port)
            after = await retained(sub, mosquitto.port)
        gone = {CONFIG.format(2), f"{PREFIX}/asset/asset-2/state", f"{PREFIX}/asset/device/cabinet-2/state"}
        assert before.keys() - after.keys() == gone
        assert after.keys() <= before.keys()
        site.output = over(mosquitto.port)
        async with site.running(units=1):
            await until_online(sub, mosquitto.port)
            without = await retained(sub, mosquitto.port)
        assert after.keys() - without.keys() == {CONFIG.format(1)}, "discovery was switched off"


async def test_a_button_that_is_no_longer_allowed_is_taken_away(mosquitto: Mosquitto, sub: str, tmp_path: Path) -> None:
    button = "touchpoint_black-box_asset-1_acknowledge"
    async with garden(tmp_path, over(mosquitto.port, **HOME)) as site:
        async with site.running():
            await until_online(sub, mosquitto.port)
        site.output = over(mosquitto.port, discovery="homeassistant")
        async with site.running():
            await until_online(sub, mosquitto.port)
            told = json.loads((await retained(sub, mosquitto.port, CONFIG.format(1)))[CONFIG.format(1)])
        # Left out it would stay; it goes when nothing but its platform is said.
        assert told["cmps"][button] == {"p": "button"}
        async with site.running():
            await until_online(sub, mosquitto.port)
            told = json.loads((await retained(sub, mosquitto.port, CONFIG.format(1)))[CONFIG.format(1)])
        assert button not in told["cmps"]


async def until_online(sub: str, port: int) -> None:
    """A fresh "online": one that is told, not one that was left there."""
    async with Witness(sub, port, STATUS, MARK) as witness:
        await until(lambda: witness.of(STATUS) and witness.of(STATUS)[-1].payload == "online", 30.0)
