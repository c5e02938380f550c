"""``touchpoint rounds`` on a running gateway: the round, its sheet, and the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.commands.rounds import answer_body, in_order
from gateway.commands.rounds_page import sheet
from gateway.errors import GatewayError
from gateway.site import load_estate
from tests.commands.test_running import command, running
from tests.rounds.house import SITE


@pytest.mark.asyncio
async def test_a_round_is_printed_answered_and_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    async with running(tmp_path, load_estate(tmp_path)) as house:
        assert await command("rounds", tmp_path, "--place", "lobby", "--due", "7d") == 0
        said = capsys.readouterr().out
        assert "due" in said
        assert "door handle-firm" in said
        assert "lift" not in said
        asked = ("rounds", "answer", tmp_path, "door", "handle-firm", "--by", "li")
        assert await command(*asked, "--item", "1=passed", "--item", "2=failed", "--note", "one screw gone") == 0
        assert "access-door.handle-firm violated\nnext: failed" in capsys.readouterr().out
        house.clock.advance(60.0)
        assert await command(*asked, "--passed", "--json") == 0
        assert json.loads(capsys.readouterr().out)["outcomes"] == {"access-door.handle-firm": "met"}
        assert await command("rounds", tmp_path, "--place", "unit-door", "--due", "7d") == 0
        assert "nothing is to be done" in capsys.readouterr().out
        assert await command("rounds", tmp_path, "--json") == 0
        whats = [(each["asset"], each["what"]) for each in json.loads(capsys.readouterr().out)]
        assert ("lift", "alarm-call") in whats
        assert await command("rounds", "answer", tmp_path, "lift", "alarm-battery", "--passed") == 1
        assert "tell how long it lasted" in capsys.readouterr().err
        assert (
            await command("rounds", "answer", tmp_path, "lift", "alarm-battery", "--passed", "--lasted", "61min") == 0
        )
        assert "lift.alarm-battery met" in capsys.readouterr().out


@pytest.mark.asyncio
async def test_the_sheet_has_a_box_for_every_item_and_a_line_to_sign(tmp_path: Path) -> None:
    place = "{zh: 大堂, en: '<b>Lobby</b>'}"
    (tmp_path / "site.yaml").write_text(SITE.replace("{zh: 大堂, en: Lobby}", place), encoding="utf-8")
    async with running(tmp_path, load_estate(tmp_path)) as house:
        assert await command("rounds", tmp_path, "--format", "html", "--out", tmp_path / "round.html") == 0
        rows = in_order((await house.get("/api/v1/rounds"))["items"])
    page = (tmp_path / "round.html").read_text(encoding="utf-8")
    items = sum(len(row["checklist"]) for row in rows)
    results = sum(1 if row["way"] == "record" else 2 for row in rows)
    assert page.count('class="box"') == 2 * items + results
    assert page.count('class="task"') == len(rows) == 12
    assert "签字 signature" in page
    assert "把手稳固,无松动" in page
    assert "the handle is firm" in page
    assert "minutes measured (&gt; 60)" in page
    assert "<b>Lobby</b>" not in page
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page


def test_a_round_without_tasks_says_so() -> None:
    site = {"site": "s", "title": {"en": "S"}, "standard": "1", "timezone": "UTC", "now": "2026-01-01T00:00:00Z"}
    assert "Nothing is to be done by people." in sheet(site, [])


@pytest.mark.parametrize(
    ("passed", "items", "lasted", "why"),
    [
        (None, [], "", "say --passed or --failed"),
        (None, ["1=passed"], "", "say --passed or --failed"),
        (True, ["one=failed"], "", "not written like 2=failed"),
        (True, ["1=broken"], "", "not written like 2=failed"),
        (True, [], "65", "no duration"),
    ],
)
def test_wrong_usage_is_told(passed: bool | None, items: list[str], lasted: str, why: str) -> None:
    with pytest.raises(GatewayError, match=why):
        answer_body("li", passed, items, {}, lasted)
