"""Tables that people read at a terminal: a name is there to be copied, and a text to be read."""

from __future__ import annotations

import pytest

from gateway.commands.show import WIDTH, table

PLACE, ASSET = "Building 3, floor 10 cabinet", "extinguisher-corridor-4 inspection"


def test_a_last_column_without_room_takes_it_from_the_column_that_breaks_no_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = ["due", "2026-11-30", "2026-12-31", PLACE, ASSET, "inspection of the extinguisher"]
    table(["state", "due", "deadline", "place", "asset, what", ""], [row], "")
    told = capsys.readouterr().out
    assert ASSET in told
    assert "inspection of the" in told, "the last column was three characters wide"
    assert PLACE not in told
    assert all(len(line) <= WIDTH for line in told.splitlines())


def test_columns_with_room_enough_fold_nothing_but_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    table(["place", "why"], [[PLACE, "word " * 30]], "")
    head, first, *more = capsys.readouterr().out.splitlines()
    assert (head.split(), PLACE in first, len(more)) == (["place", "why"], True, 2)


def test_nothing_is_told_as_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    table(["a", "b"], [], "nothing is to be done")
    assert capsys.readouterr().out == "nothing is to be done\n"
