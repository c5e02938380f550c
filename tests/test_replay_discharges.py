"""A recording of changes tells nothing while a lamp burns on; replayed, it gives the same lines of the log book."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.clock import seeded
from gateway.estate import Estate
from gateway.kinds import Discharge, Kind, KindPoint, OwnTest, proof_points
from gateway.model import BadReading, Reading
from gateway.profiles import ModbusProfile
from gateway.proof_tests.entry import Entry
from gateway.recordings import open_recording
from gateway.replay import Replayed, last_tests, replay
from gateway.store.sqlite import Database
from gateway.tickets.ticket import TicketState
from tests.story import NOON, WORDS, Plan, Story, clause

BITS = ("on_battery", "lamp_on", "done", "failed")
PROFILE = ModbusProfile(
    title="t", maker="m", source="s", verified="simulator", protocol="modbus",
    points={
        **{name: {"address": number, "bit": 0} for number, name in enumerate(BITS)},
        "mode": {"address": 8, "enum": {0: "normal", 1: "testing"}}, "result": {"address": 9, "unit": "min"},
    },
)  # fmt: skip
KIND = Kind(
    title=WORDS,
    points={
        **{name: KindPoint(type="boolean", means=WORDS) for name in BITS},
        "mode": KindPoint(type="text", means=WORDS), "result": KindPoint(type="number", unit="min", means=WORDS),
    },
    discharge=Discharge(
        on_battery="on_battery", lit="lamp_on", mode="mode",
        tests={"duration": OwnTest(mode="testing", done="done", failed="failed", result="result", step=120.0)},
    ),
)  # fmt: skip
REST: dict[str, Reading] = {
    "on_battery": False, "lamp_on": False, "done": True, "failed": False, "mode": "normal", "result": 16,
}  # fmt: skip
TEST: dict[str, Reading] = {**REST, "lamp_on": True, "done": False, "mode": "testing"}
OUTAGE: dict[str, Reading] = {**REST, "lamp_on": True, "on_battery": True}
FAILED: dict[str, Reading] = {**REST, "failed": True, "result": 8}


def make_estate() -> Estate:
    asks = {"proof_test": "duration", "longer_than": "15 min", "tested_within": "31 d"}
    plan = Plan({"light.lasts": clause("light", asks, patience=5_000_000.0)})
    proven = {name: plan.point(f"lamp/{name}") for name in proof_points("duration")}
    plan.asset("lamp", "light", [*BITS, "mode", "result"], [], **proven)
    plan.devices = {name: replace(device, profile=PROFILE) for name, device in plan.devices.items()}
    estate = plan.estate()
    units = ["min" if point.endswith("/result") else "" for point in estate.points]
    return replace(estate, kinds={**estate.kinds, "light": KIND}, units=units)


ESTATE = make_estate()


class Recorded:
    """A light that is read every ten seconds, and the database of its gateway."""

    def __init__(self, path: Path) -> None:
        self.path, self.stories = path, [Story(ESTATE)]

    def say(self, seconds: float, told: dict[str, Reading]) -> None:
        """It tells the same for so long."""
        self.stories[-1].wait(seconds, every=10.0, lamp=told)

    def silent(self, seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            self.stories[-1].lose("lamp", BadReading("no-answer", "timed out"))
            self.stories[-1].wait(10.0)

    def restart(self) -> None:
        old = self.stories[-1]
        discharges = old.pipeline.discharges
        known = replace(
            old.saved(), runs=discharges.running(), last_entry=discharges.last_entry, tests=last_tests(self.entries())
        )
        self.stories.append(Story(ESTATE, known, old.now + 10))

    def entries(self) -> list[Entry]:
        return [entry for story in self.stories for entry in story.changes.entries]

    def again(self) -> Replayed:
        database = Database(self.path, ESTATE)
        for story in self.stories:
            database.commit(story.changes)
        database.close()
        recording = open_recording(self.path, ESTATE)
        try:
            return replay(ESTATE, recording, 0.0, 1e12)
        finally:
            recording.close()


def gist(entries: list[Entry]) -> list[tuple[int, str, str, str, float, float]]:
    return [(e.id, e.kind, e.outcome.value, e.finding, round(e.lasted), round(e.started_at - NOON)) for e in entries]


def test_a_failed_and_a_passed_test_and_the_ticket_between_them(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db")
    for seconds, told in ((600, REST), (500, TEST), (3600, FAILED), (1000, TEST), (300, REST), (10, OUTAGE)):
        recorded.say(seconds, told)
    result = recorded.again()
    assert gist(result.entries) == gist(recorded.entries()) == [
        (1, "duration", "failed", "device-failed", 490, 610),
        (2, "duration", "passed", "", 990, 4710),
    ]  # fmt: skip
    assert [(each.clause, each.state, each.opened_at, each.closed_at) for each in result.tickets] == [
        ("light.lasts", TicketState.CLOSED, NOON + 1230, NOON + 5840)
    ]


def test_a_silence_in_a_test_is_a_gap_again(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db")
    recorded.say(100, REST)
    recorded.say(500, TEST)
    recorded.silent(90)
    for seconds, told in ((500, TEST), (200, REST), (10, OUTAGE)):
        recorded.say(seconds, told)
    found = gist(recorded.again().entries)
    assert found == gist(recorded.entries())
    assert [each[2:4] for each in found] == [("inconclusive", "gap")]


def test_what_went_on_while_the_gateway_was_started_anew_proves_nothing_in_a_replay(tmp_path: Path) -> None:
    """It was away for ten seconds only, but the file does not have that: it may as well have been an hour."""
    recorded = Recorded(tmp_path / "gateway.db")
    for seconds, told in ((100, REST), (500, TEST), (200, FAILED), (1000, TEST)):
        recorded.say(seconds, told)
    recorded.restart()
    for seconds, told in ((300, TEST), (200, REST), (10, OUTAGE)):
        recorded.say(seconds, told)
    found = recorded.again()
    assert [each[:3] for each in gist(recorded.entries())] == [(1, "duration", "failed"), (2, "duration", "passed")]
    assert [(*each[:3], each[5]) for each in gist(found.entries)] == [
        (1, "duration", "failed", 110), (2, "duration", "inconclusive", 810),
    ]  # fmt: skip
    assert [each.state for each in found.tickets] == [TicketState.OPEN]


def test_the_log_book_goes_on_over_a_restart(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "gateway.db")
    for seconds, told in ((100, REST), (500, TEST), (200, FAILED)):
        recorded.say(seconds, told)
    recorded.restart()
    for seconds, told in ((300, FAILED), (1000, TEST), (200, REST), (10, OUTAGE)):
        recorded.say(seconds, told)
    found = recorded.again()
    assert [each[:3] for each in gist(found.entries)] == [(1, "duration", "failed"), (2, "duration", "passed")]
    assert gist(found.entries) == gist(recorded.entries())
    assert [each.state for each in found.tickets] == [TicketState.CLOSED]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_the_log_book_is_the_same(tmp_path: Path, seed: int) -> None:
    random = seeded(seed)
    recorded = Recorded(tmp_path / "gateway.db")
    for _ in range(25):
        told = random.choice((REST, REST, TEST, TEST, OUTAGE, FAILED, {**TEST, "lamp_on": False}))
        recorded.say(random.choice((10, 60, 130, 400, 950, 3000)), told)
    for told in (REST, FAILED, REST):
        recorded.say(300, told)
    found = recorded.again()
    assert gist(found.entries) == gist(recorded.entries())
    assert len(found.entries) >= 4
