"""A ticket's clocks over the API, and what people do to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.estate import Estate
from tests.api.serving import serving
from tests.story import Plan, clause

pytestmark = pytest.mark.asyncio


def site_with_clocks() -> Estate:
    terms = {"trade": "access", "acknowledge": "10min", "on_site": "4h"}
    plan = Plan({"door.shut": clause("door", {"point": "closed", "equals": True}, priority="P3", ticket=terms)})
    plan.asset("lobby-door", "door", ["closed"])
    return plan.estate()


def clock(ticket: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {each["clock"]: each for each in ticket["clocks"]}[name]
    return found


async def test_clocks_run_wait_and_end(tmp_path: Path) -> None:
    async with serving(tmp_path, site_with_clocks()) as site:
        await site.read("lobby-door", closed=False)
        opened = await site.get("/api/v1/tickets/1")
        assert [each["clock"] for each in opened["clocks"]] == ["acknowledge", "on_site"]
        assert opened["due_at"] == clock(opened, "acknowledge")["due_at"] is not None
        assert (opened["paused"], opened["acknowledged_at"], opened["arrived_at"]) == (False, None, None)
        before = clock(opened, "on_site")
        site.clock.advance(60.0)
        paused = await site.post("/api/v1/tickets/1/pause", by="li", reason="parts")
        assert (paused["paused"], paused["paused_reason"], paused["due_at"]) == (True, "parts", None)
        site.clock.advance(600.0)
        again = clock(await site.post("/api/v1/tickets/1/resume", by="li"), "on_site")
        assert again["gross_s"] == pytest.approx(before["gross_s"] + 660.0, abs=1.0)
        assert again["elapsed_s"] == pytest.approx(before["elapsed_s"] + 60.0, abs=1.0)
        assert again["remaining_s"] == pytest.approx(again["target_s"] - again["elapsed_s"])
        there = await site.post("/api/v1/tickets/1/on-site", by="wei")
        assert (there["arrived_at"], there["owner"], there["state"]) == (there["acknowledged_at"], "wei", "taken")
        assert clock(there, "on_site")["ended_at"] == there["arrived_at"]
        assert there["due_at"] is None
        assert [each["what"] for each in there["log"]] == ["opened", "paused", "resumed", "arrived"]


async def test_what_the_state_forbids_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, site_with_clocks()) as site:
        await site.read("lobby-door", closed=False)
        for path, body in (("resume", {}), ("pause", {"reason": " "})):
            answer = await site.client.post(f"/api/v1/tickets/1/{path}", json={"by": "li", **body})
            assert answer.status_code == (409 if path == "resume" else 422)
        missing = await site.client.post("/api/v1/tickets/9/on-site", json={"by": "li"})
        assert missing.status_code == 404
