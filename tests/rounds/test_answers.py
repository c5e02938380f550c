"""What people answer: looks, tests by hand and records, through the pipeline and a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.recordings import open_recording
from gateway.replay import replay
from gateway.standards.verdict import Outcome
from tests.rounds.house import DAY, NOON, House

HANDLE = "access-door.handle-firm"
BATTERY, CALL = "lift.alarm-battery", "lift.alarm-call"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.connection.close()


def test_a_look_counts_for_a_month_and_is_remembered(house: House) -> None:
    assert house.outcome("door", HANDLE) is Outcome.UNKNOWN
    assert house.answer("door", "handle-firm", note="tightened") == ""
    assert house.outcome("door", HANDLE) is Outcome.MET
    house.kill()
    assert house.outcome("door", HANDLE) is Outcome.MET
    (record,) = house.database.records("door", "", 0, 10)
    assert (record[1].record, record[1].who, record[1].note) == ("person_looks.handle-firm.passed", "li", "tightened")
    assert [each.type for each in house.events if "record" in each.type] == ["touchpoint.record.added.v1"]
    house.wait(31 * DAY)
    assert house.outcome("door", HANDLE) is Outcome.MET
    house.wait(1.0)
    assert house.outcome("door", HANDLE) is Outcome.VIOLATED
    assert ("door", HANDLE, "open") in house.tickets()


def test_what_is_found_wrong_is_a_ticket_that_only_a_look_that_finds_it_right_closes(house: House) -> None:
    house.answer("door", "handle-firm")
    house.wait(DAY)
    house.answer("door", "handle-firm", passed=False, failed=(2, 1), note="one screw gone")
    assert house.outcome("door", HANDLE) is Outcome.VIOLATED
    told = house.database.records("door", "person_looks.handle-firm.failed", 0, 10)[0][1].note
    assert told.startswith("✗ 把手稳固,无松动 / the handle is firm")
    assert told.endswith("; one screw gone")
    house.wait(3 * DAY)
    assert house.tickets() == [("door", HANDLE, "open")]
    house.answer("door", "handle-firm", at=house.now - 3.5 * DAY)
    assert house.outcome("door", HANDLE) is Outcome.VIOLATED, "it was right before it was wrong"
    house.answer("door", "handle-firm")
    house.wait(60.0)
    assert house.tickets() == [("door", HANDLE, "closed")]


def test_a_test_by_hand_is_a_line_of_the_log_book(house: House) -> None:
    assert house.answer("lift", "alarm-call", note="answered by Wang") == ""
    (entry,) = house.book()
    assert (entry.id, entry.kind, entry.outcome, entry.started_by) == (1, "alarm-call", "passed", "li")
    assert (entry.started_at, entry.ended_at, entry.lasted, entry.limit) == (NOON, NOON, 0.0, None)
    assert (entry.clause, entry.remark, entry.basis["kind"]) == (CALL, "answered by Wang", "standard")
    assert house.outcome("lift", CALL) is Outcome.MET
    assert house.outcome("lift", BATTERY) is Outcome.UNKNOWN, "a call of a minute proves no battery"
    house.kill()
    assert house.outcome("lift", CALL) is Outcome.MET
    house.wait(3 * DAY + 1.0)
    assert house.outcome("lift", CALL) is Outcome.VIOLATED
    finished = [each for each in house.events if each.type == "touchpoint.proof_test.finished.v1"]
    assert [(each.subject, each.data["kind"]) for each in finished] == [("log-book/1", "alarm-call")]


@pytest.mark.parametrize(
    ("lasted", "outcome"), [(3599.0, "failed"), (3600.0, "failed"), (3659.0, "failed"), (3660.0, "passed")]
)
def test_what_has_to_last_longer_than_an_hour_is_judged_by_what_was_measured(
    house: House, lasted: float, outcome: str
) -> None:
    house.answer("lift", "alarm-battery", lasted=lasted)
    (entry,) = house.book()
    proven = lasted // 60.0 * 60.0
    assert (entry.outcome, entry.lasted, entry.resolution, entry.limit) == (outcome, proven, 60.0, 3600.0)
    assert entry.finding == ("" if outcome == "passed" else "too-short")
    assert entry.started_at == NOON - lasted
    expected = Outcome.MET if outcome == "passed" else Outcome.VIOLATED
    assert house.outcome("lift", BATTERY) is expected
    house.kill()
    assert house.outcome("lift", BATTERY) is expected


def test_a_failed_test_is_told_with_its_items_and_the_same_told_again_is_one(house: House) -> None:
    for _ in range(2):
        assert house.answer("lift", "reversal", passed=False, failed=(1,), at=NOON) == ""
    assert house.answer("lift", "reversal", passed=False, at=NOON - 60.0) == ""
    first, second = house.book()
    assert (first.outcome, first.finding, second.finding) == ("failed", "checklist", "by-hand")
    assert first.remark.startswith("✗ 关门过程中遮挡光幕")
    assert house.tickets() == [("lift", "lift.door-reopening-proven", "open")]
    house.wait(60.0)
    house.answer("lift", "reversal", at=NOON - 3600.0)
    assert house.outcome("lift", "lift.door-reopening-proven") is Outcome.VIOLATED
    house.answer("lift", "reversal")
    assert house.outcome("lift", "lift.door-reopening-proven") is Outcome.MET


def test_an_older_answer_told_late_makes_nothing_older(house: House) -> None:
    house.answer("lift", "alarm-call")
    house.answer("lift", "alarm-call", at=NOON - 2 * DAY)
    house.wait(2 * DAY)
    assert house.outcome("lift", CALL) is Outcome.MET
    assert len(house.book()) == 2


@pytest.mark.parametrize(
    ("asset", "what", "others", "why"),
    [
        ("dor", "handle-firm", {}, "there is no asset 'dor'"),
        ("door", "handel-firm", {}, "nobody is asked for 'handel-firm' of 'door', did you mean"),
        ("garage", "hump-firm", {}, "nobody is asked for 'hump-firm'"),
        ("door", "handle-firm", {"at": NOON + 1.0}, "at lies in the future"),
        ("door", "handle-firm", {"passed": False, "failed": (3,)}, "the items 1 to 2, and no 3"),
        ("door", "handle-firm", {"failed": (2,)}, "item 2 failed: then the whole did not pass"),
        ("lift", "alarm-battery", {}, "tell how long it lasted: it has to be longer than 60 min"),
        ("lift", "reversal", {"lasted": 5.0}, "how long it lasted is not asked of reversal"),
        ("lift", "maintenance", {"passed": False}, "is a record of what was done"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_written(
    house: House, asset: str, what: str, others: dict[str, Any], why: str
) -> None:
    assert why in house.answer(asset, what, **others)
    assert house.book() == []
    assert house.pipeline.records.latest == {}


def test_a_failed_inspection_is_a_ticket_although_the_sensors_are_content(house: House) -> None:
    house.tell(input6=True)
    house.answer("bottle", "inspection")
    assert house.outcome("bottle", "extinguisher.inspected") is Outcome.MET
    house.wait(DAY)
    house.answer("bottle", "inspection", passed=False, failed=(3,))
    assert house.outcome("bottle", "extinguisher.inspected") is Outcome.VIOLATED
    assert ("bottle", "extinguisher.inspected", "open") in house.tickets()


def test_what_was_done_is_recorded_and_every_answer_is_in_the_audit(house: House) -> None:
    assert house.answer("lift", "maintenance", note="oiled") == ""
    assert house.outcome("lift", "lift.maintained") is Outcome.MET
    (act,) = house.database.connection.execute("SELECT who, what, subject FROM audit").fetchall()
    assert act == ("li", "AnswerTask", "lift/maintenance")


def test_a_replay_of_the_file_hears_the_same_answers(house: House) -> None:
    house.tell(input1=False)
    house.answer("lift", "alarm-call", note="answered by Wang")
    house.now += 60.0
    house.answer("lift", "reversal", passed=False, failed=(1,))
    house.answer("door", "handle-firm")
    house.now += 60.0
    house.tell(input1=True)
    lived, outcomes = house.book(), {key: check.outcome for key, check in house.pipeline.panel.checks.items()}
    recording = open_recording(house.file, house.estate)
    done = replay(house.estate, recording, NOON, house.now)
    recording.close()
    told = [(each.kind, each.outcome, each.started_by, each.ended_at, each.remark) for each in done.entries]
    assert told == [(each.kind, each.outcome, each.started_by, each.ended_at, each.remark) for each in lived]
    assert done.unheeded == 0
    asked = [("lift", CALL), ("lift", "lift.door-reopening-proven"), ("door", HANDLE)]
    assert [done.pipeline.panel.checks[key].outcome for key in asked] == [outcomes[key] for key in asked]
