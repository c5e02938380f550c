"""``touchpoint report`` through a running gateway's API, in every form."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path

import pytest

from gateway.estate import Estate
from tests.commands.test_running import command, running
from tests.reports.sample import month

MARCH = ("--from", "2026-03-01", "--until", "2026-03-31")


@pytest.mark.asyncio
async def test_a_month_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "var").mkdir()
    _, estate = await _in_thread(tmp_path / "var")
    async with running(tmp_path, estate) as site:
        site.clock.advance(100 * 86_400.0)  # it is April
        assert await command("report", tmp_path, *MARCH, "--json") == 0
        told = json.loads(capsys.readouterr().out)
        total = told["service"]["total"]
        assert await command("report", tmp_path, *MARCH, "--lang", "en") == 0
        said = capsys.readouterr().out
        assert f"opened {total['opened']}, " in said
        assert max(map(len, said.splitlines())) <= 120
        assert "chattering alarms (3 or more in a minute)" in said
        assert await command("report", tmp_path, *MARCH, "--format", "csv", "--out", tmp_path / "r.csv") == 0
        assert f"report → {tmp_path / 'r.csv'}" in capsys.readouterr().out
        sheet = list(csv.DictReader((tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()))
        assert (sheet[0]["by"], int(sheet[0]["opened"])) == ("total", total["opened"])
        assert await command("report", tmp_path, *MARCH, "--format", "html", "--out", tmp_path / "r.html") == 0
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert "运行报告" in page
        assert "Service report" in page
        assert await command("report", tmp_path, "--json") == 0
        assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["service"]["from"] == "2026-03-01", "last month"


@pytest.mark.asyncio
async def test_wrong_usage_is_told_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("report", tmp_path) == 69
    assert "no gateway is running" in capsys.readouterr().err
    async with running(tmp_path):
        for arguments, says in (
            (("--format", "pdf"), "--format: 'pdf' is none of text, json, csv, html"),
            (("--lang", "fr"), "--lang: 'fr' is none of"),
            (("--from", "last week"), "write a day"),
            (("--from", "2026-01-02", "--until", "2026-01-01"), "lies in the future"),
        ):
            assert await command("report", tmp_path, *arguments, "--out", tmp_path / "no") == 64
            assert says in capsys.readouterr().err
        assert not (tmp_path / "no").exists()


async def _in_thread(folder: Path) -> tuple[Path, Estate]:
    return await asyncio.to_thread(month, folder)
