"""``touchpoint prove`` on a running gateway: told, confirmed, followed to the log book; refused with every reason."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli import outcome
from gateway.gatekeeper import LOCAL_TOKEN
from tests.api.lamps import Lit
from tests.commands.test_running import command
from tests.commands.test_token import at_work
from tests.proof_story import Lamp


async def proved(bench: Lit, *arguments: object) -> int:
    """Give the command, and have time pass in the property until it ends."""
    asked = asyncio.create_task(command("prove", *arguments))
    while not asked.done():
        if bench.site.runner.pipeline.proofs.proving.procedures:
            await bench.go_on(60.0, 10.0)
        await asyncio.sleep(0.01)
    return asked.result()


@pytest.mark.asyncio
async def test_a_test_that_passes_is_0_and_its_line_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    async with at_work(tmp_path) as bench:
        asked = (tmp_path, "lamp", "--kind", "duration", "--reason", "yearly visit", "--yes")
        assert await proved(bench, *asked) == 0
        said = capsys.readouterr().out
        assert "it runs on its battery for about 16 min" in said
        assert "log book 1: duration test of lamp, passed" in said
        assert "(limit 15 min)" in said
        (entry,) = (await bench.site.get("/api/v1/logbook"))["items"]
        assert entry["why"] == "yearly visit"
        assert [who for who, *_ in bench.audit("StartTest")] == [entry["started_by"]]


@pytest.mark.asyncio
async def test_a_battery_that_fails_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path, Lamp("lamp", "relay", lasts=500.0)) as bench:
        assert await proved(bench, tmp_path, "lamp", "--kind", "duration", "--reason", "x", "--yes", "--json") == 1
        told = json.loads(capsys.readouterr().out)
        assert (told["outcome"], told["finding"]) == ("failed", "lamp-out")


@pytest.mark.asyncio
async def test_a_refusal_tells_every_objection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path) as bench:
        bench.lamps["lamp"].full = False
        await bench.go_on(10.0)
        assert await proved(bench, tmp_path, "lamp", "--kind", "duration", "--reason", "x", "--yes") == 1
        assert "its battery is not charged" in capsys.readouterr().err
        assert bench.sent == []


@pytest.mark.asyncio
async def test_it_is_left_to_itself_and_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path) as bench:
        asked = (tmp_path, "lamp", "--kind", "duration", "--reason", "x", "--yes", "--no-wait")
        assert await command("prove", *asked) == 0
        assert "lamp: precheck, lit for 0.0 of more than 15 min, 13.20 V" in capsys.readouterr().out
        await bench.go_on(60.0)
        assert bench.is_dark("lamp")
        assert await command("prove", tmp_path, "lamp", "--stop", "--reason", "a guest complains") == 0
        await bench.go_on(30.0)
        assert not bench.is_dark("lamp")
        assert bench.audit("StopTest")[0][3]["reason"] == "a guest complains"
        await bench.go_on(900.0, 15.0)
        assert await command("prove", tmp_path, "lamp", "--stop", "--reason", "again") == 1
        assert "no test runs on lamp" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_nobody_is_asked_without_a_terminal_and_wrong_usage_is_64(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_work(tmp_path) as bench:
        lamp = (tmp_path, "lamp", "--reason", "x")
        for wrong, why in (
            ((*lamp, "--kind", "duration"), "say --yes"),
            ((*lamp, "--kind", "duration", "--json"), "say --yes"),
            (lamp, "say --kind to start a test, or --stop to end one"),
            ((*lamp, "--kind", "duration", "--stop"), "say --kind"),
            ((*lamp, "--kind", "marathon"), "marathon"),
            ((tmp_path, "lamp", "--kind", "duration"), "--reason"),
            ((tmp_path, "lamp-9", "--kind", "duration", "--reason", "x", "--yes"), "there is no asset 'lamp-9'"),
            ((tmp_path, "lamp-9", "--stop", "--reason", "x"), "there is no asset 'lamp-9'"),
        ):
            assert await command("prove", *wrong) == 64, wrong
            assert why in capsys.readouterr().err
        await bench.go_on(30.0)
        assert bench.sent == []


@pytest.mark.asyncio
async def test_who_cannot_read_the_local_secret_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with at_work(tmp_path):
        (tmp_path / "var" / LOCAL_TOKEN).unlink()
        assert await command("prove", tmp_path, "lamp", "--kind", "duration", "--reason", "x", "--yes") == 1
        assert "only the user of the service may read it" in capsys.readouterr().err


def test_without_a_running_gateway_it_is_69(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["prove", str(tmp_path), "lamp", "--kind", "duration", "--reason", "x", "--yes"]) == 69
    assert "no gateway is running" in capsys.readouterr().err
