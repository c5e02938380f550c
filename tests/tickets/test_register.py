"""All tickets together: numbers, the newest of each pair, and one open ticket whatever is written on old ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alarms.alarm import Alarm, Delays
from gateway.alarms.lifecycle import step
from gateway.errors import Refused
from gateway.model import Priority
from gateway.standards.verdict import Outcome
from gateway.tickets import desk
from gateway.tickets.register import Register
from gateway.tickets.ticket import TicketState
from tests.story import clause

CLAUSE = clause("k", {"point": "p", "equals": True})
PROMPT = Delays(off=0.0)
UP = step(Alarm("a", "c"), Outcome.VIOLATED, PROMPT, 0.0)
DOWN = step(UP, Outcome.MET, PROMPT, 10.0)


def follow(register: Register, alarm: Alarm, now: float) -> None:
    register.follow(alarm, CLAUSE, "evidence", "modbus", now)


def episode(register: Register, start: float) -> None:
    """One raise and one clear of ten seconds."""
    latest = register.latest("a", "c")
    alarm = replace(UP, raised_at=start, occurrences=(latest.counted if latest else 0) + 1)
    follow(register, alarm, start)
    follow(register, replace(DOWN, occurrences=alarm.occurrences), start + 10.0)


def test_numbers_count_on_from_what_was_saved() -> None:
    register = Register((), last=41)
    follow(register, UP, 0.0)
    assert list(register.tickets) == [42]
    assert Register(register.tickets.values(), last=3).latest("a", "c") == register.get(42)


def test_an_unknown_number_is_refused() -> None:
    with pytest.raises(Refused, match="there is no ticket 3"):
        Register().get(3)


def test_a_ticket_that_is_over_for_too_long_to_be_at_hand_is_not_denied() -> None:
    with pytest.raises(Refused, match="ticket 3 was closed long ago"):
        Register((), last=41).get(3)
    with pytest.raises(Refused, match="there is no ticket 42"):
        Register((), last=41).get(42)


def test_an_alarm_that_wants_nothing_gets_nothing() -> None:
    register = Register()
    follow(register, DOWN, 0.0)
    assert (register.tickets, register.latest("a", "c"), register.take_moved()) == ({}, None, [])


def test_each_new_line_of_a_log_is_told_once() -> None:
    register = Register()
    episode(register, 0.0)
    assert [entry.what for _, entry in register.take_moved() if entry] == ["opened", "closed"]
    assert register.take_moved() == []
    register.put(register.get(1))
    assert register.take_moved() == []


def test_what_was_only_counted_is_told_without_a_line() -> None:
    register = Register()
    follow(register, UP, 0.0)
    register.take_moved()
    follow(register, replace(UP, occurrences=50, recent=(1.0, 2.0, 3.0)), 5.0)
    assert register.take_moved() == [(register.get(1), None)]
    assert register.get(1).occurrences == 50


def test_an_hour_later_it_is_a_new_ticket() -> None:
    register = Register()
    for start in (0.0, 100.0, 9000.0):
        episode(register, start)
    assert [(each.id, each.reopened, each.occurrences) for each in register.tickets.values()] == [(1, 1, 2), (2, 0, 1)]


def test_a_note_on_an_old_ticket_makes_it_no_newer() -> None:
    register = Register()
    episode(register, 0.0)
    follow(register, replace(UP, occurrences=2), 9000.0)
    register.put(desk.note(register.get(1), "li", "see ticket 2", 9001.0))
    follow(register, replace(UP, occurrences=3), 9002.0)
    assert [each.id for each in register.open()] == [2]
    assert register.latest("a", "c") == register.get(2)


def test_open_tickets_come_most_urgent_first() -> None:
    register = Register()
    for number, (priority, at) in enumerate([("P3", 1.0), ("P1", 3.0), ("P1", 2.0)]):
        terms = clause("k", {"point": "p", "equals": True}, priority=Priority(priority))
        register.follow(replace(UP, asset=f"a{number}"), terms, "", "modbus", at)
    assert [each.asset for each in register.open()] == ["a2", "a1", "a0"]
    register.put(replace(register.get(3), state=TicketState.CLOSED))
    assert [each.asset for each in register.open()] == ["a1", "a0"]


@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.sampled_from([1.0, 700.0, 4000.0]), st.integers(0, 5))))
def test_never_two_open_for_one_asset_and_clause(steps: list[tuple[Outcome, float, int]]) -> None:
    register, alarm, now = Register(), Alarm("a", "c"), 0.0
    for outcome, seconds, noted in steps:
        now += seconds
        alarm = step(alarm, outcome, PROMPT, now)
        follow(register, alarm, now)
        if noted in register.tickets:
            register.put(desk.note(register.get(noted), "li", "", now))
        assert len(register.open()) == int(alarm.standing)
