"""What a ticket tells of itself."""

from __future__ import annotations

import pytest

from gateway.model import Priority
from gateway.tickets.ticket import Entry, Ticket, TicketState


@pytest.mark.parametrize(("state", "is_open"), [("open", True), ("taken", True), ("finished", True), ("closed", False)])
def test_all_but_the_closed_ask_for_work_or_proof(state: str, is_open: bool) -> None:
    assert Ticket(1, "a", "c", Priority.P2, TicketState(state), 0.0).is_open is is_open


def test_a_log_only_grows() -> None:
    first = Ticket(1, "a", "c", Priority.P2, TicketState.OPEN, 0.0).with_entry(1.0, "li", "noted", "one")
    second = first.with_entry(2.0, "wei", "noted", "two")
    assert second.log == (Entry(1.0, "li", "noted", "one"), Entry(2.0, "wei", "noted", "two"))
    assert len(first.log) == 1
