"""Tickets on the command line: what a list shows, and all of one on a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.commands.tickets import short_span
from tests.api.test_ticket_papers import DIGEST, site_with_lists
from tests.api.test_tickets import site_with_clocks
from tests.commands.test_running import command, running
from tests.story import Plan

pytestmark = pytest.mark.asyncio


async def test_everything_of_a_ticket_is_on_one_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path, site_with_lists()) as site:
        await site.read("lobby-door", closed=False)
        await site.read("back-door", closed=False)
        for arguments in (
            ("assign", tmp_path, 1, "night shift", "--by", "wei"),
            ("explain", tmp_path, 1, "--cause", "leaks oil", "--remedy", "replaced", "--by", "li"),
            ("part", tmp_path, 1, "door closer", "--number", "2", "--by", "li"),
            ("photo", tmp_path, 1, "20260101-door.jpg", "--sha256", DIGEST, "--by", "li"),
            ("tick", tmp_path, 1, 1, "--by", "li"), ("tick", tmp_path, 1, 2, "--by", "li"),
            ("untick", tmp_path, 1, 2, "--by", "wei"), ("link", tmp_path, 1, 2, "--duplicate", "--by", "li"),
            ("finish", tmp_path, 1, "--by", "li"),
        ):  # fmt: skip
            assert await command("tickets", *arguments) == 0
        await site.read("lobby-door", closed=True)
        capsys.readouterr()
        assert await command("tickets", "show", tmp_path, 1) == 0
        said = capsys.readouterr().out
        for line in (
            "ticket 1 P2 finished: word", "lobby-door, lobby-door; door.shut; access; for night shift; owner li",
            "do: word", "2026-01-01 12:00 UTC  gateway opened",
            "waits for: cleaned up", "cause: leaks oil", "remedy: replaced",
            "[x] 1 signs are up  li, 2026-01-01 12:00 UTC",
            "[ ] 2 cleaned up  not ticked", "part: 2 × door closer, li", "photo: 20260101-door.jpg, li",
            "duplicate: ticket 2", "gateway held  proven; waits for: cleaned up",
        ):  # fmt: skip
            assert line in said
        assert len(said.splitlines()) <= 24, "it fits on a screen"
        assert all("UTC" in line for line in said.splitlines() if "2026-" in line), "no bare time"
        assert await command("tickets", tmp_path) == 0
        assert "(1 to tick)" in " ".join(capsys.readouterr().out.split())
        assert await command("tickets", "tick", tmp_path, 1, 2, "--by", "wei") == 0
        assert "proven by closed yes at 2026-01-01 12:00 UTC; said to be done by li" in capsys.readouterr().out
        assert await command("tickets", "unlink", tmp_path, 2, 1, "--json") == 0
        assert json.loads(capsys.readouterr().out)["links"] == []
        assert await command("tickets", "tick", tmp_path, 1, 2) == 1
        assert "ticket 1 is closed" in capsys.readouterr().err


async def test_a_ticket_of_what_the_site_no_longer_has_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, site_with_clocks()) as site:
        await site.read("lobby-door", closed=False)
    async with running(tmp_path, Plan({}).estate()):
        assert await command("tickets", "show", tmp_path, 1) == 0
        first, second = capsys.readouterr().out.splitlines()[:2]
        assert first == "ticket 1 P3 closed: the site's files no longer ask for this"
        assert second == "lobby-door; door.shut; no trade; for nobody; owner nobody"


async def test_a_list_says_how_much_time_is_left_and_whose_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, site_with_clocks()) as site:
        await site.read("lobby-door", closed=False)
        assert await command("tickets", tmp_path) == 0
        row = " ".join(capsys.readouterr().out.splitlines()[-1].split())
        assert row.startswith("1 P3 open 01-01 12:00 10 min - lobby-door")
        site.clock.advance(1800.0)
        assert await command("tickets", "assign", tmp_path, 1, "li") == 0
        capsys.readouterr()
        assert await command("tickets", tmp_path) == 0
        said = capsys.readouterr().out
        assert " ".join(said.splitlines()[-1].split()).startswith("1 P3 open 01-01 12:00 20 min late li lobby-door")
        assert max(map(len, said.splitlines())) <= 100
        assert await command("tickets", "pause", tmp_path, 1, "--reason", "parts") == 0
        capsys.readouterr()
        assert await command("tickets", tmp_path) == 0
        assert "paused" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (5400, "90 min"), (7200, "2 h"), (100_000, "28 h"), (200_000, "2 d")],
)
async def test_a_span_is_as_exact_as_people_need_it(seconds: float, said: str) -> None:
    assert short_span(seconds) == said
