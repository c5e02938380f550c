"""What falls due when, against a plain dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.agenda import Agenda


def test_the_earliest_comes_first_and_only_once() -> None:
    agenda: Agenda[str] = Agenda()
    for key, when in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        agenda.plan(key, when)
    assert agenda.next() == 1.0
    assert agenda.due(2.0) == ["a", "b"]
    assert (agenda.due(2.0), agenda.next(), "a" in agenda, "c" in agenda) == ([], 3.0, False, True)


def test_planning_again_moves_and_none_takes_off() -> None:
    agenda: Agenda[str] = Agenda()
    agenda.plan("a", 1.0)
    agenda.plan("a", 9.0)
    agenda.plan("b", 2.0)
    agenda.plan("b", None)
    agenda.plan("never", None)
    assert (agenda.due(8.0), agenda.next()) == ([], 9.0)


def test_what_is_planned_sooner_never_moves_later() -> None:
    agenda: Agenda[str] = Agenda()
    for when in (5.0, 9.0, 3.0, 4.0):
        agenda.plan_sooner("a", when)
    assert (agenda.due(2.9), agenda.due(3.0), agenda.next()) == ([], ["a"], None)


def test_there_and_back_again_is_still_once() -> None:
    agenda: Agenda[str] = Agenda()
    for when in (5.0, 10.0, 5.0):
        agenda.plan("a", when)
    assert agenda.due(20.0) == ["a"]
    agenda.plan("a", 5.0)
    assert agenda.due(20.0) == ["a"]
    assert agenda.due(20.0) == []


def test_an_empty_agenda_has_nothing_due() -> None:
    agenda: Agenda[str] = Agenda()
    assert (agenda.next(), agenda.due(1e12)) == (None, [])


moves = st.tuples(st.integers(0, 5), st.none() | st.integers(0, 20))


@given(st.lists(moves | st.integers(0, 20)))
def test_it_is_a_dictionary_of_times_whatever_is_planned(steps: list[tuple[int, int | None] | int]) -> None:
    agenda: Agenda[int] = Agenda()
    plain: dict[int, float] = {}
    for step in steps:
        if isinstance(step, int):
            due = agenda.due(step)
            assert set(due) == {key for key, when in plain.items() if when <= step}
            assert [plain[key] for key in due] == sorted(plain[key] for key in due)
            plain = {key: when for key, when in plain.items() if when > step}
        else:
            key, when = step
            agenda.plan(key, when)
            plain.pop(key, None)
            if when is not None:
                plain[key] = when
        assert agenda.next() == min(plain.values(), default=None)
        assert all((key in agenda) is (key in plain) for key in range(6))
