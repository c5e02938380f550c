"""Acknowledging from a message, over a real server: once, by the button only, and that one alarm only."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.access.backoff import FREE
from gateway.access.links import Grant, opened, signed
from gateway.clock import iso
from gateway.estate import Estate, LinkSettings
from gateway.links import KEY_FILE, load_key
from gateway.outputs.wording import link_line
from gateway.routing.people import Person
from gateway.routing.routes import Routing
from tests.api.serving import DOOR, Served, serving, small_site
from tests.looks import audit_broken_at

pytestmark = pytest.mark.asyncio
ADDRESS, HOST = "https://gate.example", {"host": "gate.example"}
DAY = 86400.0


def linked_site() -> Estate:
    routing = Routing({"li": Person(language="zh", reach={"chat": None})})
    return dataclasses.replace(small_site(), links=LinkSettings(ADDRESS, DAY), routing=routing)


@dataclass
class Door:
    """The served site whose lobby door stands open, and the link that its message carried."""

    site: Served
    folder: Path
    path: str

    async def ask(self, method: str = "GET", path: str = "", **headers: str) -> httpx2.Response:
        return await self.site.client.request(method, path or self.path, headers={**HOST, **headers})

    @property
    def acknowledged_by(self) -> str:
        return self.site.runner.pipeline.alarms["lobby-door", DOOR].acknowledged_by

    def audit(self, *whats: str) -> list[tuple[str, str, dict[str, Any]]]:
        with contextlib.closing(sqlite3.connect(self.folder / "gateway.db")) as file:
            rows = file.execute("SELECT who, what, subject, data FROM audit ORDER BY sequence").fetchall()
        return [(who, about, json.loads(data)) for who, what, about, data in rows if what in whats]

    def rows(self) -> list[int]:
        """How many rows of the audit and of used links there are."""
        with contextlib.closing(sqlite3.connect(self.folder / "gateway.db")) as file:
            return [file.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("audit", "used_links")]  # noqa: S608 - two names

    def with_other(self, **fields: Any) -> str:
        """The link with other words, and the seal that it has."""
        key, token = load_key(self.folder / KEY_FILE), self.path.removeprefix("/a/")
        grant = opened(token, "test-site", key)
        assert grant
        said = signed(dataclasses.replace(grant, **fields), "test-site", key).rpartition(".")[0]
        return f"/a/{said}.{token.rpartition('.')[2]}"


def notice(*items: dict[str, Any]) -> dict[str, Any]:
    told = {"site": "test-site", "to": "li", "language": "zh", "kind": "alert", "priority": "P3", "items": list(items)}
    return {"type": "touchpoint.notice.made.v1", "subject": "person/li", "data": told | {"more": 0}}


def raised(site: Served, word: str = "alarm.raised") -> dict[str, Any]:
    data = {"asset": "lobby-door", "clause": DOOR, "site": "test-site"}
    time = iso(site.clock.now())
    return {"type": f"touchpoint.{word}.v1", "subject": f"lobby-door/{DOOR}", "time": time, "data": data}


def link_in_message(site: Served, message: str = "test-site-1") -> str:
    """The path of the link that a notice carries when it is handed to its output."""
    links = site.links
    assert links
    link: str = links.dress(message, notice(raised(site)))["data"]["items"][0]["data"]["link"]
    assert link.startswith(f"{ADDRESS}/a/")
    return link.removeprefix(ADDRESS)


@contextlib.asynccontextmanager
async def a_door(folder: Path) -> AsyncIterator[Door]:
    async with serving(folder, linked_site()) as site:
        await site.read("lobby-door", closed=False)
        yield Door(site, folder, link_in_message(site))


async def test_looking_changes_nothing_and_the_button_acknowledges_in_the_name_of_the_recipient(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        before = door.rows()
        for _ in range(3):
            looked = await door.ask()
            assert looked.status_code == 200
        assert (door.acknowledged_by, door.rows()) == ("", before)
        assert "以 li 的名义确认" in looked.text
        assert "Acknowledge as li" in looked.text
        assert "lobby-door" in looked.text
        assert "[P3]" in looked.text
        pressed = await door.ask("POST")
        assert pressed.status_code == 200
        assert "已确认" in pressed.text
        assert "Acknowledged" in pressed.text
        assert "<form" not in pressed.text
        assert door.acknowledged_by == "li"
        assert [(who, about) for who, about, _ in door.audit("UseLink")] == [("li", f"lobby-door/{DOOR}")]
        assert [who for who, *_ in door.audit("Acknowledge")] == ["li"]
        assert await door.site.store.read(audit_broken_at) is None


async def test_the_page_is_for_a_phone_and_has_no_script_and_tells_its_address_to_nobody(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        looked = await door.ask()
        text = looked.text
        assert 'name="viewport" content="width=device-width' in text
        for wrong in ("<script", "javascript:", "<img", "<link", "http:", "https:", " src=", " href="):
            assert wrong not in text
        policies = looked.headers.get_list("content-security-policy")
        assert any("default-src 'none'" in each and "frame-ancestors 'none'" in each for each in policies)
        assert any("form-action 'self'" in each for each in policies)
        assert looked.headers["referrer-policy"] == "no-referrer"
        assert looked.headers["cache-control"] == "no-store"
        assert looked.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in looked.headers
        assert door.path.removeprefix("/a/") not in text


async def test_of_two_at_once_one_wins(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        answers = await asyncio.gather(*(door.ask("POST") for _ in range(8)))
        statuses = sorted(each.status_code for each in answers)
        assert statuses[0] == 200
        assert set(statuses[1:]) <= {409, 410}
        assert len(door.audit("UseLink")) == 1
        assert len(door.audit("Acknowledge")) == 1
        assert door.rows()[1] == 1


async def test_of_two_uses_under_way_at_once_one_counts(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        links = door.site.links
        assert links
        grant = links.open(door.path.removeprefix("/a/"))
        assert grant
        assert sorted(await asyncio.gather(*(links.use(grant, {}) for _ in range(5)))) == [False] * 4 + [True]
        answer = await door.ask("POST")
        assert answer.status_code == 410
        assert "Now: not acknowledged" in answer.text, "nobody is left to believe that it is"


async def test_what_cannot_be_written_down_is_not_done_and_the_link_stays_good(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        with contextlib.closing(sqlite3.connect(tmp_path / "gateway.db")) as file:
            file.execute("ALTER TABLE used_links RENAME TO away")
            assert (await door.ask("POST")).status_code == 503
            assert door.acknowledged_by == ""
            file.execute("ALTER TABLE away RENAME TO used_links")
        assert (await door.ask("POST")).status_code == 200


async def test_used_links_are_forgotten_once_they_have_expired(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        assert (await door.ask("POST")).status_code == 200
        door.site.clock.advance(2 * DAY)
        await door.site.read("lobby-door", closed=True)
        door.site.clock.advance(100.0)
        await door.site.read("lobby-door", closed=True)
        await door.site.read("lobby-door", closed=False)
        assert (await door.ask("POST", link_in_message(door.site, "later"))).status_code == 200
        assert door.rows()[1] == 1


async def test_it_counts_once_also_after_a_restart_and_says_how_the_alarm_stands(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        assert (await door.ask("POST")).status_code == 200
        path = door.path
    async with serving(tmp_path, linked_site()) as site:
        door = Door(site, tmp_path, path)
        again = await door.ask("POST")
        assert again.status_code == 410
        assert "链接已使用过" in again.text
        assert "acknowledged by li" in again.text
        assert (await door.ask()).status_code == 410
        assert door.audit("Refused")[-1][2]["why"] == "the link was used before"


async def test_an_unused_one_still_counts_after_a_restart(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        path = door.path
        assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
        secret = (tmp_path / KEY_FILE).read_bytes()
    assert secret not in (tmp_path / "gateway.db").read_bytes()
    async with serving(tmp_path, linked_site()) as site:
        door = Door(site, tmp_path, path)
        assert (await door.ask("POST")).status_code == 200
        assert door.acknowledged_by == "li"


async def test_both_copies_of_a_message_that_was_sent_twice_count_once_together(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        door.site.clock.advance(30.0)
        copy, other = link_in_message(door.site), link_in_message(door.site, "test-site-2")
        assert (await door.ask("POST")).status_code == 200
        assert (await door.ask("POST", copy)).status_code == 410
        assert (await door.ask("POST", other)).status_code == 409, "a message of its own, of an alarm that is seen"


async def test_it_expires(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        door.site.clock.advance(DAY - 2.0)
        assert (await door.ask()).status_code == 200
        door.site.clock.advance(2.0)
        for method in ("GET", "POST"):
            answer = await door.ask(method)
            assert answer.status_code == 410
            assert "This link has expired" in answer.text
            assert "lobby-door" not in answer.text, "whoever finds an old link learns nothing"
        assert door.acknowledged_by == ""
        (who, about, data) = door.audit("Refused")[-1]
        assert (who, about, data["status"], data["why"]) == ("li", "POST /a/…", 410, "the link has expired")


@pytest.mark.parametrize(
    "fields",
    [
        {"asset": "light-3f"}, {"clause": "emergency-light.battery"}, {"who": "wang"}, {"told_at": 4_000_000_000_000},
        {"until": 4_000_000_000}, {"nonce": "0" * 32},
    ],
    ids=lambda fields: next(iter(fields)),
)  # fmt: skip
async def test_whoever_changes_a_field_has_no_link(tmp_path: Path, fields: dict[str, Any]) -> None:
    async with a_door(tmp_path) as door:
        for method in ("GET", "POST"):
            answer = await door.ask(method, door.with_other(**fields))
            assert answer.status_code == 404
            assert "链接无效" in answer.text
            assert "lobby-door" not in answer.text
        assert door.acknowledged_by == ""
        assert [data["why"] for *_, data in door.audit("Refused")] == ["no such link"] * 2
        assert (await door.ask("POST")).status_code == 200, "the true one still counts"


async def test_no_other_method_does_anything(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        before = door.rows()
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
            assert (await door.ask(method)).status_code == 405
        assert (door.acknowledged_by, door.rows()) == ("", before)


async def test_an_alarm_that_is_over_cannot_be_acknowledged_nor_the_next_one_by_the_old_link(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        await door.site.read("lobby-door", closed=True)
        door.site.clock.advance(30.0)
        await door.site.read("lobby-door", closed=True)
        for method in ("GET", "POST"):
            answer = await door.ask(method)
            assert answer.status_code == 409
            assert "该报警已结束" in answer.text
        door.site.clock.advance(600.0)
        await door.site.read("lobby-door", closed=False)
        assert (await door.ask("POST")).status_code == 409
        assert door.acknowledged_by == "", "the alarm that came later was in no message yet"
        assert (await door.ask("POST", link_in_message(door.site, "later"))).status_code == 200
        assert door.acknowledged_by == "li"
        assert door.rows()[1] == 1, "what did not count is not used up"


async def test_what_comes_again_while_the_store_is_slow_is_not_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_door(tmp_path) as door:
        links = door.site.links
        assert links
        use = links.use

        async def slow(grant: Grant, data: dict[str, Any]) -> bool:
            counted = await use(grant, data)
            await door.site.read("lobby-door", closed=True)
            door.site.clock.advance(600.0)
            await door.site.read("lobby-door", closed=True)
            await door.site.read("lobby-door", closed=False)
            return counted

        monkeypatch.setattr(links, "use", slow)
        assert (await door.ask("POST")).status_code == 409
        assert door.acknowledged_by == "", "nobody was told of it yet"


async def test_an_alarm_that_the_site_no_longer_knows_is_over(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        path = door.path
    estate = linked_site()
    clauses = {name: each for name, each in estate.standard.clauses.items() if name != DOOR}
    standard = estate.standard.model_copy(update={"clauses": clauses})
    async with serving(tmp_path, dataclasses.replace(estate, standard=standard)) as site:
        answer = await Door(site, tmp_path, path).ask("POST")
        assert answer.status_code == 409


async def test_the_link_of_a_person_who_left_the_site_counts_no_longer(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        path = door.path
    async with serving(tmp_path, dataclasses.replace(linked_site(), routing=Routing())) as site:
        left = Door(site, tmp_path, path)
        for method in ("GET", "POST"):
            assert (await left.ask(method)).status_code == 410
        assert left.acknowledged_by == ""
        assert [why["why"] for _, _, why in left.audit("Refused")] == ["the link has expired"]


async def test_what_somebody_else_has_seen_is_said(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        await door.site.post(f"/api/v1/alarms/lobby-door/{DOOR}/acknowledge", by="wang")
        answer = await door.ask("POST")
        assert answer.status_code == 409
        assert "acknowledged by wang" in answer.text
        assert door.acknowledged_by == "wang"


async def test_guessing_is_slowed_down_and_counted_but_a_good_link_never_is(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        answers = [await door.ask("POST", f"/a/{nth}.{'0' * 64}") for nth in range(20)]
        assert [each.status_code for each in answers] == [404] * (FREE + 1) + [429] * (19 - FREE)
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert len(door.audit("Refused")) == FREE + 1, "a flood does not fill the disk"
        assert (await door.ask("POST")).status_code == 200


async def test_under_the_public_name_only_links_are_to_be_had(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        for path in ("/healthz", "/api/v1/alarms", "/docs", "/a", "/api/v1/tokens"):
            assert (await door.ask("GET", path)).status_code == 421, path
        assert (await door.ask("GET", host="other.example")).status_code == 421
        assert (await door.ask("GET", host="127.0.0.1")).status_code == 200
        assert DOOR not in (await door.site.client.get("/openapi.json")).text


async def test_without_a_public_address_there_is_neither_a_link_nor_a_page_nor_a_key(tmp_path: Path) -> None:
    async with serving(tmp_path) as site:
        assert site.links is None
        assert (await site.client.get("/a/x.y")).status_code == 404
        assert (await site.client.post("/a/x.y")).status_code == 404
    assert not (tmp_path / KEY_FILE).exists()


async def test_a_message_carries_links_only_where_somebody_is_called_and_events_are_left_alone(tmp_path: Path) -> None:
    async with a_door(tmp_path) as door:
        links = door.site.links
        assert links
        cleared, called = raised(door.site, "alarm.cleared"), raised(door.site, "ticket.opened")
        items = links.dress("k", notice(called, cleared))["data"]["items"]
        assert link_line(items[0], "en").startswith(f"Acknowledge: {ADDRESS}/a/")
        assert link_line(items[0], "zh").startswith("确认: ")
        assert link_line(items[1], "en") == ""
        assert links.dress("k", called) == called, "a plain event is for nobody in particular"
        assert "link" not in called["data"]


async def test_a_key_that_is_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    made = load_key(tmp_path / KEY_FILE)
    assert len(made) == 64
    assert load_key(tmp_path / KEY_FILE) == made
