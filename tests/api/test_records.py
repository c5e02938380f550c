"""Records over HTTP: taken in, refused by field, and told back in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.api.records import RecordShape
from gateway.clock import iso
from gateway.estate import Estate
from tests.api.serving import Served, serving
from tests.story import NOON, Plan, clause

pytestmark = pytest.mark.asyncio
RECORDS = "/api/v1/assets/cabinet-3f/records"
DAY = 86400.0


def cabinet() -> Estate:
    plan = Plan({"cabinet.inspected": clause("cabinet", {"point": "inspection", "within": "31 d"})})
    plan.asset("cabinet-3f", "cabinet", [])
    plan.records("cabinet-3f", "inspection", "refill")
    return plan.estate()


async def tell(site: Served, **body: Any) -> dict[str, Any]:
    answer = await site.client.post(RECORDS, json={"record": "inspection", "by": "li", **body})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_record_is_now_unless_it_says_when_and_is_judged_at_once(tmp_path: Path) -> None:
    async with serving(tmp_path, cabinet()) as site:
        told = RecordShape.model_validate(await tell(site, note="seals whole"))
        assert (told.asset, told.record, told.by, told.note) == ("cabinet-3f", "inspection", "li", "seals whole")
        assert (told.at.timestamp(), told.is_latest, told.means["en"]) == (NOON, True, "inspection")
        asset = await site.get("/api/v1/assets/cabinet-3f")
        (verdict,) = asset["verdicts"]
        assert (asset["outcome"], verdict["evidence"][0]["day"]) == ("met", "2026-01-01")
        assert verdict["explanation"]["en"] == "inspection not longer than 31 d ago: inspection 2026-01-01"


async def test_a_day_begins_in_the_sites_zone_and_a_time_says_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path, cabinet()) as site:
        assert (await tell(site, at="2025-12-20"))["at"] == "2025-12-19T16:00:00.000Z"
        assert (await tell(site, at="2025-12-20T08:15:00+08:00"))["at"] == "2025-12-20T00:15:00.000Z"


async def test_an_older_one_is_kept_in_the_list_and_is_not_the_latest(tmp_path: Path) -> None:
    async with serving(tmp_path, cabinet()) as site:
        await tell(site, at=iso(NOON - DAY))
        assert (await tell(site, at=iso(NOON - 40 * DAY), note="from the paper log"))["is_latest"] is False
        assert (await tell(site, at=iso(NOON - DAY)))["is_latest"] is True
        await tell(site, record="refill", at=iso(NOON - 5 * DAY))
        listed = await site.get(RECORDS)
        assert [(each["record"], each["is_latest"], each["note"]) for each in listed["items"]] == [
            ("inspection", True, ""), ("inspection", False, "from the paper log"), ("refill", True, ""),
        ]  # fmt: skip
        assert listed["next"] is None
        assert [each["record"] for each in (await site.get(RECORDS, record="refill"))["items"]] == ["refill"]
        first = await site.get(RECORDS, limit=2)
        rest = await site.get(RECORDS, limit=2, after=first["next"])
        assert first["items"] + rest["items"] == listed["items"]
        assert (await site.get("/api/v1/assets/cabinet-3f"))["outcome"] == "met"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"at": iso(NOON + 60.0)}, "body.at", "lies in the future"),
        ({"at": "2026-01-02"}, "body.at", "lies in the future"),
        ({"at": "1970-12-31"}, "body.at", "before 1971"),
        ({"at": "2025-12-20T08:15:00"}, "body.at", "a time with its zone"),
        ({"at": "yesterday"}, "body.at", "write a day"),
        ({"at": 1767268800}, "body.at", "write a day"),
        ({"record": "inspektion"}, "body.record", 'did you mean "inspection"?'),
        ({"by": " "}, "body.by", "is empty: write something"),
        ({"by": "li\u001b[2J"}, "body.by", "has the control character '\\x1b' in it"),
        ({"note": "a\u0000b"}, "body.note", "has the control character '\\x00' in it"),
        ({"who": "li"}, "body.who", "not permitted"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(
    tmp_path: Path, body: dict[str, Any], field: str, message: str
) -> None:
    async with serving(tmp_path, cabinet()) as site:
        answer = await site.client.post(RECORDS, json={"record": "inspection", "by": "li", **body})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        (problem,) = answer.json()["errors"]
        assert problem["field"] == field
        assert message in problem["message"]
        assert (await site.get(RECORDS))["items"] == []


async def test_an_asset_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    async with serving(tmp_path, cabinet()) as site:
        assert (await site.client.get("/api/v1/assets/cabinet-4f/records")).status_code == 404
        answer = await site.client.post("/api/v1/assets/cabinet-4f/records", json={"record": "inspection", "by": "li"})
        assert answer.status_code == 404


async def test_a_restart_on_the_same_store_knows_them_all(tmp_path: Path) -> None:
    async with serving(tmp_path, cabinet()) as site:
        for days in (3, 1, 2):
            await tell(site, at=iso(NOON - days * DAY))
        before = await site.get(RECORDS)
    async with serving(tmp_path, cabinet()) as site:
        assert await site.get(RECORDS) == before
        assert [each["is_latest"] for each in before["items"]] == [False, True, False]
        assert (await site.get("/api/v1/assets/cabinet-3f"))["outcome"] == "met"
