"""The API as a consumer sees it: assets, readings, alarms, tickets, over real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.model import Readings
from tests.api.serving import DOOR, LIGHT, serving

pytestmark = pytest.mark.asyncio
WORDS = {"zh": "字", "en": "word"}


async def test_an_unread_site_is_unknown_and_never_well(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        assets = (await site.get("/api/v1/assets"))["items"]
        assert {each["outcome"] for each in assets} == {"unknown"}
        assert (await site.get("/api/v1/site"))["assets"] == {"unknown": 5}
        assert (await site.get("/api/v1/site"))["kinds"]["access-door"] == {"unknown": 1}
        door = await site.get("/api/v1/assets/lobby-door")
        assert door["verdicts"][0]["outcome"] == "unknown"
        assert door["verdicts"][0]["evidence"] == [{"point": "closed", "bad": "never-read", "unit": "", "at": None}]


async def test_a_door_left_open_is_seen_with_its_evidence(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        door = await site.get("/api/v1/assets/lobby-door")
        assert door["outcome"] == "violated"
        assert door["devices"] == ["lobby-door-device"]
        (verdict,) = door["verdicts"]
        assert (verdict["clause"], verdict["outcome"], verdict["priority"]) == (DOOR, "violated", "P3")
        assert verdict["requires"] == {"zh": "closed 为 是", "en": "closed is yes"}
        assert verdict["evidence"] == [
            {"point": "closed", "value": False, "unit": "", "at": "2026-01-01T12:00:01.000Z"}
        ]
        assert door["readings"][0]["id"] == "lobby-door.closed"


async def test_assets_are_filtered_and_devices_are_assets_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)

        async def names(**query: str) -> list[str]:
            return [each["id"] for each in (await site.get("/api/v1/assets", **query))["items"]]

        assert await names(outcome="violated") == ["lobby-door"]
        assert await names(outcome="met") == ["device/lobby-door-device"]
        assert await names(kind="emergency-light") == ["light-3f"]
        assert await names(kind="device") == ["device/light-3f-device", "device/lobby-door-device"]
        assert await names(touchpoint="corridor", kind="access-door") == ["lobby-door"]
        assert await names(touchpoint="pool") == []
        device = await site.get("/api/v1/assets/device/lobby-door-device")
        assert device["verdicts"][0]["clause"] == "device.answers"


async def test_lists_come_in_parts_that_neither_skip_nor_repeat(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        whole = [each["id"] for each in (await site.get("/api/v1/readings"))["items"]]
        seen: list[str] = []
        after = ""
        for _ in range(10):
            part = await site.get("/api/v1/readings", limit=2, after=after)
            seen += [each["id"] for each in part["items"]]
            after = part["next"]
            if after is None:
                break
        assert seen == whole
        assert "light-3f.battery_voltage" in whole


async def test_readings_say_value_or_why_there_is_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("light-3f", battery_voltage=12.6)
        items = (await site.get("/api/v1/readings", asset="light-3f"))["items"]
        assert [(each["point"], each.get("value"), each.get("bad")) for each in items] == [
            ("battery_voltage", 12.6, None),
            ("mains_present", None, "never-read"),
        ]


async def test_an_alarm_is_acknowledged_shelved_and_shown_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        (alarm,) = (await site.get("/api/v1/alarms", standing="true"))["items"]
        assert (alarm["id"], alarm["phase"], alarm["raised_at"]) == (
            f"lobby-door:{DOOR}", "active", "2026-01-01T12:00:01.000Z",
        )  # fmt: skip
        path = f"/api/v1/alarms/lobby-door/{DOOR}"
        assert (await site.post(f"{path}/acknowledge", by="李工"))["acknowledged_by"] == "李工"
        shelved = await site.post(f"{path}/shelve", by="li", reason="moving furniture", duration="30min")
        assert shelved["shelved_until"] == "2026-01-01T12:30:01.000Z"
        assert shelved["shelved_reason"] == "moving furniture"
        assert (await site.get("/api/v1/site"))["alarms"] == {}
        assert (await site.post(f"{path}/unshelve", by="li"))["shelved_until"] is None
        assert (await site.get("/api/v1/site"))["alarms"] == {"P3": 1}
        assert (await site.get(path))["acknowledged_by"] == "李工"


async def test_alarms_of_devices_have_a_slash_in_their_asset(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        device = site.runner.pipeline.estate.devices["lobby-door-device"]
        await site.read("lobby-door", closed=True)
        site.runner.deliver(Readings(device.name, 1e10, 1e10, (device.answers_id,), (False,)))
        await site.read("light-3f", battery_voltage=12.6)
        path = "/api/v1/alarms/device/lobby-door-device/device.answers"
        assert (await site.get(path))["phase"] == "active"
        assert (await site.post(f"{path}/acknowledge", by="li"))["acknowledged_by"] == "li"


async def test_alarms_are_filtered(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        await site.read("light-3f", battery_voltage=10.0)

        async def ids(**query: str) -> list[str]:
            return [each["id"] for each in (await site.get("/api/v1/alarms", **query))["items"]]

        assert await ids() == [f"light-3f:{LIGHT}", f"lobby-door:{DOOR}"]
        assert await ids(priority="P3") == [f"lobby-door:{DOOR}"]
        assert await ids(asset="light-3f") == [f"light-3f:{LIGHT}"]
        assert await ids(standing="false") == []


async def test_a_ticket_goes_from_open_to_finished_by_people_and_closes_by_measurement(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        (ticket,) = (await site.get("/api/v1/tickets", state="open"))["items"]
        assert (ticket["id"], ticket["asset"], ticket["clause"], ticket["title"]) == (1, "lobby-door", DOOR, WORDS)
        assert (await site.post("/api/v1/tickets/1/take", by="li"))["owner"] == "li"
        await site.post("/api/v1/tickets/1/note", by="li", text="closer is broken")
        assert (await site.post("/api/v1/tickets/1/finish", by="li", text="new closer"))["state"] == "finished"
        await site.read("lobby-door", closed=True)
        site.clock.advance(11.0)
        await site.read("lobby-door", closed=True)
        closed = await site.get("/api/v1/tickets/1")
        assert closed["state"] == "closed"
        assert [(each["by"], each["what"]) for each in closed["log"]] == [
            ("gateway", "opened"), ("li", "taken"), ("li", "noted"), ("li", "finished"), ("gateway", "closed"),
        ]  # fmt: skip
        assert (await site.get("/api/v1/site"))["tickets"] == {"closed": 1}


async def test_tickets_are_filtered_and_paged(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        await site.read("light-3f", battery_voltage=10.0)
        first = await site.get("/api/v1/tickets", limit=1)
        second = await site.get("/api/v1/tickets", limit=1, after=first["next"])
        assert [each["id"] for each in (*first["items"], *second["items"])] == [1, 2]
        assert second["next"] is None
        assert len((await site.get("/api/v1/tickets", priority="P2", asset="light-3f"))["items"]) == 1
        assert (await site.get("/api/v1/tickets", state="closed"))["items"] == []


async def test_an_asset_is_taken_out_of_service_and_returned(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        path = "/api/v1/assets/lobby-door"
        await site.post(f"{path}/take-out-of-service", by="li", reason="painting", duration="8h")
        alarm = await site.get(f"/api/v1/alarms/lobby-door/{DOOR}")
        assert alarm["out_of_service_until"] == "2026-01-01T20:00:01.000Z"
        await site.post(f"{path}/return-to-service", by="li")
        assert (await site.get(f"/api/v1/alarms/lobby-door/{DOOR}"))["out_of_service_until"] is None


async def test_what_people_did_survives_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        await site.post("/api/v1/tickets/1/take", by="li")
    async with serving(tmp_path) as site:
        assert (await site.get("/api/v1/tickets/1"))["owner"] == "li"
