"""Rounds over the API: what is to be done, and what people answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.site import load_estate
from tests.api.serving import Served, serving
from tests.rounds.house import DAY, SITE


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Served]:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    async with serving(tmp_path, load_estate(tmp_path)) as served:
        yield served


async def answered(house: Served, path: str, **body: Any) -> Any:
    answer = await house.client.post(f"/api/v1/rounds/{path}", json={"by": "li", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.asyncio
async def test_what_people_have_to_do_is_listed_and_an_answer_takes_it_off(house: Served) -> None:
    told = (await house.get("/api/v1/rounds", asset="door"))["items"]
    assert [(each["id"], each["way"], each["state"]) for each in told] == [("door:handle-firm", "look", "due")]
    assert told[0]["checklist"][0] == {"zh": "把手稳固,无松动", "en": "the handle is firm, nothing about it is loose"}
    assert told[0]["clause"] == "access-door.handle-firm"
    assert told[0]["last"] is None
    done = await answered(house, "door/handle-firm", passed=True, note="fine")
    assert done["outcomes"] == {"access-door.handle-firm": "met"}
    assert done["task"]["state"] == "upcoming"
    assert (await house.get("/api/v1/rounds", asset="door", due_within=23.9 * DAY))["items"] == []
    assert len((await house.get("/api/v1/rounds", asset="door", due_within=24.1 * DAY))["items"]) == 1


@pytest.mark.asyncio
async def test_the_list_is_paged_and_can_be_had_for_one_place(house: Served) -> None:
    every = (await house.get("/api/v1/rounds"))["items"]
    first = await house.get("/api/v1/rounds", limit=2)
    second = await house.get("/api/v1/rounds", limit=2, after=first["next"])
    assert [*first["items"], *second["items"]] == every[:4]
    floor = (await house.get("/api/v1/rounds", place="3层"))["items"]
    assert {each["id"] for each in floor} == {
        "cabinet:inspection", "cabinet:custodian_confirmed", "smoke-door:exercise",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_a_test_by_hand_is_in_the_log_book(house: Served) -> None:
    done = await answered(house, "lift/alarm-battery", passed=True, lasted_s=3900)
    assert done["outcomes"] == {"lift.alarm-battery": "met"}
    (entry,) = (await house.get("/api/v1/logbook", kind="alarm-battery"))["items"]
    assert (entry["started_by"], entry["outcome"], entry["lasted_s"], entry["limit_s"]) == ("li", "passed", 3900, 3600)
    failed = await answered(house, "lift/alarm-call", passed=False, failed=[2], at="2025-12-31")
    assert failed["outcomes"] == {"lift.alarm-call": "violated"}
    assert failed["task"]["state"] == "failed"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nobody/handle-firm", {"passed": True}, 404),
        ("door/hump-firm", {"passed": True}, 404),
        ("door/handle-firm", {}, 422),
        ("door/handle-firm", {"passed": True, "at": "2999-01-01"}, 422),
        ("door/handle-firm", {"passed": True, "failed": [0]}, 422),
        ("door/handle-firm", {"passed": True, "failed": [1]}, 409),
        ("lift/alarm-battery", {"passed": True}, 409),
    ],
)
async def test_an_answer_that_cannot_be_is_told_why(
    house: Served, path: str, body: dict[str, Any], status: int
) -> None:
    answer = await house.client.post(f"/api/v1/rounds/{path}", json={"by": "li", **body})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await house.get("/api/v1/logbook"))["items"] == []
