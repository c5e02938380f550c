"""Planned work on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.test_running import command, running

pytestmark = pytest.mark.asyncio
TIMES = ("--from", "2026-01-01T21:00", "--until", "2026-01-01T21:30", "--by", "wei", "--reason", "new closer")


async def test_work_is_planned_in_the_sites_own_time_listed_and_cancelled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path):
        assert await command("works", tmp_path) == 0
        assert "no work is planned" in capsys.readouterr().out
        assert await command("works", "plan", tmp_path, "lobby-door", *TIMES) == 0
        said = capsys.readouterr().out
        assert said == "work 1 planned: lobby-door, lobby-door; 01-01 13:00 to 01-01 13:30 (UTC); new closer\n"
        assert await command("works", tmp_path) == 0
        assert "new closer" in capsys.readouterr().out
        assert await command("works", "plan", tmp_path, "lobby-door", *TIMES) == 1
        assert "at that time already: number 1" in capsys.readouterr().err
        assert await command("works", "plan", tmp_path, "lobby-door", *TIMES[:2], *TIMES[4:], "--until", "soon") == 64
        assert "--until: 'soon' is no time" in capsys.readouterr().err
        assert await command("works", "cancel", tmp_path, 1, "--json") == 0
        assert json.loads(capsys.readouterr().out)["state"] == "cancelled"
        assert await command("works", tmp_path, "--json") == 0
        assert json.loads(capsys.readouterr().out) == []
        assert await command("works", tmp_path, "--all") == 0
        assert "cancelled" in capsys.readouterr().out
