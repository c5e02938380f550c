"""A fence whose zones try themselves when they are told to: each day, at night, and until they have acted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from gateway.site import load_estate
from tests.rounds.fence import SITE, Fence

PROFILE = """title: fence with a test terminal for each zone
maker: none
source: none
verified: simulator
protocol: modbus
points:
  input1: {address: 0, bit: 0}
  input2: {address: 0, bit: 1}
  input3: {address: 0, bit: 2}
  input4: {address: 0, bit: 3}
commands:
  try_east: {means: {zh: 东, en: east}, address: 9, value: 1, reads_back: input1, ends_by_itself: true}
  try_west: {means: {zh: 西, en: west}, address: 9, value: 2, reads_back: input2, ends_by_itself: true}
"""
RULES = "proof_tests: {window: low-risk}\n"


@pytest.fixture
def fence(tmp_path: Path) -> Fence:
    site = SITE.replace("ZONE", "Asia/Shanghai").replace(
        "profile: wb-mcm8,", "profile: fence, allow: [try_east, try_west],"
    )
    site = site.replace(
        "test_stimulus: di.input4}", "test_stimulus: di.input4}\n    commands: {self_test: di.try_east}"
    )
    site = site.replace("{alarm: di.input2}}", "{alarm: di.input2}, commands: {self_test: di.try_west}}")
    (tmp_path / "device_profiles").mkdir()
    (tmp_path / "device_profiles" / "fence.yaml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "site.yaml").write_text(site + RULES, encoding="utf-8")
    made = Fence(load_estate(tmp_path), "2027-03-01 12:00")
    made.tell(input1=False, input2=False, input3=False, input4=False)
    return made


def tried(fence: Fence) -> list[tuple[str, str]]:
    """Which zones were tried when."""
    return [(each.asset, f"{datetime.fromtimestamp(at, fence.zone):%d %H:%M}") for at, each in fence.sent]


def test_every_zone_with_a_terminal_is_tried_at_night_and_its_activation_is_the_proof(fence: Fence) -> None:
    fence.until("2027-03-02 00:59")
    assert tried(fence) == []
    fence.until("2027-03-02 01:00")
    assert tried(fence) == [("east", "02 01:00"), ("west", "02 01:00")]
    fence.now += 2.0
    fence.act(input1=True, input2=True)
    fence.until("2027-03-02 23:59")
    assert len(fence.sent) == 2
    fence.until("2027-03-03 00:00")
    day = [each for each in fence.entries if fence.day(each.started_at).day == 2]
    assert [(each.asset, each.outcome, each.started_by) for each in day] == [
        ("east", "passed", "schedule"), ("west", "passed", "schedule"), ("north", "failed", "day's end"),
    ]  # fmt: skip


def test_a_zone_that_does_not_act_is_tried_three_times_and_then_needs_a_person(fence: Fence) -> None:
    fence.until("2027-03-02 01:01")
    fence.act(input2=True)
    fence.until("2027-03-02 09:00")
    east = [when for asset, when in tried(fence) if asset == "east"]
    assert east == ["02 01:00", "02 01:15", "02 01:30"]
    fence.act(input1=True)
    fence.until("2027-03-03 01:00")
    assert tried(fence)[-2:] == [("east", "03 01:00"), ("west", "03 01:00")]
    assert ("2027-03-02", "passed", "") in fence.book("east")


def test_a_zone_that_somebody_walked_already_is_left_alone_and_so_is_all_by_a_wrong_clock(fence: Fence) -> None:
    fence.until("2027-03-02 00:30")
    fence.act(input1=True)
    fence.until("2027-03-02 01:05")
    assert [asset for asset, _ in tried(fence)] == ["west"]
    fence.act(input2=True)
    fence.trusted = False
    fence.until("2027-03-03 05:00")
    assert len(fence.sent) == 1


def test_a_restart_sends_nothing_that_is_not_due(fence: Fence) -> None:
    fence.until("2027-03-02 01:00")
    fence.act(input1=True, input2=True)
    fence.restart()
    fence.tell(input1=False, input2=False, input3=False, input4=False)
    fence.until("2027-03-02 04:00")
    assert len(fence.sent) == 2
