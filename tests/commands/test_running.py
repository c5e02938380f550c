"""Commands on a running gateway, through its real API."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.app import lock
from gateway.cli import outcome
from gateway.estate import Estate
from tests.api.serving import DOOR, Served, serving
from tests.story import Plan, clause


@contextlib.asynccontextmanager
async def running(folder: Path, estate: Estate | None = None) -> AsyncIterator[Served]:
    """A gateway whose port file is where the commands look for it."""
    state = folder / "var"
    async with serving(state, estate) as site:
        (state / "gateway.json").write_text(json.dumps({"host": "127.0.0.1", "port": site.port, "pid": 1}))
        with lock(state):
            yield site


async def command(*arguments: object) -> int:
    return await asyncio.to_thread(outcome, [str(each) for each in arguments])


@pytest.mark.asyncio
async def test_status_tells_what_is_wrong_and_fails_when_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        assert await command("status", tmp_path) == 0
        said = capsys.readouterr().out
        assert "gateway ok" in said
        assert "1 violated" in said
        assert "lobby-door" in said
        assert await command("status", tmp_path, "--fail") == 1
        capsys.readouterr()
        await site.read("lobby-door", closed=True)
        await site.read("light-3f", battery_voltage=12.6)
        assert await command("status", tmp_path, "--fail", "--json") == 1, "the line is still unknown"
        told = json.loads(capsys.readouterr().out)
        assert [each["id"] for each in told["not_met"]] == ["connection/line"]
        site.health.fail("output hooks", "task ended")
        assert await command("status", tmp_path) == 0
        assert "gateway failing; output hooks failed task ended" in capsys.readouterr().out


@pytest.mark.asyncio
async def test_an_output_that_takes_nothing_is_told_and_is_not_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as site:
        site.health.beat("output team")
        site.health.doubt("output team", "takes nothing for 90 s: answered 503")
        assert await command("status", tmp_path) == 0
        told = capsys.readouterr().out
        assert "gateway degraded; output team degraded takes nothing for 90 s: answered 503" in told
        assert await command("status", tmp_path, "--fail") == 1


@pytest.mark.asyncio
async def test_a_site_without_an_asset_is_not_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = dataclasses.replace(Plan({}).estate(), assets={})
    async with running(tmp_path, empty):
        assert await command("status", tmp_path, "--fail") == 1
        assert "nothing is on watch" in capsys.readouterr().out


@pytest.mark.asyncio
async def test_status_counts_by_kind_and_names_all_only_when_asked_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thirty doors: 25 open, 4 shut, one never read; with its device and the line, 28 are not met or unknown."""
    plan = Plan({DOOR: clause("access-door", {"point": "closed", "equals": True})})
    for number in range(30):
        plan.asset(f"door-{number:02}", "access-door", ["closed"])
    async with running(tmp_path, plan.estate()) as site:
        for number in range(29):
            await site.read(f"door-{number:02}", closed=number >= 25)
        assert await command("status", tmp_path) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[2] == "assets: 25 violated, 3 unknown, 33 met"
        assert ["access-door", "25", "1", "4"] in [line.split() for line in said]
        assert len([line for line in said if line.startswith("violated")]) == 20
        assert said[-1] == "8 more not met or unknown: status --all names them"
        assert await command("status", tmp_path, "--all") == 0
        said = capsys.readouterr().out.splitlines()
        named = [line.split()[:2] for line in said if line.startswith(("violated", "unknown"))]
        assert len(named) == 28
        assert named[-1] == ["unknown", "door-29"]
        assert "more" not in said[-1]


@pytest.mark.asyncio
async def test_alarms_are_listed_seen_and_shelved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as site:
        assert await command("alarms", tmp_path) == 0
        assert "no alarm stands" in capsys.readouterr().out
        await site.read("lobby-door", closed=False)
        assert await command("alarms", "acknowledge", tmp_path, "lobby-door", DOOR, "--by", "li") == 0
        assert "seen by li" in capsys.readouterr().out
        why = ("--by", "li", "--reason", "moving", "--for", "30min")
        assert await command("alarms", "shelve", tmp_path, "lobby-door", DOOR, *why) == 0
        capsys.readouterr()
        assert await command("alarms", "list", tmp_path, "--json") == 0
        assert [each["shelved_reason"] for each in json.loads(capsys.readouterr().out)] == ["moving"]
        assert await command("alarms", tmp_path) == 0
        said = capsys.readouterr().out
        assert "li; shelved to 2026-01-01 12:30 UTC" in " ".join(said.split())
        assert max(map(len, said.splitlines())) <= 100
        assert await command("alarms", "unshelve", tmp_path, "lobby-door", DOOR) == 0
        assert await command("alarms", "unshelve", tmp_path, "lobby-door", DOOR) == 1
        assert "is not shelved" in capsys.readouterr().err
        assert await command("alarms", "acknowledge", tmp_path, "no-such", DOOR) == 1
        assert "there is no alarm" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_an_alarm_that_is_shown_again_says_that_nobody_has_seen_it_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        why = ("--by", "li", "--reason", "moving", "--for", "30min")
        assert await command("alarms", "shelve", tmp_path, "lobby-door", DOOR, *why) == 0
        await site.read("lobby-door", closed=True)
        assert await command("alarms", "unshelve", tmp_path, "lobby-door", DOOR) == 0
        capsys.readouterr()
        assert await command("alarms", tmp_path) == 0
        assert "waits to be read again" in " ".join(capsys.readouterr().out.split())


