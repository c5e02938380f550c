"""A ticket's clocks: when they are due, what they have counted, and what is told when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Priority
from gateway.tickets.calendars import ALWAYS, Calendar
from gateway.tickets.service_level import ALL_TIME, Service, clocks, deadline, elapsed, next_step
from gateway.tickets.ticket import Pause, Ticket, TicketState
from tests.story import clause

BERLIN, NEW_YORK, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
WORK = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
OFFICE = Calendar((WORK,) * 5 + ((), ()), frozenset({date(2026, 10, 1), date(2026, 10, 2)}))
NIGHTS = Calendar((((22 * 60, 6 * 60),),) * 7)
HOUR = 3600.0


def at(zone: ZoneInfo, written: str) -> float:
    return datetime.fromisoformat(written).replace(tzinfo=zone).timestamp()


def paused(zone: ZoneInfo, *pauses: tuple[str, str]) -> list[Pause]:
    return [Pause(at(zone, since), at(zone, until), "li", "parts") for since, until in pauses]


@pytest.mark.parametrize(
    ("name", "zone", "calendar", "opened", "hours", "pauses", "due"),
    [
        ("day and night", SHANGHAI, ALWAYS, "2026-11-23T23:00", 2.0, [], "2026-11-24T01:00"),
        ("within a day", SHANGHAI, OFFICE, "2026-11-23T09:00", 2.0, [], "2026-11-23T11:00"),
        ("over noon", SHANGHAI, OFFICE, "2026-11-23T11:00", 2.0, [], "2026-11-23T14:00"),
        ("to the last second", SHANGHAI, OFFICE, "2026-11-23T13:00", 4.0, [], "2026-11-23T17:00"),
        ("over night", SHANGHAI, OFFICE, "2026-11-23T16:00", 4.0, [], "2026-11-24T11:00"),
        ("out of hours", SHANGHAI, OFFICE, "2026-11-23T20:00", 1.0, [], "2026-11-24T09:00"),
        ("on a Saturday", SHANGHAI, OFFICE, "2026-11-28T10:00", 1.0, [], "2026-11-30T09:00"),
        ("over holidays and a weekend", SHANGHAI, OFFICE, "2026-09-30T16:30", 1.0, [], "2026-10-05T08:30"),
        ("on a holiday", SHANGHAI, OFFICE, "2026-10-01T10:00", 8.0, [], "2026-10-05T17:00"),
        ("night in spring", BERLIN, ALWAYS, "2026-03-29T01:30", 1.0, [], "2026-03-29T03:30"),
        ("night in autumn", BERLIN, ALWAYS, "2026-10-25T01:30", 4.0, [], "2026-10-25T04:30"),
        ("shift in spring", BERLIN, NIGHTS, "2026-03-28T22:00", 7.0, [], "2026-03-29T06:00"),
        ("shift in autumn", BERLIN, NIGHTS, "2026-10-24T22:00", 9.0, [], "2026-10-25T06:00"),
        ("shift in spring", NEW_YORK, NIGHTS, "2026-03-07T22:00", 7.0, [], "2026-03-08T06:00"),
        ("shift in autumn", NEW_YORK, NIGHTS, "2026-10-31T22:00", 9.0, [], "2026-11-01T06:00"),
        ("night in spring", NEW_YORK, ALWAYS, "2026-03-08T01:30", 1.0, [], "2026-03-08T03:30"),
        ("weekend of spring", BERLIN, OFFICE, "2026-03-27T16:30", 1.0, [], "2026-03-30T08:30"),
        ("pause within", SHANGHAI, OFFICE, "2026-11-23T08:00", 2.0, [("09:00", "10:00")], "2026-11-23T11:00"),
        ("pause over noon", SHANGHAI, OFFICE, "2026-11-23T11:00", 2.0, [("11:30", "13:30")], "2026-11-23T15:00"),
        ("pause over the evening", SHANGHAI, OFFICE, "2026-11-23T15:00", 2.0, [("16:00", "22:00")], "2026-11-24T09:00"),
        ("pause at noon only", SHANGHAI, OFFICE, "2026-11-23T11:00", 2.0, [("12:00", "13:00")], "2026-11-23T14:00"),
        ("pauses that meet", SHANGHAI, ALWAYS, "2026-11-23T08:00", 2.0, [("09:00", "10:00"), ("10:00", "11:00")],
         "2026-11-23T12:00"),
        ("pause before it began", SHANGHAI, ALWAYS, "2026-11-23T08:00", 2.0, [("07:00", "08:30")], "2026-11-23T10:30"),
    ],
)  # fmt: skip
def test_the_table_of_clocks(  # noqa: PLR0917 - a table has columns
    name: str, zone: ZoneInfo, calendar: Calendar, opened: str, hours: float, pauses: list[tuple[str, str]], due: str
) -> None:
    begin, wanted = at(zone, opened), at(zone, due)
    breaks = paused(zone, *((f"{opened[:11]}{since}", f"{opened[:11]}{until}") for since, until in pauses))
    assert deadline(begin, hours * HOUR, calendar, breaks, zone) == wanted, name
    assert elapsed(begin, wanted, calendar, breaks, zone) == hours * HOUR, name
    assert elapsed(begin, wanted - 1.0, calendar, breaks, zone) == hours * HOUR - 1.0, name


def test_a_site_whose_zone_was_set_right_counts_by_the_new_one() -> None:
    opened = at(SHANGHAI, "2026-11-23T16:00")
    assert deadline(opened, 2 * HOUR, OFFICE, [], SHANGHAI) == at(SHANGHAI, "2026-11-24T09:00")
    assert deadline(opened, 2 * HOUR, OFFICE, [], BERLIN) == at(BERLIN, "2026-11-23T11:00"), "it was 09:00 there"


def test_a_pause_without_an_end_leaves_no_deadline_but_what_came_before_counts() -> None:
    waiting = [Pause(100.0, None, "li", "parts")]
    assert deadline(0.0, 100.0, ALWAYS, waiting, BERLIN) == 100.0
    assert deadline(0.0, 101.0, ALWAYS, waiting, BERLIN) == inf
    assert deadline(0.0, 101.0, OFFICE, waiting, BERLIN) == inf
    assert elapsed(0.0, 9e6, ALWAYS, waiting, BERLIN) == 100.0


STARTS = st.integers(int(at(BERLIN, "2026-03-20T00:00")), int(at(BERLIN, "2026-12-01T00:00"))).map(float)
PAUSES = st.lists(st.tuples(st.integers(-9000, 400_000), st.integers(0, 90_000)), max_size=4)


@settings(max_examples=150)
@given(
    STARTS, st.integers(1, 400_000), PAUSES, st.sampled_from([ALWAYS, OFFICE, NIGHTS]),
    st.sampled_from([BERLIN, NEW_YORK, SHANGHAI]),
)  # fmt: skip
def test_what_is_due_has_counted_its_target_to_the_second(
    start: float, target: int, pauses: list[tuple[int, int]], calendar: Calendar, zone: ZoneInfo
) -> None:
    breaks = [Pause(start + since, start + since + lasted, "li", "parts") for since, lasted in pauses]
    due = deadline(start, target, calendar, breaks, zone)
    assert elapsed(start, due, calendar, breaks, zone) == pytest.approx(target, abs=1e-3)
    assert elapsed(start, due - 1.0, calendar, breaks, zone) < target
    assert deadline(start, target + 1.0, calendar, breaks, zone) >= due + 1.0
    assert deadline(start, target, calendar, [], zone) <= due, "a pause never makes it sooner"
    assert elapsed(start, due, calendar, [], zone) >= target - 1e-3, "gross is no less than net"


P1 = clause(
    "k", {"point": "p", "equals": True}, priority="P1",
    ticket={"trade": "fire", "acknowledge": "2min", "on_site": "10min", "resolve": "2h"},
)  # fmt: skip
P3 = clause("k", {"point": "p", "equals": True}, priority="P3", ticket={"trade": "fire", "resolve": "2h"})
TICKET = Ticket(1, "a", "c", Priority.P1, TicketState.OPEN, 1000.0)
SERVICE = Service()


def told(ticket: Ticket, given: Any = P1, service: Service = SERVICE) -> list[tuple[float, str, float, str]]:
    """Everything that is told of a ticket that nobody touches: seconds after it was opened, which clock, how."""
    steps = []
    while step := next_step(ticket, given, service):
        steps.append((step.at - 1000.0, step.clock, step.share, step.what))
        ticket = replace(ticket, told={**ticket.told, step.clock: step.share})
    return steps


def test_a_p1_ticket_that_nobody_touches_is_told_nine_times_in_order() -> None:
    assert told(TICKET) == [
        (60.0, "acknowledge", 0.5, "due"), (120.0, "acknowledge", 1.0, "overdue"),
        (180.0, "acknowledge", 1.5, "escalated"), (300.0, "on_site", 0.5, "due"), (600.0, "on_site", 1.0, "overdue"),
        (900.0, "on_site", 1.5, "escalated"), (3600.0, "resolve", 0.5, "due"), (7200.0, "resolve", 1.0, "overdue"),
        (10800.0, "resolve", 1.5, "escalated"),
    ]  # fmt: skip


def test_seen_is_not_arrived_and_arrived_is_not_repaired() -> None:
    seen = replace(TICKET, acknowledged_at=1030.0)
    assert {clock for _, clock, *_ in told(seen)} == {"on_site", "resolve"}
    there = replace(TICKET, arrived_at=1200.0)
    assert {clock for _, clock, *_ in told(there)} == {"resolve"}, "who is there has seen it"
    assert {clock for _, clock, *_ in told(replace(there, finished_at=1300.0))} == {"resolve"}
    assert told(replace(there, closed_at=1400.0)) == []
    acknowledge, on_site, resolve = clocks(there, P1, SERVICE, 1500.0)
    assert (acknowledge.ended, on_site.ended, resolve.ended) == (1200.0, 1200.0, None)
    assert (on_site.net, on_site.remaining, resolve.net, resolve.due) == (200.0, 400.0, 500.0, 8200.0)


def test_net_and_gross_are_both_kept() -> None:
    waiting = replace(TICKET, pauses=(Pause(1100.0, 1400.0, "li", "parts"), Pause(1450.0, None, "li", "parts")))
    *_, resolve = clocks(waiting, P1, SERVICE, 1500.0)
    assert (resolve.net, resolve.gross, resolve.remaining, resolve.due) == (150.0, 500.0, 7050.0, inf)
    steps = [(60.0, "acknowledge"), (420.0, "acknowledge")]
    assert [step[:2] for step in told(waiting)] == steps, "the rest waits for the second pause to end"


def test_what_came_back_after_it_was_closed_has_new_clocks() -> None:
    again = replace(TICKET, since=5000.0, acknowledged_at=None)
    assert told(again)[0] == (4060.0, "acknowledge", 0.5, "due")


def test_the_calendar_is_the_clauses_own_else_that_of_its_priority() -> None:
    service = Service(BERLIN, {"office": OFFICE}, "office")
    own = P1.model_copy(update={"ticket": P1.ticket.model_copy(update={"calendar": "office"})})
    always = P3.model_copy(update={"ticket": P3.ticket.model_copy(update={"calendar": ALL_TIME})})
    assert [service.calendar_of(each) for each in (P1, P3, own, always)] == [ALWAYS, OFFICE, OFFICE, ALWAYS]
    assert told(TICKET, P3, Service(shares={Priority.P3: (0.25, 1.0)}))[0] == (1800.0, "resolve", 0.25, "due")


def test_a_step_that_the_site_adds_below_what_was_told_is_not_told_late() -> None:
    late = replace(TICKET, told={"resolve": 1.0})
    more = Service(shares={Priority.P3: (0.25, 0.5, 1.0, 3.0)})
    assert [step[2] for step in told(late, P3, more)] == [3.0]
