"""Planned work over the API."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.clock import ManualClock
from tests.api.serving import serving

pytestmark = pytest.mark.asyncio
WHEN = {"since": "2026-01-01T21:00:00+08:00", "until": "2026-01-01T21:30:00+08:00"}


async def test_work_is_announced_listed_begun_and_ended(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=True)
        made = await site.post("/api/v1/works", by="wei", asset="lobby-door", reason="new closer", **WHEN)
        assert (made["id"], made["state"], made["by"], made["in_service"]) == (1, "planned", "wei", "")
        assert (made["since"], made["until"]) == ("2026-01-01T13:00:00.000Z", "2026-01-01T13:30:00.000Z")
        assert (await site.get("/api/v1/works"))["items"] == [made]
        assert (await site.get("/api/v1/works", asset="light-3f"))["items"] == []
        site.clock.advance(3600.0)
        await site.read("lobby-door", closed=False)
        await site.read("lobby-door", closed=False)
        (alarm,) = [
            each
            for each in (await site.get("/api/v1/alarms", asset="lobby-door"))["items"]
            if each["clause"] == "access-door.shut"
        ]
        assert alarm["out_of_service_until"] == "2026-01-01T13:30:00.000Z"
        over = await site.post("/api/v1/works/1/cancel", by="li")
        assert (over["state"], over["over_by"]) == ("ended", "li")
        opened = (await site.get("/api/v1/tickets", asset="lobby-door"))["items"]
        assert [each["clause"] for each in opened] == ["access-door.shut"]


async def test_without_a_beginning_it_begins_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stood = ManualClock.now
    async with serving(tmp_path) as site:
        # A clock that goes on, also from the request to the tick.
        monkeypatch.setattr(ManualClock, "now", lambda clock: clock.advance(0.001) and stood(clock))
        await site.read("lobby-door", closed=True)
        await site.post("/api/v1/works", by="wei", asset="lobby-door", reason="oil", until=WHEN["until"])
        await site.read("lobby-door", closed=False)
        assert [each["state"] for each in (await site.get("/api/v1/works", state="begun"))["items"]] == ["begun"]
        assert (await site.get("/api/v1/tickets"))["items"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"asset": "no-such"}, 404), ({"reason": " "}, 422), ({"since": "2026-01-01T10:00:00Z"}, 409),
        ({"until": "2026-01-01T21:00:00+08:00"}, 409), ({"until": "2026-01-01T21:30:00"}, 422),
        ({"until": "2026-01-09T21:30:00Z"}, 409), ({"since": 1767272400}, 422),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(tmp_path: Path, body: dict[str, object], status: int) -> None:
    asked = {"by": "wei", "asset": "light-3f", "reason": "new closer", **WHEN, **body}
    async with serving(tmp_path) as site:
        answer = await site.client.post("/api/v1/works", json=asked)
        assert answer.status_code == status, answer.text
        assert (await site.get("/api/v1/works"))["items"] == []
        assert (await site.client.post("/api/v1/works/1/cancel", json={"by": "li"})).status_code == 409
