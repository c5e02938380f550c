"""What the demo's screen says of an event, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.demo import proof_lines, start_lines, ticket_lines
from gateway.model import Event
from gateway.proof_tests.entry import FINDINGS, OUTCOMES, Outcome

MOMENT = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
PLACE = {"zh": "地下一层1区", "en": "Basement 1, zone 1"}


def finished(outcome: str, finding: str = "", **others: Any) -> Event:
    """A proof test is over."""
    reason = FINDINGS.get(finding) or OUTCOMES[Outcome(outcome)]
    data = {"entry": 3, "kind": "duration", "outcome": outcome, "finding": finding, "reason": reason, "place": PLACE}
    return Event("s", 1, "touchpoint.proof_test.finished.v1", "log-book/3", 0.0, {**data, **others})


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (
            finished("passed", lasted=1790.0, limit=900.0),
            "12:34:56 ✓ -- L3   放电时间测试通过 地下一层1区:证实亮灯 29:50,须超过 15:00\n"
            "                   duration test passed: Basement 1, zone 1: proven lit for 29:50, must be over 15:00",
        ),
        (
            finished("failed", "lamp-out", lasted=535.0, limit=900.0),
            "12:34:56 ✗ -- L3   放电时间测试未通过 地下一层1区:证实亮灯 8:55,须超过 15:00(电池供电时灯熄灭)\n"
            "                   duration test failed: Basement 1, zone 1: proven lit for 8:55, must be over 15:00"
            " (the lamp went out while on its battery)",
        ),
        (
            finished("refused", "neighbour", lasted=0.0, limit=900.0),
            "12:34:56 · -- L3   放电时间测试未予启动 地下一层1区(相邻灯具正在放电或充电)\n"
            "                   duration test refused: Basement 1, zone 1 (one next to it discharges or recharges)",
        ),
        (
            finished("recorded", kind="discharge", lasted=530.0, limit=None),
            "12:34:56 · -- L3   非计划放电仅作记录 地下一层1区:证实亮灯 8:50\n"
            "                   unplanned discharge recorded: Basement 1, zone 1: proven lit for 8:50",
        ),
        (
            finished("recorded", "no-evidence", kind="discharge", lasted=0.0, limit=None),
            "12:34:56 · -- L3   非计划放电仅作记录 地下一层1区(没有读数证明灯由电池点亮)\n"
            "                   unplanned discharge recorded: Basement 1, zone 1"
            " (nothing shows that the lamp was lit from its battery)",
        ),
    ],
)
def test_a_finished_test_is_two_lines(event: Event, says: str) -> None:
    assert proof_lines(event, MOMENT) == says


@pytest.mark.parametrize(
    ("by", "zh", "en"), [("li", "li", "li"), ("schedule", "计划", "the schedule")], ids=["person", "schedule"]
)
def test_a_test_that_the_gateway_has_started_is_told_with_who_asked_for_it(by: str, zh: str, en: str) -> None:
    data = {"kind": "duration", "place": PLACE, "started_by": by, "why": "handover"}
    assert start_lines(Event("s", 1, "touchpoint.proof_test.started.v1", "proof-test/b1", 0.0, data), MOMENT) == (
        f"12:34:56 ▷ --      放电时间测试开始 地下一层1区:{zh}发起(handover)\n"
        f"                   duration test started: Basement 1, zone 1: by {en} (handover)"
    )


def test_a_ticket_is_two_lines_with_its_evidence() -> None:
    evidence = {"point": "battery_voltage", "means": {"en": "battery voltage"}, "value": 9.1, "unit": "V"}
    data = {"priority": "P2", "ticket": 7, "place": PLACE, "title": {"zh": "电池故障", "en": "Battery faulty"}}
    opened = Event("s", 1, "touchpoint.ticket.opened.v1", "ticket/7", 0.0, {**data, "evidence": [evidence]})
    assert ticket_lines(opened, MOMENT) == (
        "12:34:56 ● P2 #7   开单 地下一层1区:电池故障\n"
        "                   opened: Basement 1, zone 1: Battery faulty (battery voltage 9.1 V)"
    )
