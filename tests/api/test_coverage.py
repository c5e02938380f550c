"""The coverage over HTTP: its figures, and its answers page by page."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.api.coverage import AnswerShape, CoverageShape
from tests.api.serving import DOOR, LIGHT, serving

pytestmark = pytest.mark.asyncio


async def test_the_figures_are_in_the_documented_shape(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        told = await site.get("/api/v1/coverage")
        shape = CoverageShape.model_validate(told)
        assert (shape.site, shape.complete, shape.assets) == ("test-site", True, 2)
        assert told["answers"] == {
            "sensor": 2, "test": 0, "person": 0, "record": 0, "in-part": 0, "nothing": 0, "not-yet-provable": 0,
            "not-applicable": 0,
        }  # fmt: skip
        assert {each["clause"]: each["count"] for each in told["watches"]} == {
            "device.answers": 2, "connection.answers": 1, "asset.judgeable": 2,
        }  # fmt: skip


async def test_the_answers_come_in_parts_and_are_filtered(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        first = await site.get("/api/v1/coverage/answers", limit=1)
        second = await site.get("/api/v1/coverage/answers", limit=1, after=first["next"])
        items = [AnswerShape.model_validate(each) for each in (*first["items"], *second["items"])]
        assert [each.id for each in items] == [f"light-3f:{LIGHT}", f"lobby-door:{DOOR}"]
        assert second["next"] is None
        assert items[0].sources[0].device == "light-3f-device"
        found = await site.get("/api/v1/coverage/answers", asset="lobby-door", answer="sensor", touchpoint="corridor")
        assert [each["clause"] for each in found["items"]] == [DOOR]
        assert (await site.get("/api/v1/coverage/answers", clause="no.such"))["items"] == []
        answer = await site.client.get("/api/v1/coverage/answers", params={"answer": "maybe"})
        assert answer.status_code == 422
