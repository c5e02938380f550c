"""A gateway's file as a recording: what is read back, and what is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.actions import AddRecord, StartTest
from gateway.changes import AuditEntry, Changes, HistoryBlock
from gateway.errors import StoreError
from gateway.model import BadReading, Event
from gateway.recordings import open_recording
from gateway.recordings.database import FIRST_READ_WITHIN, DatabaseRecording, read_back
from gateway.recordings.recording import Row
from gateway.store.rows import history_row
from gateway.store.sqlite import Database
from tests.story import NOON, Plan, clause


def make_plan() -> Plan:
    plan = Plan({"ext.low": clause("ext", {"point": "pressure", "at_least": "1 MPa"})})
    plan.asset("ext", "ext", ["pressure"])
    return plan


ESTATE = make_plan().estate()
PRESSURE = ESTATE.devices["ext-device"].point_ids["pressure"]
ANSWERS = ESTATE.devices["ext-device"].answers_id


def started(number: int, at: float) -> Event:
    return Event("test-site", number, "touchpoint.gateway.started.v1", "gateway", at)


def write(path: Path, *changes: Changes) -> Path:
    database = Database(path, ESTATE)
    for each in changes:
        database.commit(each)
    database.close()
    return path


def block(at: float, point: int, reading: object) -> Changes:
    return Changes(history=[HistoryBlock(at, [point], [reading])])  # type: ignore[list-item]  # any reading


@pytest.mark.parametrize(
    "bad", [BadReading("stale"), BadReading("no-answer", "after (two) tries"), BadReading("a", "b\nc")]
)
def test_a_bad_reading_comes_back_with_its_reason(bad: BadReading) -> None:
    _, _, value, written = history_row(1, NOON, bad)
    assert read_back(value, written, "boolean") == bad


def test_rows_come_in_order_with_their_types(tmp_path: Path) -> None:
    changes = [block(NOON + 5, PRESSURE, 1), block(NOON, ANSWERS, True), block(NOON + 9, ANSWERS, BadReading("stale"))]
    recording = open_recording(write(tmp_path / "gateway.db", *changes), ESTATE)
    assert isinstance(recording, DatabaseRecording)
    rows = list(recording.rows(NOON, NOON + 9))
    assert rows == [Row(NOON, ANSWERS, True), Row(NOON + 5, PRESSURE, 1), Row(NOON + 9, ANSWERS, BadReading("stale"))]
    assert rows[0].reading is True
    assert (recording.first, recording.last, recording.count(NOON, NOON + 5)) == (NOON, NOON + 9, 2)
    recording.close()


def test_a_part_begins_with_what_was_known_since_the_last_start(tmp_path: Path) -> None:
    changes = [
        Changes(events=[started(1, NOON - 2)]), block(NOON, PRESSURE, 1.2), block(NOON + 1, ANSWERS, True),
        Changes(events=[started(2, NOON + 50)]), block(NOON + 51, ANSWERS, True), block(NOON + 99, ANSWERS, False),
    ]  # fmt: skip
    recording = open_recording(write(tmp_path / "gateway.db", *changes), ESTATE)
    assert recording.first == NOON - 2
    known = [Row(NOON + 10, PRESSURE, 1.2), Row(NOON + 10, ANSWERS, True)]
    assert list(recording.rows(NOON + 10, NOON + 20)) == known
    assert list(recording.rows(NOON + 60, NOON + 70)) == [Row(NOON + 60, ANSWERS, True)]
    assert recording.starts(NOON - 9, NOON + 99) == [(NOON - 2, NOON - 2), (NOON + 50, NOON + 1)]


def test_a_start_long_before_the_first_reading_is_that_of_forgotten_history(tmp_path: Path) -> None:
    start = Changes(events=[started(1, NOON - FIRST_READ_WITHIN - 1)])
    path = write(tmp_path / "gateway.db", start, block(NOON, ANSWERS, True))
    assert open_recording(path, ESTATE).first == NOON


def test_acts_that_mean_nothing_here_are_left_out(tmp_path: Path) -> None:
    audit = [
        AuditEntry(NOON, "li", "Acknowledge", "ext/ext.low", {"asset": "ext", "clause": "ext.low"}),
        AuditEntry(NOON, "li", "TakeTicket", "ticket/7", {"ticket": 7}),
        AuditEntry(NOON, "li", "Dance", "floor", {}),
    ]
    path = write(tmp_path / "gateway.db", block(NOON, ANSWERS, True), Changes(audit=audit))
    (act,) = open_recording(path, ESTATE).acts(NOON, NOON)
    assert (act.at, act.action.who, act.about) == (NOON, "li", None)


def test_a_test_that_was_refused_and_attempts_without_the_right_are_no_acts(tmp_path: Path) -> None:
    asked = {"asset": "ext", "kind": "duration", "reason": "visit"}
    audit = [
        AuditEntry(NOON, "unknown", "Refused", "POST /api/v1/proof-tests", {"address": "127.0.0.1", "status": 401}),
        AuditEntry(NOON + 1, "li", "AskForTest", "ext", {"kind": "duration", "reason": "visit", "key": "1"}),
        AuditEntry(NOON + 2, "li", "StartTest", "ext", {**asked, "refused": "its mains are away"}),
        AuditEntry(NOON + 3, "li", "CreateToken", "token/1", {"name": "li", "scopes": ["test:run"]}),
        AuditEntry(NOON + 4, "li", "StartTest", "ext", asked),
    ]
    path = write(tmp_path / "gateway.db", block(NOON, ANSWERS, True), Changes(audit=audit))
    recording = open_recording(path, ESTATE)
    assert [(act.at, act.action) for act in recording.acts(0.0, NOON + 9)] == [
        (NOON + 4, StartTest("ext", "duration", "li", "visit"))
    ]


def test_a_file_of_another_site_or_version_or_none_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "gateway.db")
    with pytest.raises(StoreError, match="no reading is remembered"):
        open_recording(path, ESTATE)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE points SET site = 'elsewhere'")
    with pytest.raises(StoreError, match=r"nothing of test-site \(of: elsewhere\)"):
        open_recording(path, ESTATE)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="has version 99"):
        open_recording(path, ESTATE)
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(StoreError, match=r"gateway\.db"):
        open_recording(path, ESTATE)


def test_a_file_is_read_beside_the_gateway_that_writes_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db", ESTATE)
    database.commit(block(NOON, ANSWERS, True))
    recording = open_recording(tmp_path / "gateway.db", ESTATE)
    rows = recording.rows(NOON, NOON + 9)
    assert next(rows).at == NOON
    database.commit(block(NOON + 1, ANSWERS, False))
    assert list(rows) == [], "as it was when reading began"
    recording.close()
    database.close()


def test_what_was_recorded_before_a_part_is_known_in_it(tmp_path: Path) -> None:
    def told(at: float, inspected: float) -> AuditEntry:
        data = {"asset": "ext", "record": "inspection", "at": inspected, "note": ""}
        return AuditEntry(at, "li", "AddRecord", "ext/inspection", data)

    shelved = AuditEntry(NOON + 1, "li", "Unshelve", "ext/ext.low", {"asset": "ext", "clause": "ext.low"})
    changes = Changes(audit=[told(NOON, NOON - 60), shelved, told(NOON + 20, NOON + 15), told(NOON + 99, NOON)])
    recording = open_recording(write(tmp_path / "gateway.db", block(NOON, ANSWERS, True), changes), ESTATE)
    assert [(act.at, act.action) for act in recording.acts(NOON + 10, NOON + 50)] == [
        (NOON + 10, AddRecord("ext", "inspection", NOON - 60, "li")),
        (NOON + 20, AddRecord("ext", "inspection", NOON + 15, "li")),
    ]  # fmt: skip
