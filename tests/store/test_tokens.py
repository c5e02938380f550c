"""Tokens in the file: kept with the row of the audit that tells of them, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.access.tokens import Scope, Token, digest
from gateway.changes import AuditEntry
from gateway.store import tokens
from gateway.store.backup import copy
from gateway.store.sqlite import Database
from tests.looks import audit_broken_at
from tests.story import NOON, Plan

LI = Token(0, "li", frozenset({Scope.TEST_RUN, Scope.READ}), digest("x" * 32), NOON, NOON + 60.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "gateway.db", Plan({}).estate())
    yield made
    made.close()


def audited(database: Database) -> list[tuple[str, str, str]]:
    return database.connection.execute("SELECT who, what, subject FROM audit ORDER BY sequence").fetchall()


def test_a_token_is_read_as_it_was_kept(database: Database) -> None:
    kept = database.add_token(LI, "root")
    assert kept == replace(LI, id=1)
    assert tokens.find(database.connection, database.site, 1) == kept
    tokens.used(database.connection, database.site, 1, NOON + 5.0)
    assert tokens.every(database.connection, database.site) == [replace(kept, last_used_at=NOON + 5.0)]
    assert audited(database) == [("root", "CreateToken", "token/1")]


def test_a_second_one_of_the_same_name_is_neither_kept_nor_told_of(database: Database) -> None:
    database.add_token(LI, "root")
    with pytest.raises(sqlite3.IntegrityError):
        database.add_token(replace(LI, digest=digest("y" * 32)), "root")
    assert [each.digest for each in tokens.every(database.connection, database.site)] == [LI.digest]
    assert len(audited(database)) == 1
    database.add_token(replace(LI, name="wang"), "root")
    assert [each.id for each in tokens.every(database.connection, database.site)] == [1, 2]
    assert audit_broken_at(database.connection) is None


def test_it_can_only_be_ended_and_its_end_is_told_of(database: Database) -> None:
    kept = database.add_token(LI, "root")
    wider = replace(kept, scopes=frozenset(Scope), expires_at=NOON * 2, revoked_at=NOON + 9.0)
    database.write_down(AuditEntry(NOON + 9.0, "root", "RevokeToken", "token/1", {}), wider)
    assert tokens.find(database.connection, database.site, 1) == replace(kept, revoked_at=NOON + 9.0)
    assert [what for _, what, _ in audited(database)] == ["CreateToken", "RevokeToken"]
    assert audit_broken_at(database.connection) is None


def test_one_without_a_name_is_called_by_its_number(database: Database) -> None:
    assert [database.add_token(replace(LI, name=""), "root").name for _ in range(2)] == ["token 1", "token 2"]


def test_a_copy_of_the_file_admits_nobody_and_an_upgrade_keeps_everybody(database: Database, tmp_path: Path) -> None:
    database.add_token(LI, "root")
    copy(tmp_path / "gateway.db", tmp_path / "copy.db")
    copy(tmp_path / "gateway.db", tmp_path / "before-upgrade.db", tokens=True)
    assert LI.digest.encode() not in (tmp_path / "copy.db").read_bytes()
    assert LI.digest.encode() in (tmp_path / "before-upgrade.db").read_bytes()
    restored = Database(tmp_path / "copy.db", Plan({}).estate())
    (left,) = tokens.every(restored.connection, restored.site)
    assert (left.id, left.name, left.digest) == (1, "li", "")
    assert left.expires_at <= left.created_at
    restored.close()
