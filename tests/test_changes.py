"""What one tick changed, and what becomes of it when it must wait for the next one's commit."""

from __future__ import annotations

from gateway.alarms.alarm import Alarm
from gateway.changes import AuditEntry, Changes, HistoryBlock, StatePoint
from gateway.model import Event, Priority
from gateway.tickets.ticket import Ticket, TicketState


def event(sequence: int) -> Event:
    return Event("s", sequence, "touchpoint.ticket.opened.v1", "ticket/1", 1.0)


def ticket(owner: str) -> Ticket:
    return Ticket(1, "a", "c", Priority.P2, TicketState.OPEN, 0.0, owner=owner)


def test_nothing_is_nothing_and_anything_is_something() -> None:
    assert not Changes()
    for some in (
        Changes(history=[HistoryBlock(1.0, [0], [1.0])]), Changes(events=[event(1)]), Changes(receipts=[print]),
        Changes(receipt_keys=["k"]), Changes(memories={1: None}), Changes(audit=[AuditEntry(1.0, "li", "x", "y")]),
        Changes(alarms={("a", "c"): Alarm("a", "c")}), Changes(tickets={1: ticket("")}),
        Changes(outbox=[("log", event(1))]),
    ):  # fmt: skip
        assert some


def test_what_came_later_is_added_and_the_later_state_counts() -> None:
    called: list[int] = []
    waiting = Changes(
        history=[HistoryBlock(1.0, [0], [1.0])], alarms={("a", "c"): Alarm("a", "c", occurrences=1)},
        tickets={1: ticket("li")}, events=[event(1)], outbox=[("log", event(1))], memories={3: 1, 4: 1},
        audit=[AuditEntry(1.0, "li", "x", "y")], receipt_keys=["k1"], receipts=[lambda: called.append(1)],
    )  # fmt: skip
    waiting.absorb(
        Changes(
            history=[HistoryBlock(2.0, [0], [2.0])], alarms={("a", "c"): Alarm("a", "c", occurrences=2)},
            tickets={1: ticket("wei")}, events=[event(2)], outbox=[("log", event(2))], memories={3: 2},
            audit=[AuditEntry(2.0, "li", "x", "y")], receipt_keys=["k2"], receipts=[lambda: called.append(2)],
        )
    )  # fmt: skip
    assert [block.at for block in waiting.history] == [1.0, 2.0]
    assert waiting.alarms["a", "c"].occurrences == 2
    assert (waiting.tickets[1].owner, waiting.memories) == ("wei", {3: 2, 4: 1})
    assert [each.sequence for each in waiting.events] == [each.sequence for _, each in waiting.outbox] == [1, 2]
    assert ([each.at for each in waiting.audit], waiting.receipt_keys) == ([1.0, 2.0], ["k1", "k2"])
    for receipt in waiting.receipts:
        receipt()
    assert called == [1, 2]


def test_the_oldest_history_goes_first_and_nothing_else_goes() -> None:
    waiting = Changes(history=[HistoryBlock(float(at), [0, 1], [at, at]) for at in range(5)], events=[event(1)])
    waiting.states = [StatePoint(float(at), "alarm", {}, {"phase": 1}) for at in range(8)]
    assert waiting.forget_oldest(10) == 0
    assert (len(waiting.history), len(waiting.states)) == (5, 8)
    assert waiting.forget_oldest(5) == 6
    assert [state.at for state in waiting.states] == [3.0, 4.0, 5.0, 6.0, 7.0]
    assert [block.at for block in waiting.history] == [3.0, 4.0]
    waiting.forget_oldest(0)
    assert (waiting.history, waiting.events) == ([], [event(1)])
