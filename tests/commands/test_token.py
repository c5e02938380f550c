"""Tokens on the command line: with a running gateway and without, and never shown twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import lock, write_whole
from gateway.cli import outcome
from gateway.gatekeeper import LOCAL_TOKEN
from gateway.site import write_starter
from tests.api.lamps import ASK, START, Lit, lit
from tests.commands.test_running import command
from tests.proof_story import Lamp


@contextlib.asynccontextmanager
async def at_work(folder: Path, *lamps: Lamp) -> AsyncIterator[Lit]:
    """A gateway with lamps that the command line finds at ``folder``."""
    state = folder / "var"
    state.mkdir()
    async with lit(state, *lamps) as bench:
        (state / "gateway.json").write_text(json.dumps({"host": "127.0.0.1", "port": bench.site.port, "pid": 1}))
        write_whole(state / LOCAL_TOKEN, bench.site.keeper.local_secret, 0o600)
        with lock(state):
            yield bench


@pytest.mark.asyncio
async def test_a_running_gateway_makes_lists_and_revokes_tokens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_work(tmp_path) as bench:
        assert await command("token", "create", tmp_path, "--scope", "test:run", "--name", "night shift") == 0
        text, told = capsys.readouterr().out.splitlines()
        assert text.startswith("tpg_1_")
        assert "night shift" in told
        assert "not shown again" in told
        shown = {"authorization": f"Bearer {text}"}
        assert (await bench.ask("POST", START, shown, **ASK))[0] == 202
        assert await command("token", tmp_path) == 0
        listed = capsys.readouterr().out
        assert "night shift" in listed
        assert text not in listed
        assert text.split("_", 2)[2] not in listed
        assert await command("token", "revoke", tmp_path, 1) == 0
        assert "is revoked" in capsys.readouterr().out
        assert (await bench.ask("POST", START, shown, **ASK))[0] == 401
        assert await command("token", "revoke", tmp_path, 7) == 1
        assert "there is no token 7" in capsys.readouterr().err
        assert [what for _, what, *_ in bench.audit("CreateToken", "RevokeToken")] == ["CreateToken", "RevokeToken"]


def test_without_a_running_gateway_its_file_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_starter(tmp_path / "site")
    asked = ["token", "create", str(tmp_path / "site"), "--scope", "test:run", "--scope", "configure", "--json"]
    assert outcome([*asked, "--name", "li", "--expires", "30d"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["name"], told["scopes"], told["good"]) == (1, "li", ["configure", "test:run"], True)
    assert outcome([*asked, "--name", "li"]) == 1
    assert "there is, or was, a token called 'li'" in capsys.readouterr().err
    assert outcome(asked) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "token 2"
    assert outcome(["token", "revoke", str(tmp_path / "site"), "1"]) == 0
    capsys.readouterr()
    assert outcome(["token", "list", str(tmp_path / "site"), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["id"], each["good"]) for each in listed] == [(1, False), (2, True)]
    assert told["token"] not in str(listed)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["--scope", "root"], "--scope: 'root' is none of read"),
        (["--scope", "read", "--expires", "2 years"], "--expires"),
        (["--scope", "read", "--expires", "400d"], "at most 366 d"),
        ([], "--scope"),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], why: str) -> None:
    write_starter(tmp_path / "site")
    assert outcome(["token", "create", str(tmp_path / "site"), *asked]) == 64
    assert why in capsys.readouterr().err


def test_what_was_made_without_a_gateway_counts_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The site's own files, so that both find the same site in the same file."""

    async def made_then_used() -> int:
        async with at_work(tmp_path) as bench:
            return (await bench.ask("POST", START, shown, **ASK))[0]

    (tmp_path / "var").mkdir()
    write_starter(tmp_path / "site")
    assert outcome(["token", "create", str(tmp_path / "site"), "--scope", "test:run"]) == 0
    shown = {"authorization": f"Bearer {capsys.readouterr().out.splitlines()[0]}"}
    (tmp_path / "var").rmdir()
    assert asyncio.run(made_then_used()) == 401, "it is another site's"
