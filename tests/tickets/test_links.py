"""Tickets that people link: seen from both ends, and leading round nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refused
from gateway.model import Priority
from gateway.tickets.links import OPPOSITE, LinkKind, link, original_of, unlink
from gateway.tickets.ticket import Entry, Ticket, TicketState


def some(count: int) -> dict[int, Ticket]:
    return {each: Ticket(each, "a", f"c{each}", Priority.P2, TicketState.OPEN, 0.0) for each in range(1, count + 1)}


def put(tickets: dict[int, Ticket], *changed: Ticket) -> None:
    tickets.update({each.id: each for each in changed})


def linked(tickets: dict[int, Ticket], one: int, other: int, kind: LinkKind = "duplicate") -> None:
    put(tickets, *link(tickets, (one, other), kind, "li", 9.0))


def test_a_duplicate_is_seen_from_both_ends_and_closes_nothing() -> None:
    tickets = some(2)
    linked(tickets, 2, 1)
    assert [(each.kind, each.ticket) for each in tickets[2].links] == [("duplicate", 1)]
    assert [(each.kind, each.ticket) for each in tickets[1].links] == [("original", 2)]
    assert tickets[1].log[-1] == Entry(9.0, "li", "linked", "original: ticket 2")
    assert {each.state for each in tickets.values()} == {TicketState.OPEN}
    put(tickets, *unlink(tickets, (1, 2), "li", 10.0))
    assert tickets[1].links == tickets[2].links == ()
    with pytest.raises(Refused, match="1 and 2 are not linked"):
        unlink(tickets, (1, 2), "li", 11.0)


def test_no_ticket_is_its_own_nor_anothers_twice_nor_of_two() -> None:
    tickets = some(3)
    with pytest.raises(Refused, match="cannot be linked to itself"):
        linked(tickets, 1, 1, "related")
    linked(tickets, 1, 2)
    for kind in ("related", "duplicate"):
        with pytest.raises(Refused, match="are linked already"):
            linked(tickets, 2, 1, kind)
    with pytest.raises(Refused, match="ticket 1 is a duplicate of 2 already"):
        linked(tickets, 1, 3)


def test_duplicates_never_lead_round_in_a_circle() -> None:
    tickets = some(3)
    linked(tickets, 1, 2)
    linked(tickets, 2, 3)
    with pytest.raises(Refused, match="ticket 1 is itself a duplicate of 3"):
        linked(tickets, 3, 1)
    linked(tickets, 3, 1, "related")


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from(["duplicate", "related"])), max_size=40)
)
def test_whatever_is_tried_every_link_has_its_opposite_and_every_chain_its_end(
    tried: list[tuple[int, int, LinkKind]],
) -> None:
    tickets = some(6)
    for one, other, kind in tried:
        try:
            linked(tickets, one, other, kind)
        except Refused:
            continue
    for ticket in tickets.values():
        for each in ticket.links:
            assert [back.kind for back in tickets[each.ticket].links if back.ticket == ticket.id] == [
                OPPOSITE[each.kind]
            ]
        steps, number = 0, original_of(ticket)
        while number is not None:
            steps, number = steps + 1, original_of(tickets[number])
            assert steps < 6
