"""The log book over HTTP: its lines part by part, each with its curve as data and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.api.logbook import CameOf, LogBookEntry, LogBookLine
from gateway.changes import Changes
from gateway.model import Reading
from gateway.proof_tests.entry import Outcome
from gateway.site import load_estate
from gateway.store import log_book
from tests.api.serving import Served, serving
from tests.logbook.book import entry, lights
from tests.story import NOON

pytestmark = pytest.mark.asyncio
DEMO = Path(__file__).parents[2] / "deploy" / "demo-site"
BOOK = "/api/v1/logbook"
HOUR = 3600.0


async def write(site: Served, count: int = 5) -> None:
    """So many entries an hour apart, the even ones discharges of another light."""
    happened: dict[str, Any] = {"kind": "discharge", "outcome": Outcome.RECORDED, "asset": "light-4f", "limit": None}
    entries = [
        entry(number, started_at=NOON + number * HOUR, ended_at=NOON + number * HOUR + 930.0,
              **(happened if number % 2 == 0 else {}))
        for number in range(1, count + 1)
    ]  # fmt: skip
    await site.runner.store.commit(Changes(entries=entries))


async def ids(site: Served, **query: Any) -> list[int]:
    return [each["id"] for each in (await site.get(BOOK, **query))["items"]]


async def test_the_lines_come_in_parts_none_twice_and_none_left_out(tmp_path: Path) -> None:
    async with serving(tmp_path, lights()) as site:
        assert await site.get(BOOK) == {"items": [], "next": None}
        await write(site)
        first = await site.get(BOOK, limit=2)
        second = await site.get(BOOK, limit=2, after=first["next"])
        third = await site.get(BOOK, limit=2, after=second["next"])
        parts = [*first["items"], *second["items"], *third["items"]]
        assert [LogBookLine.model_validate(each).id for each in parts] == [1, 2, 3, 4, 5]
        assert third["next"] is None
        assert all("curve" not in each for each in parts)


async def test_the_lines_are_filtered_by_asset_kind_and_time(tmp_path: Path) -> None:
    async with serving(tmp_path, lights()) as site:
        await write(site)
        assert await ids(site, asset="light-3f") == [1, 3, 5]
        assert await ids(site, kind="discharge") == [2, 4]
        assert await ids(site, since="2026-01-01T15:00:00Z", until="2026-01-01T16:00:00Z") == [3, 4]
        assert await ids(site, since="2026-01-01T23:00:00+08:00", asset="light-4f") == [4]
        assert await ids(site, asset="no-such") == []
        for wrong, field in (
            ({"kind": "any"}, "kind"),
            ({"since": "2026-01-01"}, "since"),
            ({"since": "20"}, "since"),
            ({"until": "1767283200.5"}, "until"),
            ({"after": "x"}, "after"),
        ):
            answer = await site.client.get(BOOK, params=wrong)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"query.{field}")


async def test_an_entry_has_its_curve(tmp_path: Path) -> None:
    async with serving(tmp_path, lights(floor=10.5)) as site:
        await write(site)
        told = await site.get(f"{BOOK}/3")
        shape = LogBookEntry.model_validate(told)
        assert (shape.id, shape.outcome, shape.lasted_s, shape.limit_s) == (3, "passed", 930.0, 900.0)
        assert (len(shape.curve.samples), shape.curve.points[0].at_least) == (42, 10.5)
        assert {key: value for key, value in told.items() if key != "curve"} == (await site.get(BOOK))["items"][2]


async def test_the_curve_is_a_picture_in_the_languages_asked_for(tmp_path: Path) -> None:
    async with serving(tmp_path, lights()) as site:
        await write(site)
        for lang, said in (
            ("both", "电池电压 battery voltage (V)"),
            ("zh", "电池电压 (V)"),
            ("en", "battery voltage (V)"),
        ):
            answer = await site.client.get(f"{BOOK}/1/curve.svg", params={"lang": lang})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
            assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
            assert f">{said}</text>" in answer.text
        assert (await site.client.get(f"{BOOK}/1/curve.svg", params={"lang": "fr"})).status_code == 422


async def test_what_is_not_in_the_book_is_a_problem(tmp_path: Path) -> None:
    async with serving(tmp_path, lights()) as site:
        await write(site, 2)
        for path, status in (("/3", 404), ("/0", 422), ("/x", 422), ("/3/curve.svg", 404)):
            answer = await site.client.get(BOOK + path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.status_code == status


async def test_a_mains_failure_that_was_read_is_an_entry_with_its_curve(tmp_path: Path) -> None:
    """On mains for a minute, on its battery with the lamp lit for five, and back: read every 10 s."""
    light = "emergency-light-b1-1"
    async with serving(tmp_path, load_estate(DEMO)) as site:
        for step in range(1, 52):
            dark = 6 < step <= 36
            site.clock.advance(9.0)
            level = 100.0 - 0.5 * max(step - 6, 0) if step <= 36 else 85.0
            await site.read(light, mains_present=not dark, lamp_on=dark, battery_level=level, mode="normal")
        (told,) = (await site.get(BOOK))["items"]
        assert (told["id"], told["asset"], told["kind"], told["outcome"]) == (1, light, "discharge", "recorded")
        assert (told["lasted_s"], told["resolution_s"], told["limit_s"]) == (290.0, 10.0, None)
        assert (told["started_at"], told["finding"]) == ("2026-01-01T12:01:10.000Z", "")
        assert told["place"]["zh"] == "地下一层1区"
        entry_told = LogBookEntry.model_validate(await site.get(f"{BOOK}/1"))
        levels = [each.values["battery_level"] for each in entry_told.curve.samples]
        assert (levels[0], min(level for level in levels if isinstance(level, float))) == (99.5, 85.0)
        picture = await site.client.get(f"{BOOK}/1/curve.svg", params={"lang": "en"})
        assert ">battery charge (%)</text>" in picture.text


async def test_the_api_names_every_outcome() -> None:
    assert get_args(CameOf) == tuple(each.value for each in Outcome)


async def own_test(site: Served, light: str, seconds: float) -> None:
    """Its own duration test, read every 30 s, in which the lamp is lit for so long; on its mains before and after."""

    async def read(mode: str, **values: Reading) -> None:
        site.clock.advance(29.0)
        told: dict[str, Reading] = {
            "mains_present": True,
            "duration_test_failed": False,
            "mode": mode,
            "lamp_on": False,
        }
        await site.read(light, **told | {"duration_test_failed": False} | values)

    for _ in range(2):
        await read("normal", battery_level=100.0)
    for step in range(1, 33):
        lit = step * 30.0 <= seconds
        await read("duration-test", duration_test_done=False, lamp_on=lit, battery_level=100.0 - step)
    for _ in range(6):
        await read("normal", duration_test_done=seconds > 900.0, duration_test_result=seconds // 120 * 2)


async def test_a_failed_test_names_its_ticket_and_later_the_test_that_proved_the_repair(tmp_path: Path) -> None:
    """Failed by a dark lamp, taken up and repaired by Li, tested again and passed."""
    light = "emergency-light-b1-1"
    async with serving(tmp_path, load_estate(DEMO)) as site:
        await own_test(site, light, 600.0)
        (failed,) = (await site.get(BOOK))["items"]
        assert (failed["outcome"], failed["finding"]) == ("failed", "lamp-out")
        ticket = failed["ticket"]
        assert (ticket["cleared_at"], ticket["cleared_by"], ticket["proven_by"]) == (None, "", None)
        about = await site.get(f"/api/v1/tickets/{ticket['id']}")
        assert (about["asset"], about["clause"]) == (light, failed["clause"])
        await site.post(f"/api/v1/tickets/{ticket['id']}/take", by="li")
        await own_test(site, light, 970.0)
        lines = (await site.get(BOOK))["items"]
        assert [each["outcome"] for each in lines] == ["failed", "passed"]
        cleared = LogBookLine.model_validate(lines[0]).ticket
        about = await site.get(f"/api/v1/tickets/{ticket['id']}")
        assert cleared is not None
        assert (cleared.state, cleared.cleared_by, cleared.proven_by) == ("closed", "li", lines[1]["id"])
        assert lines[0]["ticket"]["cleared_at"] == about["closed_at"]
        assert lines[1]["ticket"] is None
        assert await site.store.read(lambda file, _: log_book.broken_at(file)) is None
