"""The audit's hash chain: one changed byte, one row too few, one row too many is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.store.audit import BEGINNING, AuditRow, broken_at, canonical, chained


def chain(length: int) -> list[AuditRow]:
    rows, before = [], BEGINNING
    for number in range(1, length + 1):
        rows.append(chained(before, (number, "s", 1.0 * number, "li", "TakeTicket", "ticket/1", canonical({"n": 1}))))
        before = rows[-1].hash
    return rows


def test_an_untouched_chain_holds() -> None:
    assert broken_at(chain(20)) is None
    assert broken_at([]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("at", 5.5), ("who", "wei"), ("what", "NoteTicket"), ("subject", "ticket/2"), ("data", "{}"), ("site", "t"),
     ("hash", "f" * 64)],
)  # fmt: skip
def test_any_changed_field_is_noticed(field: str, value: Any) -> None:
    rows = chain(9)
    rows[4] = rows[4]._replace(**{field: value})
    assert broken_at(rows) == 5


@pytest.mark.parametrize("gone", [0, 3, 7])
def test_a_missing_row_is_noticed(gone: int) -> None:
    rows = chain(9)
    del rows[gone]
    assert broken_at(rows) == gone + 2


def test_rows_rehashed_after_a_deletion_are_noticed_by_their_numbers() -> None:
    first, _, third, *_ = chain(3)
    assert broken_at([first, chained(first.hash, third[:7])]) == 3


def test_data_is_written_in_one_way() -> None:
    assert canonical({"b": 1, "a": "门"}) == canonical(dict([("a", "门"), ("b", 1)])) == '{"a":"门","b":1}'
