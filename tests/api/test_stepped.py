"""What people state and read over the API on a box whose clock was set by an hour, or by ten years."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.access.tokens import Caller, Scope
from gateway.clock import iso
from tests.api.lamps import lit
from tests.api.serving import DOOR, serving
from tests.api.test_records import cabinet, tell
from tests.api.test_tickets import site_with_clocks
from tests.story import NOON

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("ahead", [3600.0, -7200.0, 10 * 365.25 * 86400.0])]


async def test_until_when_it_is_hidden_is_told_as_the_wall_shows_it(tmp_path: Path, ahead: float) -> None:
    async with serving(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        site.clock.stepped = ahead
        path, asked = f"/api/v1/alarms/lobby-door/{DOOR}", {"by": "li", "reason": "moving", "duration": "2h"}
        shelved = await site.post(f"{path}/shelve", **asked)
        assert shelved["shelved_until"] == iso(site.clock.now() + ahead + 7200.0)
        await site.post("/api/v1/assets/lobby-door/take-out-of-service", **asked)
        assert (await site.get(path))["out_of_service_until"] == iso(site.clock.now() + ahead + 7200.0)


async def test_when_a_ticket_is_due_is_told_as_the_wall_shows_it(tmp_path: Path, ahead: float) -> None:
    async with serving(tmp_path, site_with_clocks()) as site:
        await site.read("lobby-door", closed=False)
        site.clock.stepped = ahead
        told = await site.get("/api/v1/tickets/1")
        (clock,) = [each for each in told["clocks"] if each["clock"] == "acknowledge"]
        assert told["due_at"] == clock["due_at"] == iso(site.clock.now() + clock["remaining_s"] + ahead)


async def test_what_happened_just_now_or_an_hour_ago_is_taken_and_what_lies_ahead_is_not(
    tmp_path: Path, ahead: float
) -> None:
    async with serving(tmp_path, cabinet()) as site:
        site.clock.stepped = ahead
        assert (await tell(site, at=iso(NOON + ahead - 3600.0)))["is_latest"]
        assert (await tell(site))["at"] == iso(NOON + ahead)
        body = {"record": "inspection", "by": "li", "at": iso(NOON + ahead + 60.0)}
        assert (await site.client.post("/api/v1/assets/cabinet-3f/records", json=body)).status_code == 422
        assert (await site.get("/api/v1/assets/cabinet-3f"))["outcome"] == "met"


async def test_a_new_token_is_good(tmp_path: Path, ahead: float) -> None:
    async with lit(tmp_path) as bench:
        bench.site.clock.stepped = ahead
        shown = await bench.token("test:run", days=1.0)
        found = await bench.site.keeper.identify(shown["authorization"])
        assert isinstance(found, Caller)
        assert found.scopes == {Scope.TEST_RUN}
