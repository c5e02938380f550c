"""What waits for the outputs, over the API: seen by everybody, changed by whoever has the right, and audited."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.changes import Changes
from gateway.errors import PermanentFailure
from gateway.model import Event
from tests.api.outbox import DOWN, Post, posting, with_outputs
from tests.looks import audit_broken_at

pytestmark = pytest.mark.asyncio
OUTBOX = "/api/v1/outbox"


@contextlib.asynccontextmanager
async def with_rows(folder: Path) -> AsyncIterator[Post]:
    """``team`` will not take the raised alarm, and is then down: an event waits behind it."""
    async with posting(folder, with_outputs(team=("alarm.*",), mail=("*",))) as post:
        await post.site.read("lobby-door", closed=True)
        post.to["team"].failure = PermanentFailure("answered 422")
        await post.site.read("lobby-door", closed=False)
        await post.turn()
        post.to["team"].failure = DOWN
        await post.site.post("/api/v1/alarms/lobby-door/access-door.shut/acknowledge", by="li")
        await post.turn()
        yield post


async def queue(post: Post, name: str) -> dict[str, Any]:
    return next(each for each in (await post.site.get(OUTBOX))["items"] if each["output"] == name)


async def aside(post: Post) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await post.site.get(f"{OUTBOX}/team/set-aside"))["items"]
    return items


async def act(post: Post, path: str, **body: Any) -> tuple[int, Any]:
    shown = {"authorization": f"Bearer {post.site.keeper.local_secret}", "x-actor": "li"}
    answer = await post.site.client.post(f"{OUTBOX}/{path}", json=body, headers=shown)
    return answer.status_code, answer.json()


def audit(folder: Path, *whats: str) -> list[tuple[str, str, dict[str, Any]]]:
    with contextlib.closing(sqlite3.connect(folder / "gateway.db")) as file:
        rows = file.execute("SELECT who, what, subject, data FROM audit ORDER BY sequence").fetchall()
    return [(who, about, json.loads(data)) for who, what, about, data in rows if what in whats]


async def test_tells_of_each_output_what_waits_since_when_and_why(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        post.site.clock.advance(90.0)
        team, mail = await queue(post, "team"), await queue(post, "mail")
        assert (team["state"], team["failures"], team["waiting"], team["set_aside"]) == ("open", 1, 1, 1)
        oldest = team["oldest"]
        assert (oldest["type"], oldest["subject"]) == (
            "touchpoint.alarm.acknowledged.v1", "lobby-door/access-door.shut",
        )  # fmt: skip
        assert (oldest["tries"], oldest["error"]) == (1, "answered 503")
        assert oldest["next_try_at"] > oldest["at"]
        assert 90.0 <= team["oldest_age_s"] <= 91.0
        assert (mail["state"], mail["waiting"], mail["oldest"], mail["bytes"]) == ("working", 0, None, 0)
        (row,) = await aside(post)
        assert (row["type"], row["error"], row["tries"]) == ("touchpoint.alarm.raised.v1", "answered 422", 1)
        assert row["since"] >= row["at"]


async def test_what_was_set_aside_is_tried_again_in_its_old_place(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        post.to["team"].failure = None
        row = (await aside(post))[0]["row"]
        assert await act(post, "team/retry", row=row, reason="the receiver was mended") == (200, {"retried": 1})
        await post.turn()
        assert post.to["team"].types() == ["alarm.raised", "alarm.acknowledged"]
        assert (await queue(post, "team"))["state"] == "working"
        (who, about, data) = audit(tmp_path, "RetryDelivery")[0]
        assert (who, about, data["reason"]) == ("li", f"output/team/{row}", "the receiver was mended")
        assert (data["rows"], data["state"], data["error"]) == (1, "set-aside", "answered 422")


async def test_all_or_only_what_waits_is_tried_at_once(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        post.to["team"].failure = None
        assert await act(post, "team/retry") == (200, {"retried": 0})
        await post.turn()
        assert post.to["team"].types() == ["alarm.acknowledged"], "without waiting for its next try"
        assert await act(post, "team/retry", all=True) == (200, {"retried": 1})
        await post.turn()
        assert post.to["team"].types() == ["alarm.acknowledged", "alarm.raised"]
        assert await act(post, "team/retry", all=True) == (200, {"retried": 0})


async def test_a_discarded_delivery_is_given_up_but_its_event_stays(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        row = (await aside(post))[0]
        status, told = await act(post, f"team/rows/{row['row']}/discard", reason="told by telephone")
        assert (status, told["event"]) == (200, row["event"])
        assert await aside(post) == []
        waits = (await queue(post, "team"))["oldest"]["row"]
        assert (await act(post, f"team/rows/{waits}/discard", reason="old news"))[0] == 200
        post.to["team"].failure = None
        await post.turn()
        assert post.to["team"].taken == []
        with contextlib.closing(sqlite3.connect(tmp_path / "gateway.db")) as file:
            kept = file.execute("SELECT count(*) FROM events WHERE type LIKE '%.alarm.%'").fetchone()
            digest = file.execute("SELECT data FROM events WHERE type LIKE '%.raised.v1'").fetchone()
        assert kept == (2,)
        (who, about, data) = audit(tmp_path, "DiscardDelivery")[0]
        assert (who, about) == ("li", f"output/team/{row['row']}")
        assert (data["reason"], data["event"], data["type"]) == ("told by telephone", row["event"], row["type"])
        assert len(data["sha256"]) == 64
        assert digest[0]
        assert await post.site.store.read(audit_broken_at) is None


async def test_what_cannot_be_done_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        row = (await aside(post))[0]["row"]
        assert await act(post, "team/rows/999/discard", reason="x") == (409, _is(409, "there is no row 999 for team"))
        assert (await act(post, f"mail/rows/{row}/discard", reason="x"))[0] == 409, "another output's"
        assert (await act(post, f"team/rows/{row}/discard", reason="  "))[0] == 422
        assert (await act(post, f"team/rows/{row}/discard"))[0] == 422
        assert (await act(post, "nobody/retry"))[1]["detail"] == "the site has no output nobody"
        assert (await act(post, "team/retry", row=row, all=True))[0] == 422
        delivered = (await act(post, "mail/rows/1/discard", reason="x"))[1]["detail"]
        assert delivered == "row 1 for mail is delivered already"
        assert (await queue(post, "team"))["set_aside"] == 1
        assert audit(tmp_path, "DiscardDelivery", "RetryDelivery") == []
        assert {data["status"] for _, _, data in audit(tmp_path, "Refused")} == {409, 422}


def _is(status: int, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": "Conflict", "status": status, "detail": detail, "errors": []}


async def test_nobody_changes_it_without_the_right(tmp_path: Path) -> None:
    async with with_rows(tmp_path) as post:
        row = (await aside(post))[0]["row"]
        answer = await post.site.client.post(f"{OUTBOX}/team/rows/{row}/discard", json={"reason": "x"})
        assert answer.status_code == 401
        assert len(await aside(post)) == 1


async def test_set_aside_rows_are_paged_and_an_output_that_left_is_still_shown(tmp_path: Path) -> None:
    async with posting(tmp_path, with_outputs(team=("*",), mail=("*",))) as post:
        post.to["team"].failure = PermanentFailure("answered 400")
        for _ in range(4):
            await post.site.read("lobby-door", closed=False)
            await post.site.read("lobby-door", closed=True)
            await post.go_on(60.0, 30.0)
        count = (await queue(post, "team"))["set_aside"]
        assert count >= 5
        part = await post.site.get(f"{OUTBOX}/team/set-aside", limit=2)
        seen = [each["row"] for each in part["items"]]
        while part["next"]:
            part = await post.site.get(f"{OUTBOX}/team/set-aside", after=part["next"], limit=2)
            seen += [each["row"] for each in part["items"]]
        assert (len(seen), seen) == (count, sorted(set(seen)))
    async with posting(tmp_path, with_outputs(mail=("*",))) as post:
        gone = await queue(post, "team")
        assert (gone["state"], gone["kind"], gone["set_aside"]) == ("gone", "", count)


async def test_a_row_costs_what_is_told(tmp_path: Path) -> None:
    """Two thousand rows of real size: the file grows by the told bytes, give or take a quarter."""
    async with posting(tmp_path, with_outputs(team=("*",), mail=("ticket.*",))) as post:
        post.to["team"].failure = DOWN
        await post.turn()
        before, told = _pages(tmp_path), (await queue(post, "team"))["bytes"]
        data = {"place": {"zh": "三号楼大堂", "en": "Building 3 lobby"}, "evidence": [{"point": "p", "value": 1.5}] * 8}
        last = post.site.runner.pipeline.journal._sequence
        events = [
            Event("test-site", last + 1000 + n, "touchpoint.x.done.v1", f"x/{n}", post.site.clock.now(), data)
            for n in range(2000)
        ]
        await post.site.store.commit(Changes(events=events, outbox=[("team", each) for each in events]))
        told = (await queue(post, "team"))["bytes"] - told
        grown = _pages(tmp_path) - before
        print(f"2,000 rows: {grown} bytes on the disk, {told} told")
        assert 0.75 * grown <= told <= 1.25 * grown, (told, grown)


def _pages(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "gateway.db")) as file:
        count: int = file.execute("PRAGMA page_count").fetchone()[0]
        size: int = file.execute("PRAGMA page_size").fetchone()[0]
    return count * size
