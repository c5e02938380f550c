"""A copy of a database that is being written to: whole, sound, for its owner only; and what is no copy."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from gateway.changes import Changes
from gateway.pipeline import Pipeline
from gateway.store import migrations as schema
from gateway.store.backup import PASSED_OVER, BackupError, copy, keep_before_upgrade
from gateway.store.migrations import migrations
from gateway.store.sqlite import Database
from tests.looks import audit_broken_at
from tests.store.test_sqlite import ESTATE, a_bit_of_all
from tests.story import NOON


def counts(path: Path) -> list[int]:
    """Rows of what one tick writes together."""
    database = sqlite3.connect(path)
    found = [
        database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("events", "audit", "outbox")
    ]
    database.close()
    return found


def start(path: Path, now: float) -> int:
    """A gateway begins on that file; the number of the first event that it tells."""
    database = Database(path, ESTATE)
    changes, _ = Pipeline(ESTATE, database.load(now), now).tick([], [], now)
    database.commit(changes)
    database.close()
    return int(changes.events[0].id.rpartition("-")[2])


def test_a_copy_while_the_gateway_writes_is_of_one_moment(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db", ESTATE)
    written, enough = 0, threading.Event()

    def write() -> None:
        nonlocal written
        while not enough.is_set():
            written += 1
            database.commit(a_bit_of_all(written))

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(20):
            copy(tmp_path / "gateway.db", tmp_path / f"{number}.db")
    finally:
        enough.set()
        writing.join()
    database.close()
    copies = [counts(tmp_path / f"{number}.db") for number in range(20)]
    assert all(len({*each}) == 1 for each in copies), "each tick is whole in it, or not in it"
    assert copies == sorted(copies)
    assert 0 < copies[-1][0] <= written


def test_a_large_database_that_is_written_to_without_end_is_copied_all_the_same(tmp_path: Path) -> None:
    database, enough = Database(tmp_path / "gateway.db", ESTATE), threading.Event()
    database.connection.execute("CREATE TABLE filler (body BLOB)")
    database.connection.executemany("INSERT INTO filler VALUES (zeroblob(?))", [(4000,)] * 20_000)

    def write() -> None:
        written = 0
        while not enough.wait(0.001):
            written += 1
            database.commit(a_bit_of_all(written))

    writing = threading.Thread(target=write)
    copying = threading.Thread(target=copy, args=(tmp_path / "gateway.db", tmp_path / "copy.db"))
    writing.start()
    copying.start()
    copying.join(60)
    is_done = not copying.is_alive()
    enough.set()
    writing.join()
    copying.join()
    database.close()
    assert is_done, "80 MB are copied in a second or two when no commit makes it begin anew"
    assert len({*counts(tmp_path / "copy.db")}) == 1


def test_a_copy_takes_the_place_of_the_database(tmp_path: Path) -> None:
    database = Database(tmp_path / "gateway.db", ESTATE)
    database.commit(a_bit_of_all())
    size = copy(tmp_path / "gateway.db", tmp_path / "copy.db")
    database.commit(a_bit_of_all(2))
    database.close()
    assert size == (tmp_path / "copy.db").stat().st_size
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    restored = Database(tmp_path / "copy.db", ESTATE)
    saved = restored.load(NOON)
    assert [saved.last_ticket, saved.last_event, audit_broken_at(restored.connection)] == [1, int(NOON), None]
    restored.commit(a_bit_of_all(2))
    restored.close()


def test_what_goes_on_from_a_copy_gives_no_event_the_key_of_one_that_came_after_the_copy(tmp_path: Path) -> None:
    """A receiver that has had the second event takes whatever else comes under its key for the same."""
    Database(path := tmp_path / "gateway.db", ESTATE).close()
    copy(path, tmp_path / "copy.db")
    numbers = [start(path, NOON + 60.0)]
    for moment in (120.0, 180.0, 3600.0):  # the third does not like what it sees, and puts the same copy back
        if moment != 180.0:
            shutil.copy(tmp_path / "copy.db", path)
        numbers.append(start(path, NOON + moment))
    assert numbers[:2] == [1, int(NOON) + 121]
    assert numbers[1] < numbers[2] < numbers[1] + 9, "passed over once"
    assert numbers[3] == int(NOON) + 3601
    shutil.copy(tmp_path / "copy.db", path)
    assert start(path, 100.0) == PASSED_OVER + 1, "the clock lost its battery"


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    Database(tmp_path / "gateway.db", ESTATE).close()
    (tmp_path / "copy.db").write_text("dear")
    with pytest.raises(BackupError, match="is there already"):
        copy(tmp_path / "gateway.db", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "dear"


@pytest.mark.parametrize("harm", ["audit", "page", "gone", "text"])
def test_what_is_not_sound_is_no_backup(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "gateway.db"
    database = Database(path, ESTATE)
    for number in range(1, 200):
        database.commit(a_bit_of_all(number))
    database.close()
    if harm == "audit":
        connection = sqlite3.connect(path)
        connection.execute("UPDATE audit SET who = 'somebody' WHERE sequence = 7")
        connection.commit()
        connection.close()
    elif harm == "page":
        written = bytearray(path.read_bytes())
        for at in range(4096 + 100, len(written), 4096):
            written[at : at + 60] = b"x" * 60
        path.write_bytes(written)
    elif harm == "gone":
        path.unlink()
    else:
        path.write_text("no database at all, " * 400)
    with pytest.raises(BackupError, match="could not be copied"):
        copy(path, tmp_path / "copy.db")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("copy")] == []


def test_before_an_upgrade_the_old_database_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gateway.db"
    database = Database(path, ESTATE)
    database.commit(a_bit_of_all())
    database.close()
    latest = migrations()[-1][0]
    assert not list(tmp_path.glob("*.version-*")), "a new database is no upgrade"
    steps = [*migrations(), (latest + 1, "CREATE TABLE later (id INTEGER);")]
    monkeypatch.setattr(schema, "migrations", lambda: steps)
    newer = Database(path, ESTATE)
    newer.commit(Changes())
    newer.close()
    assert counts(tmp_path / f"gateway.db.version-{latest}") == counts(path)
    old = sqlite3.connect(tmp_path / f"gateway.db.version-{latest}")
    assert old.execute("PRAGMA user_version").fetchone() == (latest,)
    old.close()


def test_who_went_back_and_upgrades_again_goes_back_to_what_was_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upgraded, not liked, the kept copy put back; a month later upgraded again, and again not liked."""
    path, latest = tmp_path / "gateway.db", migrations()[-1][0]
    kept, old, new = tmp_path / f"gateway.db.version-{latest}", migrations(), [*migrations(), (latest + 1, "")]
    Database(path, ESTATE).close()
    for number in (1, 2):
        monkeypatch.setattr(schema, "migrations", lambda: old)
        database = Database(path, ESTATE)
        database.commit(a_bit_of_all(number))
        database.close()
        monkeypatch.setattr(schema, "migrations", lambda: new)
        Database(path, ESTATE).close()
        assert counts(kept) == [number] * 3
        shutil.copy(kept, path)


def test_an_upgrade_that_is_tried_again_keeps_the_copy_that_it_made(tmp_path: Path) -> None:
    """A disk is not worn by a copy at each of many starts that come no further."""
    path, latest = tmp_path / "gateway.db", migrations()[-1][0]
    database = Database(path, ESTATE)
    database.commit(a_bit_of_all())
    database.close()
    made = set()
    for _ in range(3):
        keep_before_upgrade(path, latest, latest + 1)
        made.add((tmp_path / f"gateway.db.version-{latest}").stat().st_ino)
    assert len(made) == 1
    assert [each.name for each in tmp_path.glob("*.version-*")] == [f"gateway.db.version-{latest}"]
