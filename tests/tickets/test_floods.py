"""When tickets are a flood, which belong to it, and when it is over; rebuilt from the tickets after a restart."""

from __future__ import annotations

from dataclasses import replace

from gateway.model import Priority
from gateway.tickets.floods import MORE_THAN, WITHIN, Floods, most_urgent_first
from gateway.tickets.ticket import GATEWAY, Entry, Ticket, TicketState


def opened(number: int, at: float, priority: Priority = Priority.P3) -> tuple[Ticket, Entry]:
    entry = Entry(at, GATEWAY, "opened")
    return Ticket(number, f"a{number}", "c", priority, TicketState.OPEN, at, log=(entry,)), entry


def test_twenty_in_a_minute_are_none_and_the_next_makes_them_all_one() -> None:
    floods = Floods((), 0.0)
    for number in range(1, MORE_THAN + 1):
        assert floods.take([opened(number, number * 2.0)], number * 2.0) == (False, [])
    assert floods.take([opened(21, 41.0)], 41.0) == (True, list(range(1, 22)))
    assert (floods.began, floods.ends) == (2.0, 41.0 + WITHIN)
    assert floods.take([opened(22, 100.0)], 100.0) == (False, [22]), "it goes on"
    assert floods.ends == 100.0 + WITHIN


def test_one_every_three_seconds_is_none_however_long() -> None:
    floods = Floods((), 0.0)
    assert not any(floods.take([opened(each, each * 3.0)], each * 3.0)[0] for each in range(1, 200))


def test_five_hundred_in_one_moment_are_one_flood() -> None:
    floods = Floods((), 0.0)
    begins, numbers = floods.take([opened(each, 7.0) for each in range(1, 501)], 7.0)
    assert (begins, len(numbers), floods.began) == (True, 500, 7.0)


def test_one_ticket_that_comes_back_and_back_is_no_flood_and_what_people_write_none_either() -> None:
    ticket, _ = opened(1, 0.0)
    floods = Floods((), 0.0)
    for moment in range(50):
        assert floods.take([(ticket, Entry(float(moment), GATEWAY, "reopened"))], float(moment)) == (False, [])
    assert floods.take([(opened(n, 50.0)[0], Entry(50.0, "li", "noted")) for n in range(100)], 50.0) == (False, [])
    assert floods.take([(opened(n, 50.0)[0], None) for n in range(100)], 50.0) == (False, [])


def test_what_was_told_before_a_restart_is_not_told_again_and_what_was_not_is() -> None:
    tickets = [replace(opened(each, 10.0)[0], flood=10.0) for each in range(1, 31)]
    assert Floods(tickets, 40.0).ends == 70.0, "it went on"
    assert Floods(tickets, 69.9).ends == 70.0, "nobody was there to tell of its end"
    assert Floods(tickets, 70.0).ends is None, "that was told"


def test_a_restart_in_the_middle_forgets_none_that_came() -> None:
    tickets = [opened(each, each * 1.0)[0] for each in range(1, 16)]
    floods = Floods(tickets, 15.0)
    begins, numbers = floods.take([opened(each, 20.0) for each in range(16, 22)], 20.0)
    assert (begins, sorted(numbers)) == (True, list(range(1, 22)))


def test_the_most_urgent_come_first() -> None:
    tickets = [opened(1, 0.0)[0], opened(2, 0.0, Priority.P1)[0], opened(3, 0.0, Priority.P2)[0]]
    assert [each.id for each in most_urgent_first(tickets)] == [2, 3, 1]
