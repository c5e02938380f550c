"""Tables that people read at a terminal: a name is there to be copied, and a text to be read."""

from __future__ import annotations

from collections import Counter
from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


WORDS = st.lists(st.text("abc-", min_size=1, max_size=25), min_size=1, max_size=4).map(" ".join)
ROWS = st.integers(1, 7).flatmap(lambda count: st.lists(st.lists(WORDS, min_size=count, max_size=count), min_size=1))


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_no_character_is_lost_for_want_of_room(rows: list[list[str]]) -> None:
    told = StringIO()
    with redirect_stdout(told):
        table(["x"] * len(rows[0]), rows, "")
    if sum(max(len(row[number]) for row in rows) + 2 for number in range(len(rows[0]) - 1)) < WIDTH - 2:
        letters = Counter("".join("".join(row) for row in rows).replace(" ", ""))
        assert Counter(told.getvalue().replace("x", "").replace(" ", "").replace("\n", "")) == letters
