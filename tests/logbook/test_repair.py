"""The ticket of a failed test: which one it is, when it was cleared and by whom, and which test proved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.logbook.repair import repair
from gateway.model import Priority
from gateway.proof_tests.entry import Outcome
from gateway.store.log_book import Behind
from gateway.tickets.ticket import GATEWAY, Ticket, TicketState
from tests.logbook.book import CLAUSE, entry
from tests.story import NOON

HOUR = 3600.0
FAILED = entry(5, outcome=Outcome.FAILED, ended_at=NOON)
ABOUT = ("light-3f", CLAUSE)


def ticket(number: int, *log: tuple[float, str, str]) -> Ticket:
    """A ticket by what happened to it: hours after noon, who, what."""
    state = TicketState.CLOSED if log[-1][2] == "closed" else TicketState.OPEN
    made = Ticket(number, *ABOUT, Priority.P2, state, NOON + log[0][0] * HOUR)
    for at, who, what in log:
        made = made.with_entry(NOON + at * HOUR, who, what)
    return made


def found(*tickets: Ticket, passed: Sequence[tuple[float, int]] = ()) -> dict[str, Any] | None:
    """What became of the test that failed at noon; ``passed``: hours after noon, and the number of the line."""
    proofs = [(NOON + at * HOUR, number) for at, number in passed]
    return repair(FAILED, Behind({ABOUT: tickets}, {("light-3f", "duration"): proofs}))


def test_it_was_opened_for_it_and_closed_by_the_test_that_was_passed() -> None:
    told = found(
        ticket(3, (0.1, GATEWAY, "opened"), (1, "li", "taken"), (26, "wang", "finished"), (51, GATEWAY, "closed")),
        passed=[(-700, 1), (50, 6), (800, 7)],
    )
    assert told == {
        "id": 3, "state": "closed", "opened_at": "2026-01-01T12:06:00.000Z",
        "cleared_at": "2026-01-03T15:00:00.000Z", "cleared_by": "wang", "proven_by": 6,
    }  # fmt: skip


def test_it_was_open_already_because_the_test_was_overdue() -> None:
    told = found(ticket(3, (-30, GATEWAY, "opened")))
    assert told is not None
    assert (told["id"], told["cleared_at"], told["cleared_by"], told["proven_by"]) == (3, None, "", None)


def test_one_that_was_closed_before_or_opened_after_the_next_pass_is_another_s() -> None:
    before = ticket(2, (-30, GATEWAY, "opened"), (-2, GATEWAY, "closed"))
    after = ticket(4, (800, GATEWAY, "opened"))
    assert found(before, after, passed=[(50, 6)]) is None
    told = found(before, after)
    assert told is not None
    assert told["id"] == 4, "nothing was passed in between: the ticket came late, but it is this one's"


def test_a_ticket_that_was_reopened_was_cleared_each_time_by_somebody() -> None:
    log = [
        (-60, GATEWAY, "opened"), (-50, "li", "finished"), (-49.5, GATEWAY, "closed"), (-49, GATEWAY, "reopened"),
        (2, "wang", "taken"), (9, GATEWAY, "closed"), (9.5, GATEWAY, "reopened"),
    ]  # fmt: skip
    told = found(ticket(3, *log), passed=[(8, 6)])
    assert told is not None
    assert (told["state"], told["cleared_at"], told["cleared_by"], told["proven_by"]) == (
        "open", "2026-01-01T21:00:00.000Z", "wang", 6,
    )  # fmt: skip


def test_what_was_closed_without_a_test_says_so() -> None:
    told = found(ticket(3, (0.1, GATEWAY, "opened"), (5, GATEWAY, "closed")), passed=[(50, 6)])
    assert told is not None
    assert (told["cleared_by"], told["proven_by"]) == ("", None)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.FAILED])
def test_only_what_failed_has_a_ticket(outcome: Outcome) -> None:
    behind = Behind({ABOUT: [ticket(3, (0.1, GATEWAY, "opened"))]})
    assert repair(entry(outcome=outcome, ended_at=NOON), behind) is None
    assert repair(entry(outcome=Outcome.FAILED, ended_at=NOON, clause=""), behind) is None


HALF_HOURS = st.integers(-100, 100).map(lambda number: number / 2)


@given(st.lists(HALF_HOURS, min_size=1, max_size=6, unique=True), st.lists(HALF_HOURS, max_size=4))
def test_what_is_told_as_cleared_was_cleared_after_the_test_and_proven_in_between(
    times: list[float], passed: list[float]
) -> None:
    whats = ["opened", "closed", "reopened", "closed", "reopened", "closed"]
    log = [(at, "li", what) for at, what in zip(sorted(times), whats, strict=False)]
    proofs = [(at, number) for number, at in enumerate(sorted(passed), start=10)]
    told = found(ticket(3, *log), passed=proofs)
    spans, next_pass = _spans(log), min((at for at in passed if at > 0), default=float("inf"))
    assert (told is None) is not any(opened <= next_pass and closed > 0 for opened, closed in spans)
    if told is not None and told["proven_by"] is not None:
        at = next(at for at, number in proofs if number == told["proven_by"])
        assert any(0 < at <= closed and opened <= next_pass for opened, closed in spans)


def _spans(log: list[tuple[float, str, str]]) -> list[tuple[float, float]]:
    ends = [*(at for at, _, what in log if what == "closed"), float("inf")]
    return list(zip((at for at, _, what in log if what != "closed"), ends, strict=False))
