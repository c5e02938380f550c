"""What people write on tickets over the API, and all that one ticket shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.estate import Estate
from tests.api.serving import Served, serving
from tests.story import Plan, clause

pytestmark = pytest.mark.asyncio
SIGNS, CLEAN = {"zh": "警示", "en": "signs are up"}, {"zh": "清场", "en": "cleaned up"}
DIGEST = "ab" * 32


def site_with_lists() -> Estate:
    terms = {"trade": "access", "checklist": (SIGNS, CLEAN)}
    plan = Plan({"door.shut": clause("door", {"point": "closed", "equals": True}, ticket=terms, off_delay=0.0)})
    for name in ("lobby-door", "back-door"):
        plan.asset(name, "door", ["closed"])
    return plan.estate()


async def post(site: Served, path: str, status: int, **body: object) -> str:
    answer = await site.client.post(f"/api/v1/tickets/{path}", json={"by": "li", **body})
    assert answer.status_code == status, answer.text
    return str(answer.json().get("detail", ""))


async def test_a_ticket_from_its_assignment_to_its_proof(tmp_path: Path) -> None:
    async with serving(tmp_path, site_with_lists()) as site:
        await site.read("lobby-door", closed=False)
        opened = await site.get("/api/v1/tickets/1")
        assert (opened["trade"], opened["assigned_to"], opened["missing"]) == ("access", "", [SIGNS, CLEAN])
        assert [each["ticked_at"] for each in opened["checklist"]] == [None, None]
        await site.post("/api/v1/tickets/1/assign", by="wei", to="night shift")
        listed = await site.get("/api/v1/tickets", assigned_to="night shift")
        assert [each["id"] for each in listed["items"]] == [1]
        assert (await site.get("/api/v1/tickets", assigned_to="li"))["items"] == []
        await site.post("/api/v1/tickets/1/parts", by="li", what="door closer", number=2)
        await site.post("/api/v1/tickets/1/explain", by="li", cause="leaks oil")
        await site.post("/api/v1/tickets/1/explain", by="li", remedy="replaced")
        await site.post("/api/v1/tickets/1/photos", by="li", where="https://photos.example/1.jpg", sha256=DIGEST)
        await site.post("/api/v1/tickets/1/checklist/1/tick", by="li")
        await site.post("/api/v1/tickets/1/finish", by="li")
        await site.read("lobby-door", closed=True)
        held = await site.get("/api/v1/tickets/1")
        assert (held["state"], held["missing"], held["proof"]) == ("finished", [CLEAN], None)
        assert held["held_since"] == "2026-01-01T12:00:02.000Z"
        closed = await site.post("/api/v1/tickets/1/checklist/2/tick", by="wei")
        assert (closed["state"], closed["held_since"], closed["missing"]) == ("closed", None, [])
        assert (closed["cause"], closed["remedy"]) == ("leaks oil", "replaced")
        assert [(each["what"], each["number"], each["by"]) for each in closed["parts"]] == [("door closer", 2.0, "li")]
        assert [(each["where"], each["sha256"]) for each in closed["photos"]] == [
            ("https://photos.example/1.jpg", DIGEST)
        ]
        assert [(each["number"], each["ticked_by"]) for each in closed["checklist"]] == [(1, "li"), (2, "wei")]
        (evidence,) = closed["proof"]["evidence"]
        assert (evidence["point"], evidence["value"], evidence["at"]) == ("closed", True, "2026-01-01T12:00:02.000Z")
        assert (closed["proof"]["log_book"], closed["proof"]["said_by"]) == (None, "li")
        assert [each["what"] for each in closed["log"]] == [
            "opened", "assigned", "fitted", "explained", "explained", "photographed", "ticked", "finished", "held",
            "ticked", "closed",
        ]  # fmt: skip


async def test_links_are_shown_on_both_and_taken_back(tmp_path: Path) -> None:
    async with serving(tmp_path, site_with_lists()) as site:
        await site.read("lobby-door", closed=False)
        await site.read("back-door", closed=False)
        second = await site.post("/api/v1/tickets/2/link", by="li", other=1, kind="duplicate")
        first = await site.get("/api/v1/tickets/1")
        assert [(each["kind"], each["ticket"]) for each in second["links"]] == [("duplicate", 1)]
        assert [(each["kind"], each["ticket"]) for each in first["links"]] == [("original", 2)]
        assert await post(site, "1/link", 409, other=2, kind="related") == "tickets 1 and 2 are linked already"
        assert await post(site, "1/link", 409, other=1, kind="related") == "ticket 1 cannot be linked to itself"
        assert await post(site, "1/link", 409, other=9, kind="related") == "there is no ticket 9"
        assert (await site.post("/api/v1/tickets/1/unlink", by="li", other=2))["links"] == []
        assert (await site.get("/api/v1/tickets/2"))["links"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("1/assign", {"to": " "}, 422), ("1/parts", {"what": "bolt", "number": 0}, 422),
        ("1/explain", {}, 409), ("1/photos", {"where": "data:image/png;base64,AA"}, 409),
        ("1/photos", {"where": "a.jpg", "sha256": "12"}, 409), ("1/checklist/3/tick", {}, 409),
        ("1/checklist/0/tick", {}, 422), ("1/checklist/1/untick", {}, 409), ("9/assign", {"to": "li"}, 404),
        ("1/link", {"other": 2, "kind": "twin"}, 422), ("1/photos", {"where": "a.jpg", "bytes": "AA"}, 422),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(tmp_path: Path, path: str, body: dict[str, object], status: int) -> None:
    async with serving(tmp_path, site_with_lists()) as site:
        await site.read("lobby-door", closed=False)
        assert await post(site, path, status, **body)
        assert [each["what"] for each in (await site.get("/api/v1/tickets/1"))["log"]] == ["opened"]


async def test_a_flood_and_a_lost_device_are_seen_on_their_tickets(tmp_path: Path) -> None:
    plan = Plan({"door.shut": clause("door", {"point": "closed", "equals": True}, off_delay=0.0)})
    for number in range(21):
        plan.asset(f"door-{number:02}", "door", ["closed"])
    async with serving(tmp_path, plan.estate()) as site:
        for number in range(21):
            await site.read(f"door-{number:02}", closed=False)
        tickets = (await site.get("/api/v1/tickets"))["items"]
        assert {each["flood"] for each in tickets} == {"2026-01-01T12:00:01.000Z"}
        assert {each["parent"] for each in tickets} == {None}
        await site.lose("door-00")
        lost = next(
            each for each in (await site.get("/api/v1/tickets"))["items"] if each["asset"].startswith("device/")
        )
        assert (await site.get("/api/v1/tickets/1"))["parent"] == lost["id"]
        assert (await site.get(f"/api/v1/tickets/{lost['id']}"))["children"] == [1]
