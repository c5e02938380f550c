"""The outbox on the command line, of a running gateway."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import lock, write_whole
from gateway.gatekeeper import LOCAL_TOKEN
from tests.api.outbox import Post
from tests.api.test_outbox import audit, with_rows
from tests.commands.test_running import command

pytestmark = pytest.mark.asyncio


@contextlib.asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Post]:
    """The gateway of ``with_rows``, where the command line finds it."""
    state = folder / "var"
    async with with_rows(state) as post:
        (state / "gateway.json").write_text(json.dumps({"host": "127.0.0.1", "port": post.site.port, "pid": 1}))
        write_whole(state / LOCAL_TOKEN, post.site.keeper.local_secret, 0o600)
        with lock(state):
            yield post


async def test_lists_what_waits_and_what_was_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path) as post:
        post.site.clock.advance(7200.0)
        assert await command("outbox", tmp_path) == 0
        said = capsys.readouterr().out.splitlines()
        team = next(each for each in said if each.startswith("team "))
        assert team.split()[:2] == ["team", "open"]
        assert " 2 h " in team
        assert "answered 503" in team
        assert next(each.split() for each in said if each.startswith("mail "))[:2] == ["mail", "working"]
        assert any(each.startswith("team: ") and each.endswith(" B a row") for each in said)
        assert any("What waits is never dropped; what is set aside goes after 90 days" in each for each in said)
        assert any("alarm.raised" in each and "answered 422" in each for each in said)
        assert max(map(len, said)) <= 100
        assert await command("outbox", "list", tmp_path, "--json") == 0
        told = {each["output"]: each for each in json.loads(capsys.readouterr().out)}
        assert told["team"]["rows_set_aside"][0]["error"] == "answered 422"
        assert told["mail"]["rows_set_aside"] == []


async def test_retries_and_discards_in_the_name_of_whoever_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_work(tmp_path) as post:
        (row,) = await post.site.deliveries.set_aside("team", 0, 9)
        assert await command("outbox", "retry", tmp_path, "team", row.id, "--by", "王") == 0
        assert "with 1 that was set aside" in capsys.readouterr().out
        assert await command("outbox", "retry", tmp_path, "team", "--all", "--json") == 0
        assert json.loads(capsys.readouterr().out) == {"retried": 0}
        asked = ["outbox", "discard", tmp_path, "team", row.id, "--reason", "told by telephone", "--by", "王"]
        assert await command(*asked) == 0
        assert "alarm.raised.v1 of lobby-door/access-door.shut) will not be delivered to team" in (
            capsys.readouterr().out
        )
        assert await command(*asked) == 1
        assert f"row {row.id} for team is discarded already" in capsys.readouterr().err
        assert [who for who, *_ in audit(tmp_path / "var", "RetryDelivery", "DiscardDelivery")][0::2] == ["王", "王"]


async def test_wrong_usage_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path):
        assert await command("outbox", "discard", tmp_path, "team", 1) == 64
        assert "--reason" in capsys.readouterr().err
        assert await command("outbox", "retry", tmp_path, "team", 1, "--all") == 64
        assert "either a ROW or --all" in capsys.readouterr().err
    assert await command("outbox", tmp_path) == 69
