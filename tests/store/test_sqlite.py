"""The database on a real file: all of a tick or nothing, and what a file from before, after or elsewhere means."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.alarms.alarm import Alarm, Phase
from gateway.changes import AuditEntry, Changes, HistoryBlock
from gateway.errors import StoreError
from gateway.estate import Estate
from gateway.model import BadReading, Event, Priority, Reading
from gateway.standards.verdict import Outcome
from gateway.store import migrations as schema
from gateway.store import outbox
from gateway.store.history import forget
from gateway.store.sqlite import KEPT_CLOSED_TICKETS, KEPT_RECEIPTS, Database
from gateway.tickets.ticket import Ticket, TicketState
from tests.looks import audit_broken_at, deliveries, history
from tests.story import NOON, Plan

ALARM = Alarm("ext", "low", Outcome.VIOLATED, Phase.ACTIVE, NOON, NOON, occurrences=2, recent=(1.0, 2.0))
TICKET = Ticket(1, "ext", "low", Priority.P1, TicketState.OPEN, NOON).with_entry(NOON, "gateway", "opened", "0.9 兆帕")


def make_estate(*points: str) -> Estate:
    plan = Plan({})
    plan.asset("ext", "ext", list(points))
    return plan.estate()


ESTATE = make_estate("pressure", "temperature")
PRESSURE = ESTATE.points.index("ext-device/pressure")


def row(point: int, at: float, reading: Reading) -> HistoryBlock:
    return HistoryBlock(at, (point,), (reading,))


def event(sequence: int) -> Event:
    return Event("test-site", sequence, "touchpoint.ticket.opened.v1", "ticket/1", NOON + sequence, {"n": sequence})


def seen(second: float, reading: Reading, point: int = PRESSURE) -> HistoryBlock:
    """What the history keeps of one reading, ``second`` seconds after noon."""
    return HistoryBlock(NOON + second, [point], [reading])


def a_bit_of_all(sequence: int = 1) -> Changes:
    return Changes(
        history=[row(PRESSURE, NOON, 0.9), row(PRESSURE, NOON + 1, BadReading("stale"))],
        alarms={ALARM.key: ALARM}, tickets={1: TICKET}, events=[event(sequence)], outbox=[("log", event(sequence))],
        memories={PRESSURE: {"since": 4.0}}, audit=[AuditEntry(NOON, "li", "TakeTicket", "ticket/1", {"ticket": 1})],
        receipt_keys=["topic#1"],
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(path, ESTATE)
    yield opened
    opened.close()


def count(database: Database, table: str) -> int:
    row = database.connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # names of this file
    return int(row[0])


# --- the file


def test_an_empty_file_is_brought_up_to_date_and_is_safe_against_power_cuts(database: Database) -> None:
    ask = database.connection.execute
    assert ask("PRAGMA user_version").fetchone()[0] == schema.migrations()[-1][0]
    assert ask("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert ask("PRAGMA synchronous").fetchone()[0] == 2


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [number for number, _ in schema.migrations()] == list(range(1, len(schema.migrations()) + 1))


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="has version 999; this program knows"):
        Database(path, ESTATE)
    with sqlite3.connect(path) as after:
        assert after.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0


def test_what_is_no_database_is_refused_with_its_name(path: Path) -> None:
    path.write_bytes(b"no database at all, whatever its name says " * 50)
    with pytest.raises(StoreError, match=r"gateway\.db: file is not a database"):
        Database(path, ESTATE)
    assert path.read_bytes().startswith(b"no database")


def test_a_migration_that_fails_leaves_the_version_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path, ESTATE).close()
    last = schema.migrations()[-1][0]
    broken = [*schema.migrations(), (last + 1, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1);")]
    monkeypatch.setattr(schema, "migrations", lambda: broken)
    with pytest.raises(StoreError, match="nowhere"):
        Database(path, ESTATE)
    with sqlite3.connect(path) as after:
        assert after.execute("PRAGMA user_version").fetchone()[0] == last
        assert after.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").fetchone()[0] == 0


# --- one transaction, and what comes back


def test_a_new_site_has_no_past(database: Database) -> None:
    saved = database.load(NOON)
    assert (saved.alarms, saved.tickets, saved.last_ticket, saved.last_event) == ([], [], 0, 0)
    assert (saved.memories, saved.receipt_keys, saved.listened_until) == ({}, [], None)


def test_all_that_was_committed_comes_back(database: Database, path: Path) -> None:
    database.commit(a_bit_of_all())
    second = Database(path, ESTATE)  # as after a kill: the first one was never closed
    saved = second.load(NOON)
    assert (saved.alarms, saved.tickets, saved.last_ticket, saved.last_event) == ([ALARM], [TICKET], 1, 1)
    assert (saved.memories, saved.receipt_keys) == ({PRESSURE: {"since": 4.0}}, ["topic#1"])
    assert saved.listened_until == NOON + 1
    assert history(second, PRESSURE, NOON, NOON + 9) == [(NOON, 0.9, None), (NOON + 1, None, "stale")]
    assert audit_broken_at(second.connection) is None
    second.connection.close()


def test_what_is_committed_again_takes_the_place_of_what_was(database: Database) -> None:
    database.commit(a_bit_of_all())
    closed = replace(TICKET, state=TicketState.CLOSED, closed_at=NOON + 60)
    calm = replace(ALARM, phase=Phase.NORMAL)
    database.commit(Changes(alarms={calm.key: calm}, tickets={1: closed}, memories={PRESSURE: None}))
    saved = database.load(NOON + 61)
    assert (saved.alarms, saved.tickets, saved.memories) == ([calm], [closed], {PRESSURE: None})


@pytest.mark.parametrize(
    "spoilt",
    [
        Changes(alarms={ALARM.key: replace(ALARM, suppressed_by=object())}),  # type: ignore[arg-type]  # unstorable
        Changes(tickets={2: replace(TICKET, id=2)}),
        Changes(events=[event(1), event(2)]),
        Changes(outbox=[("log", event(1))]),
        Changes(history=[row(PRESSURE, NOON + 5, 1.0), row(PRESSURE, NOON + 6, object())]),  # type: ignore[arg-type]  # unstorable
        Changes(audit=[AuditEntry(NOON, "li", "x", "y", {}), AuditEntry(NOON, "li", "x", object())]),  # type: ignore[arg-type]  # unstorable
    ],
    ids=["alarm", "second open ticket", "event twice", "delivery twice", "history", "audit"],
)
def test_an_error_in_the_middle_writes_nothing_of_it(database: Database, spoilt: Changes) -> None:
    database.commit(a_bit_of_all())
    tables = ("points", "history", "alarms", "tickets", "events", "outbox", "memories", "audit", "receipts")
    before = [count(database, table) for table in tables]
    whole = Changes(history=[row(PRESSURE, NOON + 3, 1.0)], events=[event(9)], receipt_keys=["k"])
    whole.absorb(spoilt)
    with pytest.raises((sqlite3.Error, TypeError)):
        database.commit(whole)
    assert [count(database, table) for table in tables] == before
    database.commit(Changes(events=[event(2)], audit=[AuditEntry(NOON, "li", "x", "y")]))
    assert audit_broken_at(database.connection) is None


def test_a_locked_file_loses_nothing_and_takes_the_changes_later(database: Database, path: Path) -> None:
    database.connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        database.commit(a_bit_of_all())
    other.close()
    database.commit(a_bit_of_all())
    assert database.load(NOON).tickets == [TICKET]


def test_the_file_itself_refuses_a_second_open_ticket(database: Database) -> None:
    database.commit(Changes(tickets={1: replace(TICKET, state=TicketState.CLOSED, closed_at=NOON)}))
    database.commit(Changes(tickets={2: replace(TICKET, id=2)}))
    with pytest.raises(sqlite3.IntegrityError):
        database.commit(Changes(tickets={3: replace(TICKET, id=3, state=TicketState.TAKEN)}))


def test_tickets_closed_long_ago_stay_in_the_file_and_their_numbers_are_not_used_again(database: Database) -> None:
    database.commit(Changes(tickets={5: replace(TICKET, id=5, state=TicketState.CLOSED, closed_at=NOON)}))
    assert [each.id for each in database.load(NOON + KEPT_CLOSED_TICKETS - 1).tickets] == [5]
    later = database.load(NOON + KEPT_CLOSED_TICKETS + 1)
    assert (later.tickets, later.last_ticket) == ([], 5)


# --- points and history


def test_points_keep_their_rows_whatever_the_site_file_becomes(path: Path) -> None:
    first = Database(path, ESTATE)
    first.commit(Changes(history=[row(PRESSURE, NOON, 0.9)], memories={PRESSURE: {"n": 1}}))
    first.close()
    changed = make_estate("humidity", "temperature", "pressure")
    moved = changed.points.index("ext-device/pressure")
    assert moved != PRESSURE
    second = Database(path, changed)
    assert history(second, moved, NOON, NOON + 1) == [(NOON, 0.9, None)]
    assert second.load(NOON).memories == {moved: {"n": 1}}
    second.close()
    third = Database(path, make_estate("temperature"))
    assert third.load(NOON).memories == {}, "a point that is gone takes its memory with it"
    third.close()


@pytest.mark.parametrize("value", [True, False, 0, 7, -1.5, 1e300, "normal", "门", ""])
def test_every_sort_of_value_is_kept(database: Database, value: Reading) -> None:
    database.commit(Changes(history=[row(PRESSURE, NOON, value)]))
    assert history(database, PRESSURE, NOON, NOON + 1) == [(NOON, value, None)]


def test_any_number_of_readings_is_kept_the_bad_among_them_too(database: Database) -> None:
    readings = [BadReading("stale") if number % 7 == 0 else number for number in range(200)]
    blocks = [HistoryBlock(NOON + 1, [PRESSURE, PRESSURE + 1], [1.5, BadReading("no-answer")])]
    blocks += [seen(10 + number, reading) for number, reading in enumerate(readings)]
    database.commit(Changes(history=blocks))
    assert history(database, PRESSURE + 1, NOON, NOON + 9) == [(NOON + 1, None, "no-answer")]
    kept = history(database, PRESSURE, NOON + 10, NOON + 999)
    assert [(value, bad) for _, value, bad in kept] == [
        (None, "stale") if isinstance(each, BadReading) else (each, None) for each in readings
    ]


def test_a_counter_of_64_bits_without_sign_stops_nothing(database: Database) -> None:
    database.commit(Changes(history=[seen(0, 5), seen(1, 2**64 - 1), seen(2, BadReading("stale")), seen(3, True)]))
    kept = history(database, PRESSURE, NOON, NOON + 9)
    assert [value for _, value, _ in kept] == [5, float(2**64 - 1), None, 1]


def test_old_history_goes_a_few_rows_at_a_time_oldest_first(database: Database) -> None:
    database.commit(Changes(history=[row(PRESSURE, NOON + at, at) for at in range(10)]))
    assert forget(database.connection, NOON + 5, 3) == 3
    assert [value for _, value, _ in history(database, PRESSURE, NOON, NOON + 99)] == [3, 4, 5, 6, 7, 8, 9]
    assert [forget(database.connection, NOON + 5, 3), forget(database.connection, NOON + 5, 3)] == [2, 0]


def test_old_events_go_only_once_everybody_has_them(database: Database) -> None:
    events = [event(number) for number in (1, 2, 3)]
    database.commit(Changes(events=events, outbox=[("log", events[0]), ("web", events[0]), ("log", events[1])]))
    database.outbox_set([row.id for row in database.outbox_due("log", NOON, 9)], "delivered")
    assert outbox.forget(database.connection, NOON + 86400, 99) == 3, (
        "two deliveries and the event that nothing waits for"
    )
    left = database.connection.execute("SELECT sequence FROM events ORDER BY 1").fetchall()
    assert left == [(1,), (3,)], "one still waits for the web, and the newest keeps the count"
    assert len(database.outbox_due("web", NOON, 9)) == 1


# --- outbox, receipts, audit


def test_deliveries_come_in_order_and_only_to_their_output(database: Database) -> None:
    events = [event(number) for number in (1, 2, 3)]
    database.commit(Changes(events=events, outbox=[*[("log", each) for each in events], ("web", events[0])]))
    rows = database.outbox_due("log", NOON, 2)
    assert [row.key for row in rows] == ["test-site-0000000001", "test-site-0000000002"]
    assert '"type":"touchpoint.ticket.opened.v1"' in rows[0].event_json
    assert len(database.outbox_due("web", NOON, 9)) == 1
    database.outbox_set([rows[0].id, rows[1].id], "delivered")
    assert [row.key[-1] for row in database.outbox_due("log", NOON, 9)] == ["3"]
    assert deliveries(database.connection, database.site) == {
        ("log", "delivered"): 2,
        ("log", "waiting"): 1,
        ("web", "waiting"): 1,
    }


def test_a_postponed_delivery_holds_back_those_behind_it(database: Database) -> None:
    database.commit(Changes(events=[event(1), event(2)], outbox=[("log", event(1)), ("log", event(2))]))
    first, second = database.outbox_due("log", NOON, 9)
    database.outbox_set([first.id], "waiting", NOON + 30, "503")
    assert database.outbox_due("log", NOON + 29, 9) == []
    assert [(row.id, row.tries) for row in database.outbox_due("log", NOON + 30, 9)] == [(first.id, 1), (second.id, 0)]


def test_nothing_waits_for_a_time_that_only_a_clock_that_was_lost_since_knows(database: Database) -> None:
    """Postponed at noon; the box loses its clock in a power cut, and goes on from the last that it wrote down: 7:00."""
    database.commit(Changes(events=[event(1)], outbox=[("log", event(1))]))
    (first,) = database.outbox_due("log", NOON, 9)
    database.outbox_set([first.id], "waiting", NOON + 30, "503")
    assert database.outbox_due("log", NOON, 9) == []
    assert [row.id for row in database.outbox_due("log", NOON - 5 * 3600.0, 9)] == [first.id]


def test_what_is_set_aside_stays_aside_and_lets_the_others_pass(database: Database) -> None:
    database.commit(Changes(events=[event(1), event(2)], outbox=[("log", event(1)), ("log", event(2))]))
    first, second = database.outbox_due("log", NOON, 9)
    database.outbox_set([first.id], "set-aside", 0.0, "400 " + "x" * 900)
    database.outbox_set([first.id], "delivered")
    assert [row.id for row in database.outbox_due("log", NOON, 9)] == [second.id]
    state, error = database.connection.execute("SELECT state, error FROM outbox WHERE id = ?", (first.id,)).fetchone()
    assert (state, len(error)) == ("set-aside", 500)


def test_only_the_latest_receipts_are_kept(database: Database) -> None:
    for start in range(0, KEPT_RECEIPTS + 500, 500):
        database.commit(Changes(receipt_keys=[str(number) for number in range(start, start + 500)]))
    keys = database.load(NOON).receipt_keys
    assert (len(keys), keys[0], keys[-1]) == (KEPT_RECEIPTS, "500", str(KEPT_RECEIPTS + 499))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit SET who = 'wei' WHERE sequence = 3", 3),
        ("UPDATE audit SET data = replace(data, '2', '3') WHERE sequence = 2", 2),
        ("DELETE FROM audit WHERE sequence = 4", 5),
        ("DELETE FROM audit WHERE sequence = 1", 2),
    ],
)
def test_tampering_with_the_audit_is_noticed(database: Database, statement: str, expected: int) -> None:
    for number in range(6):
        database.commit(Changes(audit=[AuditEntry(NOON, "li", "NoteTicket", "ticket/1", {"n": number + 1})]))
    assert audit_broken_at(database.connection) is None
    database.connection.execute(statement)
    assert audit_broken_at(database.connection) == expected


def test_the_chain_goes_on_over_a_restart(database: Database, path: Path) -> None:
    database.commit(a_bit_of_all())
    again = Database(path, ESTATE)
    again.commit(Changes(audit=[AuditEntry(NOON, "wei", "NoteTicket", "ticket/1", {})]))
    assert (audit_broken_at(again.connection), count(again, "audit")) == (None, 2)
    again.connection.close()
