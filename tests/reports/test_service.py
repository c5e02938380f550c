"""Tickets of a period: an example reckoned by hand, and every history against a model that looks at each hour."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.reports.period import Period
from gateway.reports.service import About, ServiceReport
from gateway.standards.standard import Clause
from gateway.tickets.calendars import Calendar
from gateway.tickets.service_level import Service
from gateway.tickets.ticket import Ticket
from tests.reports.tickets import BEGIN, HOUR, MARCH, SHANGHAI, TERMS, asked, lived, opened

SERVICE = Service(SHANGHAI)
DOOR = About("unit-door", {"zh": "大堂", "en": "lobby"}, asked())


def report(*tickets: Ticket, period: Period = MARCH, service: Service = SERVICE, about: About = DOOR) -> dict[str, Any]:
    made = ServiceReport(period, service)
    for each in tickets:
        made.add(each, about)
    return made.told()


BY_HAND = (
    # Open since February, closed on the second day: 48 h after it began 4 h before March, 52 h in all.
    lived(opened(1, -4), [(-3, "take"), (-2.5, "arrive"), (48, "close")]),
    # Seen after half an hour, on site after one and a half, paused for 10 of its 16 hours: 6 h net, in time.
    lived(opened(2, 100, "P1"), [(100.5, "take"), (101.5, "arrive"), (102, "pause"), (112, "resume"), (116, "close")]),
    # Nobody came; it mended itself after 3 h, which ended all its clocks: too late for the first two.
    lived(opened(3, 200, asset="back-door"), [(203, "close")]),
    # Closed, back within the hour, said to be done but not so, and closed again.
    lived(opened(4, 300), [(301, "take"), (302, "close"), (302.5, "reopen"), (303, "finish"), (303.2, "reopen"),
                           (304, "reoccur"), (306.5, "close")]),
    # Open to the end, and nobody ever looked at it: late three times over.
    opened(5, 500, "P3"),
    # Taken out of the site's files: nobody did anything, and nothing is proven.
    lived(opened(6, 600), [(601, "withdraw")]),
    # Of April.
    opened(7, 31 * 24),
)  # fmt: skip


def test_the_example_comes_out_as_reckoned_by_hand() -> None:
    told = report(*BY_HAND)
    total = told["total"]
    counts = {name: total[name] for name in ("open_at_start", "opened", "reopened", "closed", "open_at_end")}
    assert counts == {"open_at_start": 1, "opened": 5, "reopened": 1, "closed": 6, "open_at_end": 1}
    assert (total["reoccurred"], total["unproven"]) == (1, 1)
    assert total["proven"] == {"measured": 5, "tested": 0, "looked": 0, "withdrawn": 1}
    # Net 2 h (the fourth's first time), 3, 4 (its second), 6, 52; the withdrawn one was not repaired.
    resolve = total["resolve"]
    assert (resolve["ended"], resolve["net_median_s"], resolve["net_p90_s"]) == (5, 4 * HOUR, 52 * HOUR)
    assert (resolve["gross_median_s"], resolve["gross_p90_s"]) == (4 * HOUR, 52 * HOUR), "gross 2, 3, 4, 16 and 52"
    assert (resolve["in_time"], resolve["late"], resolve["running_late"]) == (4, 1, 1)
    assert resolve["share_in_time"] == 4 / 6
    # Seen after 0.5 h (the second), 3 h (the third), 1 h and 0.5 h (the fourth); the first was seen in February.
    seen = total["acknowledge"]
    assert (seen["ended"], seen["net_median_s"], seen["in_time"], seen["late"], seen["running_late"]) == (
        4, 0.5 * HOUR, 3, 1, 1,
    )  # fmt: skip
    # Arrived after 1.5 h; the third never, in 3; the fourth closed after 2 h, and was closed after 4 with nobody there.
    there = total["on_site"]
    assert (there["ended"], there["net_median_s"], there["in_time"], there["late"]) == (4, 2 * HOUR, 2, 2)
    assert total["open_s"] == pytest.approx((48 + 16 + 3 + 2 + 4 + (31 * 24 - 500) + 1) * HOUR)


def test_the_example_by_groups_and_the_worst_first() -> None:
    told = report(*BY_HAND)
    assert [(each["key"], each["opened"]) for each in told["by"]["priority"]] == [("P1", 1), ("P2", 3), ("P3", 1)]
    assert [(each["key"], each["opened"]) for each in told["by"]["asset"]] == [("back-door", 1), ("lobby-door", 4)]
    assert [each["key"] for each in told["by"]["trade"]] == ["access"]
    assert [each["key"] for each in told["by"]["touchpoint"]] == ["unit-door"]
    first, second = told["worst"]
    assert (first["key"], first["opened"], first["reopened"], first["reoccurred"], first["unproven"]) == (
        "lobby-door", 4, 1, 1, 1,
    )  # fmt: skip
    assert (second["key"], second["open_s"]) == ("back-door", 3 * HOUR)


def test_of_nothing_there_is_neither_a_median_nor_a_share() -> None:
    told = report()
    assert told["worst"] == []
    assert told["total"]["resolve"]["share_in_time"] is None
    assert told["total"]["resolve"]["net_median_s"] is None


def test_a_clause_that_is_gone_is_counted_and_held_against_nothing() -> None:
    told = report(*BY_HAND, about=About())
    assert told["total"]["closed"] == 6
    assert told["total"]["resolve"]["ended"] == 0
    assert [each["key"] for each in told["by"]["trade"]] == ["?"]


def test_what_closed_a_ticket_is_told_by_what_its_clause_asks() -> None:
    test = {"proof_test": "duration", "longer_than": "15min", "tested_within": "31d"}
    look = {"person_looks": "handle-firm", "within": "31d"}
    for require, how in ((test, "tested"), (look, "looked"), ({"any_of": [look, test]}, "tested")):
        about = About(clause=Clause.model_validate({**_plain(), "require": require}))
        assert report(BY_HAND[2], about=about)["total"]["proven"][how] == 1


def _plain() -> dict[str, Any]:
    return asked().model_dump(by_alias=True, exclude={"require", "only_while"}, exclude_none=True)


def test_working_hours_count_and_a_later_look_at_an_earlier_month_tells_the_same() -> None:
    """Open from Friday 17:00 to Monday 09:00, with hours from 8 to 18 on weekdays: 2 h on the clock."""
    weekday = ((8 * 60, 18 * 60),)
    hours = Service(SHANGHAI, {"office": Calendar((weekday,) * 5 + ((), ()))}, "office")
    about = About(clause=asked("P3"))
    ticket = lived(opened(1, 5 * 24 + 17, "P3"), [(8 * 24 + 9, "close")])
    early = report(ticket, service=hours, about=about)
    assert early["total"]["resolve"]["net_median_s"] == 2 * HOUR
    later = lived(ticket, [(8 * 24 + 9.5, "reopen"), (40 * 24, "close"), (40 * 24 + 0.5, "reopen"), (50 * 24, "close")])
    told = report(later, service=hours, about=about)["total"]
    assert (told["opened"], told["closed"], told["reopened"], told["open_at_end"]) == (1, 1, 1, 1)
    assert told["resolve"]["net_median_s"] == 2 * HOUR


WHATS = ["take", "arrive", "pause", "resume", "finish", "close", "close", "reopen", "reoccur", "withdraw"]
STEPS = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.sampled_from(WHATS),
    ),
    max_size=14,
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Ticket]:
    """Tickets whose every step is on a whole hour, and later than the one before."""
    made = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        hour = begin = draw(st.integers(-200, 31 * 24 + 50))
        steps = []
        for gap, what in draw(STEPS):
            hour += gap
            steps.append((float(hour), what))
        made.append(lived(opened(number, begin), steps))
    return made


@settings(max_examples=150, deadline=None)
@given(histories())
def test_every_history_is_counted_as_a_model_counts_that_looks_at_each_hour(tickets: list[Ticket]) -> None:
    total = report(*tickets)["total"]
    expected: Counter[str] = Counter()
    for ticket in tickets:
        expected.update(_naive(ticket))
    names = ("open_at_start", "opened", "reopened", "reoccurred", "unproven", "closed", "open_at_end")
    assert {name: total[name] for name in names} == {name: expected[name] for name in names}
    assert total["open_s"] == expected["open_hours"] * HOUR
    assert total["open_at_end"] == total["open_at_start"] + total["opened"] + total["reopened"] - total["closed"]
    assert sum(total["proven"].values()) == total["closed"]
    resolve = total["resolve"]
    assert (resolve["ended"], resolve["late"], resolve["running_late"]) == (
        expected["repaired"], expected["late"], expected["running_late"],
    )  # fmt: skip
    assert resolve["ended"] == resolve["in_time"] + resolve["late"]


def _naive(ticket: Ticket) -> Counter[str]:
    """The same, by looking at every hour and every pair of neighbours in the log."""
    found: Counter[str] = Counter()
    inside = MARCH.holds
    state, net, log = "away", 0, {round((each.at - BEGIN) / HOUR): each for each in ticket.log}
    found["opened"] += inside(ticket.opened_at)
    for before, entry in pairwise(ticket.log):
        again = entry.what == "reopened" and before.what == "closed"
        name = "unproven" if entry.what == "reopened" and not again else entry.what
        found[name] += inside(entry.at)
    for hour in range(min(log), 31 * 24):
        if hour == 0:
            found["open_at_start"] += state == "open"
        one = log.get(hour)
        if one and one.what in ("opened", "reopened") and state != "open":
            state, net = "open", 0
        elif one and one.what == "closed":
            proven = "no longer" not in one.text
            found["repaired"] += proven and hour >= 0
            found["late"] += proven and hour >= 0 and net * HOUR > TERMS["resolve"]
            state = "closed"
        found["open_hours"] += state == "open" and hour >= 0
        net += state == "open" and not _paused(ticket, hour)
    found["open_at_end"] = int(state == "open")
    found["running_late"] = int(state == "open" and net * HOUR > TERMS["resolve"])
    return found


def _paused(ticket: Ticket, hour: int) -> bool:
    at = BEGIN + hour * HOUR
    return any(each.since <= at and (each.until is None or at < each.until) for each in ticket.pauses)
