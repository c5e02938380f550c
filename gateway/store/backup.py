"""Copies a database while the gateway writes to it, and proves the copy and its two hash chains."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from gateway.errors import GatewayError
from gateway.store import audit, log_book

COPY = 0x74706370
"""SQLite's application_id of a copy, until a gateway goes on from it."""
PASSED_OVER = 1_000_000


class BackupError(GatewayError):
    """There is no good copy; the message says why. What was there before is untouched."""


def copy(database: Path, target: Path, tokens: bool = False) -> int:
    """A copy of ``database`` as of one moment, proven sound, for its owner only; returns its size in bytes.

    Its ``tokens`` admit nobody unless they are asked for: a copy travels farther than the box.
    """
    if target.exists():
        raise BackupError(f"{target} is there already")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_readable(database)) as source, closing(sqlite3.connect(part)) as made:
            # A reader keeps nobody from writing; without one every commit meanwhile would have it begin anew, for ever.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(made)
            if not tokens:
                _forget_tokens(made)
            made.execute(f"PRAGMA application_id = {COPY}")
            _prove(made)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"{database} could not be copied to {target}: {error}") from error
    return target.stat().st_size


def _readable(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True)


def _forget_tokens(made: sqlite3.Connection) -> None:
    """Their names and numbers stay, their digests are gone, also from the file's free pages."""
    if made.execute("SELECT count(*) FROM sqlite_master WHERE name = 'tokens'").fetchone()[0]:
        made.execute("PRAGMA secure_delete = ON")
        made.execute("UPDATE tokens SET hash = '', expires_at = created_at")
        made.commit()


def _prove(made: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError when the copy, or the audit in it, is damaged."""
    made.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    (told,) = made.execute("PRAGMA integrity_check(1)").fetchone()
    if told != "ok":
        raise sqlite3.DatabaseError(told)
    rows = made.execute("SELECT sequence, site, at, who, what, subject, data, hash FROM audit ORDER BY sequence")
    if broken := audit.broken_at(audit.AuditRow(*row) for row in rows):
        raise sqlite3.DatabaseError(f"the audit's chain is broken at row {broken}")
    if log_book.is_kept(made) and (broken := log_book.broken_at(made)):
        raise sqlite3.DatabaseError(f"the log book's chain is broken at line {broken}")


def is_copy(connection: sqlite3.Connection) -> bool:
    """Whether nothing was told since it was made."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == COPY)


def go_on(connection: sqlite3.Connection) -> None:
    """From now on it is a database like any other. Without a transaction of its own."""
    connection.execute("PRAGMA application_id = 0")


def last_number(last: int, now: float) -> int:
    """The number after which the events are counted of a gateway that goes on from a copy, whose last is ``last``.

    What came after the copy was made had the next ones, and whoever got them takes an event of the same key for the
    same. How many those were nobody knows, and a copy may be gone on from twice: fewer than one a second in all.
    """
    return max(last + PASSED_OVER, int(now))


def keep_before_upgrade(database: Path, have: int, becomes: int) -> None:
    """A copy beside a database that is about to be brought from version ``have`` to ``becomes``; none if it is new.

    One that an earlier upgrade left, after which somebody went back, gives way to it, unless it is of this very state.
    """
    kept = database.with_name(f"{database.name}.version-{have}")
    if 0 < have < becomes and not (kept.exists() and _last(kept) == _last(database)):
        fresh = kept.with_name(f"{kept.name}.fresh")
        fresh.unlink(missing_ok=True)
        copy(database, fresh, tokens=True)
        fresh.replace(kept)


def _last(database: Path) -> tuple[int, int] | None:
    """The numbers of the last event and of the last row of the audit; None where they cannot be read."""
    try:
        with closing(_readable(database)) as file:
            found = file.execute("SELECT (SELECT max(sequence) FROM events), (SELECT max(sequence) FROM audit)")
            events, audited = found.fetchone()
    except sqlite3.Error:
        return None
    return events or 0, audited or 0
