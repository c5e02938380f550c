"""``touchpoint routes explain`` on a site's files, and ``touchpoint notify test`` on a running gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.app import lock
from gateway.cli import outcome
from tests.commands.test_running import command
from tests.outputs.collector import collecting
from tests.outputs.test_second_channel import at_work, site
from tests.rounds.house import SITE

ROUTES = """
people:
  li: {name: 李, language: zh, reach: {journal: }}
  anna: {language: en, reach: {journal: , mail: a@example.org}}
teams:
  engineers:
    members: [li, anna]
    roster: [{on: li, during: office-hours}, {on: anna, during: night}]
routes:
  - {name: urgent, when: {priority: [P1, P2]}, tell: engineers, by: [mail, journal]}
  - {name: doors, when: {kind: access-door, place: LOBBY, trade: access}, tell: anna, by: mail, wait: 30s}
  - {name: escalated, when: {events: ticket.escalated}, tell: anna, by: mail}
quiet: {during: night, floor: P2}
outputs:
  journal: {kind: log, events: [ticket.*]}
  mail: {kind: log}
"""
OPENED = ("ticket.opened", "--asset", "door")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert "outputs:" not in SITE
    (tmp_path / "site.yaml").write_text(SITE + ROUTES, encoding="utf-8")
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], folder: Path, *asked: str, status: int = 0) -> dict[str, Any]:
    assert outcome(["routes", "explain", str(folder), *asked, "--json"]) == status
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_who_is_told_by_which_channel_when_and_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*OPENED, "--clause", "access-door.forced-open", "--at", "2026-11-30T10:00:00+08:00")
    told = explained(capsys, folder, *asked)
    assert [(each["person"], each["channel"], each["then"], each["because_of"]) for each in told["told"]] == [
        ("li", "journal", [], ["urgent"]), ("anna", "mail", [], ["doors"]),
    ]  # fmt: skip
    assert {each["when"] for each in told["told"]} == {"at once, or a minute after the last notice there"}
    assert {each["route"]: each["why"] for each in told["routes"]} == {
        "urgent": "", "doors": "", "escalated": "it is for ticket.escalated, and this is ticket.opened",
    }  # fmt: skip


def test_at_night_another_is_on_and_what_is_not_urgent_is_held_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (*OPENED, "--clause", "access-door.held-open", "--at", "2026-11-30T23:00:00+08:00")
    (told,) = explained(capsys, folder, *asked)["told"]
    assert (told["person"], told["because_of"], told["at"]) == ("anna", ["doors"], "2026-11-30T16:00:00.000Z")
    assert "quiet hours" in told["when"]
    assert outcome(["routes", "explain", str(folder), *asked]) == 0
    said = capsys.readouterr().out
    assert "1 is told" in said
    assert "urgent     does not fit  it is for priority P1 or P2, and this is P3" in said
    assert "refuses it for good, also told at once: nobody else\n" in said
    assert "refuse it, every output is told: notice.undeliverable\n" in said


def test_an_event_from_a_file_and_one_that_tells_nobody(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"type": "touchpoint.ticket.escalated.v1", "subject": "ticket/7", "data": {"priority": "P3"}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    day = ("--at", "2026-11-30T10:00:00+08:00")
    (told,) = explained(capsys, folder, str(tmp_path / "event.json"), *day)["told"]
    assert (told["person"], told["when"]) == ("anna", "within 10 s, together with what else comes")
    (tmp_path / "event.json").write_text(json.dumps(event | {"data": {"priority": "P1"}}), encoding="utf-8")
    refused = explained(capsys, folder, str(tmp_path / "event.json"), *day)
    assert ([each["person"] for each in refused["told"]], refused["instead"]) == (["anna"], ["li"])
    nobody = explained(capsys, folder, "gateway.started", status=1)
    assert (nobody["told"], len(nobody["routes"]), nobody["instead"]) == ([], 3, None)
    ended = explained(capsys, folder, "ticket.closed", "--asset", "door", "--clause", "access-door.held-open")
    assert ended["ends"]
    assert ended["told"] == []


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["ticket.opend"], "no file, and no event 'ticket.opend', did you mean \"ticket.opened\"?"),
        (["ticket.opened"], "name what it is about: --asset A --clause C"),
        (["ticket.opened", "--asset", "dor"], "there is no asset 'dor', did you mean \"door\"?"),
        ([*OPENED, "--clause", "access-door.held-opn"], 'did you mean "access-door.held-open"?'),
        (["site.yaml"], "no file, and no event"),
    ],
)
def test_what_cannot_be_explained_says_what_is_near(
    folder: Path, asked: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["routes", "explain", str(folder), *asked]) == 64
    assert why in capsys.readouterr().err


def test_a_file_that_holds_no_event_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("[]", "{}", "no json", '{"type": "a.b.c", "data": {"priority": "P9"}}'):
        (folder / "event.json").write_text(text, encoding="utf-8")
        assert outcome(["routes", "explain", str(folder), str(folder / "event.json")]) == 64
        assert "holds no event with type and data" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_a_channel_is_tried_on_a_running_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "var"
    async with collecting() as first, collecting(503, 503, 503, 503) as second:
        async with at_work(site(first, second), state) as gateway:
            with lock(state):
                asked = ("notify", "test", tmp_path, "first", "--to", "anna", "--by", "li")
                assert await command(*asked) == 0
                assert capsys.readouterr().out == "first to anna: delivered\n"
                data = first.events[-1]["data"]
                assert (data["kind"], data["to"], data["by"], data["items"]) == ("test", "anna", "li", [])
                assert await command("notify", "test", tmp_path, "second", "--by", "li", "--json") == 1
                told = json.loads(capsys.readouterr().out)
                assert (told["state"], told["error"]) == ("waiting", "answered 503")
                assert await command("notify", "test", tmp_path, "scond", "--by", "li") == 1
                assert "there is no output" in capsys.readouterr().err
                assert await command("notify", "test", tmp_path, "first", "--to", "ana", "--by", "li") == 1
                assert 'did you mean "anna"?' in capsys.readouterr().err
        audited = gateway.store.path
    assert audited.exists()
