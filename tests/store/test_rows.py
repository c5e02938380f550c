"""Domain objects to rows and back: nothing is lost on the way, whatever a newer or older version wrote."""

from __future__ import annotations

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.alarms.alarm import Alarm
from gateway.model import BadReading, Event, Priority
from gateway.store.rows import cloud_event, dump_dataclass, history_row, load_alarm, load_ticket
from gateway.tickets.ticket import Entry, Pause, Ticket, TicketState

moments = st.floats(0, 4e9)
words = st.text(max_size=12)
alarms = st.builds(
    Alarm, words, words, since=moments, raised_at=st.none() | moments, recent=st.tuples(moments, moments),
    shelved_until=st.none() | moments, suppressed_by=words, occurrences=st.integers(0, 10**6),
)  # fmt: skip
tickets = st.builds(
    Ticket, st.integers(1, 10**6), words, words, opened_at=moments, closed_at=st.none() | moments, owner=words,
    log=st.lists(st.builds(Entry, moments, words, words, words), max_size=3).map(tuple),
    pauses=st.lists(st.builds(Pause, moments, st.none() | moments, words, words), max_size=2).map(tuple),
    since=st.none() | moments, told=st.dictionaries(words, st.floats(0, 9), max_size=3),
)  # fmt: skip


@given(alarms)
def test_every_alarm_comes_back_as_it_was(alarm: Alarm) -> None:
    assert load_alarm(dump_dataclass(alarm)) == alarm


@given(tickets)
def test_every_ticket_comes_back_as_it_was(ticket: Ticket) -> None:
    assert load_ticket(dump_dataclass(ticket)) == ticket


def test_a_field_that_a_newer_version_added_takes_its_default() -> None:
    body = json.loads(dump_dataclass(Alarm("a", "c", occurrences=3)))
    del body["suppressed_by"]
    assert load_alarm(json.dumps(body)) == Alarm("a", "c", occurrences=3)


def test_a_ticket_from_before_there_were_clocks_was_seen_when_it_was_taken() -> None:
    ticket = Ticket(1, "a", "c", Priority.P2, TicketState.TAKEN, 5.0, owner="li", log=(Entry(7.0, "li", "taken"),))
    body = json.loads(dump_dataclass(ticket))
    for name in ("since", "acknowledged_at", "arrived_at", "pauses", "told"):
        del body[name]
    for name in ("clock", "share"):
        del body["log"][0][name]
    assert load_ticket(json.dumps(body)) == dataclasses.replace(ticket, acknowledged_at=7.0)


def test_a_bad_reading_is_stored_with_its_reason_instead_of_a_value() -> None:
    assert history_row(4, 1.5, 0.0) == (1.5, 4, 0.0, None)
    assert history_row(4, 1.5, BadReading("no-answer", "3 tries")) == (1.5, 4, None, "no-answer (3 tries)")


def test_an_event_is_told_as_a_cloud_event() -> None:
    event = Event("s", 7, "touchpoint.ticket.opened.v1", "ticket/1", 1_767_268_800.25, {"owner": "李"})
    told = cloud_event(event)
    assert told["id"] == "s-0000000007"
    assert (told["specversion"], told["source"], told["time"]) == ("1.0", "touchpoint/s", "2026-01-01T12:00:00.250Z")
    assert set(dataclasses.asdict(event)["data"]) == set(told["data"])
