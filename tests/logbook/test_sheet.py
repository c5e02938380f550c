"""The log book as a spreadsheet's rows: every column filled or plainly empty, times with the site's zone."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from gateway.logbook.facts import line
from gateway.logbook.sheet import COLUMNS, cells
from gateway.logbook.speech import watch
from gateway.proof_tests.entry import Outcome
from tests.logbook.book import entry, lights

ZONE = ZoneInfo("Asia/Shanghai")


def test_every_column_is_told() -> None:
    told = cells(line(lights(), entry(7)), ZONE)
    assert tuple(sorted(told)) == tuple(sorted(COLUMNS))
    assert (told["id"], told["lasted_s"], told["resolution_s"], told["limit_s"]) == (7, 930.0, 30.0, 900.0)
    assert (told["started_at"], told["ended_at"]) == (
        "2026-01-01T20:00:00.000+08:00", "2026-01-01T20:15:30.000+08:00",
    )  # fmt: skip
    assert told["before_zh"] == "可见由主电供电自 2025-12-31 20:00:00; 电池已充满 是; 电池电压 13.4 V; 电池电量 未知"
    assert (
        told["before_en"]
        == "seen on mains since 2025-12-31 20:00:00; battery full yes; battery voltage 13.4 V; battery charge unknown"
    )
    assert (told["basis"], told["document"], told["standard"]) == ("text", "touchpoint standard", "1.0")


def test_what_is_unknown_is_empty() -> None:
    happened: dict[str, Any] = {"outcome": Outcome.RECORDED, "limit": None, "clause": "", "basis": {}, "standard": {}}
    told = cells(line(lights(), entry(kind="discharge", lowest_voltage=None, before={}, **happened)), ZONE)
    assert (told["limit_s"], told["lowest_voltage_v"]) == (None, None)
    assert {told[key] for key in ("before_zh", "clause", "title_en", "basis", "document", "standard")} == {""}


def test_a_span_is_never_rounded_up() -> None:
    assert [watch(each) for each in (0.0, 59.9, 899.999, 900.0, 901.0, 5400.0)] == [
        "0:00", "0:59", "14:59", "15:00", "15:01", "1:30:00",
    ]  # fmt: skip


def test_the_ticket_of_what_failed_is_in_columns_of_its_own() -> None:
    ticket = {
        "id": 4, "state": "closed", "opened_at": "2026-01-01T12:16:40.000Z", "cleared_at": "2026-01-01T15:20:00.000Z",
        "cleared_by": "wang", "proven_by": 10,
    }  # fmt: skip
    told = cells({**line(lights(), entry(7)), "ticket": ticket}, ZONE)
    assert tuple(sorted(told)) == tuple(sorted(COLUMNS))
    assert [told[key] for key in ("ticket", "ticket_state", "cleared_by", "proven_by")] == [4, "closed", "wang", 10]
    assert told["cleared_at"] == "2026-01-01T23:20:00.000+08:00"
    assert [cells(line(lights(), entry()), ZONE)[key] for key in ("ticket", "cleared_at", "due")] == [None, "", ""]