@pytest.mark.asyncio
async def test_a_ticket_is_worked_on_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        assert await command("tickets", tmp_path) == 0
        assert "lobby-door" in capsys.readouterr().out
        assert await command("tickets", "take", tmp_path, 1, "--by", "li") == 0
        assert await command("tickets", "note", tmp_path, 1, "closer broken", "--by", "li") == 0
        assert await command("tickets", "finish", tmp_path, 1, "--by", "li", "--text", "new closer") == 0
        capsys.readouterr()
        assert await command("tickets", "show", tmp_path, 1, "--json") == 0
        ticket = json.loads(capsys.readouterr().out)
        assert [each["what"] for each in ticket["log"]] == ["opened", "taken", "noted", "finished"]
        assert await command("tickets", "show", tmp_path, 1) == 0
        assert "li noted  closer broken" in capsys.readouterr().out
        assert await command("tickets", "--json", tmp_path) == 0
        assert [each["id"] for each in json.loads(capsys.readouterr().out)] == [1]
        assert await command("tickets", "show", tmp_path, 9) == 1
        assert "there is no ticket 9" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_long_lists_come_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as site:
        await site.read("lobby-door", closed=False)
        await site.read("lobby-door", closed=True)
        site.clock.advance(11.0)
        await site.read("lobby-door", closed=True)
        assert await command("tickets", tmp_path) == 0
        assert "no ticket is open" in capsys.readouterr().out
        assert await command("tickets", tmp_path, "--all") == 0
        assert "closed" in capsys.readouterr().out
        assert await command("alarms", tmp_path, "--all") == 0
        assert "normal" in capsys.readouterr().out


def test_a_gateway_that_does_not_run_is_said_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["status", str(tmp_path)]) == 69
    assert "no gateway is running" in capsys.readouterr().err
    (tmp_path / "var").mkdir()
    for left_behind in ('{"host": "127.0.0.1", "port": 1}', "{", "[]", '{"host": "::1", "port": 1}'):
        (tmp_path / "var" / "gateway.json").write_text(left_behind)
        assert outcome(["tickets", str(tmp_path)]) == 69
        assert capsys.readouterr().err.startswith("touchpoint: ")


@pytest.mark.asyncio
async def test_a_killed_gateways_port_file_does_not_lead_to_another_sites_tickets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Port 8080 of the gateway that was killed is the other site's now, and both have a ticket 1."""
    killed, other = tmp_path / "killed", tmp_path / "other"
    async with running(other) as site:
        await site.read("lobby-door", closed=False)
        assert await command("tickets", "take", other, 1, "--by", "li") == 0
        (killed / "var").mkdir(parents=True)
        with lock(killed / "var"):
            pass
        (killed / "var" / "gateway.json").write_bytes((other / "var" / "gateway.json").read_bytes())
        assert await command("tickets", "finish", killed, 1, "--by", "wei") == 69
        assert "the last one did not end by itself" in capsys.readouterr().err
        assert (await site.get("/api/v1/tickets/1"))["owner"] == "li"
        assert (await site.get("/api/v1/tickets/1"))["state"] == "taken"


@pytest.mark.asyncio
async def test_what_was_done_is_recorded_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan({"cabinet.inspected": clause("cabinet", {"point": "inspection", "within": "31 d"})})
    plan.asset("cabinet-3f", "cabinet", [])
    plan.records("cabinet-3f", "inspection")
    async with running(tmp_path, plan.estate()) as site:
        assert await command("records", tmp_path, "cabinet-3f") == 0
        assert "nothing was recorded of cabinet-3f" in capsys.readouterr().out
        arguments = ("record", tmp_path, "cabinet-3f", "inspection", "--by", "li", "--note", "seals whole")
        assert await command(*arguments, "--at", "2025-12-20") == 0
        assert capsys.readouterr().out == "cabinet-3f: inspection, 2025-12-19 16:00 UTC, by li\n"
        assert await command("record", tmp_path, "cabinet-3f", "inspection", "--by", "wei", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["by"], told["at"], told["is_latest"]) == ("wei", "2026-01-01T12:00:00.000Z", True)
        assert await command(*arguments, "--at", "2025-12-21") == 0
        assert "; a later one is known" in capsys.readouterr().out
        assert await command("records", tmp_path, "cabinet-3f") == 0
        assert len([row for row in capsys.readouterr().out.splitlines() if row.startswith("inspection")]) == 3
        assert await command("records", tmp_path, "cabinet-3f", "--json") == 0
        assert [each["note"] for each in json.loads(capsys.readouterr().out)] == ["seals whole", "", "seals whole"]
        assert await command(*arguments, "--at", "2026-02-01") == 1
        assert "lies in the future" in capsys.readouterr().err
        assert site.runner.pipeline.records.latest["cabinet-3f", "inspection"].who == "wei"
